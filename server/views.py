"""The only renderer: a room becomes regions, each rendered once per kind of viewer.

The first page, a change and a reconnect all show what this module makes. Owns the words on the
room's page; decides nothing about the room.
"""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from server.room.formats import Heard, Turns
from server.room.hearing import (
    heard,
    may_be_heard,
    may_take_floor,
    one_voice_applies,
    sitting_back,
)
from server.room.refused import Code
from server.room.state import ENDED, WAITING, Role, Room, Seat

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


class MyTurn(NamedTuple):
    """What I can do now, and why not more. Two people with equal values see the same."""

    sentence: str
    phase: str
    may_yield: bool
    may_pass: bool
    hand: str
    """`raise`, `lower`, `later` (with its reason in `hand_reason`) or `` (not for me)."""
    hand_reason: str
    case: str
    """`offer`, `withdraw` or ``."""
    may_return: bool
    return_asked: bool


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
        turn = my_turn(room, viewer)
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


def chair_words(room: Room, seat: Seat) -> str:
    """What a chair says of its person, in words."""
    words = [] if seat.role is Role.MEMBER else [str(seat.role)]
    if seat.id == room.presenter:
        words.append("sitting back" if sitting_back(room) == seat.id else "presenter")
    if seat.id == room.holder:
        words.append("speaking" if may_be_heard(room, seat) else "next to speak")
    if seat.id in room.hands:
        words.append(f"hand raised ({ordinal(room.hands.index(seat.id) + 1)})")
    if seat.away_since is not None:
        words.append("away")
    return ", ".join(words)


def my_turn(room: Room, viewer: Viewer) -> MyTurn:
    """What this viewer can do now."""
    me = room.seat(viewer.seat)
    if me is None or room.phase == ENDED:
        return MyTurn("", room.phase, False, False, "", "", "", False, False)
    sits = sitting_back(room) == me.id
    holds = room.holder == me.id
    hand, reason = _hand(room, me, sits=sits)
    in_round = room.step is not None and room.step.turns is Turns.ROUND
    return MyTurn(
        sentence=_heard_sentence(room, me),
        phase=room.phase,
        may_yield=holds,
        may_pass=holds and in_round,
        hand=hand,
        hand_reason=reason,
        case=_case(room, me),
        may_return=sits,
        return_asked=sits and room.return_asked,
    )


def _hand(room: Room, me: Seat, *, sits: bool) -> tuple[str, str]:
    if me.role is not Role.MEMBER or room.step is None or sits or room.holder == me.id:
        return "", ""
    if me.id in room.hands:
        return "lower", ""
    if not may_take_floor(room, me):
        return "later", "after the presentation"
    if room.presenter == me.id and room.step.heard is Heard.PRESENTER_AND_FLOOR:
        return "", ""
    return "raise", ""


def _case(room: Room, me: Seat) -> str:
    if me.role is not Role.MEMBER or room.presenter is not None:
        return ""
    return "withdraw" if me.offers_case else "offer"


def _heard_sentence(room: Room, me: Seat) -> str:
    """Whether I am heard, and why."""
    step, holder = room.step, room.seat(room.holder)
    if me.role is Role.OBSERVER:
        return "You observe: you see and hear everything, nobody hears you."
    if sitting_back(room) == me.id:
        return "You are listening: nobody hears you while you sit back."
    if room.silence_until is not None:
        if me.role is Role.FACILITATOR:
            return "A silence is held. Only facilitators would be heard."
        return "A silence is held. Nobody needs to say anything."
    if not may_be_heard(room, me):
        return "You are listening: " + _why_not_heard(room, holder)
    if holder is not None and holder.id == me.id:
        is_round = step is not None and step.turns is Turns.ROUND
        return "It is your turn: you are heard." if is_round else "You hold the floor: you are heard."
    if holder is not None:
        return f"You may be heard. {holder.name} is speaking."
    return "You are heard." if step is not None else "You are heard. We have not begun yet."


def _why_not_heard(room: Room, holder: Seat | None) -> str:
    if holder is not None:
        return f"{holder.name} is heard now."
    if room.step is not None and room.step.heard is Heard.PRESENTER:
        return "the presenter is heard in this phase."
    return "one voice at a time. Raise your hand to speak."


def _who_listens(room: Room) -> str:
    """The first half of the stage's sentence: what the phase means for the people in it."""
    presenter, holder, step = room.seat(room.presenter), room.seat(room.holder), room.step
    if step is None:
        return ""
    if presenter is None:
        return ""
    if sitting_back(room):
        return f"{presenter.name} listens."
    if step.heard is Heard.PRESENTER or (holder is presenter and step.turns is Turns.PRESENTER):
        return f"{presenter.name} speaks, the others listen."
    return ""


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
        "who_listens": _who_listens(room),
        "one_voice_applies": one_voice_applies(room),
        "in_round": room.step is not None and room.step.turns is Turns.ROUND,
        "chairs": chairs,
        "here": sum(seat.away_since is None for seat in chairs),
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


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th ..."""
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


templates.filters["ordinal"] = ordinal
