// Another name for me: what came of it stands beside its field, also while something covers the region Notice.
import { announce } from "./notice.js";
import { me, onState, people } from "./state.js";
import { words } from "./words.js";

const form = document.getElementById("my-name");
const field = form.querySelector("input");
const beside = document.getElementById("name-words");
const notice = document.getElementById("notice");
const ON_ITS_WAY = ["press.first", "press.waits"]; // sentences after which another one may come
let before = null; // my name when another one was sent; null once it is known what came of it
let awaits = false; // the next sentence about a press is about this one

function shown() {
  return people().find(({ seat }) => seat === me().seat)?.name ?? null;
}

function tell(sentence, isRefused) {
  beside.textContent = sentence;
  field.setAttribute("aria-invalid", String(isRefused));
}

form.addEventListener("submit", () => {
  before = shown();
  awaits = true;
});

new MutationObserver(() => {
  const { said = "", refused } = notice.dataset;
  const isRefused = refused !== undefined;
  if (!awaits || !(isRefused || said.startsWith("press."))) return;
  awaits = ON_ITS_WAY.includes(said);
  if (isRefused) before = null;
  tell(notice.textContent.trim(), isRefused);
}).observe(notice, { childList: true, subtree: true, characterData: true });

onState(() => {
  const name = shown();
  if (before === null || name === null || name === before) return;
  before = null;
  awaits = false;
  tell(words("name.changed", { name }), false);
  announce(beside.textContent);
});
