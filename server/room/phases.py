"""The phases: start and move between them; the prompt; the presenter's return."""

from msgspec.structs import replace

from server.room import commands
from server.room.arrival import let_in_late
from server.room.case import presented
from server.room.door import locked_with_case
from server.room.hearing import sitting_back
from server.room.news import without_loss
from server.room.refused import Refused
from server.room.rotation import rotated
from server.room.state import WAITING, Clock, Room, Seat
from server.room.turns import opened, release, with_seat, with_seats, without_ineligible
from server.room.typed import tidied

MAX_PROMPT = 280


def enter_phase(room: Room, key: str, now: int) -> Room:
    """The room at the beginning of a phase, with its clock and its first turn."""
    phase = room.plan.phase(key)
    if phase is None:
        raise Refused("invalid", "no_such_phase")
    begun = replace(
        presented(release(room, now), now),
        phase=key,
        recalled=False,
        return_asked=False,
        return_seen=None,
        answer=None,
        presenter_done=False,
        silence_until=None,
        silence_open=False,
        prompt="",
        clock=Clock(now + phase.ms),
        # A new phase goes on without people who are away.
        wait=None,
        without=tuple(seat.id for seat in room.seats if seat.away_since is not None),
    )
    begun = with_seats(begun, _begun_anew)
    begun = rotated(let_in_late(locked_with_case(begun)), room.phase)
    return opened(_without_earlier_case(begun, room.phase), now)


def start(room: Room, command: commands.Start, _me: Seat, now: int) -> Room:
    _check_phase_seen(room, command.from_phase)
    return enter_phase(room, room.plan.phases[0].key, now)


def advance(room: Room, command: commands.Advance, _me: Seat, now: int) -> Room:
    _check_phase_seen(room, command.from_phase)
    index = room.plan.index(room.phase) + 1
    if index == len(room.plan.phases):
        raise Refused("not_now", "last_phase")
    return enter_phase(room, room.plan.phases[index].key, now)


def back(room: Room, command: commands.Back, _me: Seat, now: int) -> Room:
    _check_phase_seen(room, command.from_phase)
    index = room.plan.index(room.phase) - 1
    if index < 0:
        raise Refused("not_now", "first_phase")
    return enter_phase(room, room.plan.phases[index].key, now)


def go(room: Room, command: commands.Go, _me: Seat, now: int) -> Room:
    _check_phase_seen(room, command.from_phase)
    if command.to == room.phase:
        raise Refused("not_now", "in_that_phase")
    return enter_phase(room, command.to, now)


def prompt(room: Room, command: commands.Prompt, _me: Seat, _now: int) -> Room:
    text = tidied(command.text)
    if len(text) > MAX_PROMPT:
        raise Refused("too_long", "prompt_too_long", most=MAX_PROMPT)
    if not text and not room.prompt:
        raise Refused("stale", "prompt_empty")
    if text == room.prompt:
        raise Refused("stale", "on_stage_already")
    return replace(room, prompt=text)


def recall(room: Room, command: commands.Recall, _me: Seat, now: int) -> Room:
    if command.on:
        if sitting_back(room) is None:
            raise Refused("not_now", "nobody_sits_back")
        return replace(room, recalled=True, return_asked=False, return_seen=None)
    if not room.recalled:
        raise Refused("not_now", "nobody_brought_back")
    room = without_ineligible(replace(room, recalled=False), now)
    sitter = room.seat(sitting_back(room))
    return with_seat(room, replace(sitter, invited=False)) if sitter else room


def ask_return(room: Room, command: commands.AskReturn, me: Seat, _now: int) -> Room:
    if sitting_back(room) != me.id:
        raise Refused("not_now", "not_sitting_back")
    if command.on and room.return_asked:
        raise Refused("stale", "sign_given")
    if not command.on and not room.return_asked:
        raise Refused("stale", "no_sign")
    return replace(room, return_asked=command.on, return_seen=None)


def _without_earlier_case(room: Room, came_from: str) -> Room:
    """The room without a presenter, if it goes back from their case to look for a second one."""
    plan, upcoming = room.plan, next(iter(room.to_come), None)
    if upcoming is None or plan.rotation(upcoming.key) or not plan.tells_case(upcoming.key):
        return room
    is_told = plan.index(came_from) > plan.index(upcoming.key)
    return replace(room, presenter=None) if is_told else room


def _begun_anew(seat: Seat) -> Seat:
    """The seat without what held for the phase before."""
    if seat.invited or seat.lost or seat.spoken_ms:
        return replace(without_loss(seat), invited=False, spoken_ms=0)
    return seat


def _check_phase_seen(room: Room, phase: str) -> None:
    if phase == room.phase:
        return
    if phase == WAITING:
        raise Refused("stale", "has_begun")
    raise Refused("stale", "moved_on")
