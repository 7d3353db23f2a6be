"""The phases: start and move between them; the prompt; the presenter's return."""

from msgspec.structs import replace

from server.room import commands
from server.room.case import presented
from server.room.door import let_in_late, locked_with_case
from server.room.hearing import sitting_back
from server.room.refused import Refused
from server.room.rotation import rotated
from server.room.state import WAITING, Clock, Room, Seat
from server.room.turns import opened, with_seats, without_ineligible
from server.room.typed import tidied

MAX_PROMPT = 280


def enter_phase(room: Room, key: str, now: int) -> Room:
    """The room at the beginning of a phase, with its clock and its first turn."""
    phase = room.plan.phase(key)
    if phase is None:
        raise Refused("not_now", "this format has no such phase.")
    begun = replace(
        presented(room, now),
        phase=key,
        recalled=False,
        return_asked=False,
        silence_until=None,
        prompt="",
        clock=Clock(now + phase.ms),
        # A new phase goes on without people who are away.
        wait=None,
        without=tuple(seat.id for seat in room.seats if seat.away_since is not None),
    )
    begun = with_seats(begun, lambda seat: replace(seat, invited=False) if seat.invited else seat)
    begun = rotated(let_in_late(locked_with_case(begun)), room.phase)
    return opened(begun, now)


def start(room: Room, command: commands.Start, _me: Seat, now: int) -> Room:
    _check_phase_seen(room, command.from_phase)
    return enter_phase(room, room.plan.phases[0].key, now)


def advance(room: Room, command: commands.Advance, _me: Seat, now: int) -> Room:
    _check_phase_seen(room, command.from_phase)
    index = room.plan.index(room.phase) + 1
    if index == len(room.plan.phases):
        raise Refused("not_now", "this is the last phase; “End session” ends it.")
    return enter_phase(room, room.plan.phases[index].key, now)


def back(room: Room, command: commands.Back, _me: Seat, now: int) -> Room:
    _check_phase_seen(room, command.from_phase)
    index = room.plan.index(room.phase) - 1
    if index < 0:
        raise Refused("not_now", "this is the first phase.")
    return enter_phase(room, room.plan.phases[index].key, now)


def go(room: Room, command: commands.Go, _me: Seat, now: int) -> Room:
    _check_phase_seen(room, command.from_phase)
    if command.to == room.phase:
        raise Refused("not_now", "the session is in that phase.")
    return enter_phase(room, command.to, now)


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
    return without_ineligible(replace(room, recalled=False), now)


def ask_return(room: Room, _command: commands.AskReturn, me: Seat, _now: int) -> Room:
    if sitting_back(room) != me.id:
        raise Refused("not_now", "you are not sitting back.")
    if room.return_asked:
        raise Refused("stale", "the facilitators have seen your sign.")
    return replace(room, return_asked=True)


def _check_phase_seen(room: Room, phase: str) -> None:
    if phase != room.phase:
        where = "the session has moved on meanwhile." if phase != WAITING else "it has started."
        raise Refused("stale", where)
