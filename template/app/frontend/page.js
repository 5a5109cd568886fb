const form = document.getElementById("preferences");
const status = document.getElementById("status");

function show(message) {
  const stored = storedPreferences();
  form.elements.theme.value = stored.theme;
  form.elements.text_size.value = stored.text_size;
  applyPreferences(stored);
  document.getElementById("cookies").textContent = document.cookie || "none";
  status.textContent = message;
}

async function request(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    const reason = typeof answer.detail === "string" ? answer.detail : response.statusText;
    throw new Error(`${method} ${path} answered ${response.status}: ${reason}`);
  }
  return response;
}

async function change(method, body, done) {
  try {
    await request(method, "/preferences", body);
    const expected = body ? JSON.stringify(body) : undefined;
    const refused = "Your browser refused the cookie: see 'Over plain HTTP' in README.md.";
    show(rawPreferences() === expected ? done : refused);
  } catch (error) {
    status.textContent = error.message;
  }
}

form.addEventListener("input", () => {
  status.textContent = "";
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { theme, text_size } = form.elements;
  change("PUT", { theme: theme.value, text_size: text_size.valueAsNumber }, "Stored.");
});

document.getElementById("forget").addEventListener("click", () => {
  change("DELETE", undefined, "Forgotten.");
});

async function signInOrOut(method, body) {
  try {
    await request(method, "/session", body);
    // What the page showed is gone with it, and read anew.
    location.reload();
  } catch (error) {
    status.textContent = error.message;
  }
}

const signIn = document.getElementById("sign-in");

signIn.addEventListener("submit", (event) => {
  event.preventDefault();
  const { username, password } = signIn.elements;
  signInOrOut("POST", { username: username.value, password: password.value });
});

document.getElementById("sign-out").addEventListener("click", () => {
  signInOrOut("DELETE");
});

async function showWhoIsSignedIn() {
  const response = await fetch("/session");
  signIn.hidden = response.ok;
  document.getElementById("signed-in").hidden = !response.ok;
  if (response.ok) document.getElementById("user").textContent = (await response.json()).user;
}

show("");
showWhoIsSignedIn();
const welcome = await (await request("GET", "/welcome")).json();
document.getElementById("greeting").textContent = welcome.message;
document.documentElement.lang = welcome.locale;
