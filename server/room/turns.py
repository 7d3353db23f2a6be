"""The floor: who holds it, who asks for it, and the order of a round.

All functions return the changed room; `rules.decide` increments its version.
"""

from collections.abc import Callable

from msgspec.structs import replace

from server.room import commands
from server.room.formats.plan import Heard, Turns
from server.room.hearing import may_take_floor, one_voice_applies, sitting_back
from server.room.refused import Refused
from server.room.state import Floor, Lost, Room, Seat

AWAY_KEEPS_TURN_MS = 120_000
"""How long an absent person keeps their hand or the floor."""

MAX_SILENCE_S = 600


def with_seat(room: Room, changed: Seat) -> Room:
    """The room with this seat instead of the one with the same id."""
    return replace(room, seats=tuple(changed if s.id == changed.id else s for s in room.seats))


def with_seats(room: Room, change: Callable[[Seat], Seat]) -> Room:
    """The room with each seat changed by `change`."""
    return replace(room, seats=tuple(change(seat) for seat in room.seats))


def target(room: Room, seat_id: str) -> Seat:
    """The seat that a command names; raises Refused if it is not in the room."""
    seat = room.seat(seat_id)
    if seat is None:
        raise Refused("unknown_seat", "not_in_room")
    return seat


def release(room: Room, now: int) -> Room:
    """The room without a floor holder; the time of the last one is added to their seat."""
    floor = room.floor
    if floor is None:
        return room
    room = replace(room, floor=None)
    if in_round(room) and floor.seat not in room.turns_taken:
        room = replace(room, turns_taken=(*room.turns_taken, floor.seat))
    seat = room.seat(floor.seat)
    if seat is None:
        return room
    # Time away does not count as spoken.
    until = now if seat.away_since is None else min(now, seat.away_since)
    return with_seat(room, replace(seat, spoken_ms=seat.spoken_ms + max(0, until - floor.since)))


def grant(room: Room, seat_id: str | None, now: int) -> Room:
    """The room in which this seat (None: nobody) holds the floor, with its hand lowered."""
    room = release(room, now)
    if seat_id is None:
        return room
    since = max(now, room.silence_until or now)
    done = room.presenter_done and seat_id != room.presenter
    floor = Floor(seat_id, since)
    room = replace(without_hand(room, seat_id), floor=floor, presenter_done=done)
    return _uninvited(_counted(room, seat_id), seat_id)


def hand_on(room: Room, now: int) -> Room:
    """Gives the floor to the next seat of a round, else to the next hand of a person here."""
    following = next_in_round(room) if in_round(room) else _next_hand(room)
    return grant(room, following, now)


def with_loss_noted(room: Room, seat_id: str) -> Room:
    """The room that remembers what this absent person is about to lose: the floor or their hand."""
    seat = room.seat(seat_id)
    if seat is None or (room.holder != seat_id and seat_id not in room.hands):
        return room
    lost = Lost.FLOOR if room.holder == seat_id else Lost.HAND
    return with_seat(room, replace(seat, lost=lost, away_ms=0))


def without_hand(room: Room, seat_id: str) -> Room:
    """The room with the hand of this seat lowered."""
    return replace(room, hands=tuple(hand for hand in room.hands if hand != seat_id))


def without_ineligible(room: Room, now: int) -> Room:
    """The room without the floor or hands of seats that may not have the floor in this phase."""
    able = {seat.id for seat in room.seats if may_take_floor(room, seat)}
    if room.holder not in able:
        room = release(room, now)
    return replace(room, hands=tuple(hand for hand in room.hands if hand in able))


def opened(room: Room, now: int) -> Room:
    """The room with the floor at the start of a phase: first of the round, presenter or nobody.

    Where the others speak after the presenter, they need not wait for one who is away.
    """
    room = replace(room, floor=None, hands=(), turns_taken=(), questions=())
    if in_round(room):
        return grant(room, next_in_round(room), now)
    step, presenter = room.step, room.seat(room.presenter)
    if step is None or step.turns is not Turns.PRESENTER or presenter is None:
        return room
    is_missed = step.heard is Heard.PRESENTER_FIRST and presenter.away_since is not None
    return room if is_missed else grant(room, presenter.id, now)


def give_floor(room: Room, command: commands.GiveFloor, _me: Seat, now: int) -> Room:
    seat = target(room, command.seat)
    if room.holder == seat.id:
        raise Refused("not_now", "holds_floor_already", name=seat.shown_name)
    if room.silence_until is not None:
        raise Refused("not_now", "silence_held")
    if seat.away_since is not None:
        raise Refused("not_now", "is_away", name=seat.shown_name)
    if not may_take_floor(room, seat):
        raise Refused("not_now", "may_not_be_heard", name=seat.shown_name)
    return grant(room, seat.id, now)


def clear_floor(room: Room, _command: commands.ClearFloor, _me: Seat, now: int) -> Room:
    if room.floor is None:
        raise Refused("not_now", "nobody_holds_floor")
    return release(room, now)


def yield_floor(room: Room, _command: commands.Yield, me: Seat, now: int) -> Room:
    if room.holder != me.id:
        raise Refused("not_now", "floor_not_yours")
    if room.step is not None and room.step.begins_case and me.id == room.presenter:
        room = replace(room, presenter_done=True)
    return hand_on(room, now)


def pass_turn(room: Room, _command: commands.Pass, me: Seat, now: int) -> Room:
    if not in_round(room):
        raise Refused("not_now", "no_round")
    if room.holder != me.id:
        raise Refused("not_now", "not_your_turn")
    # A person who passes has not spoken: the time before does not count.
    return hand_on(replace(room, floor=Floor(me.id, now)), now)


def raise_hand(room: Room, _command: commands.RaiseHand, me: Seat, _now: int) -> Room:
    if me.id in room.hands:
        raise Refused("not_now", "hand_up_already")
    if room.holder == me.id:
        raise Refused("not_now", "floor_yours_already")
    if sitting_back(room) == me.id:
        raise Refused("not_now", "you_sit_back")
    if not may_take_floor(room, me):
        raise _no_hand(room, me)
    return _uninvited(replace(room, hands=_with_hand(room, me.id)), me.id)


def lower_hand(room: Room, _command: commands.LowerHand, me: Seat, _now: int) -> Room:
    if me.id not in room.hands:
        raise Refused("not_now", "hand_not_up")
    return without_hand(room, me.id)


def one_voice(room: Room, command: commands.OneVoice, _me: Seat, _now: int) -> Room:
    if not one_voice_applies(room):
        raise Refused("not_now", "one_voice_anyway")
    if room.one_voice == command.on:
        raise Refused("stale", "already_so")
    return replace(room, one_voice=command.on)


def silence(room: Room, command: commands.Silence, _me: Seat, now: int) -> Room:
    if command.seconds > MAX_SILENCE_S:
        raise Refused("too_long", "silence_too_long", minutes=MAX_SILENCE_S // 60)
    if command.seconds or command.open:
        if room.silence_until is not None:
            raise Refused("stale", "silence_held_already")
        seconds = MAX_SILENCE_S if command.open else command.seconds
        silent = _begin_silence(room, now, now + seconds * 1000)
        return replace(silent, silence_open=command.open)
    if room.silence_until is None:
        raise Refused("stale", "no_silence")
    return end_silence(room, now)


def end_silence(room: Room, now: int) -> Room:
    """Ends the held silence; the time of the floor holder starts now."""
    floor = Floor(room.floor.seat, now) if room.floor else None
    return replace(room, silence_until=None, silence_open=False, floor=floor)


def _no_hand(room: Room, me: Seat) -> Refused:
    """The refusal for a person who may not have the floor in this phase."""
    if me.outer:
        return Refused("not_now", "outer_circle_later")
    if room.step is not None and room.step.heard is Heard.OUTER:
        return Refused("not_now", "outer_circle_heard")
    return Refused("not_now", "presenter_tells")


def _begin_silence(room: Room, now: int, until: int) -> Room:
    holder, taken = room.holder, room.turns_taken
    # Counts the time so far and nothing during the silence: the floor's time restarts after it.
    room = replace(release(room, now), turns_taken=taken, silence_until=until)
    return room if holder is None else replace(room, floor=Floor(holder, until))


def in_round(room: Room) -> bool:
    """Whether the floor goes around in this phase."""
    return room.step is not None and room.step.turns is Turns.ROUND


def next_in_round(room: Room) -> str | None:
    """The seat whose turn comes after that of the floor holder, or None: the round ends then."""
    ids = [seat.id for seat in room.seats]
    holder = room.holder
    start = ids.index(holder) + 1 if holder in ids else 0
    for seat in (*room.seats[start:], *room.seats[:start]):
        waits = seat.id != holder and seat.id not in room.turns_taken
        if waits and seat.away_since is None and may_take_floor(room, seat):
            return seat.id
    return None


def has_had_share(room: Room, seat_id: str) -> bool:
    """Whether others go first: this person has reached the cap of the phase."""
    cap = room.step.cap if room.step else 0
    return cap > 0 and room.questions.count(seat_id) >= cap


def _with_hand(room: Room, seat_id: str) -> tuple[str, ...]:
    """The hands with this one, in front of all that have had their share unless it has, too."""
    if has_had_share(room, seat_id):
        return (*room.hands, seat_id)
    first = tuple(hand for hand in room.hands if not has_had_share(room, hand))
    return (*first, seat_id, *(hand for hand in room.hands if hand not in first))


def _counted(room: Room, seat_id: str) -> Room:
    if room.step is None or not room.step.cap or seat_id == room.presenter:
        return room
    return replace(room, questions=(*room.questions, seat_id))


def _uninvited(room: Room, seat_id: str) -> Room:
    """The room with this seat's invitation to speak taken up."""
    seat = room.seat(seat_id)
    return with_seat(room, replace(seat, invited=False)) if seat and seat.invited else room


def _next_hand(room: Room) -> str | None:
    here = {seat.id for seat in room.seats if seat.away_since is None}
    return next((hand for hand in room.hands if hand in here), None)
