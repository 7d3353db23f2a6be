// Words between facilitators. One that arrives is told in #attention until it is put away; only this page keeps it.
import { look, takeFocus } from "./attention.js";
import { early } from "./connection.js";
import { announce } from "./notice.js";
import { me, onState, people } from "./state.js";
import { words } from "./words.js";

const MOST = 20;
const LONG = 120; // characters from which a word is set smaller

let unread = []; // the oldest first
let asked = null; // the word that this page has sent, until it comes back
let explained = ""; // what stands beside the field

document.addEventListener("circle:said", (event) => {
  const { whisper } = event.detail;
  if (!whisper) return;
  event.preventDefault(); // It is not kept for later.
  take(whisper);
});

function take(whisper) {
  if (whisper.from === me().seat) return sent();
  const name = people().find(({ seat }) => seat === whisper.from)?.name ?? "";
  const word = { from: words("whisper.from", { name: `\u2068${name}\u2069` }), text: whisper.text };
  unread = [...unread, word].slice(-MOST);
  show();
  document.dispatchEvent(new CustomEvent("circle:call"));
  announce(`${word.from}: ${word.text}`);
}

function show() {
  const place = document.getElementById("word");
  if (!place) return;
  if (me().role !== "facilitator" || !me().here) unread = [];
  const [word] = unread;
  if (!word) place.replaceChildren();
  else {
    if (!place.firstElementChild) {
      const card = /** @type {HTMLTemplateElement} */ (document.getElementById("a-word"));
      place.append(card.content.cloneNode(true));
    }
    for (const part of ["from", "text"]) place.querySelector(`.${part}`).textContent = word[part];
    place.querySelector(".text").classList.toggle("long", word.text.length > LONG);
  }
  look();
}

document.addEventListener("click", ({ target }) => {
  if (!(/** @type {Element} */ (target).closest("[data-do=put_away]"))) return;
  unread.shift();
  show();
  if (unread.length === 0) takeFocus();
});

document.addEventListener("submit", ({ target }) => {
  const field = /** @type {Element} */ (target).querySelector("#whisper-text");
  if (field) asked = /** @type {HTMLInputElement} */ (field).value;
}, true);

// It comes back to all pages of its sender, of which another one may have a word half typed.
function sent() {
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById("whisper-text"));
  const beside = document.getElementById("whisper-words");
  if (!field || !beside || asked === null) return;
  explained ||= beside.textContent;
  if (field.value === asked) field.value = "";
  asked = null;
  field.oninput = () => (beside.textContent = explained);
  beside.textContent = words("whisper.sent");
  announce(beside.textContent);
}

onState(show);
early.splice(0).forEach(take);
