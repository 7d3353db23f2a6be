// The token is in the fragment, which never reaches a server, log or Referer; only this form sends it.
const field = document.getElementById("token");

function take() {
  // A mail filter may have moved the fragment into the path; the server has then filled the field.
  if (location.pathname !== "/reminders") history.replaceState(null, "", `/reminders#${field.value}`);
  const token = location.hash.slice(1);
  if (token) field.value = token;
  document.getElementById("no-link").hidden = token !== "";
}

take();
addEventListener("hashchange", take);
