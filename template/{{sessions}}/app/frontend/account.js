import { request } from "./api.js";

const status = document.getElementById("status");

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
  signIn.hidden = response.status !== 401;
  document.getElementById("signed-in").hidden = !response.ok;
  if (response.ok) document.getElementById("user").textContent = (await response.json()).user;
}

showWhoIsSignedIn();
