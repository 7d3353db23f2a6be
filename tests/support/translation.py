"""Simulates a browser that translates a page."""

from playwright.sync_api import Page

TRANSLATES = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) found.push(texts.currentNode);
  for (const text of found) {
    if (!text.data.trim() || text.parentElement.closest("[translate=no], font, script")) continue;
    const words = document.createElement("font");
    words.append(Object.assign(document.createElement("font"), { textContent: `«${text.data}»` }));
    text.replaceWith(words);
  }
}"""


def translate(page: Page) -> None:
    """Replaces each text that may be translated, within elements of its own."""
    page.evaluate(TRANSLATES)
