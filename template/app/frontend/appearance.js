"use strict";

const DEFAULTS = { theme: "system", text_size: 100 };

// The preferences cookie holds percent-encoded JSON; see Cookie.encode in app/kit/cookie.py.
// As on the server, a cookie that does not make sense counts as absent.
function storedPreferences() {
  try {
    const pair = document.cookie.split("; ").find((each) => each.startsWith("preferences="));
    const stored = JSON.parse(decodeURIComponent(pair.slice("preferences=".length)));
    const { theme, text_size } = { ...DEFAULTS, ...stored };
    const sound =
      ["system", "light", "dark"].includes(theme) &&
      Number.isInteger(text_size) && text_size >= 50 && text_size <= 200;
    return sound ? { theme, text_size } : DEFAULTS;
  } catch {
    return DEFAULTS;
  }
}

function applyPreferences({ theme, text_size }) {
  const root = document.documentElement;
  root.style.colorScheme = theme === "system" ? "light dark" : theme;
  root.style.fontSize = `${text_size}%`;
}

applyPreferences(storedPreferences());

// A script that does not arrive, or fails: what waits for it does not say "Loading" for ever.
function giveUp({ target }) {
  if (target !== window && !target.matches("script")) return;
  for (const line of document.querySelectorAll(".waiting")) {
    line.textContent = "This part of the page did not arrive. Reload the page.";
  }
}

addEventListener("error", giveUp, true); // of scripts, which do not bubble
