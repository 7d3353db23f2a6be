// Sentences from the page itself, in the same place as the server's.
import { words } from "./words.js";

/** Puts the sentence of this key into the region Notice; "" empties it. */
export function say(key, facts = {}) {
  const notice = document.getElementById("notice");
  if (!notice) return; // A person without a seat sees nothing of the room any more.
  notice.removeAttribute("data-refused");
  notice.dataset.said = key;
  notice.textContent = key && words(key, facts);
}

/** Empties the region again if it has a sentence whose key begins like this: it is no longer true. */
export function unsay(key) {
  if (document.getElementById("notice")?.dataset.said?.startsWith(key)) say("");
}

const announcement = document.getElementById("announcement");
const SPOKEN_IN_MS = 10_000;

/** Announces a sentence politely to screen readers. Another one a moment later does not replace it. */
export function announce(sentence) {
  const spoken = document.createElement("span");
  spoken.textContent = sentence;
  announcement.append(spoken);
  setTimeout(() => spoken.remove(), SPOKEN_IN_MS);
}
