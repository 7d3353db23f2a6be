"""Who may present, and whose turn it is in a format with rotations."""

from msgspec.structs import replace

from server.room.refused import Refused
from server.room.state import Role, Room, Seat


def may_present(room: Room, seat: Seat) -> bool:
    """Whether this seat may present, if the format has a case: members, and facilitators among
    peers."""
    wanted = (Role.MEMBER, Role.FACILITATOR) if room.plan.peers else (Role.MEMBER,)
    return seat.role in wanted and not seat.outer and room.plan.has_case


def check_may_present(room: Room, seat: Seat) -> None:
    """Refuses, with the reason, if this person may not present."""
    if may_present(room, seat):
        return
    if not room.plan.has_case:
        raise Refused("not_now", "no_case_in_format")
    if seat.outer:
        raise Refused("not_now", "sits_outside", name=seat.shown_name)
    raise Refused("not_now", "members_present", name=seat.shown_name, role=seat.role)


def rotated(room: Room, came_from: str) -> Room:
    """The room with the presenter of its phase's rotation.

    Within a rotation, and in a format without any, the presenter stays. The order of the seats
    decides whose turn it is, so going back to a phase seats the same person again.
    """
    number = room.plan.rotation(room.phase)
    if number in (0, room.plan.rotation(came_from)):
        return room
    return replace(room, presenter=_nth(room, number - 1), asked=None)


def _nth(room: Room, turn: int) -> str | None:
    """The seat of this turn, or the next one if that person is away."""
    able = [seat for seat in room.seats if may_present(room, seat)]
    if not able:
        return None
    start = turn % len(able)
    in_order = able[start:] + able[:start]
    return next((s.id for s in in_order if s.away_since is None), in_order[0].id)
