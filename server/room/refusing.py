"""The refusals of decide(): who may issue a command, and when."""

from server.room import commands as c
from server.room.refused import PRESENTER, STAND_IN, Refused, Sent
from server.room.state import DEBRIEF, ENDED, WAITING, Role, Room, Seat


def sent_by(room: Room, command: c.Command, me: Seat) -> Sent:
    """The command that a person in the room has sent at this moment."""
    sender: str = PRESENTER if me.id == room.presenter else me.role
    if me.id == room.stand_in:
        sender = STAND_IN
    return Sent(_do(command), sender, room.phase, room.step.title if room.step else "")


def _do(command: c.Command) -> str:
    return str(command.__struct_config__.tag)


def refused_outside(room: Room, command: c.Command, actor: str) -> Refused:
    """The refusal for people without a seat; it reveals nothing of the room, not even its phase."""
    if room.waiting(actor):
        refused = Refused("not_allowed", "let_in_first")
        refused.sent = Sent(_do(command), "guest")
    else:
        refused = Refused("unknown_seat", "no_seat")
        refused.sent = Sent(_do(command))
    return refused


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
