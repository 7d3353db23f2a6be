"""The case: who may have one, who is asked to present, who presents. Never its contents."""

from msgspec.structs import replace

from server.room import commands
from server.room.formats.plan import Turns
from server.room.people import with_presenter
from server.room.refused import Refused
from server.room.rotation import check_may_present
from server.room.state import Answer, Room, Seat
from server.room.turns import grant, target, with_seat, without_ineligible


def seat_presenter(room: Room, command: commands.SeatPresenter, _me: Seat, now: int) -> Room:
    """Asks a person whether they will present; they may decline."""
    if not command.seat:
        if room.presenter is None and room.asked is None:
            raise Refused("stale", "nobody_presents")
        return without_ineligible(with_presenter(room, None), now)
    seat = target(room, command.seat)
    if seat.id == room.presenter:
        raise Refused("stale", "presents_already", name=seat.shown_name)
    if seat.id == room.asked:
        raise Refused("stale", "asked_already", name=seat.shown_name)
    check_may_present(room, seat)
    return replace(with_seat(room, replace(seat, not_today=False)), asked=seat.id)


def present(room: Room, command: commands.Present, me: Seat, now: int) -> Room:
    """The answer of the person who was asked."""
    if room.asked != me.id:
        raise Refused("not_now", "not_asked_to_present")
    room = with_seat(room, replace(me, offers_case=False, not_today=not command.yes))
    room = replace(room, answer=Answer(me.id, command.yes))
    if not command.yes:
        return replace(room, asked=None)
    vacant = room.holder is None or room.holder == room.presenter
    room = with_presenter(room, me.id)
    if vacant and room.step is not None and room.step.turns is Turns.PRESENTER:
        room = grant(room, me.id, now)
    return without_ineligible(room, now)


def presented(room: Room, now: int) -> Room:
    """Records that the presenter has told their case, when the phase for it ends."""
    presenter = room.seat(room.presenter)
    if presenter is None or room.step is None or not room.step.begins_case:
        return room
    return with_seat(room, replace(presenter, presented_at=now))


def offer_case(room: Room, _command: commands.OfferCase, me: Seat, _now: int) -> Room:
    if room.presenter is not None:
        raise Refused("not_now", "somebody_presents")
    if not room.plan.has_case:
        raise Refused("not_now", "no_case_in_format")
    if me.offers_case:
        raise Refused("stale", "offer_seen")
    return with_seat(room, replace(me, offers_case=True, not_today=False))


def withdraw_case(room: Room, _command: commands.WithdrawCase, me: Seat, _now: int) -> Room:
    if not me.offers_case:
        raise Refused("stale", "no_case_offered")
    return with_seat(room, replace(me, offers_case=False))
