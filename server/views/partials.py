"""Partials: regions in the form that htmx expects from a socket."""

from functools import lru_cache

from markupsafe import Markup

from server.room.refused import Code
from server.views.language import Language
from server.views.templates import region_template

Partial = bytes
"""A region for htmx: its HTML, which is morphed into the element with its id."""

PARTIAL_ENDS = b"</hx-partial>"


def partial(name: str, html: str) -> Partial:
    return (begins(name) + html).encode() + PARTIAL_ENDS


def begins(name: str) -> str:
    """The opening tag of the partial of the region with this id."""
    return f'<hx-partial hx-target="#{name}" hx-swap="outerMorph">'


def notice(
    language: Language, code: Code | None = None, sentence: str = "", number: int = 0
) -> Partial:
    """The region with a refusal for one person; empty without a code.

    A morph replaces an element whose id has changed. With a new `number` the same sentence is
    therefore inserted again, and a screen reader speaks it again.
    """
    template = region_template("notice", language)
    html = template.render(code=code, sentence=sentence, number=number)
    return partial("notice", html)


@lru_cache
def no_notice(language: Language) -> Partial:
    """The region without a refusal."""
    return notice(language)


def inner(region: Partial) -> Markup:
    """The HTML of a region, for the page."""
    html = region[region.index(b">") + 1 : -len(PARTIAL_ENDS)].decode()
    return Markup(html)  # noqa: S704 - rendered by our own template, with autoescape
