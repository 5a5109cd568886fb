import { NOT_KEPT, once, request } from "./api.js";
import { showCookies } from "./page.js";

const byId = (id) => document.getElementById(id);
const account = byId("account");
const status = byId("account-status");
const signIn = byId("sign-in");
const dialog = byId("confirm");
const confirmForm = dialog.querySelector("form");

let user; // null: nobody is signed in; undefined: nobody knows
let checks = 0;

// ---- Who is signed in --------------------------------------------------------------------

function show(name, failure = "") {
  const hadFocus = account.contains(document.activeElement);
  user = name;
  byId("account-failed").textContent = failure;
  byId("account-unknown").hidden = name !== undefined;
  signIn.hidden = name !== null;
  byId("signed-in").hidden = !name;
  byId("user").textContent = confirmForm.elements.username.value = name ?? "";
  byId("sessions").replaceChildren();
  dialog.close();
  complain(signIn, "");
  complain(byId("signed-in"), "");
  confirmForm.reset();
  if (name) signIn.reset();
  account.hidden = false;
  if (hadFocus) byId("account-title").focus();
}

/** Asks the server who is signed in: the answer changes in other tabs, too. */
async function check() {
  const turn = ++checks;
  let name = null;
  let failure;
  try {
    name = (await request("GET", "session")).user;
  } catch (error) {
    if (error.status !== 401) failure = error;
  }
  // What is shown stays: somebody may be typing.
  if (turn !== checks || (failure ? user === null : name === user)) return;
  const before = user;
  if (failure) {
    status.textContent = "";
    show(undefined, `Whether you are signed in is not known. ${failure.message}`);
    return;
  }
  show(name);
  if (before !== undefined) status.textContent = name ? "You are signed in." : "You are signed out.";
  showCookies();
  if (name) await listSessions();
}

/** Says what is wrong beside what it is about; `wrong` marks the fields. */
function complain(place, sentence, wrong = false) {
  place.querySelector("[role=alert]").textContent = sentence;
  for (const input of place.querySelectorAll("input")) input.ariaInvalid = wrong ? "true" : null;
  if (wrong) place.querySelector("[type=password]").select();
  if (wrong) place.querySelector("[type=password]").focus();
}

signIn.addEventListener("submit", (event) => {
  event.preventDefault();
  once(signIn.querySelector("button"), async () => {
    status.textContent = "";
    complain(signIn, "");
    const { username, password } = signIn.elements;
    try {
      await request("POST", "session", { username: username.value, password: password.value });
    } catch (error) {
      const wrong = error.status === 401;
      const sentence = "No user has this name and this password. Check both.";
      complain(signIn, wrong ? sentence : error.message, wrong);
      return;
    }
    await check();
    if (user === null) complain(signIn, NOT_KEPT);
  });
});

function onClick(id, work) {
  byId(id).addEventListener("click", () => once(byId(id), work));
}

onClick("try-again", check);

onClick("sign-out", async () => {
  try {
    await request("DELETE", "session");
    await check();
  } catch (error) {
    complain(byId("signed-in"), `You are still signed in. ${error.message}`);
  }
});

// ---- My sessions -------------------------------------------------------------------------

/** Returns a User-Agent in words, such as "Firefox on Windows". */
function device(userAgent) {
  const browser = /Edg|OPR|SamsungBrowser|Firefox|FxiOS|Chrome|CriOS|Safari/.exec(userAgent);
  const system = /iPhone|iPad|Android|Windows|Mac OS X|CrOS|Linux/.exec(userAgent);
  const names = {
    Edg: "Edge", OPR: "Opera", SamsungBrowser: "Samsung Internet", FxiOS: "Firefox", CriOS: "Chrome",
    "Mac OS X": "macOS", CrOS: "ChromeOS",
  };
  if (!browser || !system) return userAgent || "An unknown device";
  return [browser, system].map(([found]) => names[found] ?? found).join(" on ");
}

function setTime(element, text) {
  const format = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "short" });
  element.dateTime = text;
  element.lang = format.resolvedOptions().locale;
  element.textContent = format.format(new Date(text));
}

function item({ id, browser, created_at, seen_at, is_this_one }) {
  const line = byId("session").content.cloneNode(true);
  const button = line.querySelector("button");
  const [created, seen] = line.querySelectorAll("time");
  setTime(created, created_at);
  setTime(seen, seen_at);
  line.querySelector(".device").textContent = device(browser);
  line.querySelector(".badge").hidden = !is_this_one;
  button.hidden = is_this_one;
  button.ariaLabel = `End ${device(browser)}, signed in ${created.textContent}`;
  button.addEventListener("click", () => end(button, `sessions/${id}`, `Ended: ${device(browser)}.`));
  return line;
}

async function listSessions() {
  try {
    const sessions = await request("GET", "sessions");
    byId("sessions").replaceChildren(...sessions.map(item));
    byId("end-others").hidden = sessions.length < 2;
  } catch (error) {
    byId("end-others").hidden = true;
    complain(byId("signed-in"), `Your sessions cannot be shown. ${error.message}`);
  }
}

async function remove(path) {
  await request("DELETE", path).catch((error) => {
    if (error.status !== 404) throw error; // It has ended already.
  });
}

function end(button, path, done) {
  return once(button, async () => {
    status.textContent = "";
    complain(byId("signed-in"), "");
    try {
      await remove(path).catch(async (error) => {
        if (error.status !== 403) throw error;
        if (await confirmed()) await remove(path);
        else done = "";
      });
    } catch (error) {
      if (error.status === 401) await check();
      else complain(byId("signed-in"), `This did not end. ${error.message}`);
      return;
    }
    if (!done) return;
    await listSessions();
    status.textContent = done;
    byId("sessions-title").focus();
  });
}

byId("end-others").addEventListener("click", () =>
  end(byId("end-others"), "sessions", "All others are ended."),
);

/** Asks for the password; returns whether it was given. */
function confirmed() {
  confirmForm.elements.password.value = "";
  complain(confirmForm, "");
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const answer = () => resolve(dialog.returnValue === "confirmed");
    dialog.addEventListener("close", answer, { once: true });
  });
}

confirmForm.addEventListener("submit", (event) => {
  event.preventDefault();
  once(confirmForm.querySelector("button"), async () => {
    complain(confirmForm, "");
    const { password } = confirmForm.elements;
    try {
      await request("POST", "session/confirm", { password: password.value });
      dialog.close("confirmed");
    } catch (error) {
      const wrong = error.status === 401;
      if (wrong) await check(); // which closes the dialog where nobody is signed in any longer
      complain(confirmForm, wrong ? "This is not your password." : error.message, wrong);
    }
  });
});

byId("cancel").addEventListener("click", () => dialog.close());

// ---- When the answer may have changed ----------------------------------------------------

// The page that a browser keeps for its back button holds no name.
addEventListener("pagehide", () => {
  checks += 1;
  show(undefined);
  account.hidden = true;
});
addEventListener("pageshow", (event) => event.persisted && check());
addEventListener("focus", check);
addEventListener("online", check);
document.addEventListener("visibilitychange", () => document.hidden || check());

byId("no-users").hidden = !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
check();
