"""Who has presented how long ago, in words: by name where there is one, else as a count."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from server.circle.circle import Circle
from server.circle.rhythm import local_time
from server.room.state import Role, Room
from server.views.language import Language


class Presented(NamedTuple):
    """A row for one person, or for several without names."""

    who: str
    is_name: bool
    ago: str
    months: int | None
    """None: not yet."""


def presented(
    language: Language, circle: Circle, names: Mapping[str, str], now: int
) -> list[Presented]:
    """A row for each person who may present, the longest ago first.

    `names` has those that the circle may show (known_names). A time that is lost counts as none, as
    in the room.
    """
    today = local_time(now, circle.time_zone).date()
    ago = {seat: _months_ago(circle, seat, today) for seat in _presenters(circle)}
    named = [(months, names[seat]) for seat, months in ago.items() if seat in names]
    others = Counter(months for seat, months in ago.items() if seat not in names)
    rows = [
        Presented(name, True, _ago(language, months), months)
        for months, name in sorted(named, key=lambda row: (_order(row[0]), row[1].casefold()))
    ]
    for months in sorted(others, key=_order):
        count = others[months]
        sentence = language.ngettext("{count} person", "{count} people", count)
        who = sentence.format(count=count)
        rows.append(Presented(who, False, _ago(language, months), months))
    return sorted(rows, key=lambda row: _order(row.months))


def known_names(circle: Circle, room: Room | None) -> dict[str, str]:
    """The names by seat that a facilitator may see now: of people in the room, and of those in the
    register while it is on."""
    names: dict[str, str] = {}
    if circle.register.is_on:
        for row in circle.register.rows:
            names |= {person.seat: person.name for person in row.people}
    if room is not None:
        names |= {seat.id: seat.shown_name for seat in room.seats if seat.name}
    return names


def _presenters(circle: Circle) -> list[str]:
    """Members, and others who have presented. Where nobody leads, facilitators present as well."""
    may = {Role.MEMBER, Role.FACILITATOR} if circle.plan.peers else {Role.MEMBER}
    return [
        seat for seat, role in circle.roles.items() if role in may or circle.presented.get(seat)
    ]


def _months_ago(circle: Circle, seat: str, today: date) -> int | None:
    at = circle.presented.get(seat)
    if not at:
        return None
    then = local_time(at, circle.time_zone).date()
    return max(0, 12 * (today.year - then.year) + today.month - then.month)


def _order(months: int | None) -> float:
    return -float("inf") if months is None else -months


def _ago(language: Language, months: int | None) -> str:
    if months is None:
        return language.gettext("not yet")
    if months == 0:
        return language.gettext("this month")
    sentence = language.ngettext("{count} month ago", "{count} months ago", months)
    return sentence.format(count=months)
