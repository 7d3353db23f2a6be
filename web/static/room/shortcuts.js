// What a key does in the room, and what holding the space bar does to a microphone that is off. Both are decided
// without a page (tests/web).

const LETTERS = { m: "microphone", v: "camera", h: "hand" };

/**
 * The shortcut of a key, or "". `what`: the KeyboardEvent. `at`: where it was pressed: `typing`, in a field; `control`,
 * on something that a press of the space bar presses; `dialog`, one is open.
 * @param {{key: string, code: string, repeat: boolean, ctrlKey: boolean, altKey: boolean, metaKey: boolean,
 *   shiftKey: boolean, isComposing: boolean}} what
 * @param {{typing: boolean, control: boolean, dialog: boolean}} at
 */
export function shortcut(what, at) {
  if (at.typing || at.dialog || what.isComposing || what.ctrlKey || what.altKey || what.metaKey) return "";
  if (what.key === "?" && !what.repeat) return "list"; // On most keyboards it needs Shift.
  if (what.shiftKey) return "";
  if (what.code === "Space") return at.control ? "" : "talk";
  return what.repeat ? "" : (LETTERS[letter(what)] ?? "");
}

// Keyboards of other scripts have no Latin letter on a key, but its place.
function letter({ key, code }) {
  const isLatin = /^[a-z]$/i.test(key);
  if (isLatin) return key.toLowerCase();
  return /^\p{L}$/u.test(key) ? code.replace("Key", "").toLowerCase() : "";
}

// The microphone opens a moment after the key is down, and may open only once the key is up again: then it closes.
const TALK = {
  off: { down: ["opening", "press"] },
  opening: { on: ["on"], up: ["late"], pressed: ["off"], failed: ["failed"] },
  late: { on: ["off", "press"], down: ["opening"], pressed: ["off"], failed: ["off"] },
  failed: { up: ["off"], pressed: ["off"] },
  on: { up: ["off", "press"], off: ["off"], pressed: ["off"] },
};

/**
 * The next state of talking while a key is held, and "press" if the microphone's button is to be pressed. Events: `down`
 * and `up`, the key; `on` and `off`, the microphone; `failed`, it stays off; `pressed`, the person has pressed its
 * button, or its letter.
 * @param {string} state "off" at first
 * @param {string} event
 */
export function talk(state, event) {
  const [next, action = ""] = TALK[state][event] ?? [state];
  return { state: next, action };
}
