"""Partials: a region as htmx takes it from a socket."""

from markupsafe import Markup

from server.room.refused import Code
from server.views.templates import region_template

Partial = bytes
"""A region as htmx takes it from a socket: its HTML, to be morphed into the element with its id."""

PARTIAL_ENDS = b"</hx-partial>"


def partial(name: str, html: str) -> Partial:
    """The region with this id."""
    return (begins(name) + html).encode() + PARTIAL_ENDS


def begins(name: str) -> str:
    """How the partial of the region with this id begins."""
    return f'<hx-partial hx-target="#{name}" hx-swap="outerMorph">'


def notice(code: Code | None = None, sentence: str = "", number: int = 0) -> Partial:
    """The region in which one person reads why something was refused; empty without a code.

    A morph replaces an element whose id has changed. With a new `number` the same sentence is
    therefore inserted again, and a screen reader speaks it again.
    """
    html = region_template("notice").render(code=code, sentence=sentence, number=number)
    return partial("notice", html)


def inner(region: Partial) -> Markup:
    """The HTML of a region, to stand in a page as it is."""
    html = region[region.index(b">") + 1 : -len(PARTIAL_ENDS)].decode()
    return Markup(html)  # noqa: S704 - only what a template of ours has rendered, escaping on
