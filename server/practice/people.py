"""The eight simulated members of a practice room: their names and habits, as data.

Each is named "cloud" in some language, so that nobody takes them for a person.
"""

import math
from typing import NamedTuple

from server.practice.member import Do, Habit
from server.room.state import ENDED

FOR_EVER = (math.inf, math.inf)

SETTLED = (
    Habit(Do.GO, (1, 3), (ENDED,), away_s=FOR_EVER),
    # While nobody leads, the group waits: so this is before all other habits.
    Habit(Do.GO, (60, 63), away_s=FOR_EVER),
    Habit(Do.PRESENT, (1, 2.5)),
    Habit(Do.ASK_RETURN, (9, 15), ("reflection",), times=1),
)
"""The habits of all members."""

SPEAKS = (
    Habit(Do.YIELD, (1.3, 2.4), ("arrival",)),
    Habit(Do.YIELD, (10, 16), ("presentation",)),
    Habit(Do.YIELD, (2, 4), ("questions",)),
    Habit(Do.YIELD, (3, 6), ("reflection",)),
    Habit(Do.YIELD, (4, 7), ("response",)),
    Habit(Do.YIELD, (0.6, 1.2), ("closing",)),
    Habit(Do.YIELD, (2, 4)),
)
"""How long they speak before they press *Yield*."""

ASKS = (Habit(Do.RAISE_HAND, (1, 9), ("questions",), times=1),)
WONDERS = (
    Habit(Do.RAISE_HAND, (4, 24), ("reflection",), times=2),
    Habit(Do.RAISE_HAND, (8, 12), ("response",), times=1),
    Habit(Do.LOWER_HAND, (12, 20), ("reflection", "response")),
)
HAS_A_CASE = (Habit(Do.OFFER_CASE, (1.5, 5), ("call",), times=1),)
PASSES = (Habit(Do.PASS, (0.8, 1.6), ("arrival",)),)
DROPS_OUT = (Habit(Do.DROP_OUT, (5, 9), ("reflection",), times=1, away_s=(8, 12)),)
DECLINES = (Habit(Do.NOT_NOW, (4, 8)),)
"""Declines a private invitation, if they do not raise a hand before."""


class Manner(NamedTuple):
    """A simulated member: a name and habits."""

    name: str
    habits: tuple[Habit, ...]


CAST = (
    Manner("Kumo", (*SETTLED, *SPEAKS, *ASKS, *WONDERS, *DECLINES)),
    Manner("Nube", (*SETTLED, *HAS_A_CASE, *SPEAKS, *ASKS, *DECLINES)),
    Manner("Bulut", (*SETTLED, *PASSES, *SPEAKS, *ASKS, *DECLINES)),
    Manner("Wingu", (*SETTLED, *SPEAKS, *WONDERS, *DECLINES)),
    Manner("Pilvi", (*SETTLED, *DROPS_OUT, *SPEAKS, *ASKS, *DECLINES)),
    Manner("Megh", (*SETTLED, *HAS_A_CASE, *SPEAKS, *WONDERS, *DECLINES)),
    Manner("Oblak", (*SETTLED, *SPEAKS, *DECLINES)),
    Manner("Ghaym", (*SETTLED, *SPEAKS, *ASKS, *WONDERS, *DECLINES)),
)
"""The names are Japanese, Spanish, Turkish, Swahili, Finnish, Bengali, Croatian and Arabic."""
