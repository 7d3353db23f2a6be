// The code of a certificate is in the fragment, which never reaches a server, log or Referer; only this form sends it.
function take() {
  const code = location.hash.slice(1);
  if (!code) return;
  document.getElementById("code").value = code;
  // So that going back does not check it again.
  history.replaceState(null, "", location.pathname);
  document.getElementById("verify").requestSubmit();
}

take();
addEventListener("hashchange", take);
