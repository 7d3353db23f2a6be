"""What the stage tells one person: the sentences of their attention, and whether it calls them."""

from typing import NamedTuple

from server.room.attention.table import Attention
from server.room.state import Room, Seat
from server.views.attention.sentences import SENTENCES, SIMPLE, Said
from server.views.attention.speaker import Speaker
from server.views.coming_words import next_session
from server.views.language import Language


class Voice(NamedTuple):
    """What the stage tells one person. People with equal values see the same."""

    attention: Attention
    lines: Said
    call: str
    """Why the page rings and its title says so: `mine` (it concerns this person), `door`, or ``."""
    asks_to_lead: bool
    """This person came by the facilitator link and waits for an answer."""
    session: str
    """When the next session is, while it is too early for it."""


def voice(language: Language, room: Room, me: Seat, attention: Attention, days: int = 0) -> Voice:
    """The sentences of this attention, for this person; `days` as in Moment."""
    its = Speaker(language, room, attention)
    if (simple := SIMPLE.get(attention.kind)) is not None:
        lines: Said = tuple(its.about(its.gettext(line)) for line in simple)
    else:
        lines = tuple(line for line in SENTENCES[attention.kind](its) if line)
    asks = me.by_facilitator_link and room.is_live
    coming = its.facts.coming
    session = next_session(language, coming, days) if coming else ""
    call = CALLS.get(attention.kind, "") if attention.actions else ""
    return Voice(attention, lines, call, asks, session)


CALLS = {
    "presenter_returns": "mine",
    "dropped_out": "mine",
    "will_you_present": "mine",
    "invited": "mine",
    "your_turn": "mine",
    "you_hold_floor": "mine",
    "may_hold_room": "mine",
    "would_lead": "mine",
    "door": "door",
}
"""The kinds that call a person who looks elsewhere."""
