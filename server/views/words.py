"""The words of pages: on chairs, in lists of people, of roles, dates and counts.

Pure functions for one language; the templates put their results into HTML.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

from server.circle.circle import Circle
from server.room.hearing import (
    may_be_heard,
    sitting_back,
)
from server.room.state import Role, Room, Seat
from server.views import dates
from server.views.language import N_, Language


def named(seat: Seat) -> Markup:
    """A name within a sentence, isolated because it may be right-to-left, and not translated."""
    name = f'<bdi translate="no">{escape(seat.shown_name)}</bdi>'
    return Markup(name)  # noqa: S704 - the name is escaped, the rest is ours


def names(language: Language, seats: Iterable[Seat]) -> Markup:
    """The names of these people, one after another."""
    listed = language.listed(map(named, seats))
    return Markup(listed)  # noqa: S704 - the names are escaped, the rest is ours


def role_name(language: Language, role: Role) -> str:
    """The role of a person, as a word on their chair."""
    _ = language.gettext
    match role:
        case Role.FACILITATOR:
            return _("facilitator")
        case Role.MEMBER:
            return _("member")
        case Role.OBSERVER:
            return _("observer")
        case Role.GUEST:
            return _("guest")


def chair_words(language: Language, room: Room, seat: Seat) -> str:
    """The words on a chair about its person, except a raised hand."""
    _ = language.gettext
    words = [] if seat.role is Role.MEMBER else [role_name(language, seat.role)]
    if seat.id == room.timekeeper:
        words.append(_("keeps the time"))
    if seat.id == room.stand_in:
        words.append(_("holds the room"))
    if seat.id == room.presenter:
        words.append(_("sitting back") if sitting_back(room) == seat.id else _("presenter"))
    if seat.outer:
        words.append(_("outer circle"))
    if seat.id == room.holder:
        words.append(_("speaking") if may_be_heard(room, seat) else _("next to speak"))
    if seat.away_since is not None:
        words.append(_("away"))
    if seat.in_two_tabs:
        words.append(_("in two windows"))
    return language.listed(words)


def hand_words(language: Language, place: int) -> str:
    """The words on a chair about a raised hand."""
    return language.gettext("hand raised ({place})").format(place=ordinal(language, place))


def person_words(language: Language, seat: Seat) -> str:
    """The words in the dock's list of people about a person."""
    _ = language.gettext
    words = [role_name(language, seat.role)]
    if seat.outer:
        words.append(_("outer circle"))
    if seat.away_since is not None:
        words.append(_("away"))
    if seat.in_two_tabs:
        words.append(_("in two windows"))
    if seat.bad_line:
        words.append(_("bad line"))
    return language.listed(words)


def case_words(language: Language, seat: Seat) -> str:
    """The words about a person who may present: their case, and when they last presented."""
    _ = language.gettext
    words = [last_presented(language, seat.presented_at)]
    if seat.offers_case:
        words.insert(0, _("may have a case"))
    elif seat.not_today:
        words.insert(0, _("not today"))
    return language.listed(words)


def last_presented(language: Language, at: int | None) -> str:
    """Says in which month somebody last presented (epoch ms)."""
    if at is None:
        return language.gettext("has not presented here yet")
    day = datetime.fromtimestamp(at / 1000, UTC)
    return language.gettext(PRESENTED_IN[day.month - 1]).format(year=day.year)


PRESENTED_IN = (
    N_("presented in January {year}"),
    N_("presented in February {year}"),
    N_("presented in March {year}"),
    N_("presented in April {year}"),
    N_("presented in May {year}"),
    N_("presented in June {year}"),
    N_("presented in July {year}"),
    N_("presented in August {year}"),
    N_("presented in September {year}"),
    N_("presented in October {year}"),
    N_("presented in November {year}"),
    N_("presented in December {year}"),
)


def people_known(language: Language, known: Mapping[Role, int]) -> str:
    """Says how many people a circle knows, by role."""
    count = sum(known.values())
    sentence = language.ngettext(
        "This circle knows {count} person: {roles}.",
        "This circle knows {count} people: {roles}.",
        count,
    )
    parts = [_counted(language, role, known[role]) for role in Role if known.get(role)]
    roles = language.listed_in_full(parts or [language.gettext("nobody")])
    return sentence.format(count=count, roles=roles)


def _counted(language: Language, role: Role, count: int) -> str:
    ngettext = language.ngettext
    match role:
        case Role.FACILITATOR:
            words = ngettext("{count} facilitator", "{count} facilitators", count)
        case Role.MEMBER:
            words = ngettext("{count} member", "{count} members", count)
        case Role.OBSERVER:
            words = ngettext("{count} observer", "{count} observers", count)
        case Role.GUEST:
            words = ngettext("{count} guest", "{count} guests", count)
    return words.format(count=count)


def people_forgotten(language: Language, count: int) -> str:
    """Says how many people a circle has just forgotten."""
    if not count:
        return language.gettext("Done. There was nobody to forget.")
    sentence = language.ngettext(
        "Done. {count} person has been forgotten.",
        "Done. {count} people have been forgotten.",
        count,
    )
    return sentence.format(count=count)


def erasure_day(language: Language, circle: Circle) -> str:
    """The day on which this circle will be erased."""
    return dates.day_of(language, circle.erase_at, circle.time_zone)


def erasure_time(language: Language, circle: Circle) -> str:
    """The same with its time."""
    return dates.day_and_time(language, circle.erase_at, circle.time_zone)


def ordinal(language: Language, number: int) -> str:
    """1st, 2nd, 3rd, 4th ..."""
    last = 0 if 10 <= number % 100 <= 20 else number % 10
    return language.gettext(ORDINALS.get(last, OTHER_ORDINALS)).format(number=number)


ORDINALS = {1: N_("{number}st"), 2: N_("{number}nd"), 3: N_("{number}rd")}
OTHER_ORDINALS = N_("{number}th")


# Any: each takes its own value.
WORDS: dict[str, Callable[[Language, Any], str]] = {
    "case_words": case_words,
    "hand_words": hand_words,
    "names": names,
    "erasure_day": erasure_day,
    "erasure_time": erasure_time,
    "people_forgotten": people_forgotten,
    "people_known": people_known,
    "person_words": person_words,
    "role_name": role_name,
}
"""The filters of templates that put a value into words."""
