"""The only renderer: a room becomes regions, each rendered once per audience of viewer.

The first page, a change and a reconnect all show what this module makes. Owns the regions and what
each is drawn from; decides nothing about the room. The words are in words.py and the templates.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import lru_cache
from itertools import compress
from operator import attrgetter, is_not
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, meta
from markupsafe import Markup, escape
from msgspec.structs import replace

from server.circle.circle import INVITED_ROLES
from server.room.door import comes_in_later, is_let_in_together
from server.room.ending import ended
from server.room.hearing import (
    heard,
    may_be_heard,
    may_be_seen,
    may_take_floor,
    one_voice_applies,
    sitting_back,
)
from server.room.refused import Code
from server.room.rotation import may_present
from server.room.state import DEBRIEF, ENDED, WAITING, Role, Room, Seat
from server.room.typed import initial, isolated
from server.views.buttons import press
from server.views.words import (
    chair_words,
    guests_need_link,
    last_presented,
    my_turn,
    named,
    ordinal,
    people_forgotten,
    people_known,
    who_listens,
)

WEB = Path(__file__).parents[2] / "web"

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
templates.filters.update(
    ordinal=ordinal,
    last_presented=last_presented,
    initial=initial,
    isolated=isolated,
    named=named,
    people_forgotten=people_forgotten,
    people_known=people_known,
)
templates.globals.update(
    press=press,
    WAITING=WAITING,
    DEBRIEF=DEBRIEF,
    ENDED=ENDED,
    FACILITATOR=Role.FACILITATOR,
    MEMBER=Role.MEMBER,
    OBSERVER=Role.OBSERVER,
    GUEST=Role.GUEST,
)

SOUND = ("voices_only", "elsewhere")
STAGE = ("phase", "presenter", "recalled", "floor", "silence_until")
TURNS = ("phase", "seats", "presenter", "recalled", "floor", "hands", "one_voice", "silence_until")
COMPANY = ("wait", "without", "timekeeper", "stand_in")
TOLD_TO_ALL = ("phase", "seats", "clock", "elsewhere")
HEARD = (*TURNS, *SOUND, "stand_in")
ASKED = ("return_asked", "asked", "questions")
DOOR = ("locked", "locked_by_case", "links", "facilitator_links", "door", "lobby")
DEPENDS_ON: dict[str, tuple[str, ...]] = {
    "top": ("phase", "seats", "clock"),
    "phases": ("phase",),
    "stage": ("seats", *STAGE, *COMPANY),
    "circle": (*TURNS, *SOUND, *COMPANY),
    "hands": ("seats", "hands"),
    "turn": (*TURNS, *SOUND, *COMPANY, *ASKED),
    "dock": (*TURNS, *SOUND, *COMPANY, *ASKED, *DOOR, "clock"),
}
"""The fields of the room that a region is drawn from: while these stay as they were, the region is
not drawn again. Its template asks for no other (tests/server/test_views.py)."""

STAGE_ENDS = b"</section>"
PROMPT = '<p class="prompt" aria-live="polite">“{}”</p>\n'
"""At the end of the stage, and put there by hand: it changes more often than the rest of it."""

FIELDS = tuple(sorted({field for fields in DEPENDS_ON.values() for field in fields}))
"""The fields of the room that any region is drawn from: no other one is compared."""
INVALIDATES = {
    field: frozenset(name for name, fields in DEPENDS_ON.items() if field in fields)
    for field in FIELDS
}
"""The regions that are drawn again when this field has changed."""
_fields = attrgetter(*FIELDS)


class Viewer(NamedTuple):
    """Who looks: their seat, and what invitation links begin with for them."""

    seat: str
    base: str


Partial = bytes
"""A region as htmx takes it from a socket: its HTML, to be morphed into the element with its id."""


class Audience(NamedTuple):
    """Those who share these see the same regions, but for #state and #turn."""

    sits: bool
    owns: bool
    """A facilitator, who is told more than a member who holds the room."""
    base: str
    """What links begin with, for whoever leads; empty for all others."""


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
        self._shared: dict[Hashable, dict[str, Partial]] = {}
        changed = _changed(before.room, room) if before else frozenset(FIELDS)
        stale = {name for field in changed for name in INVALIDATES[field]}
        self._sits = sitting_back(room)
        self.is_over = _is_over(room, now)
        self.state: str = (
            before.state
            if before and before.is_over == self.is_over and changed.isdisjoint(TOLD_TO_ALL)
            else _state(room, now)
        )
        self.seats: dict[str, Seat] = (
            before.seats if before and "seats" not in changed else {s.id: s for s in room.seats}
        )
        self._state_begins = (
            f'{_begins("state")}<div id="state" hidden data-version="{room.version}"{self.state}'
        ).encode()
        self.mine: dict[str, bytes] = before.mine if before and changed.isdisjoint(HEARD) else {}
        self.kinds: dict[Viewer, tuple[Partial, Audience]] = (
            before.kinds if before and "turn" not in stale else {}
        )
        self.drawn: dict[str, dict[Hashable, Partial]] = {
            name: before.drawn[name] if before and name not in stale else {} for name in DEPENDS_ON
        }

    def is_of(self, room: Room, now: int) -> bool:
        """Whether this value would be drawn the same at this moment."""
        return self.room is room and self.is_over == _is_over(room, now)

    def regions(self, viewer: Viewer) -> dict[str, Partial] | None:
        """Every region for this viewer, by the id of its element; None for whoever has no place."""
        mine = self.kinds.get(viewer)
        if mine is None:
            seat = self.seats.get(viewer.seat)
            if seat is None:
                return self._outside(viewer)
            mine = self.kinds[viewer] = (self._turn(seat.id), self._audience(viewer, seat))
        turn, audience = mine
        shared = self._shared.get(audience)
        if shared is None:
            shared = self._shared[audience] = {
                "top": self._region("top"),
                "phases": self._region("phases"),
                "stage": self._stage(audience),
                "circle": self._region("circle"),
                "hands": self._region("hands"),
                "dock": self._dock(audience),
            }
        return {"state": self._my_state(viewer.seat), "turn": turn, **shared}

    def _audience(self, viewer: Viewer, seat: Seat) -> Audience:
        return Audience(
            self._sits == seat.id,
            seat.role is Role.FACILITATOR,
            viewer.base if self.room.leads(seat) else "",
        )

    def _outside(self, viewer: Viewer) -> dict[str, Partial] | None:
        if self.room.waiting(viewer.seat):
            mine = f' data-seat="{viewer.seat}" data-role="{Role.GUEST}"'
            return {"state": _partial("state", LOBBY_STATE.format(mine)), **_lobby()}
        if viewer.seat in self.room.gone:
            return Rendering(_last_page(self.room, viewer.seat), 0, self._invite).regions(viewer)
        return None

    def _region(self, name: str, audience: Hashable = None, **more: Any) -> Partial:
        # Any: what a template is given is checked by StrictUndefined when it renders.
        drawn = self.drawn[name]
        if audience not in drawn:
            drawn[audience] = _partial(name, _draw(name, self.room, more))
        return drawn[audience]

    def _stage(self, audience: Audience) -> Partial:
        stage = self._region("stage", audience.sits, sits=audience.sits)
        if not self.room.prompt:
            return stage
        above, ends, below = stage.rpartition(STAGE_ENDS)
        return above + PROMPT.format(escape(self.room.prompt)).encode() + ends + below

    def _my_state(self, seat_id: str) -> Partial:
        # By hand, since it is another one for each person at each change.
        mine = self.mine.get(seat_id)
        if mine is None:
            seat = self.seats[seat_id]
            chairs = [chair.id for chair in _chairs(self.room)]
            place = chairs.index(seat_id) if seat_id in chairs else 0
            said = f' data-seat="{seat_id}" data-role="{seat.role}" data-place="{place}"'
            said += ' data-outer="yes"' if seat.outer else ""
            said += _my_sound(self.room, seat, sits=self._sits == seat_id)
            mine = self.mine[seat_id] = f"{said}></div>".encode() + PARTIAL_ENDS
        return self._state_begins + mine

    def _turn(self, seat: str) -> Partial:
        drawn = self.drawn["turn"]
        if seat not in drawn:
            turn = my_turn(self.room, seat)
            drawn[seat] = self._region("turn", turn, turn=turn)
        return drawn[seat]

    def _dock(self, audience: Audience) -> Partial:
        if not audience.base:
            return self._region("dock", leads=False, links={}, prompted=False, owns=False)
        room, owns, prompted = self.room, audience.owns, self.room.prompt != ""
        drawn_for = (audience.base, owns, prompted)
        if drawn_for in self.drawn["dock"]:
            return self.drawn["dock"][drawn_for]
        roles = INVITED_ROLES if owns else ()
        links = {
            role: self._invite(audience.base, room.id, role, room.serial(role)) for role in roles
        }
        return self._region(
            "dock", drawn_for, leads=True, links=links, prompted=prompted, owns=owns
        )


def _is_over(room: Room, now: int) -> bool:
    return room.clock is not None and room.clock.left(now) <= 0


def _partial(name: str, html: str) -> Partial:
    return (_begins(name) + html).encode() + PARTIAL_ENDS


def _begins(name: str) -> str:
    return f'<hx-partial hx-target="#{name}" hx-swap="outerMorph">'


LOBBY_STATE = (
    '<div id="state" hidden data-version="0" data-phase="lobby" data-clock="none"{}></div>'
)
"""Of whoever waits to be let in: nothing of the room, not even its version."""


@lru_cache
def _lobby() -> dict[str, Partial]:
    """The regions of whoever waits to be let in: the same for everybody in every circle."""
    blocks = templates.get_template("lobby.html").blocks
    context = templates.get_template("lobby.html").new_context()
    return {name: _partial(name, "".join(block(context)).strip()) for name, block in blocks.items()}


def _last_page(room: Room, seat: str) -> Room:
    """The room for somebody who has left it: it has ended, and nobody else is in it."""
    return replace(ended(room, 0), seats=(Seat(seat, "", Role.MEMBER),))


def notice(code: Code | None = None, sentence: str = "", number: int = 0) -> Partial:
    """The region in which one person reads why something was refused; empty without a code.

    A morph replaces an element whose id has changed. With a new `number` the same sentence is
    therefore inserted again, and a screen reader speaks it again.
    """
    html = _template("notice").render(code=code, sentence=sentence, number=number)
    return _partial("notice", html)


def inner(partial: Partial) -> Markup:
    """The HTML of a region, to stand in a page as it is."""
    html = partial[partial.index(b">") + 1 : -len(PARTIAL_ENDS)].decode()
    return Markup(html)  # noqa: S704 - only what a template of ours has rendered, escaping on


def page(name: str, **context: Any) -> str:
    """A whole page."""
    return templates.get_template(f"{name}.html").render(context)


def _changed(before: Room, after: Room) -> frozenset[str]:
    others = compress(FIELDS, map(is_not, _fields(before), _fields(after)))
    return frozenset([name for name in others if getattr(before, name) != getattr(after, name)])


def _draw(name: str, room: Room, more: Mapping[str, Any]) -> str:
    told = {wanted: FACTS[wanted](room) for wanted in _wanted(name)}
    return _template(name).render(told, room=room, **more).strip()


@lru_cache
def _template(name: str) -> Template:
    template = templates.get_template(f"regions/{name}.html")
    template.globals = dict(template.globals)  # A ChainMap, which is slow to go through each time.
    return template


@lru_cache
def _wanted(name: str) -> frozenset[str]:
    """What the template of a region asks for, with its parts, of what can be told of a room."""
    return frozenset(_asked_for(f"regions/{name}.html") & FACTS.keys())


def _asked_for(path: str) -> set[str]:
    tree = templates.parse((WEB / "templates" / path).read_text())
    wanted = meta.find_undeclared_variables(tree)
    parts = {part for part in meta.find_referenced_templates(tree) if part}
    return wanted.union(*(_asked_for(part) for part in parts))


def _state(room: Room, now: int) -> str:
    """The attributes of #state that are the same for everybody, and for a while."""
    clock = room.clock
    words: dict[str, object] = {"phase": escape(room.phase), "clock": "none"}
    if clock is not None:
        left = clock.left(now)
        words["clock"] = "over" if left <= 0 else "running"
        words["ends-at"] = clock.ends_at
        if clock.paused_at is not None:
            words |= {"clock": "paused", "left": left}
        words["after"] = sum(phase.ms for phase in _after(room))
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
        f' data-windows="{"several" if seat.two_windows else "one"}"'
    )


def _mic(seat: Seat) -> str:
    if seat.mic_on:
        return "on"
    return "hushed" if seat.hushed else "off"


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _named(seats: Iterable[Seat]) -> Markup:
    return Markup(", ").join(named(seat) for seat in seats)


def _chairs(room: Room) -> list[Seat]:
    """Who sits around the middle; observers and the outer circle sit apart."""
    return [seat for seat in room.seats if seat.speaks and not seat.outer]


def _after(room: Room) -> tuple[Any, ...]:
    index = room.plan.index(room.phase)
    return room.plan.phases[index + 1 :] if index >= 0 else ()


# Any: each template knows what it asked for.
FACTS: dict[str, Callable[[Room], Any]] = {
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
    "waits_for": lambda room: room.wait and room.seat(room.wait.seat),
    "gone_without": lambda room: _named(s for s in room.seats if s.id in room.without),
    "is_last": lambda room: room.step is not None and room.step is room.plan.phases[-1],
    "asked": lambda room: room.seat(room.asked),
    "missing": lambda room: _named(s for s in room.seats if s.away_since is not None),
    "leaders": lambda room: [s for s in room.seats if s.role is Role.FACILITATOR],
    "stand_in": lambda room: room.seat(room.stand_in),
    "let_in_together": lambda room: [s.id for s in room.lobby if is_let_in_together(s)],
    "let_in_by_name": lambda room: _named(s for s in room.lobby if not is_let_in_together(s)),
    "guests_need_link": guests_need_link,
    "come_later": lambda room: {seat.id for seat in room.lobby if comes_in_later(room, seat)},
    "may_present": lambda room: {seat.id for seat in room.seats if may_present(room, seat)},
    "most_spoken": lambda room: max((seat.spoken_ms for seat in room.seats), default=0),
}
"""What can be told of a room to a template that asks for it by this name."""
