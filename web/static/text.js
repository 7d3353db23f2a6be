// Writes texts of the page itself. It compares with the last written text, because a browser that translates the
// page changes the displayed one.
const written = new WeakMap();

/** Puts a text into an element unless it is the last written one. */
export function write(element, text) {
  if (!element || written.get(element) === text) return;
  element.textContent = text;
  written.set(element, text);
}
