"""The typed fields of a schedule, parsed and checked, and a schedule as fields.

Owns their names: rhythm, nth, weekday, every, first_on, dates, at, time_zone, pause_until. Fields
that a rhythm does not use are ignored, whatever they hold. fields.py parses one field.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta

from msgspec.structs import replace

from server.circle.circle import TIME_ZONES, UTC, Circle
from server.circle.fields import WrongFields, choice_of, date_of, time_of
from server.circle.rhythm import EVERY, Kind, Nth, Rhythm, Weekday, instant, is_skipped, local_time
from server.circle.schedule import AHEAD_DAYS, MAX_DATES, Wanted
from server.room.refused import Reason, reason

FIELDS = (
    "rhythm",
    "nth",
    "weekday",
    "every",
    "first_on",
    "dates",
    "at",
    "time_zone",
    "pause_until",
)
"""The names of the fields."""

LONGEST_DATES = 40 * MAX_DATES
"""Characters; more are not read."""

Found = Callable[[str, Reason], None]
"""Notes a fault: the name of its field, and why."""

_BETWEEN = re.compile(r"[\s,;]+")


def wanted(fields: Mapping[str, str], now: int, circle: Circle | None = None) -> Wanted:
    """The schedule in these fields; raises WrongFields with all faults.

    `circle` has a schedule already; None: it is about to be started. Then the time zone is a
    browser's guess, and UTC replaces an unknown one. Later a person chooses it: an unknown one is
    refused, and a missing one leaves it as it is.
    """
    faults: list[tuple[str, Reason]] = []

    def fault(field: str, why: Reason) -> None:
        faults.append((field, why))

    zone = _time_zone(fields, circle, fault)
    today = local_time(now, zone).date()
    rhythm = _rhythm(fields, fault)
    plan = Wanted(rhythm, _pause(fields, today, circle, fault), zone)
    if not faults:
        plan = plan._replace(rhythm=_validated(plan, circle, now, fault))
    if not faults:
        _check_start(plan, circle, now, fault)
    if faults:
        raise WrongFields(*faults)
    return plan


def fields_of(circle: Circle, now: int) -> dict[str, str]:
    """The fields of the form with the circle's schedule: what `wanted` reads as no change."""
    rhythm, pause = circle.schedule.rhythm, circle.schedule.pause_until
    today = local_time(now, circle.time_zone).date()
    ahead = (day.isoformat() for day in rhythm.dates if day >= today)
    return {
        "rhythm": rhythm.kind.value,
        "nth": rhythm.nth.value,
        "weekday": rhythm.weekday.value,
        "every": str(rhythm.every),
        "first_on": rhythm.first_on.isoformat() if rhythm.first_on else "",
        "dates": " ".join(ahead),
        "at": "" if rhythm.kind is Kind.NONE else f"{rhythm.at:%H:%M}",
        "time_zone": circle.time_zone,
        "pause_until": pause.isoformat() if pause and pause > today else "",
    }


def _time_zone(fields: Mapping[str, str], circle: Circle | None, fault: Found) -> str:
    typed = fields.get("time_zone", "").strip()
    if typed in TIME_ZONES:
        return typed
    if circle is None:
        return UTC
    if typed:
        fault("time_zone", reason("time_zone_unknown"))
    return circle.time_zone


def _rhythm(fields: Mapping[str, str], fault: Found) -> Rhythm:
    """The rhythm in the fields; one with a fault is of no use."""
    kind = choice_of(Kind, fields.get("rhythm") or Kind.NONE)
    if kind is None:
        fault("rhythm", reason("rhythm_unknown"))
        return Rhythm()
    if kind is Kind.NONE:
        return Rhythm()
    nth, weekday, every, first_on = Nth.FIRST, Weekday.MONDAY, 1, None
    dates: tuple[date, ...] = ()
    if kind is Kind.MONTH:
        nth, weekday = _of_month(fields, fault)
    elif kind is Kind.WEEKS:
        every, first_on = _of_weeks(fields, fault)
    else:
        dates = _dates(fields.get("dates", ""), fault)
    return Rhythm(kind, nth, weekday, every, first_on, dates, _at(fields, fault))


def _of_month(fields: Mapping[str, str], fault: Found) -> tuple[Nth, Weekday]:
    nth, weekday = (
        choice_of(Nth, fields.get("nth", "")),
        choice_of(Weekday, fields.get("weekday", "")),
    )
    if nth is None:
        fault("nth", reason("nth_unknown"))
    if weekday is None:
        fault("weekday", reason("weekday_unknown"))
    return nth or Nth.FIRST, weekday or Weekday.MONDAY


def _of_weeks(fields: Mapping[str, str], fault: Found) -> tuple[int, date | None]:
    every = next((weeks for weeks in EVERY if str(weeks) == fields.get("every", "").strip()), None)
    if every is None:
        fault("every", reason("every_unknown"))
    typed = fields.get("first_on", "").strip()
    first_on = date_of(typed)
    if not typed:
        fault("first_on", reason("first_on_missing"))
    elif first_on is None:
        fault("first_on", reason("first_on_no_date"))
    return every or 1, first_on


def _dates(text: str, fault: Found) -> tuple[date, ...]:
    found: list[date] = []
    words = [word for word in _BETWEEN.split(text[:LONGEST_DATES]) if word]
    if not words:
        fault("dates", reason("dates_missing"))
    if len(words) > MAX_DATES or len(text) > LONGEST_DATES:
        fault("dates", reason("dates_too_many", most=MAX_DATES))
        return ()
    for word in words:
        day = date_of(word)
        if day is None:
            fault("dates", reason("dates_no_date", typed=word[:20]))
            return ()
        if day in found:
            fault("dates", reason("dates_twice", date=day.isoformat()))
            return ()
        found.append(day)
    return tuple(sorted(found))


def _at(fields: Mapping[str, str], fault: Found) -> time:
    typed = fields.get("at", "").strip()
    parsed = time_of(typed)
    if not typed:
        fault("at", reason("at_missing"))
    elif parsed is None:
        fault("at", reason("at_no_time"))
    return parsed or time()


def _pause(
    fields: Mapping[str, str], today: date, circle: Circle | None, fault: Found
) -> date | None:
    """The end of the pause. One that has ended counts as none if the circle has it."""
    typed = fields.get("pause_until", "").strip()
    if not typed:
        return None
    until = date_of(typed)
    if until is None:
        fault("pause_until", reason("pause_no_date"))
    elif until <= today:
        if not circle or circle.schedule.pause_until != until:
            fault("pause_until", reason("pause_past"))
        return None
    elif (until - today).days > AHEAD_DAYS:
        fault("pause_until", reason("pause_too_far"))
    return until


def _validated(plan: Wanted, circle: Circle | None, now: int, fault: Found) -> Rhythm:
    """The rhythm without dates that are past; notes a fault for those that were typed just now, for
    dates too far ahead, and for a first coming start that the clocks skip."""
    rhythm, held = plan.rhythm, circle.schedule.rhythm if circle else Rhythm()
    last = local_time(now, plan.time_zone).date() + timedelta(days=AHEAD_DAYS)

    def is_past(day: date) -> bool:
        return instant(datetime.combine(day, rhythm.at), plan.time_zone) <= now

    if rhythm.kind is Kind.WEEKS and rhythm.first_on and rhythm.first_on != held.first_on:
        if is_past(rhythm.first_on):
            fault("first_on", reason("first_on_past"))
        elif rhythm.first_on > last:
            fault("first_on", reason("first_on_too_far"))
    if past := [day for day in rhythm.dates if is_past(day)]:
        if typed := [day for day in past if day not in held.dates]:
            fault("dates", reason("dates_past", date=typed[0].isoformat()))
        rhythm = replace(rhythm, dates=rhythm.dates[len(past) :])
    if rhythm.dates and rhythm.dates[-1] > last:
        fault("dates", reason("dates_too_far", date=rhythm.dates[-1].isoformat()))
    return rhythm


def _check_start(plan: Wanted, circle: Circle | None, now: int, fault: Found) -> None:
    """Notes a fault if the clocks skip the first coming start, or any of dates by hand. Later ones
    are not refused: nobody types them, and they start right after the gap (rhythm.instant)."""
    rhythm, zone = plan.rhythm, plan.time_zone
    if circle and (rhythm, zone) == (circle.schedule.rhythm, circle.time_zone):
        return
    today = local_time(now, zone).date()
    for day in rhythm.between(today, today + timedelta(days=AHEAD_DAYS)):
        local = datetime.combine(day, rhythm.at)
        is_paused = plan.pause_until is not None and day < plan.pause_until
        if instant(local, zone) <= now or is_paused:
            continue
        if is_skipped(local, zone):
            fault("at", reason("start_skipped", date=day.isoformat(), at=f"{local:%H:%M}"))
            return
        if rhythm.kind is not Kind.DATES:
            return
