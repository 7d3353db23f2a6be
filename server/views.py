"""The only renderer: a room becomes regions, each rendered once per kind of viewer.

The first page, a change and a reconnect all show what this module makes. Owns the words on the
room's page; decides nothing about the room.
"""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from server.room.hearing import heard, may_take_floor, one_voice_applies, sitting_back
from server.room.refused import Code
from server.room.state import ENDED, WAITING, Role, Room, Seat
from server.words import chair_words, my_turn, ordinal, who_listens

WEB = Path(__file__).parent.parent / "web"

Invite = Callable[[str, str, Role, int], str]
"""(what links begin with, circle id, role, serial) -> the whole invitation link."""

templates = Environment(
    loader=FileSystemLoader(WEB / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Viewer(NamedTuple):
    """Who looks: their seat, their role, and what invitation links begin with for them."""

    seat: str
    role: Role
    base: str


class Rendering:
    """The regions of one value of a room, at one moment (epoch ms)."""

    def __init__(self, room: Room, now: int, invite: Invite) -> None:
        self._room = room
        self._now = now
        self._invite = invite
        self._rendered: dict[tuple[str, Hashable], str] = {}
        self._shared = _shared(room, now)

    def regions(self, viewer: Viewer) -> dict[str, str]:
        """The HTML of every region for this viewer, by the id of its element."""
        room = self._room
        turn = my_turn(room, viewer.seat)
        chairs: list[Seat] = self._shared["chairs"]
        place = next((k for k, s in enumerate(chairs) if s.id == viewer.seat), 0)
        leads = viewer.role is Role.FACILITATOR
        sits = sitting_back(room) == viewer.seat
        return {
            "state": self._region("state", viewer[:2], viewer=viewer, place=place),
            "top": self._region("top", None),
            "phases": self._region("phases", None),
            "stage": self._region("stage", sits, sits=sits),
            "circle": self._region("circle", None),
            "hands": self._region("hands", None),
            "turn": self._region("turn", turn, turn=turn),
            "dock": self._region(
                "dock", viewer.base if leads else None, leads=leads, links=self._links(viewer)
            ),
        }

    def _region(self, name: str, kind: Hashable, **more: Any) -> str:
        # Any: what a template is given is checked by StrictUndefined when it renders.
        key = (name, kind)
        if key not in self._rendered:
            template = templates.get_template(f"regions/{name}.html")
            self._rendered[key] = template.render(self._shared, **more).strip()
        return self._rendered[key]

    def _links(self, viewer: Viewer) -> dict[str, str]:
        if viewer.role is not Role.FACILITATOR:
            return {}
        return {
            role: self._invite(viewer.base, self._room.id, role, self._room.links)
            for role in (Role.MEMBER, Role.FACILITATOR)
        }


def notice(code: Code | None = None, sentence: str = "") -> str:
    """The region in which one person is told why something was refused; empty without a code."""
    return templates.get_template("regions/notice.html").render(code=code, sentence=sentence)


def safe(html: str) -> Markup:
    """A rendered region, to stand in a page as it is."""
    return Markup(html)  # noqa: S704 - only what a template of ours has rendered, escaping on


def page(name: str, **context: Any) -> str:
    """A whole page."""
    return templates.get_template(f"{name}.html").render(context)


def _shared(room: Room, now: int) -> dict[str, Any]:
    """What every region's template is given."""
    left = room.clock.left(now) if room.clock else 0
    index = room.plan.index(room.phase)
    chairs = [seat for seat in room.seats if seat.speaks]
    after = room.plan.phases[index + 1 :] if index >= 0 else ()
    return {
        "room": room,
        "step": room.step,
        "plan": room.plan,
        "index": index,
        "upcoming": after[0] if after else None,
        "after_ms": sum(phase.minutes for phase in after) * 60_000,
        "clock": _clock_word(room, left),
        "left_ms": left,
        "heard": heard(room),
        "sitter": sitting_back(room),
        "holder": room.seat(room.holder),
        "presenter": room.seat(room.presenter),
        "who_listens": who_listens(room),
        "one_voice_applies": one_voice_applies(room),
        "chairs": chairs,
        "here": sum(seat.away_since is None for seat in chairs),
        "hand_places": {hand: place for place, hand in enumerate(room.hands, 1)},
        "words": {seat.id: chair_words(room, seat) for seat in room.seats},
        "may_take_floor": {s.id for s in room.seats if may_take_floor(room, s)},
        "most_spoken": max((seat.spoken_ms for seat in room.seats), default=0),
        "WAITING": WAITING,
        "ENDED": ENDED,
        "FACILITATOR": Role.FACILITATOR,
        "MEMBER": Role.MEMBER,
        "OBSERVER": Role.OBSERVER,
    }


def _clock_word(room: Room, left: int) -> str:
    if room.clock is None:
        return "none"
    if room.clock.paused_at is not None:
        return "paused"
    return "over" if left <= 0 else "running"


templates.filters["ordinal"] = ordinal
