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
}

// Another one begins with who is signed in, and each time that the password is asked for. What
// somebody wants then repeats nothing from before, and what still waited from before is dropped.
let occasion = 0;

/**
 * Does the work of a button, or of a form, given what is in it when it is sent; `place` is told
 * what goes wrong, after `consequence`.
 */
function on(control, place, work, consequence = "") {
  const isForm = control.matches("form");
  const button = isForm ? control.querySelector("button") : control;
  control.addEventListener(isForm ? "submit" : "click", (event) => {
    event.preventDefault();
    const then = occasion;
    const sent = isForm ? Object.fromEntries(new FormData(control)) : {};
    const focused = document.activeElement;
    once(button, JSON.stringify([then, sent]), async () => {
      if (then !== occasion) return;
      status.textContent = "";
      complain(place, "");
      await work(sent).catch((error) => {
        const wrong = isForm && error.status === 401;
        complain(place, consequence + error.message, wrong);
        // Whoever went elsewhere meanwhile, or types it anew, is not disturbed.
        if (wrong && document.activeElement === focused) selectAgain(control.elements.password, sent);
      });
    });
  });
}

function selectAgain(field, sent) {
  if (field.value !== sent.password) return;
  field.focus();
  field.select();
}

function replace(message) {
  return (error) => {
    throw error.status === 401 ? Object.assign(error, { message }) : error;
  };
}

// ---- Who is signed in --------------------------------------------------------------------

let user; // null: nobody is signed in; undefined: that is not known
let checks = 0;
let latest; // of them

function show(name, failure = "") {
  const hadFocus = account.contains(document.activeElement);
  dialog.close();
  occasion += 1;
  lists += 1; // A late list is of who was signed in before.
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

/** Asks the server who is signed in, which changes in other tabs, too, until that is shown. */
function check() {
  return (latest = ask(++checks));
}

async function ask(turn) {
  let failure;
  const answer = await request("GET", "session").catch((error) => {
    if (error.status !== 401) failure = error;
  });
  const name = answer ? answer.user : null;
  if (turn !== checks) return latest;
  // The same as before stays as it is: somebody may be typing. A list that failed is asked for.
  if (name && name === user && !byId("sessions").children.length) listSessions();
  if (failure ? user === null : name === user) return;
  status.textContent = user && !failure ? "You are signed out." : "";
  if (failure) {
    show(undefined, `It is not known whether you are signed in. ${failure.message}`);
    return;
  }
  show(name);
  showCookies();
  if (name) listSessions();
}

on(signIn, signIn, async (credentials) => {
  const wrong = replace("No user has this name and this password. Check both.");
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

function item({ id, browser, created_at, is_this_one }) {
  const line = byId("session").content.firstElementChild.cloneNode(true);
  const button = line.querySelector("button");
  const created = line.querySelector("time");
  line.dataset.id = id;
  setTime(created, created_at);
  line.querySelector("strong").textContent = device(browser);
  line.querySelector(is_this_one ? "button" : ".badge").remove();
  button.ariaLabel = `End ${device(browser)}, signed in ${created.textContent}`;
  on(button, mine, () => end(`sessions/${id}`, `Ended: ${device(browser)}.`));
  return line;
}

let lists = 0;

async function listSessions() {
  const turn = ++lists;
  const sessions = await request("GET", "sessions").catch((error) => error);
  if (turn !== lists) return; // A late answer is not about what there is now.
  if (sessions instanceof Error) {
    complain(mine, `The list cannot be shown. ${sessions.message}`);
    return;
  }
  const list = byId("sessions");
  const shown = new Map([...list.children].map((line) => [line.dataset.id, line]));
  if (!shown.size) complain(mine, ""); // that it cannot be shown
  // A line that stays keeps its place, and the focus.
  for (const line of shown.values()) {
    if (!sessions.some(({ id }) => id === line.dataset.id)) line.remove();
  }
  sessions.forEach((session, index) => {
    const line = shown.get(session.id) ?? item(session);
    setTime(line.querySelectorAll("time")[1], session.seen_at);
    if (list.children[index] !== line) list.insertBefore(line, list.children[index] ?? null);
  });
  byId("end-others").hidden = sessions.length < 2;
}

/** Ends what `path` names, after the password where the server asks for it. */
async function end(path, done) {
  const error = await request("DELETE", path).catch((error) => error);
  if (error?.status === 401) return check();
  if (error?.status === 403) return (await confirmed()) ? end(path, done) : undefined;
  if (error && error.status !== 404) throw error; // 404: it had ended already
  status.textContent = done;
  await listSessions();
  // What had the focus has gone, unless somebody went elsewhere meanwhile.
  const focused = document.activeElement;
  if (focused === document.body || !focused.checkVisibility()) byId("sessions-title").focus();
}

on(byId("end-others"), mine, () => end("sessions", "All others are ended."));

let asking; // while the dialog is open: whoever else has to know waits for the same answer

/** Asks for the password; returns whether it was given. */
function confirmed() {
  return (asking ??= new Promise((resolve) => {
    occasion += 1;
    complain(confirmForm, "");
    confirmForm.elements.username.value = user; // for password managers
    dialog.returnValue = "";
    dialog.showModal();
    dialog.onclose = () => {
      asking = undefined;
      confirmForm.reset();
      resolve(dialog.returnValue === "confirmed");
    };
  }));
}

on(confirmForm, confirmForm, async ({ password }) => {
  const then = occasion;
  const isOver = () => then !== occasion || !dialog.open;
  if (isOver()) return; // It was confirmed meanwhile.
  try {
    const wrong = replace("This is not your password.");
    await request("POST", "session/confirm", { password }).catch(wrong);
    if (!isOver()) dialog.close("confirmed"); // Cancelled, it is not taken for a yes.
  } catch (error) {
    if (error.status === 401) await check(); // which closes the dialog where nobody is signed in
    if (!isOver()) throw error;
  }
});
byId("cancel").addEventListener("click", () => dialog.close());
// The second click of a double click, beside the dialog, would take the focus out of the field.
dialog.addEventListener("mousedown", (event) => event.target === dialog && event.preventDefault());

// ---- When the answer may be another ------------------------------------------------------

// What a browser keeps for its back button holds no name.
addEventListener("pagehide", () => {
  checks += 1;
  latest = undefined;
  show(undefined);
  account.hidden = true;
});
addEventListener("pageshow", (event) => event.persisted && check());
addEventListener("focus", check);
addEventListener("online", check);
document.addEventListener("visibilitychange", () => document.hidden || check());

byId("no-users").hidden = !["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
check();
