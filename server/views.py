"""The only renderer: a room becomes regions, each rendered once per kind of viewer.

The first page, a change and a reconnect all show what this module makes. Owns the regions and what
each is drawn from; decides nothing about the room. The words are in words.py and the templates.
"""

import re
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, meta
from markupsafe import Markup, escape

from server.circle.circle import INVITED_ROLES
from server.room.hearing import (
    heard,
    may_be_heard,
    may_be_seen,
    may_take_floor,
    one_voice_applies,
    sitting_back,
)
from server.room.refused import Code
from server.room.state import ENDED, WAITING, Role, Room, Seat
from server.words import chair_words, my_turn, ordinal, who_listens

WEB = Path(__file__).parent.parent / "web"

Invite = Callable[[str, str, Role, int], str]
"""(what links begin with, circle id, role, serial) -> the whole invitation link."""

PARTIAL_ENDS = b"</hx-partial>"


class Unindented(FileSystemLoader):
    """Templates without their indentation, which is for us alone: a tenth of what is sent."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Any]:
        # Any: how to tell whether the file has changed; nobody asks.
        source, name, uptodate = super().get_source(environment, template)
        return re.sub(r"^[ \t]+", "", source, flags=re.MULTILINE), name, uptodate


templates = Environment(
    loader=Unindented(WEB / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
templates.filters["ordinal"] = ordinal
templates.globals.update(
    WAITING=WAITING,
    ENDED=ENDED,
    FACILITATOR=Role.FACILITATOR,
    MEMBER=Role.MEMBER,
    OBSERVER=Role.OBSERVER,
)

SOUND = ("voices_only", "elsewhere")
TURNS = ("phase", "seats", "presenter", "recalled", "floor", "hands", "one_voice", "silence_until")
DRAWN_FROM: dict[str, tuple[str, ...]] = {
    "top": ("phase", "seats", "clock"),
    "phases": ("phase",),
    "stage": ("phase", "seats", "presenter", "recalled", "floor", "silence_until", "prompt"),
    "circle": (*TURNS, *SOUND),
    "hands": ("seats", "hands"),
    "turn": (*TURNS, *SOUND, "return_asked"),
    "dock": (*TURNS, *SOUND, "return_asked", "clock", "locked", "links"),
}
"""The fields of the room that a region is drawn from: while these stay as they were, the region is
not drawn again. Its template asks for no other (tests/server/test_views.py)."""

FIELDS = Room.__struct_fields__
_fields = attrgetter(*FIELDS)


class Viewer(NamedTuple):
    """Who looks: their seat, their role, and what invitation links begin with for them."""

    seat: str
    role: Role
    base: str


Partial = bytes
"""A region as htmx takes it from a socket: its HTML, to be morphed into the element with its id."""


class Rendering:
    """The regions of one value of a room, at one moment (epoch ms).

    `before` is the rendering of an earlier value of the same room: what it has drawn and nothing
    has changed of is taken from there.
    """

    def __init__(
        self, room: Room, now: int, invite: Invite, before: "Rendering | None" = None
    ) -> None:
        self.room = room
        self._invite = invite
        if before and before.room.opened_at != room.opened_at:
            before = None  # Another session, of perhaps another format.
        self._state = _state(room, now)
        self._sits = sitting_back(room)
        self._shared: dict[Hashable, dict[str, Partial]] = {}
        self._places = {seat.id: place for place, seat in enumerate(_chairs(room))}
        changed = _changed(before.room, room) if before else frozenset(FIELDS)
        self.mine: dict[str, str] = (
            before.mine if before and changed.isdisjoint((*TURNS, *SOUND)) else {}
        )
        self.drawn: dict[str, dict[Hashable, Partial]] = {
            name: before.drawn[name] if before and changed.isdisjoint(fields) else {}
            for name, fields in DRAWN_FROM.items()
        }

    def regions(self, viewer: Viewer) -> dict[str, Partial]:
        """Every region for this viewer, by the id of its element."""
        sits = self._sits == viewer.seat
        base = viewer.base if viewer.role is Role.FACILITATOR else ""
        turn = self._turn(viewer.seat)
        kind = (turn, sits, base)
        shared = self._shared.get(kind)
        if shared is None:
            shared = self._shared[kind] = {
                "top": self._region("top"),
                "phases": self._region("phases"),
                "stage": self._region("stage", sits, sits=sits),
                "circle": self._region("circle"),
                "hands": self._region("hands"),
                "turn": turn,
                "dock": self._dock(viewer),
            }
        return {"state": _partial("state", self._my_state(viewer)), **shared}

    def _region(self, name: str, kind: Hashable = None, **more: Any) -> Partial:
        # Any: what a template is given is checked by StrictUndefined when it renders.
        drawn = self.drawn[name]
        if kind not in drawn:
            drawn[kind] = _partial(name, _draw(name, self.room, more))
        return drawn[kind]

    def _my_state(self, viewer: Viewer) -> str:
        # By hand, since it is another one for each person at each change.
        place = self._places.get(viewer.seat, 0)
        mine = f' data-seat="{viewer.seat}" data-role="{viewer.role}" data-place="{place}"'
        sound = self.mine.get(viewer.seat)
        if sound is None:
            seat = self.room.seat(viewer.seat)
            sits = self._sits == viewer.seat
            sound = self.mine[viewer.seat] = _my_sound(self.room, seat, sits=sits) if seat else ""
        return f'<div id="state" hidden{self._state}{mine}{sound}></div>'

    def _turn(self, seat: str) -> Partial:
        drawn = self.drawn["turn"]
        if seat not in drawn:
            turn = my_turn(self.room, seat)
            drawn[seat] = self._region("turn", turn, turn=turn)
        return drawn[seat]

    def _dock(self, viewer: Viewer) -> Partial:
        if viewer.role is not Role.FACILITATOR:
            return self._region("dock", leads=False, prompted=False, links={})
        kind = (viewer.base, self.room.prompt != "")
        if kind not in self.drawn["dock"]:
            room = self.room
            links = {r: self._invite(viewer.base, room.id, r, room.links) for r in INVITED_ROLES}
            return self._region("dock", kind, leads=True, prompted=kind[1], links=links)
        return self.drawn["dock"][kind]


def notice(code: Code | None = None, sentence: str = "") -> Partial:
    """The region in which one person is told why something was refused; empty without a code."""
    return _partial("notice", _template("notice").render(code=code, sentence=sentence))


def inner(partial: Partial) -> Markup:
    """The HTML of a region, to stand in a page as it is."""
    html = partial[partial.index(b">") + 1 : -len(PARTIAL_ENDS)].decode()
    return Markup(html)  # noqa: S704 - only what a template of ours has rendered, escaping on


def page(name: str, **context: Any) -> str:
    """A whole page."""
    return templates.get_template(f"{name}.html").render(context)


def _partial(name: str, html: str) -> Partial:
    head = f'<hx-partial hx-target="#{name}" hx-swap="outerMorph">'
    return (head + html).encode() + PARTIAL_ENDS


def _changed(before: Room, after: Room) -> frozenset[str]:
    pairs = zip(FIELDS, _fields(before), _fields(after), strict=True)
    return frozenset([name for name, old, new in pairs if old is not new and old != new])


def _draw(name: str, room: Room, more: Mapping[str, Any]) -> str:
    told = {wanted: TOLD[wanted](room) for wanted in _wanted(name)}
    return _template(name).render(told, room=room, **more).strip()


@lru_cache
def _template(name: str) -> Template:
    template = templates.get_template(f"regions/{name}.html")
    template.globals = dict(template.globals)  # A ChainMap, which is slow to go through each time.
    return template


@lru_cache
def _wanted(name: str) -> frozenset[str]:
    """What the template of a region asks for, of what can be told of a room."""
    source = (WEB / "templates" / "regions" / f"{name}.html").read_text()
    return frozenset(meta.find_undeclared_variables(templates.parse(source)) & TOLD.keys())


def _state(room: Room, now: int) -> str:
    """The attributes of #state that are the same for everybody."""
    clock = room.clock
    words = {"version": room.version, "phase": escape(room.phase), "clock": "none"}
    if clock is not None:
        left = clock.left(now)
        words["clock"] = "over" if left <= 0 else "running"
        words["ends-at"] = clock.ends_at
        if clock.paused_at is not None:
            words |= {"clock": "paused", "left": left}
        words["after"] = sum(phase.minutes for phase in _after(room)) * 60_000
    words["chairs"] = len(_chairs(room))
    words["elsewhere"] = _yes(room.elsewhere != "")
    return "".join(f' data-{name}="{word}"' for name, word in words.items())


def _my_sound(room: Room, seat: Seat, *, sits: bool) -> str:
    """The attributes of #state that my microphone and camera go by."""
    return (
        f' data-heard="{_yes(may_be_heard(room, seat))}" data-sits="{_yes(sits)}"'
        f' data-mic="{_mic(seat)}" data-sound="{escape(seat.sound)}"'
        f' data-camera="{"on" if seat.camera_on else "off"}"'
        f' data-pictures="{_yes(may_be_seen(room, seat))}"'
    )


def _mic(seat: Seat) -> str:
    if seat.mic_on:
        return "on"
    return "hushed" if seat.hushed else "off"


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _chairs(room: Room) -> list[Seat]:
    return [seat for seat in room.seats if seat.speaks]


def _after(room: Room) -> tuple[Any, ...]:
    index = room.plan.index(room.phase)
    return room.plan.phases[index + 1 :] if index >= 0 else ()


# Any: each template knows what it asked for.
TOLD: dict[str, Callable[[Room], Any]] = {
    "step": lambda room: room.step,
    "plan": lambda room: room.plan,
    "index": lambda room: room.plan.index(room.phase),
    "upcoming": lambda room: next(iter(_after(room)), None),
    "heard": heard,
    "seen": lambda room: {seat.id for seat in room.seats if may_be_seen(room, seat)},
    "sitter": sitting_back,
    "holder": lambda room: room.seat(room.holder),
    "presenter": lambda room: room.seat(room.presenter),
    "who_listens": who_listens,
    "one_voice_applies": one_voice_applies,
    "chairs": _chairs,
    "here": lambda room: sum(seat.away_since is None for seat in _chairs(room)),
    "hand_places": lambda room: {hand: place for place, hand in enumerate(room.hands, 1)},
    "words": lambda room: {seat.id: chair_words(room, seat) for seat in room.seats},
    "may_take_floor": lambda room: {s.id for s in room.seats if may_take_floor(room, s)},
    "most_spoken": lambda room: max((seat.spoken_ms for seat in room.seats), default=0),
}
"""What can be told of a room to a template that asks for it by this name."""
