// The token is in the fragment, which never reaches a server, log or Referer; only this form sends it.

// Of its full length, and no more of what sticks to it; former tokens have other characters as well (identity.py).
const WHOLE = /[a-z2-7]{16}\.(?:[a-z2-7]{39}|(?=[\w-]{0,27}[A-Z0189_-])[\w-]{28,32})/;
const field = document.getElementById("token");

function take() {
  // A mail filter may have moved the fragment into the path; the server has then filled the field.
  if (location.pathname !== "/join") history.replaceState(null, "", `/join#${field.value}`);
  const fragment = location.hash.slice(1);
  const [token] = WHOLE.exec(fragment || field.value) ?? [""];
  if (fragment) {
    field.value = token || fragment;
    document.getElementById("no-link").hidden = token !== "";
  }
  document.getElementById("invited").hidden = token === "";
  document.getElementById("link").value = token ? `${location.origin}/join#${token}` : location.href;
}

take();
// A word may stick to a link that is typed or pasted into the field, too.
field.form.addEventListener("submit", () => (field.value = WHOLE.exec(field.value)?.[0] ?? field.value));
// Pasting another link into the address of this page does not load the page again.
addEventListener("hashchange", take);
// In-app browsers often have no devices. Without https no browser has them, which another sentence says.
const hasDevices = Boolean(navigator.mediaDevices?.getUserMedia);
const noMicrophone = document.getElementById("no-microphone");
noMicrophone.hidden = !isSecureContext || hasDevices;
// Not needed for anything above, which must not fail with it.
if (isSecureContext && hasDevices) {
  import("../voice/in_app.js").then(({ isInApp }) => noMicrophone.hidden = !isInApp(navigator.userAgent), () => {});
}
