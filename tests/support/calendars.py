"""Calendars as programs get them: a reader of their text that knows no time zones."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from dateutil.rrule import rrulestr

WALL, EXACT = "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"


class Line(NamedTuple):
    """A content line: its name, its parameters as they stand, and its value."""

    name: str
    parameters: str
    value: str


class Component(NamedTuple):
    """A component with its lines and the components within it."""

    name: str
    lines: list[Line]
    within: list[Component]

    def all(self, name: str) -> list[str]:
        """The values of all lines of this name."""
        return [line.value for line in self.lines if line.name == name]

    def one(self, name: str) -> str:
        """The value of the only line of this name."""
        (value,) = self.all(name)
        return value

    def named(self, name: str) -> list[Component]:
        """The components of this name within this one."""
        return [each for each in self.within if each.name == name]


def read(body: bytes) -> Component:
    """The calendar in this file."""
    assert body.endswith(b"\r\n")
    lines = (_line(text) for text in body.decode().replace("\r\n ", "").split("\r\n")[:-1])
    assert next(lines) == ("BEGIN", "", "VCALENDAR")
    calendar = _component("VCALENDAR", lines)
    assert next(lines, None) is None
    return calendar


def _line(text: str) -> Line:
    before, _, value = text.partition(":")
    name, _, parameters = before.partition(";")
    return Line(name, parameters, value)


def _component(name: str, lines: Iterator[Line]) -> Component:
    found = Component(name, [], [])
    for line in lines:
        if line.name == "BEGIN":
            found.within.append(_component(line.value, lines))
        elif line.name == "END":
            assert line.value == name
            return found
        else:
            found.lines.append(line)
    raise AssertionError(f"{name} has no end")


class Onset(NamedTuple):
    """A moment in UTC from which an offset holds."""

    at: datetime
    offset: timedelta


def instant(event: Component, name: str, onsets: tuple[Onset, ...]) -> int:
    """The instant of an event's start or end (epoch ms), by the onsets of its VTIMEZONE."""
    value = event.one(name)
    if value.endswith("Z"):
        return _ms(datetime.strptime(value, EXACT))  # noqa: DTZ007 - in UTC
    wall = datetime.strptime(value, WALL)  # noqa: DTZ007 - on the wall clock
    possible = {wall - offset for _, offset in onsets}
    # Of two instants with this name the first one is meant (RFC 5545, 3.3.5), but some programs
    # take the second one: so there must be only one.
    (at,) = (at for at in possible if at + offset_at(onsets, at) == wall)
    return _ms(at)


def offset_at(onsets: tuple[Onset, ...], at: datetime) -> timedelta:
    """The offset at this moment in UTC, for which there must be an onset."""
    index = bisect_right(onsets, at, key=lambda onset: onset.at)
    assert index, "begins before every observance"
    return onsets[index - 1].offset


def onsets_of(timezone: Component, years: range) -> tuple[Onset, ...]:
    """All onsets of this VTIMEZONE until the end of these years, in order."""
    texts = tuple(
        tuple(
            "|".join(observance.all(name))
            for name in ("DTSTART", "RRULE", "TZOFFSETFROM", "TZOFFSETTO")
        )
        for observance in timezone.within
    )
    return _onsets(texts, years)


@lru_cache
def _onsets(observances: tuple[tuple[str, ...], ...], years: range) -> tuple[Onset, ...]:
    found = []
    for start, rrule, before, after in observances:
        begins = datetime.strptime(start, WALL)  # noqa: DTZ007 - on the wall clock
        walls = [begins]
        if rrule:
            repeated = rrulestr(rrule, dtstart=begins)
            assert repeated[0] == begins, "the first onset is none of its rule"
            # A year more at both ends, for the offset of their first and last days.
            first, last = datetime(years.start - 1, 1, 1), datetime(years.stop + 1, 1, 1)  # noqa: DTZ001 - as above
            walls += repeated.between(first, last)
        found += [Onset(wall - _offset(before), _offset(after)) for wall in walls]
    return tuple(sorted(found))


def _offset(text: str) -> timedelta:
    hours, minutes = int(text[1:3]), int(text[3:5])
    return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)


def _ms(at: datetime) -> int:
    return int(at.replace(tzinfo=UTC).timestamp()) * 1000
