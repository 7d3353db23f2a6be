"""Attendance: how long each person is absent from a running session, for the circle's register.

Only while the register is on (`Room.registers`), and no more than it needs: when the session began,
and for each seat the sum of its absences. Neither arrivals nor departures are recorded, and both
figures go with the names when the session ends, or when the members leave before the debrief. What
the register keeps is computed from the room as it was until then (circle/register.py).

An absence is a stretch without a connection (`away_since`), or the time before a latecomer's
arrival. One shorter than two minutes counts as presence.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from server.room import commands
from server.room.refused import Refused
from server.room.state import WAITING, Room, Seat

DROP_MS = 2 * 60_000
"""A shorter absence is a dropped line, and counts as presence."""


def noted(before: Room, after: Room, now: int) -> Room:
    """The room after a change, with the absences that end by it added to their seats."""
    if not after.registers or not after.is_live or after.phase == WAITING:
        return after
    if before.phase == WAITING:
        after = replace(after, began_at=now)
    began_at = after.began_at
    if began_at is None or before.seats is after.seats:
        return after
    seats = tuple(
        _noted(_whose(before, after, place), seat, began_at, now)
        for place, seat in enumerate(after.seats)
    )
    return after if seats == after.seats else replace(after, seats=seats)


def stop(room: Room, _command: commands.StopRegister, _now: int) -> Room:
    """The room that counts nothing any more; refused if it counts nothing already."""
    if not room.registers:
        raise Refused("stale", "nothing_due")
    seats = tuple(replace(seat, absent_ms=0) if seat.absent_ms else seat for seat in room.seats)
    return replace(room, registers=False, began_at=None, seats=seats)


def _whose(before: Room, after: Room, place: int) -> Seat | None:
    """The seat of this person before; of one who has taken over a chair, the seat that had it."""
    was = before.seat(after.seats[place].id)
    if was is None and len(before.seats) == len(after.seats):
        had = before.seats[place]
        return None if after.seat(had.id) else had
    return was


def missed_ms(seat: Seat, began_at: int, until: int) -> int:
    """For how long this person was absent from a session that began and ended at these times."""
    if seat.away_since is None:
        return seat.absent_ms
    return seat.absent_ms + _absence(max(seat.away_since, began_at), until)


def missed_between(intervals: Iterable[tuple[int, int]], began_at: int, until: int) -> int:
    """The same, of a person who was present in these intervals (epoch ms).

    The definition, against which `noted` and `missed_ms` are tested.
    """
    missed, here_until = 0, began_at
    for start, end in sorted(intervals):
        if end > began_at and start < until:
            missed += _absence(here_until, start)
            here_until = max(here_until, min(end, until))
    return missed + _absence(here_until, until)


def _noted(was: Seat | None, seat: Seat, began_at: int, now: int) -> Seat:
    if was is None:
        absent_ms = _absence(began_at, now)
    elif was.away_since is not None and seat.away_since is None:
        absent_ms = seat.absent_ms + _absence(max(was.away_since, began_at), now)
    else:
        return seat
    return seat if absent_ms == seat.absent_ms else replace(seat, absent_ms=absent_ms)


def _absence(since: int, until: int) -> int:
    return until - since if until - since >= DROP_MS else 0
