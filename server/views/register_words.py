"""The words of the register and of the certificate of hours."""

from collections.abc import Iterable
from datetime import date

from server.circle.register import Hours, Register
from server.room.state import Role
from server.views.language import N_, Language
from server.views.words import role_name

OFF = N_(
    "Off. If your members need hours for their profession, the circle can keep dates, minutes and"
    " names. Everybody is told at the door."
)
"""For facilitators, beside the switch."""
ON = N_("On. It applies from the next session.")
ON_LATER = N_(
    "On. The open room is not counted, so it applies when the room is next opened. If today's"
    " session should count, end it in the room and open it again."
)
SWITCHED_OFF = N_("Off. Nothing more is entered, nor is a session that is running now.")
OUT = N_("You are out of the register, also for later sessions.")
IN = N_("You are in the register again from the next session on.")
GENUINE = N_("This certificate is genuine. It says:")
NOT_GENUINE = N_(
    "This is no certificate of ours, or it was changed. Please scan its code again, or ask for the"
    " original."
)


def kept_words(language: Language, register: Register) -> str:
    """What everybody reads at the door and on the circle's page while the register is on."""
    sentence = language.ngettext(
        "This circle keeps a register for {count} month: dates, minutes, and who was there. Never"
        " what was said, nor who presented. You can take yourself out at any time.",
        "This circle keeps a register for {count} months: dates, minutes, and who was there. Never"
        " what was said, nor who presented. You can take yourself out at any time.",
        register.months,
    )
    return sentence.format(count=register.months)


def state_words(language: Language, register: Register) -> str:
    """What the register is at the moment: on, off, or off with sessions that are still kept."""
    if register.is_on:
        return kept_words(language, register)
    if not register.rows:
        return language.gettext(OFF)
    sentence = language.ngettext(
        "The register is off. Each session in it is kept for {count} month.",
        "The register is off. Each session in it is kept for {count} months.",
        register.months,
    )
    return sentence.format(count=register.months)


def hours_words(language: Language, hours: Iterable[Hours]) -> str:
    """How many sessions a person attended, and for how long in all."""
    minutes = [each.minutes for each in hours]
    if not minutes:
        return language.gettext("no sessions yet")
    sentence = language.ngettext(
        "{count} session, {time}", "{count} sessions, {time}", len(minutes)
    )
    return sentence.format(count=len(minutes), time=time_words(language, sum(minutes)))


def time_words(language: Language, minutes: int) -> str:
    """A length of time in hours and minutes."""
    whole, rest = divmod(minutes, 60)
    if not whole:
        sentence = N_("{minutes} min")
    elif not rest:
        sentence = N_("{hours} h")
    else:
        sentence = N_("{hours} h {minutes} min")
    return language.gettext(sentence).format(hours=language.number(whole), minutes=rest)


def date_words(language: Language, on: date) -> str:
    """A date on a certificate, which needs no weekday."""
    return language.gettext(DATES[on.month - 1]).format(day=on.day, year=on.year)


DATES = (
    N_("{day} January {year}"),
    N_("{day} February {year}"),
    N_("{day} March {year}"),
    N_("{day} April {year}"),
    N_("{day} May {year}"),
    N_("{day} June {year}"),
    N_("{day} July {year}"),
    N_("{day} August {year}"),
    N_("{day} September {year}"),
    N_("{day} October {year}"),
    N_("{day} November {year}"),
    N_("{day} December {year}"),
)
"""By month."""


def csv_columns(language: Language) -> tuple[str, str, str, str]:
    """The first line of the register as CSV."""
    _ = language.gettext
    return _("Date"), _("Minutes"), _("Name"), _("Role")


def csv_roles(language: Language) -> dict[str, str]:
    """The words for roles in it."""
    return {str(role): role_name(language, role) for role in Role}
