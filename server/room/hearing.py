"""Who may be heard, and seen: functions of the room.

The page, the microphones, the cameras and the tests all use them.
"""

from server.room.formats.plan import Heard
from server.room.state import ENDED, Room, Seat


def is_always_heard(room: Room, seat: Seat) -> bool:
    """Whether this seat is heard in every phase: it leads, in a format that is not for peers.

    A presenter who holds the room while sitting back leads unheard, until they bring themself back.
    """
    return room.leads(seat) and not room.plan.peers and sitting_back(room) != seat.id


def heard(room: Room) -> frozenset[str]:
    """The seats that may be heard now."""
    return frozenset(seat.id for seat in room.seats if may_be_heard(room, seat))


def may_be_heard(room: Room, seat: Seat) -> bool:
    """Whether this seat may be heard now."""
    if not seat.speaks or room.phase == ENDED:
        return False
    if is_always_heard(room, seat):
        return True
    if room.silence_until is not None:
        return False
    return _phase_lets(room, seat, floor=room.holder)


def may_be_seen(room: Room, seat: Seat) -> bool:
    """Whether this seat's picture may be shown now."""
    if not seat.speaks or room.phase == ENDED or room.voices_only:
        return False
    if seat.outer:
        return False  # A mesh carries the video of the inner circle only.
    return room.plan.seen_sitting_back or sitting_back(room) != seat.id


def may_take_floor(room: Room, seat: Seat) -> bool:
    """Whether this seat would be heard in this phase if it held the floor."""
    if room.step is None or not seat.speaks:
        return False
    return is_always_heard(room, seat) or _phase_lets(room, seat, floor=seat.id)


def sitting_back(room: Room) -> str | None:
    """The presenter's seat while they sit back, else None."""
    step = room.step
    if step is None or not step.heard.sits_back or room.recalled:
        return None
    return room.presenter


def one_voice_applies(room: Room) -> bool:
    """Whether one voice at a time would change anything in this phase."""
    step = room.step
    return step is not None and step.heard not in (Heard.PRESENTER, Heard.PRESENTER_AND_FLOOR)


def _phase_lets(room: Room, seat: Seat, *, floor: str | None) -> bool:
    step = room.step
    if step is None:
        return True
    presents, holds = seat.id == room.presenter, seat.id == floor
    if presents and sitting_back(room):
        return False
    if seat.outer and not step.heard.asks_outer:
        return False
    match step.heard:
        case Heard.PRESENTER:
            return presents
        case Heard.PRESENTER_AND_FLOOR:
            return presents or holds
        case Heard.PRESENTER_FIRST if floor is not None and floor == room.presenter:
            return presents
        case Heard.OUTER if not (seat.outer or presents):
            return False
    return holds or not room.one_voice
