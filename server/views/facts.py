"""Facts: values of a room by the names that templates use.

Owns the names. server/room decides what they mean.
"""

from collections.abc import Callable
from typing import Any

from jinja2.runtime import Context
from jinja2.utils import missing

from server.room.arrival import comes_in_later
from server.room.attention.facts import lacks_presenter
from server.room.chair import offered as chairs_offered
from server.room.door import is_let_in_together
from server.room.hearing import heard, may_be_seen, may_take_floor, one_voice_applies, sitting_back
from server.room.rotation import may_present
from server.room.state import Role, Room, Seat
from server.views.language import Language
from server.views.last_page import last_page
from server.views.turn import who_listens
from server.views.words import chair_words


def chairs(room: Room) -> list[Seat]:
    """The seats of the (inner) circle, without observers and the outer circle."""
    return [seat for seat in room.seats if seat.speaks and not seat.outer]


# Any: each fact has its own type.
FACTS: dict[str, Callable[[Room], Any]] = {
    "step": lambda room: room.step,
    "plan": lambda room: room.plan,
    "index": lambda room: room.plan.index(room.phase),
    "lacks_presenter": lacks_presenter,
    "upcoming": lambda room: next(iter(room.to_come), None),
    "heard": heard,
    "seen": lambda room: {seat.id for seat in room.seats if may_be_seen(room, seat)},
    "sitter": sitting_back,
    "holder": lambda room: room.seat(room.holder),
    "presenter": lambda room: room.seat(room.presenter),
    "one_voice_applies": one_voice_applies,
    "chairs": chairs,
    "here": lambda room: sum(seat.away_since is None for seat in chairs(room)),
    "hand_places": lambda room: {hand: place for place, hand in enumerate(room.hands, 1)},
    "may_take_floor": lambda room: {s.id for s in room.seats if may_take_floor(room, s)},
    "waits_for": lambda room: room.wait and room.seat(room.wait.seat),
    "gone_without": lambda room: [s for s in room.seats if s.id in room.without],
    "is_last": lambda room: room.step is not None and room.step is room.plan.phases[-1],
    "asked": lambda room: room.seat(room.asked),
    "missing": lambda room: [s for s in room.seats if s.away_since is not None],
    "leaders": lambda room: [s for s in room.seats if s.role is Role.FACILITATOR],
    "stand_in": lambda room: room.seat(room.stand_in),
    "let_in_together": lambda room: [s.id for s in room.lobby if is_let_in_together(s)],
    "let_in_by_name": lambda room: [s for s in room.lobby if not is_let_in_together(s)],
    "guests": lambda room: sum(seat.role is Role.GUEST for seat in room.lobby),
    "come_later": lambda room: {seat.id for seat in room.lobby if comes_in_later(room, seat)},
    "chairs_for": lambda room: {seat.id: chairs_offered(room, seat) for seat in room.lobby},
    "may_present": lambda room: {seat.id for seat in room.seats if may_present(room, seat)},
    "most_spoken": lambda room: max((seat.spoken_ms for seat in room.seats), default=0),
}
"""Each fact by the name that templates use."""

SENTENCES: dict[str, Callable[[Language, Room], Any]] = {
    "who_listens": who_listens,
    "last_page": last_page,
    "words": lambda language, room: {s.id: chair_words(language, room, s) for s in room.seats},
}
"""The facts that are words, by the name that templates use."""


class Facts(Context):
    """The variables of a template: those that it is given and, if it is given a room, its facts.

    A fact is computed when the template asks for it.
    """

    def resolve_or_missing(self, key: str) -> Any:
        # Any: each variable has its own type.
        if key in self.vars:
            return self.vars[key]
        if key in self.parent:
            return self.parent[key]
        if (room := self.parent.get("room")) is None:
            return missing
        if key in FACTS:
            self.parent[key] = FACTS[key](room)
        elif key in SENTENCES:
            self.parent[key] = SENTENCES[key](self.parent["language"], room)
        return self.parent.get(key, missing)
