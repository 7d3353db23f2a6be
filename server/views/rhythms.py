"""The rhythm of a circle as one sentence, such as “Every first Tuesday of the month at 19:00”.

Each sentence is whole: in other languages the number agrees with the weekday.
"""

from server.views.dates import clock_time
from server.views.language import N_, Language


def no_rhythm(language: Language) -> str:
    """For a circle that has none yet."""
    return language.gettext("No rhythm yet")


def every_month(language: Language, nth: str, weekday: str, at: str) -> str:
    """`nth` is `1` to `4` or `last`, `weekday` is `mo` to `su`, `at` is `HH:MM`."""
    sentence = language.gettext(MONTHLY[nth][WEEKDAY_KEYS.index(weekday)])
    return sentence.format(time=clock_time(language, at))


def every_weeks(language: Language, every: int, weekday: str, at: str) -> str:
    """`every` is 1, 2 or 4 weeks; the others as in `every_month`."""
    sentence = language.gettext(WEEKLY[every][WEEKDAY_KEYS.index(weekday)])
    return sentence.format(time=clock_time(language, at))


def on_dates(language: Language, at: str) -> str:
    """For dates that are chosen by hand."""
    sentence = language.gettext("On chosen dates at {time}")
    return sentence.format(time=clock_time(language, at))


WEEKDAY_KEYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
"""The keys of weekdays, in the order of `date.weekday()`."""

MONTHLY = {
    "1": (
        N_("Every first Monday of the month at {time}"),
        N_("Every first Tuesday of the month at {time}"),
        N_("Every first Wednesday of the month at {time}"),
        N_("Every first Thursday of the month at {time}"),
        N_("Every first Friday of the month at {time}"),
        N_("Every first Saturday of the month at {time}"),
        N_("Every first Sunday of the month at {time}"),
    ),
    "2": (
        N_("Every second Monday of the month at {time}"),
        N_("Every second Tuesday of the month at {time}"),
        N_("Every second Wednesday of the month at {time}"),
        N_("Every second Thursday of the month at {time}"),
        N_("Every second Friday of the month at {time}"),
        N_("Every second Saturday of the month at {time}"),
        N_("Every second Sunday of the month at {time}"),
    ),
    "3": (
        N_("Every third Monday of the month at {time}"),
        N_("Every third Tuesday of the month at {time}"),
        N_("Every third Wednesday of the month at {time}"),
        N_("Every third Thursday of the month at {time}"),
        N_("Every third Friday of the month at {time}"),
        N_("Every third Saturday of the month at {time}"),
        N_("Every third Sunday of the month at {time}"),
    ),
    "4": (
        N_("Every fourth Monday of the month at {time}"),
        N_("Every fourth Tuesday of the month at {time}"),
        N_("Every fourth Wednesday of the month at {time}"),
        N_("Every fourth Thursday of the month at {time}"),
        N_("Every fourth Friday of the month at {time}"),
        N_("Every fourth Saturday of the month at {time}"),
        N_("Every fourth Sunday of the month at {time}"),
    ),
    "last": (
        N_("Every last Monday of the month at {time}"),
        N_("Every last Tuesday of the month at {time}"),
        N_("Every last Wednesday of the month at {time}"),
        N_("Every last Thursday of the month at {time}"),
        N_("Every last Friday of the month at {time}"),
        N_("Every last Saturday of the month at {time}"),
        N_("Every last Sunday of the month at {time}"),
    ),
}
"""By `nth` and weekday."""

WEEKLY = {
    1: (
        N_("Every Monday at {time}"),
        N_("Every Tuesday at {time}"),
        N_("Every Wednesday at {time}"),
        N_("Every Thursday at {time}"),
        N_("Every Friday at {time}"),
        N_("Every Saturday at {time}"),
        N_("Every Sunday at {time}"),
    ),
    2: (
        N_("Every two weeks on Monday at {time}"),
        N_("Every two weeks on Tuesday at {time}"),
        N_("Every two weeks on Wednesday at {time}"),
        N_("Every two weeks on Thursday at {time}"),
        N_("Every two weeks on Friday at {time}"),
        N_("Every two weeks on Saturday at {time}"),
        N_("Every two weeks on Sunday at {time}"),
    ),
    4: (
        N_("Every four weeks on Monday at {time}"),
        N_("Every four weeks on Tuesday at {time}"),
        N_("Every four weeks on Wednesday at {time}"),
        N_("Every four weeks on Thursday at {time}"),
        N_("Every four weeks on Friday at {time}"),
        N_("Every four weeks on Saturday at {time}"),
        N_("Every four weeks on Sunday at {time}"),
    ),
}
"""By number of weeks and weekday."""
