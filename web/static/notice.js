// Sentences that this browser itself says, in the same place as the server's.

/** Puts a sentence into the region Notice. */
export function say(sentence) {
  const notice = document.getElementById("notice");
  if (!notice) return; // This person is out, and sees nothing of the room any more.
  notice.removeAttribute("data-refused");
  notice.textContent = sentence;
}

const announcement = document.getElementById("announcement");

/** Has screen readers say a sentence when they are next free. */
export function announce(sentence) {
  announcement.textContent = sentence;
}
