// Sentences from the page itself, in the same place as the server's.

/** Puts a sentence into the region Notice. */
export function say(sentence) {
  const notice = document.getElementById("notice");
  if (!notice) return; // A person without a seat sees nothing of the room any more.
  notice.removeAttribute("data-refused");
  notice.textContent = sentence;
}

const announcement = document.getElementById("announcement");

/** Announces a sentence politely to screen readers. */
export function announce(sentence) {
  announcement.textContent = sentence;
}
