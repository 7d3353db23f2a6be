"""What people read of the circle's next session before its hour (room/coming.py)."""

from server.circle.rhythm import local_time
from server.room.coming import CANCELLED, MOVED, Coming
from server.views.dates import day, time_of_day, zone_name
from server.views.language import N_, Language


def next_session(language: Language, coming: Coming, days: int) -> str:
    """When it is, in one sentence; it is so many days away."""
    _ = language.gettext
    if not coming.starts_at:
        return _("No other session is planned yet.")
    facts = {**_when(language, coming, coming.starts_at), "zone": zone_name(language, coming.zone)}
    match days:
        case 0:
            return _("The next session is today at {time} ({zone}).").format(**facts)
        case 1:
            return _("The next session is tomorrow, {day}, at {time} ({zone}).").format(**facts)
    sentence = language.ngettext(
        "The next session is on {day} at {time} ({zone}), in {count} day.",
        "The next session is on {day} at {time} ({zone}), in {count} days.",
        days,
    )
    return sentence.format(**facts, count=days)


def session_date(language: Language, coming: Coming) -> str:
    """When it is, for people who see nothing that changes with the day."""
    facts = {**_when(language, coming, coming.starts_at), "zone": zone_name(language, coming.zone)}
    sentence = language.gettext("The next session is on {day} at {time} ({zone}).")
    return sentence.format(**facts)


def news(language: Language, coming: Coming) -> str:
    """What was changed shortly before a session; empty for nothing."""
    if not coming.news:
        return ""
    return language.gettext(NEWS[coming.news]).format(**_when(language, coming, coming.was))


def _when(language: Language, coming: Coming, at: int) -> dict[str, str]:
    """The day and the time of day of the circle."""
    on = local_time(at, coming.zone).date()
    return {"day": day(language, on), "time": time_of_day(language, at, coming.zone)}


NEWS = {
    CANCELLED: N_("The session on {day} at {time} is cancelled."),
    MOVED: N_("The session on {day} at {time} has been moved."),
}
