import { NOT_KEPT, once, request } from "./api.js";

// ---- The preferences, which apply at once ------------------------------------------------

const form = document.getElementById("preferences");
const saved = document.getElementById("preferences-saved");
const failed = document.getElementById("preferences-failed");
let changes = 0;
let saving = Promise.resolve();

function showSize() {
  const percent = form.elements.text_size.value;
  form.elements.text_size.ariaValueText = `${percent} percent`;
  document.getElementById("text-size-shown").textContent = `${percent} %`;
}

function show(preferences) {
  form.elements.theme.value = preferences.theme;
  form.elements.text_size.value = preferences.text_size;
  showSize();
  applyPreferences(preferences);
}

/** Saves after what is being saved; of several changes that wait, only the last. */
function change(method, wanted, done) {
  const turn = ++changes;
  show(wanted);
  saved.textContent = failed.textContent = "";
  saving = saving.then(async () => {
    if (turn !== changes) return;
    try {
      await request(method, "preferences", method === "PUT" ? wanted : undefined);
      const { theme, text_size } = storedPreferences();
      if (theme !== wanted.theme || text_size !== wanted.text_size) throw new Error(NOT_KEPT);
      saved.textContent = done;
    } catch (error) {
      failed.textContent = `This is not saved. ${error.message}`;
    }
    await showCookies();
  });
  return saving;
}

form.addEventListener("input", showSize);

form.addEventListener("change", () => {
  const { theme, text_size } = form.elements;
  change("PUT", { theme: theme.value, text_size: text_size.valueAsNumber }, "Saved");
});

form.addEventListener("submit", (event) => event.preventDefault());

const reset = document.getElementById("reset");
reset.addEventListener("click", () => once(reset, () => change("DELETE", DEFAULTS, "Reset")));

// ---- The greeting, and what the site keeps -----------------------------------------------

async function greet() {
  const greeting = document.getElementById("greeting");
  try {
    const { message, locale } = await request("GET", "welcome");
    greeting.textContent = message;
    greeting.lang = locale;
  } catch {
    // It stays in English.
  }
}

const table = document.getElementById("cookies");
const labels = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
const HERE = new Map([[true, "Yes"], [false, "No"], [null, "Not told"]]);

function row(...texts) {
  const line = document.createElement("tr");
  for (const [index, text] of texts.entries()) {
    const cell = document.createElement(index ? "td" : "th");
    cell.dataset.label = labels[index];
    cell.textContent = text;
    line.append(cell);
  }
  line.cells[0].scope = "row";
  return line;
}

/** Shows which cookies there are and which the browser sent; call it where that changes. */
export async function showCookies() {
  const failure = document.getElementById("cookies-failed");
  try {
    const rows = (await request("GET", "cookies")).map((cookie) =>
      row(
        cookie.name,
        cookie.purpose,
        cookie.lifetime,
        cookie.read_by_scripts ? "This site, and scripts in its pages" : "This site only",
        HERE.get(cookie.is_here),
      ),
    );
    table.tBodies[0].replaceChildren(...rows);
    failure.textContent = "";
  } catch (error) {
    failure.textContent = `The list cannot be shown. ${error.message}`;
  }
  table.hidden = failure.textContent !== "";
  table.parentElement.hidden = false;
}

addEventListener("pageshow", (event) => event.persisted && show(storedPreferences()));

show(storedPreferences());
form.hidden = false;
greet().then(showCookies);
