"""What is wrong with a page by the HTML standard.

The parser finds faults of syntax and most misplaced elements; the rules here are about the tree
that it built: known elements and attributes, where an element may stand, ids, and references to
them. Roles and contrasts are checked by axe-core, in browsers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple
from xml.etree.ElementTree import Element

from tinyhtml5.parser import HTMLParser


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


METADATA = _set("title meta link script")
PHRASING = _set(
    "a b bdi br button i img input kbd label meter noscript output q script select small span"
    " strong textarea time video"
)
"""Elements that may stand within a sentence."""
FLOW = PHRASING | _set(
    "article aside details dialog div fieldset footer form h1 h2 h3 header link main nav ol p"
    " section table template ul"
)
"""A `link` to a stylesheet may stand in the body."""
WITHIN: dict[str, frozenset[str]] = {
    "html": _set("head body"),
    "head": METADATA,
    "ul": _set("li"),
    "ol": _set("li"),
    "select": _set("option optgroup"),
    "optgroup": _set("option"),
    "details": FLOW | {"summary"},
    "table": _set("thead tbody tfoot"),
    **dict.fromkeys(_set("thead tbody tfoot"), _set("tr")),
    "tr": _set("th td"),
    "th": PHRASING,
    "fieldset": FLOW | {"legend"},
    "summary": PHRASING | {"h2", "h3"},
    **dict.fromkeys(_set("title option script textarea"), frozenset[str]()),
    **dict.fromkeys(
        _set("b bdi button h1 h2 h3 i label legend meter p q small span strong"), PHRASING
    ),
}
"""The children that an element may have; others may have FLOW."""
TRANSPARENT = _set("a noscript")
"""Elements that may have what their parent may have."""
SVG = "{http://www.w3.org/2000/svg}svg"
EVERYWHERE = _set("autofocus class dir hidden id lang popover role tabindex title translate")
ATTRIBUTES = {
    "a": "href rel target",
    "button": "disabled name popovertarget popovertargetaction type value",
    "details": "open name",
    "dialog": "closedby open",
    "form": "action method",
    "input": "accept autocomplete checked disabled inputmode maxlength name placeholder readonly"
    " required type value",
    "label": "for",
    "link": "blocking fetchpriority href rel type",
    "meta": "charset content media name",
    "meter": "max min value",
    "optgroup": "label",
    "option": "selected value",
    "script": "blocking fetchpriority src type",
    "select": "disabled name",
    "textarea": "autocomplete disabled maxlength name readonly required rows spellcheck",
    "th": "scope",
    "video": "autoplay muted playsinline",
}
ELSEWHERE = re.compile(r"(data|aria|hx)-[a-z-]+(:[a-z]+)?")
"""Attributes of scripts, of ARIA, and of htmx, which are not HTML's."""
TYPES = _set(
    "button checkbox date datetime-local email file hidden number password radio submit text"
    " time url"
)
OF_TEXT = _set("autocomplete maxlength placeholder readonly")
"""Attributes of an `input` into which people type."""
LABELABLE = _set("button input meter output select textarea")
INTERACTIVE = _set("a button details input label select textarea")
REFERENCES = _set("aria-controls aria-describedby aria-labelledby for popovertarget")
NAMED_BY_ROLE_ALONE = _set("b bdi div i p span")
"""Without a role, ARIA gives these elements no name."""


class At(NamedTuple):
    """An element and its ancestors, the nearest first."""

    element: Element
    above: tuple[Element, ...]

    @property
    def place(self) -> str:
        """For people: the element and its parent."""
        return " > ".join(_called(e) for e in (*reversed(self.above[:2]), self.element))


def faults(html: str) -> list[str]:
    """The faults of a whole page, in sentences."""
    parser = HTMLParser(namespace_html_elements=False)
    page = parser.parse(html)
    errors = [f"{code} at {position} {data or ''}" for position, code, data in parser.errors]
    everything = list(_walk(page, ()))
    rules = (_known, _placed, _interactive, _input, _named)
    found = chain.from_iterable(rule(at) for at in everything for rule in rules)
    return [*errors, *found, *_document(page), *_references([at.element for at in everything])]


def _walk(element: Element, above: tuple[Element, ...]) -> Iterator[At]:
    yield At(element, above)
    for child in element:
        if child.tag == SVG:  # another vocabulary
            continue
        if isinstance(child.tag, str):  # not a comment
            yield from _walk(child, (element, *above))


def _called(element: Element) -> str:
    marks = (f'{mark}="{element.get(mark)}"' for mark in ("id", "name") if element.get(mark))
    return f"<{' '.join((element.tag, *marks))}>"


def _known(at: At) -> Iterator[str]:
    element = at.element
    if element.tag not in FLOW | METADATA | {*WITHIN, "body", "li", "optgroup", "option", "td"}:
        yield f"{at.place}: unknown element"
    allowed = EVERYWHERE | _set(ATTRIBUTES.get(element.tag, ""))
    for name in element.attrib:
        if name not in allowed and not ELSEWHERE.fullmatch(name):
            yield f"{at.place}: unknown attribute {name}"


def _placed(at: At) -> Iterator[str]:
    """Whether the element may stand where it does."""
    element, above = at
    parent = next((e for e in above if e.tag not in TRANSPARENT), None)
    if parent is not None and element.tag not in WITHIN.get(parent.tag, FLOW):
        yield f"{at.place}: may not stand there"
    if element.tag == "details" and [e.tag for e in element].count("summary") != 1:
        yield f"{at.place}: needs one summary"
    if element.tag == "summary" and (parent is None or parent[0] is not element):
        yield f"{at.place}: is not the first in its details"
    if element.tag in ("form", "main") and any(e.tag == element.tag for e in above):
        yield f"{at.place}: stands within another"


def _interactive(at: At) -> Iterator[str]:
    """People cannot use a control within another one."""
    element, above = at
    around = {e.tag for e in above}
    if element.tag in INTERACTIVE and element.get("type") != "hidden":
        if around & {"a", "button"}:
            yield f"{at.place}: a control within a control"
        if "label" in around and element.tag not in LABELABLE:
            yield f"{at.place}: a label within a label, or what takes no label"
    if element.tag == "label":
        controls = [e for e in element.iter() if e.tag in LABELABLE]
        if len(controls) + (element.get("for") is not None) != 1:
            yield f"{at.place}: is the label of {len(controls)} controls"


def _input(at: At) -> Iterator[str]:
    """Attributes that fit neither the type of an input nor its other attributes."""
    element = at.element
    if element.tag == "input":
        kind = element.get("type", "text")
        if kind not in TYPES:
            yield f"{at.place}: unknown type {kind}"
        for name in OF_TEXT & {*element.attrib} if kind in ("checkbox", "file", "hidden") else ():
            yield f"{at.place}: {name} does not fit type {kind}"
        if "checked" in element.attrib and kind not in ("checkbox", "radio"):
            yield f"{at.place}: checked does not fit type {kind}"
    if element.tag == "form" and element.get("method") not in ("get", "post", "dialog", None):
        yield f"{at.place}: unknown method"


def _named(at: At) -> Iterator[str]:
    """Controls have a name, and only elements that can have one do."""
    element, above = at
    attributes = {*element.attrib}
    named = attributes & {"aria-label", "aria-labelledby"}
    if named and element.tag in NAMED_BY_ROLE_ALONE and "role" not in attributes:
        yield f"{at.place}: has a name, and no role that takes one"
    hidden = element.get("type") == "hidden" or "hidden" in attributes
    if element.tag in ("input", "select", "textarea") and not named and not hidden:
        labels = [e for e in above[-1].iter("label") if e.get("for") == element.get("id", "?")]
        if not labels and "label" not in {e.tag for e in above}:
            yield f"{at.place}: has no label"
    filled_in_later = "dialog" in {e.tag for e in above}
    has_words = named or filled_in_later or "".join(element.itertext()).strip()
    if element.tag in ("a", "button") and not has_words:
        yield f"{at.place}: has no words"


def _document(page: Element) -> Iterator[str]:
    titles = ["".join(title.itertext()).strip() for title in page.findall("head/title")]
    if len(titles) != 1 or not titles[0]:
        yield "needs one title"
    if not page.get("lang"):
        yield "needs a language"
    if len([e for e in page.iter("main") if e.get("hidden") is None]) != 1:
        yield "needs one main part"


def _references(elements: list[Element]) -> Iterator[str]:
    """Ids are unique, and what is referred to is there."""
    ids = Counter(found for e in elements if (found := e.get("id")) is not None)
    for name, times in ids.items():
        if times > 1:
            yield f'id "{name}" stands {times} times'
        if not name or re.search(r"\s", name):
            yield f'id "{name}" is empty, or has a space'
    by_id = {e.get("id"): e for e in elements}
    for element in elements:
        for attribute in REFERENCES & {*element.attrib}:
            for name in element.get(attribute, "").split():
                if name not in ids:
                    yield f'{_called(element)}: {attribute} refers to "{name}", which is not there'
                elif attribute == "for" and by_id[name].tag not in LABELABLE:
                    yield f"{_called(element)}: is the label of what takes none"
        href = element.get("href", "")
        if href.startswith("#") and href[1:] not in ids:
            yield f"{_called(element)}: leads to {href}, which is not there"
