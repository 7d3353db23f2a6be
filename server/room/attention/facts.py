"""The facts of each kind of attention: None where the kind does not hold for this person now.

Functions of the room, the person, and whether the time of the phase is over. table.py orders the
kinds; actions.py has what can be done.
"""

from typing import NamedTuple

from server.room.coming import Coming
from server.room.formats.plan import Phase, Turns
from server.room.hearing import sitting_back
from server.room.rotation import may_present
from server.room.state import DEBRIEF, ENDED, WAITING, Lost, PutOut, Role, Room, Seat
from server.room.turns import in_round, next_in_round


class Facts(NamedTuple):
    """What the sentence of an attention needs. People are seat ids; names.py has their names."""

    seat: str = ""
    """The person it is about."""
    other: str = ""
    """A second person: who is next, who speaks now, who has seen the sign."""
    seats: tuple[str, ...] = ()
    """All the people it is about."""
    together: tuple[str, ...] = ()
    """At the door: the people whom *Let all in* lets in."""
    until: int | None = None
    """A deadline (epoch ms)."""
    prompt: str = ""
    """The next prompt of the phase."""
    put_out: PutOut | None = None
    """At the door: how this one person was put out earlier."""
    leads: bool = False
    """At the door: this one person would lead when let in."""
    tells: bool = False
    """The floor is the presenter's: *I'm done*, not *Pass it on*."""
    lost: Lost | None = None
    """What this person lost while away."""
    away_ms: int = 0
    """How long that absence was."""
    over: bool = False
    """The time is over."""
    coming: Coming | None = None
    """The next session, while nobody is expected yet."""
    asks: int = 0
    """The number of the questions about the session that this person is asked; 0 for none."""
    meanwhile: str = ""
    """What else holds for everybody: `paused`, `silence`, `we_wait`, `may_hold_room` or nothing."""


NOTHING = Facts()


def lacks_presenter(room: Room) -> bool:
    """Whether *Next* leads into the telling of a case, and nobody would tell it.

    A page asks before it sends `advance` then. The rule itself does not, since a client that knows
    nothing of the question, and a format that goes on by itself, need no answer.
    """
    upcoming = next_phase(room)
    if room.presenter or upcoming is None or not upcoming.begins_case:
        return False
    rotates = room.plan.rotation(upcoming.key) not in (0, room.plan.rotation(room.phase))
    return not (rotates and any(may_present(room, seat) for seat in room.seats))


def next_phase(room: Room) -> Phase | None:
    """The phase after the current one; None before the start, in the last and after it."""
    return next(iter(room.to_come), None)


def expected(room: Room, over: bool) -> Coming | None:
    """The next session, for people who wait for it; `over`: it is time for it, or has none."""
    return None if over else room.coming


def others_here(room: Room, me: Seat) -> tuple[str, ...]:
    return tuple(s.id for s in room.seats if s.id != me.id and s.away_since is None)


# For everybody


def ended(room: Room, me: Seat, _over: bool) -> Facts | None:
    if room.phase != ENDED:
        return None
    farewell = room.farewell
    return Facts(asks=farewell.number if farewell and me.id in farewell.asks else 0)


def debrief(room: Room, _me: Seat, over: bool) -> Facts | None:
    if room.phase != DEBRIEF:
        return None
    return Facts(until=room.clock.ends_at if room.clock else None, over=over)


def will_you_present(room: Room, me: Seat, _over: bool) -> Facts | None:
    return Facts(meanwhile=_meanwhile(room)) if room.asked == me.id else None


def your_turn(room: Room, me: Seat, _over: bool) -> Facts | None:
    if not in_round(room) or room.holder != me.id or room.silence_until is not None:
        return None
    return Facts(other=next_in_round(room) or "", meanwhile=_meanwhile(room))


def you_hold_floor(room: Room, me: Seat, _over: bool) -> Facts | None:
    if in_round(room) or room.holder != me.id or room.silence_until is not None:
        return None
    tells = room.presenter == me.id and room.step is not None and room.step.turns is Turns.PRESENTER
    return Facts(tells=tells, seats=room.hands, meanwhile=_meanwhile(room))


def you_are_next(room: Room, me: Seat, _over: bool) -> Facts | None:
    """Not while the round stands still: then something else is said to everybody."""
    is_going = in_round(room) and room.holder is not None and not _meanwhile(room)
    return Facts(seat=room.holder or "") if is_going and next_in_round(room) == me.id else None


def you_sit_back(room: Room, me: Seat, _over: bool) -> Facts | None:
    return Facts(meanwhile=_meanwhile(room)) if sitting_back(room) == me.id else None


def paused(room: Room, _me: Seat, _over: bool) -> Facts | None:
    """Not while the room waits for somebody: that pauses the clock, too."""
    is_paused = room.clock is not None and room.clock.paused_at is not None
    return NOTHING if is_paused and room.wait is None else None


def silence(room: Room, _me: Seat, _over: bool) -> Facts | None:
    if room.silence_until is None:
        return None
    missing = tuple(seat.id for seat in room.seats if seat.away_since is not None)
    until = None if room.silence_open else room.silence_until
    return Facts(seat=room.holder or "", seats=missing, until=until)


def welcome_back(_room: Room, me: Seat, _over: bool) -> Facts | None:
    is_back = me.lost is not None and me.away_since is None
    return Facts(lost=me.lost, away_ms=me.away_ms) if is_back and me.speaks else None


def always(_room: Room, _me: Seat, _over: bool) -> Facts | None:
    return NOTHING


# For people who do not lead


def invited(_room: Room, me: Seat, _over: bool) -> Facts | None:
    return NOTHING if me.invited and me.role is Role.MEMBER else None


def sign_seen(room: Room, me: Seat, _over: bool) -> Facts | None:
    seer = room.seat(room.return_seen)
    if seer is None or not room.return_asked or sitting_back(room) != me.id:
        return None
    return Facts(seat=seer.id, meanwhile=_meanwhile(room))


def sign_given(room: Room, me: Seat, _over: bool) -> Facts | None:
    if not room.return_asked or sitting_back(room) != me.id:
        return None
    return Facts(meanwhile=_meanwhile(room))


def we_wait(room: Room, _me: Seat, _over: bool) -> Facts | None:
    if room.wait is None or room.wait.asks:
        return None
    return Facts(seat=room.wait.seat, until=room.wait.until)


def may_hold_room(room: Room, me: Seat, _over: bool) -> Facts | None:
    """Not for a presenter who sits back: their own kinds have its button."""
    if room.wait is None or not room.wait.asks or sitting_back(room) == me.id:
        return None
    return Facts(seat=room.wait.seat)


def waiting(room: Room, _me: Seat, over: bool) -> Facts | None:
    return Facts(coming=expected(room, over)) if room.phase == WAITING else None


def _meanwhile(room: Room) -> str:
    if room.wait is not None:
        return "may_hold_room" if room.wait.asks else "we_wait"
    if room.silence_until is not None:
        return "silence"
    return "paused" if room.clock is not None and room.clock.paused_at is not None else ""
