"""What can be done about each kind of attention. `decide` accepts each of these commands now."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from server.room import commands as c
from server.room import door, people
from server.room.attention.facts import Facts, next_phase
from server.room.hearing import may_take_floor, sitting_back
from server.room.refused import Refused
from server.room.state import Role, Room, Seat


class Action(NamedTuple):
    """A button: a command that it sends, or what it does on the page."""

    does: c.Command | str
    is_primary: bool = False

    @property
    def do(self) -> str:
        """The name of the command, or of what it does on the page."""
        return self.does if isinstance(self.does, str) else str(self.frame["do"])

    @property
    def frame(self) -> dict[str, Any]:
        """What its button sends; empty for a page's own action. Any: JSON values."""
        if isinstance(self.does, str):
            return {}
        fields: dict[str, Any] = msgspec.to_builtins(self.does)
        return {name: value for name, value in fields.items() if value is not None}


Actions = tuple[Action, ...]

COPY_LINK, SHOW_QR, COPY_MAIL = "copy_link", "show_qr", "copy_mail"
SEE_WHO = "see_who"
"""Leads to the people at the door."""
CHOOSE = "choose"
"""Leads to the people who may present."""
CIRCLE_PAGE = "circle_page"


def primary(does: c.Command | str) -> Action:
    return Action(does, is_primary=True)


def nothing(_room: Room, _me: Seat, _facts: Facts) -> Actions:
    return ()


def circle_page(_room: Room, _me: Seat, _facts: Facts) -> Actions:
    return (primary(CIRCLE_PAGE),)


# For people who lead


def bring_back(_room: Room, _me: Seat, _facts: Facts) -> Actions:
    return (primary(c.Recall()),)


def bring_back_or_not_yet(_room: Room, _me: Seat, _facts: Facts) -> Actions:
    return primary(c.Recall()), Action(c.Seen("sign"))


def go_on(_room: Room, _me: Seat, facts: Facts) -> Actions:
    return (primary(c.GoOn(facts.seat)),)


def let_in(room: Room, me: Seat, facts: Facts) -> Actions:
    """People who were put out before, or find no chair, are answered in the list alone."""
    seen = max(seat.knocked for seat in room.lobby)
    if len(facts.seats) == 1:
        command = c.Admit(facts.seat, seen=seen)
        is_offered = facts.put_out is None
    else:
        command = c.Admit(seats=facts.together, seen=seen)
        is_offered = bool(facts.together)
    if is_offered and _is_accepted(door.admit, room, command, me):
        return primary(command), Action(SEE_WHO)
    return (primary(SEE_WHO),)


def answer_to_lead(room: Room, me: Seat, facts: Facts) -> Actions:
    seat = room.seat(facts.seat)
    if seat is None:
        return ()
    yes = c.MakeFacilitator(seat.id, seat.role)
    stays = c.MakeObserver if seat.role is Role.OBSERVER else c.MakeMember
    no = Action(stays(seat.id, seat.role))
    if _is_accepted(people.make_facilitator, room, yes, me):
        return primary(yes), no
    return (no,)


def choose(_room: Room, _me: Seat, facts: Facts) -> Actions:
    if len(facts.seats) == 1:
        return (primary(c.SeatPresenter(facts.seat)),)
    return (primary(CHOOSE),)


def move_on_or_read(room: Room, _me: Seat, _facts: Facts) -> Actions:
    """After a yes: into the telling of the case, if that is next."""
    upcoming = next_phase(room)
    if upcoming and upcoming.begins_case:
        return primary(c.Advance(room.phase)), Action(c.Seen("answer"))
    return (primary(c.Seen("answer")),)


def choose_or_read(_room: Room, _me: Seat, _facts: Facts) -> Actions:
    return primary(CHOOSE), Action(c.Seen("answer"))


def move_on_or_give_back(room: Room, _me: Seat, facts: Facts) -> Actions:
    presenter = room.seat(facts.seat)
    can_speak = presenter is not None and presenter.away_since is None
    if room.silence_until is None and can_speak:
        return _onwards(room), Action(c.GiveFloor(facts.seat))
    return (_onwards(room),)


def choose_or_move_on(room: Room, _me: Seat, _facts: Facts) -> Actions:
    if next_phase(room):
        return primary(CHOOSE), Action(c.Advance(room.phase))
    return (primary(CHOOSE),)


def take_back_question(_room: Room, _me: Seat, _facts: Facts) -> Actions:
    return (Action(c.SeatPresenter()),)


def give_floor(_room: Room, _me: Seat, facts: Facts) -> Actions:
    return (primary(c.GiveFloor(facts.seat)),)


def move_on(room: Room, _me: Seat, _facts: Facts) -> Actions:
    return (_onwards(room),)


def move_on_or_extend(room: Room, _me: Seat, facts: Facts) -> Actions:
    return _onwards(room), Action(c.Extend(60, facts.until or 0))


def in_turns(_room: Room, _me: Seat, _facts: Facts) -> Actions:
    return (primary(c.OneVoice(on=True)),)


def end_or_extend(_room: Room, _me: Seat, facts: Facts) -> Actions:
    return primary(c.End()), Action(c.Extend(300, facts.until or 0))


def invite(_room: Room, _me: Seat, _facts: Facts) -> Actions:
    return primary(COPY_LINK), Action(SHOW_QR), Action(COPY_MAIL)


def start(room: Room, _me: Seat, _facts: Facts) -> Actions:
    return (primary(c.Start(room.phase)),)


def show(_room: Room, _me: Seat, facts: Facts) -> Actions:
    return (Action(c.Prompt(facts.prompt)),) if facts.prompt else ()


# For people of any role


def resume(room: Room, me: Seat, _facts: Facts) -> Actions:
    return (primary(c.Resume()),) if room.leads(me) else ()


def end_silence(room: Room, me: Seat, _facts: Facts) -> Actions:
    return (primary(c.Silence(0)),) if room.leads(me) else ()


def present(_room: Room, _me: Seat, _facts: Facts) -> Actions:
    return primary(c.Present(yes=True)), Action(c.Present(yes=False))


def done_or_pass(_room: Room, _me: Seat, _facts: Facts) -> Actions:
    return primary(c.Yield()), Action(c.Pass())


def done(_room: Room, _me: Seat, _facts: Facts) -> Actions:
    return (primary(c.Yield()),)


def raise_hand_or_not_now(room: Room, me: Seat, _facts: Facts) -> Actions:
    raises = (primary(c.RaiseHand()),) if _may_raise_hand(room, me) else ()
    return (*raises, Action(c.NotNow()))


def raise_hand_or_read(room: Room, me: Seat, _facts: Facts) -> Actions:
    if _may_raise_hand(room, me):
        return primary(c.RaiseHand()), Action(c.Seen("loss"))
    return (primary(c.Seen("loss")),)


def ask_to_return(_room: Room, me: Seat, facts: Facts) -> Actions:
    return primary(c.AskReturn()), *_hold(me, facts, is_primary=False)


def take_back_sign(_room: Room, me: Seat, facts: Facts) -> Actions:
    return *_hold(me, facts, is_primary=True), Action(c.AskReturn(on=False))


def hold_room(_room: Room, me: Seat, _facts: Facts) -> Actions:
    return (primary(c.HoldRoom()),) if me.role is Role.MEMBER else ()


def _hold(me: Seat, facts: Facts, *, is_primary: bool) -> Actions:
    """A presenter who sits back may be the only one who is here to hold the room."""
    may_hold = facts.meanwhile == "may_hold_room" and me.role is Role.MEMBER
    return (Action(c.HoldRoom(), is_primary),) if may_hold else ()


def _onwards(room: Room) -> Action:
    return primary(c.Advance(room.phase) if next_phase(room) else c.End())


def _may_raise_hand(room: Room, me: Seat) -> bool:
    raises = me.role is Role.MEMBER or (room.plan.peers and me.role is Role.FACILITATOR)
    is_free = me.id not in room.hands and me.id not in (room.holder, sitting_back(room))
    return raises and is_free and may_take_floor(room, me)


# Any: each function takes the struct of its own command.
def _is_accepted(
    then: Callable[[Room, Any, Seat, int], Room], room: Room, command: c.Command, me: Seat
) -> bool:
    """Whether this is possible: there may be no chair left. Nothing of that depends on the time."""
    try:
        then(room, command, me, 0)
    except Refused:
        return False
    return True
