"""The form that starts a circle: its fields, and their faults. Pure: `now` is given."""

import hmac
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from server.circle.circle import Circle, circle_name, described, known_format
from server.circle.fields import WrongFields
from server.circle.rhythm import Kind, Nth, Weekday
from server.circle.schedule import Wanted
from server.circle.schedule_changes import begin
from server.circle.schedule_form import wanted
from server.identity import new_circle_id
from server.room.formats.shipped import DEFAULT_FORMAT
from server.room.names import person_name
from server.room.refused import Reason, Refused

_Read = TypeVar("_Read")

EMPTY: Mapping[str, str] = {
    "circle_name": "",
    "your_name": "",
    "format": DEFAULT_FORMAT,
    "rhythm": Kind.NONE,
    "nth": Nth.FIRST,
    "weekday": Weekday.TUESDAY,
    "every": "4",
    "first_on": "",
    "dates": "",
    "at": "",
    "time_zone": "UTC",
}
"""The fields of the form that nobody has filled in."""


class NewCircle(NamedTuple):
    """What somebody asks for who starts a circle."""

    circle: Circle
    name: str
    """The founder's."""


def new_circle(form: Mapping[str, str], now: int, start_key: str | None) -> NewCircle:
    """The circle in these fields; raises WrongFields with all faults, in the order of the form."""
    faults: list[tuple[str, Reason]] = []

    def read(field: str, parse: Callable[[str], _Read]) -> _Read | None:
        try:
            return parse(form.get(field, ""))
        except Refused as refused:
            faults.append((field, refused.reason))
            return None

    name = read("circle_name", circle_name)
    your_name = read("your_name", person_name)
    plan = read("format", lambda typed: known_format(typed or DEFAULT_FORMAT))
    schedule: Wanted | None = None
    try:
        schedule = wanted(form, now)
    except WrongFields as wrong:
        faults += wrong.faults
    read("start_key", lambda typed: check_start_key(typed, start_key))
    if faults or not (name and your_name and plan and schedule):
        raise WrongFields(*faults)
    circle = described(new_circle_id(), name, plan, schedule.time_zone)
    return NewCircle(begin(circle, schedule, now), your_name)


def check_start_key(typed: str, key: str | None) -> None:
    """Raises Refused for a wrong key; None: the server asks for none."""
    if key is not None and not hmac.compare_digest(typed.encode(), key.encode()):
        raise Refused("not_allowed", "wrong_start_key")
