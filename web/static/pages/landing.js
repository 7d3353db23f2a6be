// Suggests the time zone of this browser, unless somebody has chosen one. An unknown one leaves the choice as it is.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const guessed = document.querySelector(`select[data-guess] option[value="${CSS.escape(zone ?? "")}"]`);
if (guessed) guessed.selected = true;
// A form sent twice starts one circle; returning to this page means another circle.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  const random = crypto.getRandomValues(new Uint8Array(16));
  document.querySelector("input[name=attempt]").value = Array.from(random, (byte) => byte.toString(16)).join("");
});
// A pasted link is opened as a tapped one is: its token goes into the fragment, and never to the server.
document.getElementById("have-link")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const pasted = document.getElementById("link").value.trim();
  const [token] = /[a-z2-7]{16}\.[\w-]{28,}/.exec(pasted) ?? [pasted];
  location.assign(`/join#${encodeURIComponent(token)}`);
});
