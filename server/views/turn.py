"""A person's turn in words: what they can do now, whether they are heard, and why.

Pure functions of a room, for one language.
"""

from typing import NamedTuple

from markupsafe import Markup
from msgspec.structs import replace

from server.room.attention.table import Attention
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
    """What a person can do now, and why not more. People with equal values see the same.

    What the stage offers them (views/attention) is not offered a second time here.
    """

    sentence: str
    phase: str
    done: str = ""
    """The label of the button that hands the floor on; empty: no such button."""
    may_pass: bool = False
    hand: str = ""
    """`raise`, `lower`, `later` (with its reason in `hand_reason`) or `` (no button)."""
    hand_reason: str = ""
    case: str = ""
    """`offer`, `withdraw` or ``."""
    bad_line: bool = False
    elsewhere: str = ""
    """The address of the circle's own call, if it uses one."""


def my_turn(language: Language, room: Room, me: Seat, now: Attention) -> MyTurn:
    """What this person can do beside their attention `now`."""
    if not room.is_live:
        return MyTurn("", room.phase)
    offered = {action.do for action in now.actions}
    holds = room.holder == me.id
    hand, reason = _hand(language, room, me)
    return MyTurn(
        sentence=_heard_sentence(language, room, me),
        phase=room.phase,
        done=language.gettext("I’m done") if holds and "yield" not in offered else "",
        may_pass=holds and in_round(room) and "pass" not in offered,
        hand="" if "raise_hand" in offered else hand,
        hand_reason=reason,
        case=_case(room, me),
        bad_line=me.bad_line,
        elsewhere=room.elsewhere,
    )


def _hand(language: Language, room: Room, me: Seat) -> tuple[str, str]:
    asks = me.speaks and not is_always_heard(room, me)
    sits = sitting_back(room) == me.id
    if not asks or room.step is None or sits or room.holder == me.id:
        return "", ""
    if me.id in room.hands:
        return "lower", ""
    if not may_take_floor(room, me):
        until = _until(language, room, me)
        return ("later", until) if until else ("", "")
    if room.presenter == me.id and room.step.heard is Heard.PRESENTER_AND_FLOOR:
        return "", ""
    if has_had_share(room, me.id):
        return "raise", language.gettext("You have asked as often as most. Let others go first.")
    return "raise", ""


def _until(language: Language, room: Room, me: Seat) -> str:
    """When this person may raise a hand; empty if they may not in any later phase."""
    _, step = language.gettext, room.step
    if step is None or not _may_speak_later(room, me):
        return ""
    if me.outer:
        return _("when the outer circle is asked in")
    if step.heard is Heard.OUTER:
        return _("after the outer circle")
    if room.plan.tells_case(step.key):
        return _("after the presentation")
    return _("when the presenter has spoken")


def _may_speak_later(room: Room, me: Seat) -> bool:
    """Whether a later phase lets this person take the floor."""
    return any(may_take_floor(replace(room, phase=phase.key), me) for phase in room.to_come)


def _case(room: Room, me: Seat) -> str:
    if not may_present(room, me) or room.presenter is not None or room.asked == me.id:
        return ""
    return "withdraw" if me.offers_case else "offer"


def _heard_sentence(language: Language, room: Room, me: Seat) -> str:
    """Whether the person may be heard now, and why. The page adds whether they are."""
    _, holder = language.gettext, room.seat(room.holder)
    if me.role is Role.OBSERVER and not room.elsewhere:
        return _("You see and hear everything; nobody hears you.")
    if not may_be_heard(room, me):
        return _not_heard(language, room, me, holder)
    if room.elsewhere:
        return _("You may be heard in our call.")
    if not me.mic_on:
        if me.muted_by_facilitator:
            return _("A facilitator has turned your microphone off; unmute to speak.")
        return _("Your microphone is off; unmute to speak.")
    if holder is not None and holder.id != me.id:
        return _about(_("You may be heard. {name} has the floor."), holder)
    return _("You may be heard.")


def _not_heard(language: Language, room: Room, me: Seat, holder: Seat | None) -> str:
    _, step = language.gettext, room.step
    if room.elsewhere:  # Nothing of this page mutes anybody there.
        return _("Please stay muted in our call for now.")
    if sitting_back(room) == me.id:
        return _("Nobody hears you while you sit back.")
    if room.silence_until is not None:
        return _("Your microphone is off for now.")
    if step is not None and step.heard is Heard.OUTER and not me.outer:
        return _("Your microphone is off for now. The outer circle speaks.")
    if me.outer and not may_take_floor(room, me):
        if _may_speak_later(room, me):
            return _("Your microphone is off for now. The outer circle is asked in later.")
        return _("Your microphone is off for now.")
    if holder is not None:
        return _about(_("Your microphone is off for now. {name} has the floor."), holder)
    if step is not None and step.heard is Heard.PRESENTER:
        presenter = room.seat(room.presenter)
        if room.presenter_done or presenter is None or presenter.away_since is not None:
            return _("Your microphone is off for now.")
        return _("Your microphone is off for now. The presenter speaks.")
    return _("Your microphone is off for now. Raise your hand to speak.")


def who_listens(language: Language, room: Room) -> str:
    """Whether the presenter speaks or listens; empty if they do neither, or are away."""
    _ = language.gettext
    presenter, holder, step = room.seat(room.presenter), room.seat(room.holder), room.step
    if step is None or presenter is None or presenter.away_since is not None:
        return ""
    if sitting_back(room):
        return _about(_("{name} listens."), presenter)
    by_floor = step.turns is Turns.PRESENTER
    if holder is presenter if by_floor else step.heard is Heard.PRESENTER:
        return _about(_("{name} speaks."), presenter)
    return ""


def _about(sentence: str, seat: Seat) -> Markup:
    """A sentence with the name of this person."""
    words = sentence.format(name=named(seat))
    return Markup(words)  # noqa: S704 - the name is escaped, the rest is ours
