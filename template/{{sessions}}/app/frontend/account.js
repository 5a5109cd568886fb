import { NOT_KEPT, once, request } from "./api.js";
import { showCookies } from "./page.js";

const byId = (id) => document.getElementById(id);
const account = byId("account");
const status = byId("account-status");
const signIn = byId("sign-in");
const signedIn = byId("signed-in");
const mine = byId("my-sessions");
const dialog = byId("confirm");
const confirmForm = dialog.querySelector("form");

/** Says what went wrong beside what it is about, and marks fields that are not right. */
function complain(place, sentence, wrong = false) {
  place.querySelector("[role=alert]").textContent = sentence;
  for (const input of place.querySelectorAll("input")) input.ariaInvalid = wrong ? "true" : null;
  if (wrong) place.querySelector("[type=password]").focus();
  if (wrong) place.querySelector("[type=password]").select();
}

/** Does the work of a form or a button; `place` is told what goes wrong, after `consequence`. */
function on(control, place, work, consequence = "") {
  control.addEventListener(control.matches("form") ? "submit" : "click", (event) => {
    event.preventDefault();
    once(control.matches("form") ? control.querySelector("button") : control, async () => {
      status.textContent = "";
      complain(place, "");
      await work().catch((error) =>
        complain(place, consequence + error.message, error.status === 401),
      );
    });
  });
}

function replace(message) {
  return (error) => {
    throw error.status === 401 ? Object.assign(error, { message }) : error;
  };
}

// ---- Who is signed in --------------------------------------------------------------------

let user; // null: nobody is signed in; undefined: that is not known
let checks = 0;

function show(name, failure = "") {
  const hadFocus = account.contains(document.activeElement);
  dialog.close();
  user = name;
  byId("account-unknown").hidden = name !== undefined;
  complain(byId("account-unknown"), failure);
  signIn.hidden = name !== null;
  complain(signIn, "");
  signIn.reset();
  signedIn.hidden = !name;
  complain(signedIn, "");
  confirmForm.reset();
  byId("user").textContent = name ?? "";
  byId("sessions").replaceChildren();
  account.hidden = false;
  if (hadFocus) byId(name ? "who" : "account-title").focus();
}

/** Asks the server who is signed in, which changes in other tabs, too. */
async function check() {
  const turn = ++checks;
  let failure;
  const answer = await request("GET", "session").catch((error) => {
    if (error.status !== 401) failure = error;
  });
  const name = answer ? answer.user : null;
  // The same as before stays as it is: somebody may be typing.
  if (turn !== checks || (failure ? user === null : name === user)) return;
  status.textContent = user && !failure ? "You are signed out." : "";
  if (failure) {
    show(undefined, `It is not known whether you are signed in. ${failure.message}`);
    return;
  }
  show(name);
  showCookies();
  if (name) await listSessions().catch((error) => complain(mine, error.message));
}

on(signIn, signIn, async () => {
  const { username, password } = signIn.elements;
  const wrong = replace("No user has this name and this password. Check both.");
  const credentials = { username: username.value, password: password.value };
  await request("POST", "session", credentials).catch(wrong);
  await check();
  if (user === null) throw new Error(NOT_KEPT);
});

async function signOut() {
  await request("DELETE", "session");
  await check();
}

on(byId("sign-out"), signedIn, signOut, "You are still signed in. ");
on(byId("try-again"), byId("account-unknown"), check);

// ---- My sessions -------------------------------------------------------------------------

const BROWSERS = {
  Edg: "Edge", OPR: "Opera", SamsungBrowser: "Samsung Internet", Firefox: "Firefox",
  FxiOS: "Firefox", Chrome: "Chrome", CriOS: "Chrome", Safari: "Safari",
};
const SYSTEMS = {
  iPhone: "iPhone", iPad: "iPad", Android: "Android", Windows: "Windows", "Mac OS X": "macOS",
  CrOS: "ChromeOS", Linux: "Linux",
};

/** Returns a User-Agent in words, such as "Firefox on Windows". */
function device(userAgent) {
  const [browser, system] = [BROWSERS, SYSTEMS].map((names) =>
    Object.entries(names).find(([part]) => userAgent.includes(part))?.[1],
  );
  return browser && system ? `${browser} on ${system}` : userAgent || "An unknown device";
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
  line.querySelector("strong").textContent = device(browser);
  line.querySelector(is_this_one ? "button" : ".badge").remove();
  button.ariaLabel = `End ${device(browser)}, signed in ${created.textContent}`;
  on(button, mine, () => end(`sessions/${id}`, `Ended: ${device(browser)}.`));
  return line;
}

let lists = 0;

async function listSessions() {
  const turn = ++lists;
  const sessions = await request("GET", "sessions");
  if (turn !== lists) return; // A late answer is not about what there is now.
  byId("sessions").replaceChildren(...sessions.map(item));
  byId("end-others").hidden = sessions.length < 2;
}

/** Ends what `path` names, after the password where the server asks for it. */
async function end(path, done) {
  const error = await request("DELETE", path).catch((error) => error);
  if (error?.status === 401) return check();
  if (error?.status === 403) return (await confirmed()) ? end(path, done) : undefined;
  if (error && error.status !== 404) throw error; // 404: it had ended already
  await listSessions();
  status.textContent = done;
  byId("sessions-title").focus();
}

on(byId("end-others"), mine, () => end("sessions", "All others are ended."));

/** Asks for the password; returns whether it was given. */
function confirmed() {
  complain(confirmForm, "");
  confirmForm.elements.username.value = user; // for password managers
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      confirmForm.reset();
      resolve(dialog.returnValue === "confirmed");
    };
  });
}

on(confirmForm, confirmForm, async () => {
  const password = { password: confirmForm.elements.password.value };
  try {
    await request("POST", "session/confirm", password).catch(replace("This is not your password."));
    dialog.close("confirmed");
  } catch (error) {
    if (error.status === 401) await check(); // which closes the dialog where nobody is signed in
    throw error;
  }
});
byId("cancel").addEventListener("click", () => dialog.close());
// The second click of a double click, beside the dialog, would take the focus out of the field.
dialog.addEventListener("mousedown", (event) => event.target === dialog && event.preventDefault());

// ---- When the answer may be another ------------------------------------------------------

// What a browser keeps for its back button holds no name.
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
