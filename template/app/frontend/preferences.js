"use strict";

// The preferences cookie holds percent-encoded JSON; see Cookie.encode in app/cookie.py.
function storedPreferences() {
  const pair = document.cookie.split("; ").find((cookie) => cookie.startsWith("preferences="));
  try {
    return JSON.parse(decodeURIComponent(pair.slice("preferences=".length)));
  } catch {
    return { theme: "system", text_size: 100 }; // no cookie, or one that nobody can read
  }
}

function applyPreferences({ theme, text_size }) {
  const root = document.documentElement;
  root.style.colorScheme = theme === "system" ? "light dark" : theme;
  root.style.fontSize = `${text_size}%`;
}

applyPreferences(storedPreferences());
