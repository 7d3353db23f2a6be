"""When a circle meets, as a value: a rhythm, a pause, and what was done to single meetings.

Stored are a rhythm in local time and the circle's time zone, never the instants of what lies ahead.
meetings.py computes these, schedule_changes.py owns the changes, schedule_form.py the typed fields.

A change of schedule (rhythm, pause, time zone) affects only what lies ahead. So:
- The rhythm yields only what starts after `since`, the time of the last change. That change stored
  each earlier meeting in `singles`, with its start fixed, as far back as BACK_MS. No earlier
  rhythm is kept.
- Moved and cancelled meetings that lie ahead keep their date and local time under any rhythm. If
  the time zone changes, the same local time holds in the new zone.
- People count on the meetings of the next SOON_MS. So a change of schedule stores a single for each
  of them: as it was if it stays, with its earlier start if that changes, and as dropped if the
  schedule no longer has it. A dropped meeting is shown as cancelled, and takes place after all if a
  later change has it again at that date.
- A moved meeting covers any other that has its new date, planned or cancelled there, so that no
  date stands twice. Moving onto a meeting that takes place is refused; but a later rhythm may have
  a date to which a meeting has been moved, and then the moved one stands for both.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field

from server.circle.rhythm import DAY_MS, Rhythm

AHEAD_DAYS = 366
"""How far ahead meetings are shown, and may be typed."""
AHEAD_MS = AHEAD_DAYS * DAY_MS
BACK_MS = 93 * DAY_MS
"""How far back meetings are kept."""
SOON_MS = 14 * DAY_MS
"""How far ahead people count on a meeting, so that a change of it is announced."""
MAX_DATES = 60
"""Of a rhythm of dates by hand."""
MAX_SINGLES = 120
"""How many single meetings people may have changed, counting those that a change of schedule
stores. The latter are never refused; there are at most about 110."""

PLANNED, MOVED, CANCELLED = "planned", "moved", "cancelled"
"""The states of a Meeting."""


class Meeting(NamedTuple):
    """One computed meeting."""

    date: date
    """The original local date, its identity for ever."""
    starts_at: int
    """Epoch ms."""
    ends_at: int
    """Epoch ms."""
    state: str
    """PLANNED, MOVED or CANCELLED."""
    sequence: int
    """Raised by each change of this meeting, for calendars."""
    changed_at: int
    """When it was last changed (epoch ms); 0 if never."""


class Fate(StrEnum):
    """What has become of a single meeting."""

    PLANNED = "planned"
    """It takes place as the rhythm has it, and has been changed before."""
    MOVED = "moved"
    CANCELLED = "cancelled"
    DROPPED = "dropped"
    """A change of schedule left it out at short notice; shown as cancelled."""


class Single(Struct, frozen=True, omit_defaults=True):
    """What is stored of a single meeting."""

    fate: Fate
    sequence: int
    changed_at: int
    """When it was last changed (epoch ms); 0 if never."""
    to: datetime | None = None
    """The naive local time to which it was moved, or at which it was cancelled or dropped; None:
    the rhythm's time."""
    fixed_at: int = 0
    """Its start (epoch ms), if it was already past when the schedule changed; 0: by `to` or by the
    rhythm."""
    was: int = 0
    """When it would have started (epoch ms) before its last change; 0 if it is new."""


class Schedule(Struct, frozen=True, omit_defaults=True):
    """When a circle meets, in its own time zone."""

    rhythm: Rhythm = Rhythm()
    pause_until: date | None = None
    """The first local date on which the circle meets again; None: no pause. Until then there are no
    meetings but those that were moved or cancelled, or left out at short notice."""
    since: int = 0
    """The rhythm yields only starts after this (epoch ms)."""
    sequence: int = 0
    """Higher than the sequence of each meeting before the last change of schedule or of the length
    of meetings; 0 if there was none since the circle was started. It identifies the schedule that a
    person saw."""
    changed_at: int = 0
    """The time of that change (epoch ms); 0 if there was none."""
    singles: Mapping[date, Single] = field(default_factory=dict)
    """By original local date."""

    def has(self, day: date) -> bool:
        """Whether the rhythm has this local date, and the pause is over by then."""
        return self.rhythm.has(day) and not self.is_paused(day)

    def is_paused(self, day: date) -> bool:
        return self.pause_until is not None and day < self.pause_until


class Wanted(NamedTuple):
    """What a change of schedule asks for (schedule_form.wanted)."""

    rhythm: Rhythm
    pause_until: date | None
    time_zone: str
