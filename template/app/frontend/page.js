import { request } from "./api.js";

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

async function change(method, body, done) {
  try {
    await request(method, "/preferences", body);
    const expected = body ? JSON.stringify(body) : undefined;
    const refused = "Your browser refused the cookie: see docs/deploy.md.";
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

show("");
const welcome = await (await request("GET", "/welcome")).json();
document.getElementById("greeting").textContent = welcome.message;
document.documentElement.lang = welcome.locale;
