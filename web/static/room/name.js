// Another name for me: what came of it stands beside its field, also while something covers the region Notice.
import { announce } from "./notice.js";
import { me, onState, people } from "./state.js";
import { words } from "./words.js";

const form = document.getElementById("my-name");
const field = form.querySelector("input");
const beside = document.getElementById("name-words");
const notice = document.getElementById("notice");
let before = null; // my name when another one was sent; null while none is on its way

function shown() {
  return people().find(({ seat }) => seat === me().seat)?.name ?? null;
}

function tell(sentence, isRefused) {
  beside.textContent = sentence;
  field.setAttribute("aria-invalid", String(isRefused));
  if (isRefused) before = null;
}

form.addEventListener("submit", () => (before = shown()));

new MutationObserver(() => {
  if (before === null || !notice.textContent.trim()) return;
  tell(notice.textContent.trim(), "refused" in notice.dataset);
}).observe(notice, { childList: true, subtree: true, characterData: true });

onState(() => {
  const name = shown();
  if (before === null || name === null || name === before) return;
  before = null;
  tell(words("name.changed", { name }), false);
  announce(beside.textContent);
});
