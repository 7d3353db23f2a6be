"""ROWS, the table of attention, ordered by urgency.

It has no words and no clock: a kind, facts and actions.

Somebody who leads may also be addressed as a person: it is their turn, they hold the floor, they
are asked to present. That comes after an emergency (the presenter needs to come back, the room
stands still), and before all other things of the group: only they can answer it, and everybody
waits until they do, while a co-facilitator can see to the door, and what is for the group comes as
soon as they are done. Only a knock that nobody else can answer comes before their turn; *My turn*
has its button meanwhile. Personal states that wait for nobody (being next, sitting back) come last.
"""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from server.room.attention import actions, facts
from server.room.attention import of_leaders as leaders
from server.room.attention.actions import Action
from server.room.attention.facts import Facts
from server.room.state import Room, Seat


class Who(Enum):
    """Whom a row addresses: people who lead now, all others, or both."""

    LEADERS = "leaders"
    OTHERS = "others"
    EVERYBODY = "everybody"


class Row(NamedTuple):
    """A row of the table. A kind has a row for each place in the order that it has."""

    kind: str
    who: Who
    facts: Callable[[Room, Seat, bool], Facts | None]
    """None if this kind does not hold. The last argument: the time of the phase is over; before
    the start, the time of waiting for the next session."""
    actions: Callable[[Room, Seat, Facts], tuple[Action, ...]]


class Attention(NamedTuple):
    """What the page tells one person. Equal values are shown the same."""

    kind: str
    facts: Facts
    actions: tuple[Action, ...]


LEADERS, OTHERS, EVERYBODY = Who

ROWS: tuple[Row, ...] = (
    Row("ended", EVERYBODY, facts.ended, actions.circle_page),
    Row("presenter_returns", LEADERS, leaders.presenter_returns, actions.bring_back_or_not_yet),
    Row("dropped_out", LEADERS, leaders.dropped_out, actions.go_on),
    Row("may_hold_room", OTHERS, facts.may_hold_room, actions.hold_room),
    Row("will_you_present", EVERYBODY, facts.will_you_present, actions.present),
    Row("door", LEADERS, leaders.door, actions.let_in),
    Row("invited", OTHERS, facts.invited, actions.raise_hand_or_not_now),
    Row("your_turn", EVERYBODY, facts.your_turn, actions.done_or_pass),
    Row("you_are_next", OTHERS, facts.you_are_next, actions.nothing),
    Row("you_hold_floor", EVERYBODY, facts.you_hold_floor, actions.done),
    Row("sign_seen", OTHERS, facts.sign_seen, actions.take_back_sign),
    Row("sign_given", OTHERS, facts.sign_given, actions.take_back_sign),
    Row("you_sit_back", OTHERS, facts.you_sit_back, actions.ask_to_return),
    Row("would_lead", LEADERS, leaders.would_lead, actions.answer_to_lead),
    Row("would_present", LEADERS, leaders.would_present, actions.choose),
    Row("says_yes", LEADERS, leaders.says_yes, actions.move_on_or_read),
    Row("says_not_today", LEADERS, leaders.says_not_today, actions.choose_or_read),
    Row("presenter_finished", LEADERS, leaders.presenter_finished, actions.move_on_or_give_back),
    Row("paused", EVERYBODY, facts.paused, actions.resume),
    Row("silence", EVERYBODY, facts.silence, actions.end_silence),
    Row("we_wait", OTHERS, facts.we_wait, actions.nothing),
    Row("welcome_back", EVERYBODY, facts.welcome_back, actions.raise_hand_or_read),
    Row("nobody_presents", LEADERS, leaders.nobody_presents, actions.choose_or_move_on),
    Row("waits_for_answer", LEADERS, leaders.waits_for_answer, actions.take_back_question),
    Row("hand", LEADERS, leaders.hand, actions.give_floor),
    Row("round_stopped", LEADERS, leaders.round_stopped, actions.give_floor),
    Row("round_over", LEADERS, leaders.round_over, actions.move_on),
    Row("time_over", LEADERS, leaders.time_over, actions.move_on_or_extend),
    Row("bad_lines", LEADERS, leaders.bad_lines, actions.in_turns),
    Row("presenter_waits", LEADERS, leaders.presenter_waits, actions.bring_back),
    Row("you_sit_back", LEADERS, facts.you_sit_back, actions.bring_back),
    Row("you_are_next", LEADERS, facts.you_are_next, actions.nothing),
    Row("debrief", LEADERS, facts.debrief, actions.end_or_extend),
    Row("invite_group", LEADERS, leaders.invite_group, actions.invite),
    Row("may_start", LEADERS, leaders.may_start, actions.start),
    Row("waiting", OTHERS, facts.waiting, actions.nothing),
    Row("guidance", LEADERS, leaders.guidance, actions.show),
    Row("phase", OTHERS, facts.always, actions.nothing),
)

_ROWS_FOR = {
    who: tuple(row for row in ROWS if row.who in (who, EVERYBODY)) for who in (LEADERS, OTHERS)
}


def attention(room: Room, seat: Seat, *, over: bool = False) -> Attention:
    """The most urgent kind that holds for this person of the room.

    `over`: the time of the phase is over; the room's value does not change at that moment.
    """
    for row in _ROWS_FOR[LEADERS if room.leads(seat) else OTHERS]:
        found = row.facts(room, seat, over)
        if found is not None:
            return Attention(row.kind, found, row.actions(room, seat, found))
    raise AssertionError("the last rows hold for everybody")
