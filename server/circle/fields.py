"""Typed fields: a choice, a date, a time of day, and the refusal that names each wrong one."""

import re
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar

from server.room.refused import Reason, Refused, reason

Choice = TypeVar("Choice", bound=StrEnum)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::00)?")


class WrongFields(Refused):
    """Typed fields that cannot be used, with at least one fault."""

    def __init__(self, *faults: tuple[str, Reason]) -> None:
        first = faults[0][1]
        super().__init__("invalid", first.id, **first.facts)
        self.faults = faults
        """The name of each wrong field, and why, in the order of the form."""


def typed_start(text: str) -> datetime:
    """A typed local date and time, `YYYY-MM-DDTHH:MM`; raises WrongFields about the field `to`."""
    day, _, at = text.strip().partition("T")
    parsed_day, parsed_time = date_of(day), time_of(at)
    if parsed_day is None or parsed_time is None:
        raise WrongFields(("to", reason("move_unreadable")))
    return datetime.combine(parsed_day, parsed_time)


def choice_of(kind: type[Choice], typed: str) -> Choice | None:
    return next((choice for choice in kind if choice == typed.strip()), None)


def date_of(typed: str) -> date | None:
    """A date that exists, of the form YYYY-MM-DD."""
    try:
        return date.fromisoformat(typed) if _DATE.fullmatch(typed) else None
    except ValueError:
        return None


def time_of(typed: str) -> time | None:
    """A time of day, of the form HH:MM. Some browsers add seconds of 00."""
    found = _TIME.fullmatch(typed)
    try:
        return time(int(found[1]), int(found[2])) if found else None
    except ValueError:
        return None
