"""The clock of a phase: pause, resume, move its deadline."""

from msgspec.structs import replace

from server.room import commands
from server.room.refused import Refused
from server.room.state import Clock, Room, Seat

MAX_EXTENSION_S = 3600


def paused(room: Room, now: int) -> Room:
    """The room with its clock paused."""
    return replace(room, clock=replace(running(room), paused_at=now))


def resumed(room: Room, now: int) -> Room:
    """The room with its clock running again, with the time that was left."""
    return replace(room, clock=Clock(now + running(room).left(now)))


def running(room: Room) -> Clock:
    """The room's clock, running or paused; raises Refused without one."""
    if room.clock is None:
        raise Refused("not_now", "no_clock")
    return room.clock


def pause(room: Room, _command: commands.Pause, _me: Seat, now: int) -> Room:
    if running(room).paused_at is not None:
        raise Refused("stale", "clock_paused_already")
    return paused(room, now)


def resume(room: Room, _command: commands.Resume, _me: Seat, now: int) -> Room:
    if running(room).paused_at is None:
        raise Refused("stale", "clock_runs_already")
    if room.wait is not None:
        raise Refused("not_now", "somebody_waited_for")
    return resumed(room, now)


def extend(room: Room, command: commands.Extend, _me: Seat, now: int) -> Room:
    """Moves the deadline, never into the past; one that has passed is extended from now."""
    clock = running(room)
    if command.seconds == 0:
        raise Refused("invalid", "no_seconds")
    if command.ends_at != clock.ends_at:
        raise Refused("stale", "clock_moved")
    if abs(command.seconds) > MAX_EXTENSION_S:
        raise Refused("too_long", "clock_moves_too_far")
    at = now if clock.paused_at is None else clock.paused_at
    base = max(clock.ends_at, at) if command.seconds > 0 else clock.ends_at
    ends_at = max(base + command.seconds * 1000, min(at, clock.ends_at))
    if ends_at == clock.ends_at:
        raise Refused("not_now", "no_time_left")
    return replace(room, clock=replace(clock, ends_at=ends_at))
