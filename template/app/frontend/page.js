import { NOT_KEPT, request } from "./api.js";

const byId = (id) => document.getElementById(id);

// ---- The preferences, which apply at once ------------------------------------------------

const form = byId("preferences");
const { theme, text_size } = form.elements;
const saved = byId("preferences-saved");
const failed = byId("preferences-failed");
let last; // the change that is not saved yet, or not known to be
let saving = Promise.resolve();

function showSize() {
  text_size.ariaValueText = byId("text-size-shown").textContent = `${text_size.value} %`;
}

function show(preferences) {
  theme.value = preferences.theme;
  text_size.value = preferences.text_size;
  showSize();
  applyPreferences(preferences);
}

/** Saves after what is being saved; of several changes that wait, only the last. */
function change(method, wanted, done) {
  const turn = JSON.stringify([method, wanted]);
  show(wanted);
  if (turn === last?.turn) return; // the same again: a double click
  const mine = (last = { turn });
  saved.textContent = failed.textContent = "";
  saving = saving.then(async () => {
    if (mine !== last) return;
    let failure = "";
    try {
      await request(method, "preferences", method === "PUT" ? wanted : undefined);
      const stored = storedPreferences();
      const kept = stored.theme === wanted.theme && stored.text_size === wanted.text_size;
      if (!kept) throw new Error(NOT_KEPT);
    } catch (error) {
      failure = `This is not saved. ${error.message}`;
    }
    showCookies();
    if (mine !== last) return; // What comes next says whether it is saved.
    last = undefined;
    saved.textContent = failure ? "" : done;
    failed.textContent = failure;
  });
}

form.addEventListener("input", showSize);
form.addEventListener("change", () =>
  change("PUT", { theme: theme.value, text_size: text_size.valueAsNumber }, "Saved"),
);
form.addEventListener("submit", (event) => event.preventDefault());
byId("reset").addEventListener("click", () => change("DELETE", DEFAULTS, "Reset"));

// ---- The greeting, and what the site keeps -----------------------------------------------

async function greet() {
  const { message, locale } = await request("GET", "welcome");
  byId("greeting").textContent = message;
  byId("greeting").lang = locale;
}

const HERE = new Map([[true, "Yes"], [false, "No"], [null, "Unknown"]]);

function row({ name, purpose, lifetime, read_by_scripts, is_here }) {
  const reader = read_by_scripts ? "This site, and scripts in its pages" : "This site only";
  const line = byId("cookie").content.firstElementChild.cloneNode(true);
  const texts = [name, purpose, lifetime, reader, HERE.get(is_here)];
  texts.forEach((text, index) => (line.cells[index].textContent = text));
  return line;
}

let lists = 0;

/** Shows every cookie, and whether it is there. Call it where that changes. */
export async function showCookies() {
  const turn = ++lists;
  const table = byId("cookies");
  let rows = [];
  let failure = "";
  try {
    rows = (await request("GET", "cookies")).map(row);
  } catch (error) {
    failure = `The list cannot be shown. ${error.message}`;
  }
  if (turn !== lists) return; // A late answer is not about what is there now.
  table.tBodies[0].replaceChildren(...rows);
  byId("cookies-failed").textContent = failure;
  table.hidden = !table.tBodies[0].rows.length;
  table.parentElement.hidden = false;
}

// From the back button's cache the page comes as it was left.
addEventListener("pageshow", (event) => event.persisted && show(storedPreferences()));

show(storedPreferences());
form.hidden = false;
greet().catch(() => {}).then(showCookies); // It stays in English where nothing answers.
