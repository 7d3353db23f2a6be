"""The facts of attention for people who lead, as in facts.py."""

from server.room.arrival import comes_in_later
from server.room.attention.facts import Facts, expected, lacks_presenter, others_here
from server.room.door import is_let_in_together
from server.room.hearing import one_voice_applies, sitting_back
from server.room.rotation import may_present
from server.room.state import WAITING, Role, Room, Seat
from server.room.turns import in_round, next_in_round


def presenter_returns(room: Room, me: Seat, over: bool) -> Facts | None:
    facts = presenter_waits(room, me, over)
    return facts if room.return_seen is None else None


def presenter_waits(room: Room, me: Seat, _over: bool) -> Facts | None:
    """The presenter still needs to come back, after somebody has answered *Not yet*."""
    sitter = sitting_back(room)
    if not room.return_asked or sitter is None or sitter == me.id:
        return None
    return Facts(seat=sitter, other=room.return_seen or "")


def dropped_out(room: Room, me: Seat, _over: bool) -> Facts | None:
    if room.wait is None or room.wait.asks or room.wait.seat == me.id:
        return None
    return Facts(seat=room.wait.seat, until=room.wait.until)


def door(room: Room, me: Seat, _over: bool) -> Facts | None:
    """Not for latecomers whom a later phase lets in: the circle has decided that they wait. Not for
    whoever has the floor, if somebody else is here who leads."""
    here = [s for s in room.lobby if s.away_since is None and not comes_in_later(room, s)]
    others = (s for s in room.seats if s.id != me.id and room.leads(s) and s.away_since is None)
    if not here or not room.is_live or (room.holder == me.id and any(others)):
        return None
    owns, (first, *more) = me.role is Role.FACILITATOR, here
    return Facts(
        seat=first.id,
        seats=tuple(seat.id for seat in here),
        together=tuple(seat.id for seat in here if is_let_in_together(seat)),
        put_out=first.put_out if owns and not more else None,
        leads=first.by_facilitator_link and owns and not more,
    )


def would_lead(room: Room, me: Seat, _over: bool) -> Facts | None:
    """Somebody on a chair has come by the facilitator link. A stand-in cannot answer them."""
    if me.role is not Role.FACILITATOR:
        return None
    asking = next((seat for seat in room.seats if seat.by_facilitator_link), None)
    return Facts(seat=asking.id) if asking else None


def would_present(room: Room, me: Seat, _over: bool) -> Facts | None:
    """Offers of a case, which a stand-in does not see."""
    if room.presenter or room.asked or me.role is not Role.FACILITATOR:
        return None
    offers = [s for s in room.seats if s.offers_case and may_present(room, s)]
    here = tuple(s.id for s in offers if s.away_since is None and s.id != me.id)
    return Facts(seat=here[0], seats=here) if here else None


def says_yes(room: Room, me: Seat, _over: bool) -> Facts | None:
    return _answer(room, me, yes=True)


def says_not_today(room: Room, me: Seat, _over: bool) -> Facts | None:
    return _answer(room, me, yes=False)


def presenter_finished(room: Room, me: Seat, _over: bool) -> Facts | None:
    presenter = room.seat(room.presenter)
    if not room.presenter_done or presenter is None or presenter.id == me.id:
        return None
    return Facts(seat=presenter.id)


def nobody_presents(room: Room, _me: Seat, _over: bool) -> Facts | None:
    """Once the case should be told, and in the phase before."""
    if room.step is None or room.presenter or room.asked:
        return None
    return Facts() if room.step.begins_case or lacks_presenter(room) else None


def waits_for_answer(room: Room, me: Seat, _over: bool) -> Facts | None:
    asked = room.seat(room.asked)
    return Facts(seat=asked.id) if asked and asked.id != me.id else None


def hand(room: Room, me: Seat, _over: bool) -> Facts | None:
    """Not while a round goes round: it reaches everybody anyway."""
    if not room.hands or (in_round(room) and room.holder is not None):
        return None
    here = [s.id for s in room.seats if s.away_since is None and s.id != me.id]
    hands = tuple(hand for hand in room.hands if hand in here)
    return Facts(seat=hands[0], seats=hands, other=room.holder or "") if hands else None


def round_stopped(room: Room, _me: Seat, _over: bool) -> Facts | None:
    """Nobody has the turn, as after *Clear the floor*, or somebody came late or came back."""
    if not in_round(room) or room.holder is not None:
        return None
    following = next_in_round(room)
    return Facts(seat=following) if following else None


def round_over(room: Room, _me: Seat, _over: bool) -> Facts | None:
    is_over = in_round(room) and room.holder is None and next_in_round(room) is None
    return Facts() if is_over else None


def time_over(room: Room, _me: Seat, over: bool) -> Facts | None:
    if not over or room.step is None or room.clock is None or room.plan.auto_advance:
        return None
    return Facts(until=room.clock.ends_at)


def bad_lines(room: Room, _me: Seat, _over: bool) -> Facts | None:
    bad = tuple(seat.id for seat in room.seats if seat.bad_line)
    helps = one_voice_applies(room) and not room.one_voice
    return Facts(seats=bad) if len(bad) > 1 and helps else None


def invite_group(room: Room, me: Seat, over: bool) -> Facts | None:
    if room.phase != WAITING or others_here(room, me):
        return None
    return Facts(coming=expected(room, over))


def may_start(room: Room, me: Seat, over: bool) -> Facts | None:
    if room.phase != WAITING:
        return None
    return Facts(seats=others_here(room, me), coming=expected(room, over))


def guidance(room: Room, _me: Seat, _over: bool) -> Facts | None:
    """The next prompt, and who comes in later."""
    late = tuple(seat.id for seat in room.lobby if comes_in_later(room, seat))
    return Facts(prompt=room.next_prompt, seats=late)


def _answer(room: Room, me: Seat, *, yes: bool) -> Facts | None:
    answer = room.answer
    if answer is None or answer.yes is not yes or answer.seat == me.id:
        return None
    return Facts(seat=answer.seat) if room.seat(answer.seat) else None
