"""The refusals of decide(): who may issue a command, and when."""

from server.room.refused import Refused
from server.room.state import DEBRIEF, ENDED, WAITING, Role, Room


def refused_outside(room: Room, actor: str) -> Refused:
    """The refusal for people without a seat; it reveals nothing of the room, not even its phase."""
    if room.waiting(actor):
        return Refused("not_allowed", "let_in_first")
    return Refused("unknown_seat", "no_seat")


def not_for(who: frozenset[Role]) -> Refused:
    """The refusal for a role that may never issue a command, which is for these."""
    if who == {Role.FACILITATOR}:
        return Refused("not_allowed", "for_facilitators")
    if who == {Role.MEMBER}:
        return Refused("not_allowed", "for_members")
    return Refused("not_allowed", "for_facilitators_and_members")


def not_at(moment: str) -> Refused:
    """The refusal of a command that nobody may issue at this moment of a session."""
    if moment == WAITING:
        return Refused("not_now", "not_started")
    if moment == DEBRIEF:
        return Refused("not_now", "in_debrief")
    if moment == ENDED:
        return Refused("not_now", "has_ended")
    return Refused("not_now", "has_begun")
