"""The words of the room's page: what a chair says, what I can do, whether I am heard and why.

Everything here is told of a room by a pure look at it; views.py puts it into HTML.
"""

from typing import NamedTuple

from server.room.formats import Heard, Turns
from server.room.hearing import may_be_heard, may_take_floor, sitting_back
from server.room.state import ENDED, Role, Room, Seat


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
    bad_line: bool = False
    elsewhere: str = ""
    """The address of the circle's own call, where it talks in that."""


def chair_words(room: Room, seat: Seat) -> str:
    """What a chair says of its person, in words; a raised hand is said beside it."""
    words = [] if seat.role is Role.MEMBER else [str(seat.role)]
    if seat.id == room.presenter:
        words.append("sitting back" if sitting_back(room) == seat.id else "presenter")
    if seat.id == room.holder:
        words.append("speaking" if may_be_heard(room, seat) else "next to speak")
    if seat.away_since is not None:
        words.append("away")
    return ", ".join(words)


def my_turn(room: Room, seat_id: str) -> MyTurn:
    """What the person on this seat can do now."""
    me = room.seat(seat_id)
    if me is None or room.phase == ENDED:
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
    # Whoever is muted is not heard yet; in a call elsewhere we cannot know.
    heard = "you are heard" if me.mic_on or room.elsewhere else "you may be heard"
    if holder is not None and holder.id == me.id:
        mine = "It is your turn" if _in_round(room) else "You hold the floor"
        return f"{mine}: {heard}."
    if holder is not None:
        return f"You may be heard. {holder.name} is speaking."
    sentence = heard.capitalize() + "."
    return sentence if step is not None else f"{sentence} We have not begun yet."


def _why_not_heard(room: Room, holder: Seat | None) -> str:
    if holder is not None:
        return f"{holder.name} is heard now."
    if room.step is not None and room.step.heard is Heard.PRESENTER:
        return "the presenter is heard in this phase."
    return "one voice at a time. Raise your hand to speak."


def who_listens(room: Room) -> str:
    """The first half of the stage's sentence: what the phase means for the people in it."""
    presenter, holder, step = room.seat(room.presenter), room.seat(room.holder), room.step
    if step is None or presenter is None:
        return ""
    if sitting_back(room):
        return f"{presenter.name} listens."
    if step.heard is Heard.PRESENTER or (holder is presenter and step.turns is Turns.PRESENTER):
        return f"{presenter.name} speaks, the others listen."
    return ""


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th ..."""
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _in_round(room: Room) -> bool:
    return room.step is not None and room.step.turns is Turns.ROUND
