// The code is in the fragment, which never reaches a server, log or Referer; only this form sends it. It goes from the
// address at once, since it would stay in the history.
const WHOLE = /[a-z2-7]{16}\.[a-z2-7]{52}/;
const field = /** @type {HTMLInputElement | null} */ (document.getElementById("code"));

function take() {
  const fragment = location.hash.slice(1);
  if (!field || !fragment) return;
  const [code] = WHOLE.exec(fragment) ?? [""];
  field.value = code || fragment;
  document.getElementById("no-code").hidden = code !== "";
  history.replaceState(null, "", "/device");
}

take();
// Pasting another link into the address of this page does not load the page again.
addEventListener("hashchange", take);
