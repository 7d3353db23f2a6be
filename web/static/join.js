// The token stands in the fragment, which no server, log or Referer ever sees; only this form sends it.
const WHOLE = /[a-z2-7]{16}\.[\w-]{28,}/;
const field = document.getElementById("token");

function take() {
  // A mail filter may have made the fragment a part of the path; the server has put it into the field.
  if (location.pathname !== "/join") history.replaceState(null, "", `/join#${field.value}`);
  const fragment = location.hash.slice(1);
  const [token] = WHOLE.exec(fragment || field.value) ?? [""];
  if (fragment) {
    field.value = token || fragment;
    document.getElementById("no-link").hidden = token !== "";
  }
  document.getElementById("link").value = token ? `${location.origin}/join#${token}` : location.href;
}

take();
// Another link, pasted into the address of this page, loads nothing anew.
addEventListener("hashchange", take);
document.getElementById("no-cookies").hidden = navigator.cookieEnabled;
// The browsers within other apps often have none. Without https no browser has one, which is said elsewhere.
document.getElementById("no-microphone").hidden = !isSecureContext || Boolean(navigator.mediaDevices?.getUserMedia);
