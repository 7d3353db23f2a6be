// The sentences of the page's scripts, from the data block of the page (web/locale/LANG/page.json).
let sentences = null; // of the block, which is gone once connection.js has replaced the page

/** The sentence of this key, with `{facts}` filled in. */
export function words(key, facts = {}) {
  sentences ??= JSON.parse(document.getElementById("words").textContent);
  return sentences[key].replace(/\{(\w+)\}/g, (_, name) => facts[name]);
}
