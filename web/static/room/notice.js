// Sentences from the page itself, in the same place as the server's.

/** Puts a sentence into the region Notice. */
export function say(sentence) {
  const notice = document.getElementById("notice");
  if (!notice) return; // A person without a seat sees nothing of the room any more.
  notice.removeAttribute("data-refused");
  notice.textContent = sentence;
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
