"""Records what a page's live regions announce, from its first moment on.

A region that comes with its text is silent: assistive technology speaks changes of regions that are
there already. Empty texts are not spoken.
"""

from __future__ import annotations

from typing import NamedTuple

from playwright.sync_api import Page

from tests.support.person import Person

RECORDS = """(() => {
  const LIVE = "[aria-live]:not([aria-live=off]), [role=status], [role=alert]";
  const found = window.announced = [];
  const known = new WeakSet();
  const note = (region, text) => {
    const words = text.trim();
    const { kind = "", call = "" } = document.getElementById("attention")?.dataset ?? {};
    const of_phase = words === document.querySelector("#stage h1")?.textContent;
    if (!words) return;
    found.push({ region: region.id, text: words, at: performance.now(), kind, call, of_phase });
  };
  const look = (records) => {
    for (const { target, type, addedNodes, attributeName } of records) {
      const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
      const region = element?.closest(LIVE);
      if (!region || !known.has(region)) continue;
      if (type === "childList") for (const node of addedNodes) note(region, node.textContent);
      else if (type === "characterData") note(region, target.data);
      else if (attributeName === "hidden" && !target.hidden) note(region, region.textContent);
    }
    for (const region of document.querySelectorAll(LIVE)) known.add(region);
  };
  addEventListener("DOMContentLoaded", () => {
    look([]);
    new MutationObserver(look).observe(document.body, {
      subtree: true, childList: true, characterData: true, attributeFilter: ["hidden"],
    });
  });
})()"""


class Announced(NamedTuple):
    """One announcement: its region, its text, when (in ms since the page began), and what the stage
    told this person then."""

    region: str
    text: str
    at: float
    kind: str
    call: str
    of_phase: bool
    """It is the name of the phase."""


def record(page: Page) -> None:
    """Records the announcements of every page that is loaded here from now on."""
    page.add_init_script(RECORDS)


def announced(person: Person) -> list[Announced]:
    """What this person's page has announced since it was loaded."""
    return [Announced(**one) for one in person.run("() => window.announced")]
