"""The pages on which facilitators make their circle's own format: the editor, and the file."""

import asyncio
from functools import partial
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.circle import changes
from server.circle.circle import Circle, known_format
from server.identity import Person
from server.pages import format_form
from server.pages.errors import ForFacilitators
from server.pages.format_form import Typed
from server.pages.site import Site
from server.room.formats import toml as format_file
from server.room.formats.keys import slug
from server.room.formats.plan import Format
from server.room.formats.shipped import FORMATS, GROUPS
from server.room.formats.validation import MAX_CHARACTERS, InvalidFormat
from server.room.refused import Refused
from server.room.state import Role
from server.store.limits import RateLimit
from server.views.language import N_, language_of
from server.views.refusals import Gettext, fault_sentence, sentence
from server.views.templates import render_page

EDITS = RateLimit("format", 60, 1_000)
READS_WITHIN_S = 2.0
"""The time limit for parsing a file, in a thread of its own."""
LARGEST_FORM = 48 * MAX_CHARACTERS + 3 * format_file.LARGEST_FILE
"""Bytes. A form encodes each non-ASCII byte as three. Up to four times the allowed characters are
shown again, with the sentence that they are too many."""

PLACES = tuple(map(str, range(format_form.MOST_READ)))


def routes(site: Site) -> list[Route]:
    return [
        site.route("/circles/{circle_id}/format", editor),
        site.route("/circles/{circle_id}/format", edit, "POST"),
        site.route("/circles/{circle_id}/format.toml", file),
    ]


async def editor(site: Site, request: Request) -> Response:
    circle, person = await _circle_to_edit(site, request)
    seen = changes.format_mark(circle)
    response = _page(request, circle, format_form.shown(circle.plan), seen=seen)
    site.cookies.renew(request, response, circle, person)
    return response


async def file(site: Site, request: Request) -> Response:
    plan = (await _circle_to_edit(site, request))[0].plan
    name = f"{slug(plan.title) or 'format'}.toml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(format_file.written(plan), 200, headers, "application/toml; charset=utf-8")


async def edit(site: Site, request: Request) -> Response:
    """Does the action of the pressed button; only *Save* stores anything."""
    circle, person = await _circle_to_edit(site, request)
    response = await _edited(site, request, circle)
    site.cookies.renew(request, response, circle, person)
    return response


async def _edited(site: Site, request: Request, circle: Circle) -> Response:
    _ = language_of(request).gettext
    await site.reception.keep_to(EDITS, request)
    form = await site.reception.form(request, LARGEST_FORM)
    typed, seen = format_form.typed(form), form.get("seen")
    do, _dot, place = form.get("do", "save").partition(".")
    try:
        if do == "save":
            return await _save(site, request, circle, typed, seen)
        if do == "begin":
            plan = FORMATS[known_format(form.get("from", ""))]
            status = _("Started afresh. Not saved yet.")
            return _page(request, circle, format_form.shown(plan), status, seen=seen, did=do)
        if do == "read":
            plan = await _read(form.get("file", ""))
            status = _("The file has been read. Not saved yet.")
            return _page(request, circle, format_form.shown(plan), status, seen=seen, did=do)
    except Refused as refused:
        return _page(request, circle, typed, seen=seen, refused=refused, did=do)
    titles = {name: _(title) for name, title in format_form.NEW_TITLES.items()}
    typed, at = format_form.moved(typed, do, int(place) if place in PLACES else -1, titles)
    return _page(request, circle, typed, _("Changed. Not saved yet."), seen=seen, did=do, at=at)


async def _save(
    site: Site, request: Request, circle: Circle, typed: Typed, seen: str | None
) -> Response:
    """Saves the format. Two facilitators may do so at once: the second one reads that the first
    one has, still has what they typed, and may save it then."""
    plan = format_form.format_of(typed)
    change = partial(changes.keep_format, plan=plan, now=site.store.clock.now(), seen=seen)
    changed = ""
    try:
        await site.store.circles.change(circle.id, change)
    except Refused as refused:
        changed = sentence(refused, language_of(request).gettext)
    circle, _person = await _circle_to_edit(site, request)
    now = changes.format_mark(circle)
    if changed:
        return _page(request, circle, typed, seen=now, changed=changed, did="save")
    status = language_of(request).gettext("Saved. It applies from the next session.")
    return _page(request, circle, format_form.shown(plan), status, seen=now, did="save")


async def _circle_to_edit(site: Site, request: Request) -> tuple[Circle, Person]:
    circle, member = await site.reception.circle_and_member(request)
    if member.role is not Role.FACILITATOR:
        raise ForFacilitators(N_("Only facilitators can change the format."))
    return circle, member.person


async def _read(text: str) -> Format:
    """Parses a file, in a thread so that nobody else waits."""
    try:
        async with asyncio.timeout(READS_WITHIN_S):
            return await asyncio.to_thread(format_file.read, text)
    except TimeoutError:
        raise Refused("too_long", "file_too_slow") from None


def _page(
    request: Request,
    circle: Circle,
    typed: Typed,
    status: str = "",
    *,
    seen: str | None,
    refused: Refused | None = None,
    changed: str = "",
    did: str = "",
    at: int | None = None,
) -> Response:
    """The editor with these fields, after the action `did`; `at` is the index of the phase that was
    moved or added, `seen` the mark of the format that the person began with, and `changed` says
    that somebody else has saved another one since."""
    language = language_of(request)
    faults = _faults(refused, language.gettext, of_file=did == "read")
    html = render_page(
        "format",
        language,
        circle=circle,
        typed=typed,
        status=status,
        seen=seen,
        changed=changed,
        faults=faults,
        wrong={(fault.phase, fault.field): fault.sentence for fault in reversed(faults)},
        opened={fault.phase for fault in faults} | {at},
        did=did,
        at=at,
        groups=GROUPS,
        heard={heard: language.gettext(words) for heard, words in format_form.HEARD.items()},
        turns={turns: language.gettext(words) for turns, words in format_form.TURNS.items()},
        numbers={"minutes": f"{typed.minutes:g}", "phases": len(typed.phases)},
        length=language.number(typed.characters),
        longest=language.number(MAX_CHARACTERS),
    )
    return HTMLResponse(html, 400 if refused else 409 if changed else 200)


class ShownFault(NamedTuple):
    """A fault at its field of the form; `phase` is None outside the phases."""

    phase: int | None
    field: str
    sentence: str


def _faults(refused: Refused | None, gettext: Gettext, *, of_file: bool) -> list[ShownFault]:
    """The faults by the fields of the form; those of a file all belong to its own field."""
    if refused is None:
        return []
    if not isinstance(refused, InvalidFormat):
        return [ShownFault(None, "file", sentence(refused, gettext))]
    shown = [ShownFault(f.phase, f.field, fault_sentence(f, gettext)) for f in refused.faults]
    return [fault._replace(phase=None, field="file") for fault in shown] if of_file else shown
