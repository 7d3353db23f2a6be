"""The sentences of the room's page: words on chairs, a person's turn, whether they are heard.

Pure functions of a room; the templates put their results into HTML.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from markupsafe import Markup, escape

from server.room.formats.plan import Heard, Turns
from server.room.hearing import (
    is_always_heard,
    may_be_heard,
    may_take_floor,
    sitting_back,
)
from server.room.rotation import may_present
from server.room.state import Role, Room, Seat
from server.room.turns import has_had_share


class MyTurn(NamedTuple):
    """What a person can do now, and why not more. People with equal values see the same."""

    sentence: str
    phase: str
    may_yield: bool
    may_pass: bool
    hand: str
    """`raise`, `lower`, `later` (with its reason in `hand_reason`) or `` (no button)."""
    hand_reason: str
    case: str
    """`offer`, `withdraw` or ``."""
    may_return: bool
    return_asked: bool
    bad_line: bool = False
    elsewhere: str = ""
    """The address of the circle's own call, if it uses one."""
    asked: bool = False
    """Has been asked to present."""
    invited: bool = False
    """Has been asked privately whether they would like to say something."""
    asks_to_lead: bool = False
    """Came by the facilitator link, and a facilitator decides."""
    may_hold: bool = False
    """Nobody leads: may hold the room until a facilitator is back."""


def named(seat: Seat, after: str = "", *, before: str = "") -> Markup:
    """A name within a sentence, isolated because it may be right-to-left, and not translated."""
    name = f'<bdi translate="no">{escape(seat.name)}</bdi>'
    return Markup(f"{before}{name}{after}")  # noqa: S704 - the name is escaped, the rest is ours


def chair_words(room: Room, seat: Seat) -> str:
    """The words on a chair about its person, except a raised hand."""
    words = [] if seat.role is Role.MEMBER else [str(seat.role)]
    if seat.id == room.timekeeper:
        words.append("keeps the time")
    if seat.id == room.stand_in:
        words.append("holds the room")
    if seat.id == room.presenter:
        words.append("sitting back" if sitting_back(room) == seat.id else "presenter")
    if seat.outer:
        words.append("outer circle")
    if seat.id == room.holder:
        words.append("speaking" if may_be_heard(room, seat) else "next to speak")
    if seat.away_since is not None:
        words.append("away")
    if seat.in_two_tabs:
        words.append("in two windows")
    return ", ".join(words)


def my_turn(room: Room, seat_id: str) -> MyTurn:
    """What the person in this seat can do now."""
    me = room.seat(seat_id)
    if me is None or not room.is_live:
        return MyTurn("", room.phase, False, False, "", "", "", False, False)
    sits = sitting_back(room) == me.id
    holds = room.holder == me.id
    hand, reason = _hand(room, me, sits=sits)
    return MyTurn(
        sentence=_heard_sentence(room, me),
        phase=room.phase,
        may_yield=holds,
        may_pass=holds and _in_round(room),
        hand=hand,
        hand_reason=reason,
        case=_case(room, me),
        may_return=sits,
        return_asked=sits and room.return_asked,
        bad_line=me.bad_line,
        elsewhere=room.elsewhere,
        asked=room.asked == me.id,
        invited=me.invited,
        asks_to_lead=me.by_facilitator_link,
        may_hold=me.role is Role.MEMBER and room.wait is not None and room.wait.asks,
    )


def _hand(room: Room, me: Seat, *, sits: bool) -> tuple[str, str]:
    asks = me.speaks and not is_always_heard(room, me)
    if not asks or room.step is None or sits or room.holder == me.id:
        return "", ""
    if me.id in room.hands:
        return "lower", ""
    if not may_take_floor(room, me):
        return "later", _until(room.step.heard)
    if room.presenter == me.id and room.step.heard is Heard.PRESENTER_AND_FLOOR:
        return "", ""
    if has_had_share(room, me.id):
        return "raise", "You have asked as often as most; others come first."
    return "raise", ""


def _until(heard: Heard) -> str:
    if heard is Heard.OUTER:
        return "after the outer circle"
    return "when the outer circle is asked in" if heard.knows_circles else "after the presentation"


def _case(room: Room, me: Seat) -> str:
    if not may_present(room, me) or room.presenter is not None or room.asked == me.id:
        return ""
    return "withdraw" if me.offers_case else "offer"


def _heard_sentence(room: Room, me: Seat) -> str:
    """Says whether the person is heard, and why."""
    step, holder = room.step, room.seat(room.holder)
    if me.role is Role.OBSERVER:
        return "You observe: you see and hear everything, nobody hears you."
    if sitting_back(room) == me.id:
        return "You are listening: nobody hears you while you sit back."
    if room.silence_until is not None:
        if is_always_heard(room, me):
            return "A silence is held. Only facilitators would be heard."
        return "A silence is held. Nobody needs to say anything."
    if not may_be_heard(room, me):
        return Markup("You are listening: ") + _why_not_heard(room, me, holder)
    # A muted person is not heard yet; in a call elsewhere we cannot know.
    heard = "you are heard" if me.mic_on or room.elsewhere else "you may be heard"
    if holder is not None and holder.id == me.id:
        mine = "It is your turn" if _in_round(room) else "You hold the floor"
        return f"{mine}: {heard}."
    if holder is not None:
        return named(holder, " is speaking.", before="You may be heard. ")
    sentence = heard.capitalize() + "."
    return sentence if step is not None else f"{sentence} We have not begun yet."


def _why_not_heard(room: Room, me: Seat, holder: Seat | None) -> str:
    if room.step is not None and room.step.heard is Heard.OUTER and not me.outer:
        return "the outer circle is heard in this phase."
    if me.outer and not may_take_floor(room, me):
        return "the outer circle is asked in later."
    if holder is not None:
        return named(holder, " is heard now.")
    if room.step is not None and room.step.heard is Heard.PRESENTER:
        return "the presenter is heard in this phase."
    return "one voice at a time. Raise your hand to speak."


def who_listens(room: Room) -> str:
    """The first half of the stage's sentence: who speaks and who listens."""
    presenter, holder, step = room.seat(room.presenter), room.seat(room.holder), room.step
    if step is None or presenter is None:
        return ""
    if sitting_back(room):
        return named(presenter, " listens.")
    if step.heard is Heard.PRESENTER or (holder is presenter and step.turns is Turns.PRESENTER):
        return named(presenter, " speaks, the others listen.")
    return ""


def last_presented(at: int | None) -> str:
    """Says in which month somebody last presented (epoch ms)."""
    if at is None:
        return "has not presented here yet"
    return f"presented in {datetime.fromtimestamp(at / 1000, UTC):%B %Y}"


def people_known(known: Mapping[Role, int]) -> str:
    """Says how many people a circle knows, by role."""
    counts = [(known.get(role, 0), str(role)) for role in Role]
    parts = [_counted(count, one, f"{one}s") for count, one in counts if count]
    *others, last = parts or ["nobody"]
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"{_counted(sum(known.values()), 'person', 'people')}: {listed}"


def guests_need_link(room: Room) -> str:
    """Says that guests at the door will need a new link; empty without guests."""
    guests = sum(seat.role is Role.GUEST for seat in room.lobby)
    if not guests:
        return ""
    who = "guest" if guests == 1 else f"{guests} guests"
    return f"the {who} at the door will need the new link."


def people_forgotten(count: int) -> str:
    """Says how many people a circle has just forgotten."""
    if not count:
        return "There was nobody to forget."
    return f"{_counted(count, 'person is', 'people are')} forgotten."


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th ..."""
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _in_round(room: Room) -> bool:
    return room.step is not None and room.step.turns is Turns.ROUND
