"""A person's turn in words: what they can do now, whether they are heard, and why.

Pure functions of a room, for one language.
"""

from typing import NamedTuple

from markupsafe import Markup

from server.room.formats.plan import Heard, Turns
from server.room.hearing import (
    is_always_heard,
    may_be_heard,
    may_take_floor,
    sitting_back,
)
from server.room.rotation import may_present
from server.room.state import Role, Room, Seat
from server.room.turns import has_had_share, in_round
from server.views.language import Language
from server.views.words import named


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


def my_turn(language: Language, room: Room, seat_id: str) -> MyTurn:
    """What the person in this seat can do now."""
    me = room.seat(seat_id)
    if me is None or not room.is_live:
        return MyTurn("", room.phase, False, False, "", "", "", False, False)
    sits = sitting_back(room) == me.id
    holds = room.holder == me.id
    hand, reason = _hand(language, room, me, sits=sits)
    return MyTurn(
        sentence=_heard_sentence(language, room, me),
        phase=room.phase,
        may_yield=holds,
        may_pass=holds and in_round(room),
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


def _hand(language: Language, room: Room, me: Seat, *, sits: bool) -> tuple[str, str]:
    asks = me.speaks and not is_always_heard(room, me)
    if not asks or room.step is None or sits or room.holder == me.id:
        return "", ""
    if me.id in room.hands:
        return "lower", ""
    if not may_take_floor(room, me):
        return "later", _until(language, room.step.heard)
    if room.presenter == me.id and room.step.heard is Heard.PRESENTER_AND_FLOOR:
        return "", ""
    if has_had_share(room, me.id):
        return "raise", language.gettext("You have asked as often as most; others come first.")
    return "raise", ""


def _until(language: Language, heard: Heard) -> str:
    _ = language.gettext
    if heard is Heard.OUTER:
        return _("after the outer circle")
    if heard.knows_circles:
        return _("when the outer circle is asked in")
    return _("after the presentation")


def _case(room: Room, me: Seat) -> str:
    if not may_present(room, me) or room.presenter is not None or room.asked == me.id:
        return ""
    return "withdraw" if me.offers_case else "offer"


def _heard_sentence(language: Language, room: Room, me: Seat) -> str:
    """Says whether the person is heard, and why."""
    _, step, holder = language.gettext, room.step, room.seat(room.holder)
    if me.role is Role.OBSERVER:
        return _("You observe: you see and hear everything, nobody hears you.")
    if sitting_back(room) == me.id:
        return _("You are listening: nobody hears you while you sit back.")
    if room.silence_until is not None:
        if is_always_heard(room, me):
            return _("A silence is held. Only facilitators would be heard.")
        return _("A silence is held. Nobody needs to say anything.")
    if not may_be_heard(room, me):
        return _not_heard(language, room, me, holder)
    if holder is not None and holder.id != me.id:
        return _about(_("You may be heard. {name} is speaking."), holder)
    # A muted person is not heard yet; in a call elsewhere we cannot know.
    is_heard = me.mic_on or room.elsewhere
    if holder is not None and in_round(room):
        yours = (_("It is your turn: you are heard."), _("It is your turn: you may be heard."))
    elif holder is not None:
        yours = (
            _("You hold the floor: you are heard."),
            _("You hold the floor: you may be heard."),
        )
    elif step is not None:
        yours = (_("You are heard."), _("You may be heard."))
    else:
        yours = (
            _("You are heard. We have not begun yet."),
            _("You may be heard. We have not begun yet."),
        )
    return yours[0] if is_heard else yours[1]


def _not_heard(language: Language, room: Room, me: Seat, holder: Seat | None) -> str:
    _ = language.gettext
    if room.step is not None and room.step.heard is Heard.OUTER and not me.outer:
        return _("You are listening: the outer circle is heard in this phase.")
    if me.outer and not may_take_floor(room, me):
        return _("You are listening: the outer circle is asked in later.")
    if holder is not None:
        return _about(_("You are listening: {name} is heard now."), holder)
    if room.step is not None and room.step.heard is Heard.PRESENTER:
        return _("You are listening: the presenter is heard in this phase.")
    return _("You are listening: one voice at a time. Raise your hand to speak.")


def who_listens(language: Language, room: Room) -> str:
    """The first half of the stage's sentence: who speaks and who listens."""
    _ = language.gettext
    presenter, holder, step = room.seat(room.presenter), room.seat(room.holder), room.step
    if step is None or presenter is None:
        return ""
    if sitting_back(room):
        return _about(_("{name} listens."), presenter)
    if step.heard is Heard.PRESENTER or (holder is presenter and step.turns is Turns.PRESENTER):
        return _about(_("{name} speaks, the others listen."), presenter)
    return ""


def _about(sentence: str, seat: Seat) -> Markup:
    """A sentence with the name of this person."""
    words = sentence.format(name=named(seat))
    return Markup(words)  # noqa: S704 - the name is escaped, the rest is ours
