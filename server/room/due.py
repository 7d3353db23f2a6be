"""The deadlines of a room, and what happens at each."""

from server.room import commands
from server.room.company import with_wait
from server.room.ending import ended
from server.room.lobby import lapsed
from server.room.people import without_turn
from server.room.phases import enter_phase
from server.room.refused import Refused
from server.room.state import Room
from server.room.turns import AWAY_KEEPS_TURN_MS, end_silence, with_loss_noted

KEPT_AFTER_END_MS = 30_000
"""How long an ended room stays for its last page, before it is deleted."""
KEPT_UNCHANGED_MS = 12 * 3_600_000
"""A session that nobody ends is ended so long after a person last changed something or came."""
AWAY_KEEPS_PLACE_MS = 60_000
"""How long a place in the lobby is kept for somebody who is away."""


def next_due(room: Room) -> int | None:
    """The room's next deadline (epoch ms), or None."""
    if room.ended_at is not None:
        return room.ended_at + KEPT_AFTER_END_MS
    due = [*_turns_kept_until(room).values(), *_places_kept_until(room).values()]
    if room.silence_until is not None:
        due.append(room.silence_until)
    if room.wait is not None and not room.wait.asks:
        due.append(room.wait.until)
    if (at := moves_on_at(room)) is not None:
        due.append(at)
    if (at := _ends_at(room)) is not None:
        due.append(at)
    return min(due, default=None)


def fall_due(room: Room, _command: commands.FallDue, now: int) -> Room:
    """Ends a silence, a wait, a kept turn or place, or a phase whose deadline has passed.

    A session without changes for very long ends as if a facilitator had ended it.
    """
    if room.ended_at is None and (at := _ends_at(room)) is not None and at <= now:
        return ended(room, now)
    before = room
    if room.silence_until is not None and room.silence_until <= now:
        room = end_silence(room, now)
    room = with_wait(room, now)
    if (at := moves_on_at(room)) is not None and at <= now:
        room = _moved_on(room, now)
    for seat_id, until in _turns_kept_until(room).items():
        if until <= now:
            room = without_turn(with_loss_noted(room, seat_id), seat_id, now)
    for seat_id, until in _places_kept_until(room).items():
        if until <= now:
            room = lapsed(room, seat_id)
    if room == before:
        raise Refused("stale", "nothing_due")
    return room


def _ends_at(room: Room) -> int | None:
    """When the session ends for want of changes (epoch ms).

    None for a value whose last change is unknown: its key in Redis expires.
    """
    return room.changed_at + KEPT_UNCHANGED_MS if room.changed_at else None


def moves_on_at(room: Room) -> int | None:
    """When the next phase begins automatically (epoch ms); None while the clock is paused."""
    clock = room.clock
    if clock is None or clock.paused_at is not None or not room.plan.auto_advance:
        return None
    return clock.ends_at if room.step else None


def _moved_on(room: Room, now: int) -> Room:
    """The room in its next phase, or ended after the last."""
    index = room.plan.index(room.phase) + 1
    if index == len(room.plan.phases):
        return ended(room, now)
    return enter_phase(room, room.plan.phases[index].key, now)


def _places_kept_until(room: Room) -> dict[str, int]:
    """Until when (epoch ms) the lobby keeps the place of each absent person."""
    return {
        seat.id: seat.away_since + AWAY_KEEPS_PLACE_MS
        for seat in room.lobby
        if seat.away_since is not None
    }


def _turns_kept_until(room: Room) -> dict[str, int]:
    """Until when (epoch ms) each absent seat keeps its hand or the floor."""
    return {
        seat.id: seat.away_since + AWAY_KEEPS_TURN_MS
        for seat in room.seats
        if seat.away_since is not None and (seat.id in room.hands or seat.id == room.holder)
    }
