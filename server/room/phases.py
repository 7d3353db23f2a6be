"""The phases and their clock: start, move, pause, extend, end; what stands on the stage."""

from msgspec.structs import replace

from server.room import commands
from server.room.hearing import sitting_back
from server.room.refused import Refused
from server.room.state import ENDED, WAITING, Clock, Room, Seat
from server.room.turns import entitled, opened
from server.room.typed import tidied

MAX_PROMPT = 280
MAX_EXTENSION_S = 3600


def enter_phase(room: Room, key: str, now: int) -> Room:
    """The room at the beginning of a phase: its clock runs, its first turn is given."""
    phase = room.plan.phase(key)
    if phase is None:
        raise Refused("not_now", "this format has no such phase.")
    begun = replace(
        room,
        phase=key,
        recalled=False,
        return_asked=False,
        silence_until=None,
        prompt="",
        clock=Clock(now + phase.minutes * 60_000),
    )
    return opened(begun, now)


def start(room: Room, command: commands.Start, _me: Seat, now: int) -> Room:
    _saw(room, command.from_phase)
    return enter_phase(room, room.plan.phases[0].key, now)


def advance(room: Room, command: commands.Advance, _me: Seat, now: int) -> Room:
    _saw(room, command.from_phase)
    index = room.plan.index(room.phase) + 1
    if index == len(room.plan.phases):
        raise Refused("not_now", "this is the last phase; “End session” ends it.")
    return enter_phase(room, room.plan.phases[index].key, now)


def back(room: Room, command: commands.Back, _me: Seat, now: int) -> Room:
    _saw(room, command.from_phase)
    index = room.plan.index(room.phase) - 1
    if index < 0:
        raise Refused("not_now", "this is the first phase.")
    return enter_phase(room, room.plan.phases[index].key, now)


def go(room: Room, command: commands.Go, _me: Seat, now: int) -> Room:
    _saw(room, command.from_phase)
    if command.to == room.phase:
        raise Refused("not_now", "the session is in that phase.")
    return enter_phase(room, command.to, now)


def pause(room: Room, _command: commands.Pause, _me: Seat, now: int) -> Room:
    clock = _clock(room)
    if clock.paused_at is not None:
        raise Refused("stale", "the clock is paused already.")
    return replace(room, clock=replace(clock, paused_at=now))


def resume(room: Room, _command: commands.Resume, _me: Seat, now: int) -> Room:
    clock = _clock(room)
    if clock.paused_at is None:
        raise Refused("stale", "the clock runs already.")
    return replace(room, clock=Clock(now + clock.left(now)))


def extend(room: Room, command: commands.Extend, _me: Seat, now: int) -> Room:
    """Moves the deadline; never to before now, and from now on where it has passed."""
    clock = _clock(room)
    if command.seconds == 0:
        raise Refused("not_now", "by how much? No seconds were named.")
    if command.ends_at != clock.ends_at:
        raise Refused("stale", "the clock was moved by somebody else meanwhile.")
    if abs(command.seconds) > MAX_EXTENSION_S:
        raise Refused("too_long", "the clock moves by at most an hour at a time.")
    at = now if clock.paused_at is None else clock.paused_at
    base = max(clock.ends_at, at) if command.seconds > 0 else clock.ends_at
    ends_at = max(base + command.seconds * 1000, min(at, clock.ends_at))
    if ends_at == clock.ends_at:
        raise Refused("not_now", "no time is left to take off.")
    return replace(room, clock=replace(clock, ends_at=ends_at))


def end(room: Room, _command: commands.End, _me: Seat, now: int) -> Room:
    """The session is over: of its people only ids and roles stay, of what was typed nothing."""
    return Room(
        id=room.id,
        format=room.format,
        opened_at=room.opened_at,
        version=room.version,
        phase=ENDED,
        seats=tuple(Seat(id=seat.id, name="", role=seat.role) for seat in room.seats),
        elsewhere=room.elsewhere,
        links=room.links,
        ended_at=now,
    )


def prompt(room: Room, command: commands.Prompt, _me: Seat, _now: int) -> Room:
    text = tidied(command.text)
    if len(text) > MAX_PROMPT:
        raise Refused("too_long", f"a prompt has at most {MAX_PROMPT} characters.")
    if text == room.prompt:
        raise Refused("stale", "it stands on the stage so already.")
    return replace(room, prompt=text)


def recall(room: Room, command: commands.Recall, _me: Seat, now: int) -> Room:
    if command.on:
        if sitting_back(room) is None:
            raise Refused("not_now", "nobody is sitting back.")
        return replace(room, recalled=True, return_asked=False)
    if not room.recalled:
        raise Refused("not_now", "nobody was brought back in.")
    return entitled(replace(room, recalled=False), now)


def ask_return(room: Room, _command: commands.AskReturn, me: Seat, _now: int) -> Room:
    if sitting_back(room) != me.id:
        raise Refused("not_now", "you are not sitting back.")
    if room.return_asked:
        raise Refused("stale", "the facilitators have seen your sign.")
    return replace(room, return_asked=True)


def _saw(room: Room, phase: str) -> None:
    if phase != room.phase:
        where = "the session has moved on meanwhile." if phase != WAITING else "it has started."
        raise Refused("stale", where)


def _clock(room: Room) -> Clock:
    if room.clock is None:
        raise Refused("not_now", "no clock is running.")
    return room.clock
