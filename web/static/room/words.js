// What the page itself writes: the sentences of the scripts, from the data block of the page
// (web/locale/LANG/page.json), and the texts of elements.
let sentences = null; // of the block, which is gone once connection.js has replaced the page
const written = new WeakMap();

/** The sentence of this key, with `{facts}` filled in. */
export function words(key, facts = {}) {
  sentences ??= JSON.parse(document.getElementById("words").textContent);
  return sentences[key].replace(/\{(\w+)\}/g, (_, name) => facts[name]);
}

/** Puts a text into an element unless it is the last written one: a browser that translates the page changes it. */
export function write(element, text) {
  if (!element || written.get(element) === text) return;
  element.textContent = text;
  written.set(element, text);
}
