"""Company: co-facilitators, and what the room does when somebody drops out.

The group waits two minutes for the person who leads, presents or speaks; the clock is paused
meanwhile. If nobody leads any more, a member may hold the room until a facilitator is back. Nothing
is taken over silently: everybody sees these changes.
"""

from msgspec.structs import replace

from server.room import commands
from server.room.clock import paused, resumed
from server.room.formats.plan import Heard
from server.room.hearing import may_take_floor
from server.room.refused import Refused
from server.room.state import Role, Room, Seat, Wait
from server.room.turns import AWAY_KEEPS_TURN_MS, hand_on, target, with_loss_noted, with_seat
from server.room.typed import tidied

MAX_WHISPER = 280


def whisper(room: Room, command: commands.Whisper, me: Seat, _now: int) -> Room:
    """Only checks the whisper, which the hub relays; the room does not change."""
    text = tidied(command.text)
    if not text:
        raise Refused("invalid", "whisper_empty")
    if len(text) > MAX_WHISPER:
        raise Refused("too_long", "whisper_too_long", most=MAX_WHISPER)
    if not whispered_to(room, me.id):
        raise Refused("not_now", "no_other_facilitator")
    return room


def whispered_to(room: Room, seat_id: str) -> list[str]:
    """The seats of the other facilitators who are here, without a member who holds the room."""
    others = (s for s in room.seats if s.role is Role.FACILITATOR and s.id != seat_id)
    return [seat.id for seat in others if seat.away_since is None]


def is_led(room: Room) -> bool:
    """Whether anybody is here who leads."""
    return any(room.leads(seat) and seat.away_since is None for seat in room.seats)


def keep_time(room: Room, command: commands.KeepTime, _me: Seat, _now: int) -> Room:
    keeper = target(room, command.seat) if command.seat else None
    if keeper and keeper.role is not Role.FACILITATOR:
        raise Refused("not_now", "facilitators_keep_time", name=keeper.shown_name)
    if room.timekeeper == (keeper.id if keeper else None):
        raise Refused("stale", "already_so")
    return replace(room, timekeeper=keeper.id if keeper else None)


def invite(room: Room, command: commands.Invite, _me: Seat, _now: int) -> Room:
    """Asks a person privately whether they want to speak; only facilitators see it."""
    seat = target(room, command.seat)
    if seat.role is not Role.MEMBER:
        raise Refused("not_now", "members_are_invited")
    if seat.invited:
        raise Refused("stale", "invited_already", name=seat.shown_name)
    if room.holder == seat.id or not may_take_floor(room, seat):
        raise Refused("not_now", "cannot_take_floor", name=seat.shown_name)
    return with_seat(room, replace(seat, invited=True))


def not_now(room: Room, _command: commands.NotNow, me: Seat, _now: int) -> Room:
    if not me.invited:
        raise Refused("stale", "not_invited")
    return with_seat(room, replace(me, invited=False))


def hold_room(room: Room, _command: commands.HoldRoom, me: Seat, _now: int) -> Room:
    """Gives the first person who accepts a facilitator's rights until one is back."""
    if room.wait is None or not room.wait.asks:
        raise Refused("not_now", "room_is_held")
    return replace(room, stand_in=me.id)


def go_on(room: Room, command: commands.GoOn, _me: Seat, now: int) -> Room:
    """Goes on without the person who dropped out; their chair stays."""
    if room.wait is None or room.wait.seat != command.seat:
        raise Refused("stale", "nobody_waited_for")
    return _without(room, command.seat, now)


def with_wait(room: Room, now: int) -> Room:
    """The room, waiting for the person who is needed now, or for nobody."""
    if room.step is None:
        return room if room.wait is None else replace(room, wait=None)
    is_settled = room.wait is None and not room.without and room.stand_in is None
    if is_settled and _all_are_here(room) and not _is_unled(room):
        return room
    room = replace(room, without=tuple(s for s in room.without if _is_away(room, s)))
    room = _handed_back(room)
    wait = _wait(room, now)
    if wait is None:
        return _waiting_no_more(room, now)
    if room.wait is not None:
        return replace(room, wait=replace(wait, paused=room.wait.paused))
    was_running = room.clock is not None and room.clock.paused_at is None
    room = paused(room, now) if was_running else room
    return replace(room, wait=replace(wait, paused=was_running))


def _wait(room: Room, now: int) -> Wait | None:
    """Whom the room waits for, and whether to ask members to hold it meanwhile."""
    if _is_unled(room):
        return Wait("", 0, asks=True)
    leading = [seat for seat in room.seats if room.leads(seat) and not _goes_by_itself(room)]
    if leading and all(seat.away_since is not None for seat in leading):
        last = max(leading, key=lambda seat: seat.away_since or 0)
        until = (last.away_since or 0) + AWAY_KEEPS_TURN_MS
        return Wait(last.id, until, asks=until <= now)
    for seat in room.seats:
        if seat.away_since is None or seat.id in room.without:
            continue
        until = seat.away_since + AWAY_KEEPS_TURN_MS
        if _is_needed(room, seat) and until > now:
            return Wait(seat.id, until)
    return None


def _is_unled(room: Room) -> bool:
    """Whether a session that needs a facilitator has members and none who leads."""
    is_led = _goes_by_itself(room) or any(room.leads(seat) for seat in room.seats)
    return not is_led and any(seat.role is Role.MEMBER for seat in room.seats)


def _goes_by_itself(room: Room) -> bool:
    """Whether peers need nobody who leads, not even to go on to the next phase."""
    return room.plan.peers and room.plan.auto_advance


def _is_needed(room: Room, seat: Seat) -> bool:
    """Whether this seat speaks, or presents in a phase about their case."""
    about_case = room.step is not None and room.step.heard is not Heard.EVERYBODY
    return seat.id == room.holder or (about_case and seat.id == room.presenter)


def _waiting_no_more(room: Room, now: int) -> Room:
    wait = room.wait
    if wait is None:
        return room
    room = replace(room, wait=None)
    if wait.paused and room.clock is not None and room.clock.paused_at is not None:
        room = resumed(room, now)
    seat = room.seat(wait.seat)
    is_given_up = seat is not None and seat.away_since is not None and not room.leads(seat)
    if is_given_up and wait.seat not in room.without:
        room = replace(room, without=(*room.without, wait.seat))
    return room


def _without(room: Room, seat_id: str, now: int) -> Room:
    room = replace(room, without=(*room.without, seat_id))
    return hand_on(with_loss_noted(room, seat_id), now) if room.holder == seat_id else room


def _handed_back(room: Room) -> Room:
    """The room without its stand-in once a facilitator is back or the stand-in has left."""
    stand_in = room.seat(room.stand_in)
    leads = any(s.role is Role.FACILITATOR and s.away_since is None for s in room.seats)
    if room.stand_in is not None and (stand_in is None or leads):
        return replace(room, stand_in=None)
    return room


def _all_are_here(room: Room) -> bool:
    return all(seat.away_since is None for seat in room.seats)


def _is_away(room: Room, seat_id: str) -> bool:
    seat = room.seat(seat_id)
    return seat is not None and seat.away_since is not None
