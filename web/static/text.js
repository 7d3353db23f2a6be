// Writes what a page itself says. Compared with what was written, not with what is there: a browser that
// translates the page changes that.
const written = new WeakMap();

/** Puts a text into an element, if it is not the one that was put there last. */
export function write(element, text) {
  if (!element || written.get(element) === text) return;
  element.textContent = text;
  written.set(element, text);
}
