// The token stands in the fragment, which no server, log or Referer ever sees; only this form sends it.
const field = document.querySelector("input[name=token]");
const fragment = location.hash.slice(1);
if (fragment) field.value = fragment;
document.getElementById("no-token").hidden = Boolean(field.value);
