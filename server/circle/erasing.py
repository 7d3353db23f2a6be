"""When a circle, or a seat in it, is erased: as a facilitator has asked, or by itself when nobody
has come for very long.

Decides, and owns the times; store/ erases.
"""

from datetime import UTC, date, datetime

from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.rhythm import DAY_MS
from server.room.refused import Refused
from server.room.typed import tidied

ERASE_DAYS = 7
"""How long people read that the circle will be erased, and a facilitator may keep it."""
IDLE_MONTHS = 13
"""Longer than a year, so that a circle that meets once a year stays."""
NOTICE_MONTHS = 2
"""So long before, the facilitators read that something will be erased by itself."""


def asked(circle: Circle, typed_name: str, now: int) -> Circle:
    """The circle that will be erased in a week; asked again, it stays at the first time.

    Raises Refused unless its name was typed, whatever the case of its letters.
    """
    if tidied(typed_name).casefold() != circle.name.casefold():
        raise Refused("invalid", "erase_name_differs", name=circle.name)
    return circle if circle.erase_at else replace(circle, erase_at=now + ERASE_DAYS * DAY_MS)


def taken_back(circle: Circle) -> Circle:
    """The circle that stays after all."""
    return replace(circle, erase_at=0)


def day_of(now: int) -> date:
    """The UTC date at this time (epoch ms)."""
    return datetime.fromtimestamp(now // 1000, UTC).date()


def month_of(now: int) -> str:
    """The month at this time, as `Circle.seen` has it."""
    return day_of(now).isoformat()[:7]


def is_due(circle: Circle, now: int) -> bool:
    """Whether the circle has to be erased by now."""
    if circle.erase_at:
        return circle.erase_at <= now
    idle_on = erased_if_idle_on(circle)
    return idle_on is not None and idle_on <= day_of(now)


def erased_if_idle_on(circle: Circle) -> date | None:
    """The date on which the circle is erased by itself, if it does not meet before."""
    return _months_after(circle.met_on, IDLE_MONTHS) if circle.met_on else None


def notice_on(circle: Circle) -> date | None:
    """The date from which its facilitators read that."""
    return _months_after(circle.met_on, IDLE_MONTHS - NOTICE_MONTHS) if circle.met_on else None


def idle_seats(circle: Circle, now: int) -> frozenset[str]:
    """The seats to erase, since they were last here in a month that ended 13 months ago.

    Also of all facilitators: their cookies expired long before, and the facilitator link leads in.
    What is known of a seat without a role is a remainder.
    """
    idle = {seat for seat in circle.roles if _months_away(circle, seat, now) > IDLE_MONTHS}
    return frozenset(idle | (circle.seen.keys() - circle.roles.keys()))


def nearly_idle_seats(circle: Circle, now: int) -> frozenset[str]:
    """The seats that will be erased within two months unless they come."""
    least = IDLE_MONTHS - NOTICE_MONTHS
    return frozenset(seat for seat in circle.roles if _months_away(circle, seat, now) > least)


def _months_away(circle: Circle, seat: str, now: int) -> int:
    """How many months after the one in which they were last here it is; 0 if that is unknown."""
    month = circle.seen.get(seat)
    return _number(month_of(now)) - _number(month) if month else 0


def _number(month: str) -> int:
    return 12 * int(month[:4]) + int(month[5:])


def _months_after(day: date, months: int) -> date:
    """The same day so many months later; where there is none, the first of the next month."""
    number = 12 * day.year + day.month - 1 + months
    try:
        return day.replace(year=number // 12, month=number % 12 + 1)
    except ValueError:
        return date((number + 1) // 12, (number + 1) % 12 + 1, 1)
