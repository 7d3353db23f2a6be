"""What is kept of a circle, in words: one row for each kind of thing that Redis holds.

KEYS, FIELDS and DEADLINES give each key, field and deadline its kind. What they do not name is
shown as unknown, and a test fails for whatever store/keys.py lists without words here.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from server.circle.circle import Circle
from server.circle.erasing import IDLE_MONTHS
from server.circle.fields import date_of
from server.views.dates import day, day_and_time
from server.views.language import N_, Language

ERASED = N_("until the circle is erased")
CHANGED = N_("until you change it, or the circle is erased")
PERSON = N_("until the person leaves or is forgotten, or has not been here for {months} months")
DONE = N_("until it is done")


class KeptKind(NamedTuple):
    """A kind of thing that is kept."""

    words: str
    until: str
    since: str = ""
    """How its values tell since when there are any: `time` (epoch ms), `date` or `stamp`; empty:
    they do not."""
    counts: bool = False
    """Whether people want to know how many there are."""


KINDS: Mapping[str, KeptKind] = {
    "circle": KeptKind(
        N_("The circle: its name, format and time zone, its door, and counters of its links"),
        ERASED,
    ),
    "own": KeptKind(N_("The circle’s own format, with its texts"), CHANGED),
    "schedule": KeptKind(N_("When you meet, and which sessions were moved or cancelled"), CHANGED),
    "erase_at": KeptKind(N_("When the circle will be erased"), ERASED),
    "met": KeptKind(
        N_("The date from which we count the months without a session"),
        N_("until you meet again, or the circle is erased"),
        "date",
    ),
    "last": KeptKind(
        N_("How much of the last session has gone: three numbers, and when"),
        N_("until the next session, or the circle is erased"),
    ),
    "seat": KeptKind(N_("Chairs: a random number with a role, and no name"), PERSON, counts=True),
    "presented": KeptKind(
        N_("When a person last presented: never what"), PERSON, "time", counts=True
    ),
    "seen": KeptKind(N_("The month in which a person was last here"), PERSON, counts=True),
    "absent": KeptKind(
        N_("Dates on which a person cannot come: never why"),
        N_("until the date is past, or the person can come"),
        counts=True,
    ),
    "feed": KeptKind(N_("What a person has chosen about their calendar"), PERSON, counts=True),
    "register": KeptKind(
        N_("The register: dates, minutes, and who was there, with names"),
        N_("each session for as many months as the register says"),
    ),
    "pulse": KeptKind(
        N_(
            "How the last sessions felt, in words; while questions are open, the counts of answers"
            " and the chairs that have not answered"
        ),
        ERASED,
    ),
    "mail": KeptKind(
        N_("Addresses for reminders, sealed, and which mails were sent"),
        N_(
            "until the person stops them, leaves or is forgotten, or has not been here for {months}"
            " months, or their mail server has refused two mails for good"
        ),
        counts=True,
    ),
    "device": KeptKind(
        N_("A chair on its way to another device of its person"),
        N_("until two minutes after its code was shown"),
    ),
    "room": KeptKind(
        N_("The open session: the names in the room, hands, turns, the sentence on the stage"),
        N_("until half a minute after its end"),
        "stamp",
    ),
    "here": KeptKind(
        N_("Who has a page of the room open"), N_("until a minute after it is closed"), counts=True
    ),
    "due.pulse": KeptKind(N_("A time at which the questions after a session close"), DONE),
    "due.register": KeptKind(N_("A time at which a session leaves the register"), DONE),
    "due.reminder": KeptKind(N_("A time at which reminders may be due"), DONE),
    "due.room": KeptKind(N_("A time at which something is due in the room"), DONE),
    "due.erase": KeptKind(
        N_("A time at which the program looks whether to erase the circle"), DONE
    ),
    "due.leaving": KeptKind(
        N_("The erasure of a person, once they have left the room"),
        N_("until the session has ended, and their other window is closed"),
    ),
    "due.left": KeptKind(N_("The erasure of a person, which is not finished"), DONE),
}

KEYS: Mapping[str, str] = {
    ":room": "room",
    ":here": "here",
    ":pulse": "pulse",
    ":mail": "mail",
    ":device:": "device",
}
"""The kind of each key of a circle, by what follows its id; the circle itself has FIELDS. After a
colon at the end come further characters."""
COUNTED = (":here", ":mail")
"""The keys that have a field or member for each thing."""

FIELDS: Mapping[str, str] = {
    **dict.fromkeys(("name", "format", "time_zone", "links", "facilitator_links"), "circle"),
    **dict.fromkeys(("elsewhere", "door", "alone", "version", "schema"), "circle"),
    "own": "own",
    "schedule": "schedule",
    "erase_at": "erase_at",
    "met_on": "met",
    **dict.fromkeys(("last", "gone_at"), "last"),
    "seat:": "seat",
    "presented:": "presented",
    "seen:": "seen",
    "absent:": "absent",
    "feed:": "feed",
    "register": "register",
}
"""The kind of each field of a circle; a name that ends with a colon has a seat after it."""

DEADLINES: Mapping[str, str] = {
    kind: f"due.{kind}"
    for kind in ("room", "erase", "leaving", "left", "pulse", "register", "reminder")
}
"""The kind of a deadline, by its own kind. Those of the whole server name no circle."""


class Held(Protocol):
    """A key of a circle, as it was found (store/look.py)."""

    @property
    def key(self) -> str: ...
    @property
    def fields(self) -> Mapping[bytes, bytes]: ...
    @property
    def number(self) -> int: ...
    @property
    def until(self) -> int | None: ...


class Row(NamedTuple):
    """A kind of thing that is kept."""

    kind: str
    """The key of KINDS, or `unknown`."""
    words: str
    number: int
    since: str
    """In words; empty if that is not known."""
    until: str
    counts: bool


class Things:
    """What was found of one kind."""

    def __init__(self) -> None:
        self.number = 0
        self.since: list[str] = []


def rows(
    language: Language,
    circle_id: str,
    held: Iterable[Held],
    deadlines: Iterable[str],
) -> list[Row]:
    """What was found, in the order of KINDS; unknown things come last.

    `deadlines` are the kinds of those that name the circle.
    """
    found: dict[str, Things] = {}
    for one in held:
        for kind, number, value in _parts(one, one.key.partition(f"{{{circle_id}}}")[2]):
            things = found.setdefault(kind, Things())
            things.number += number
            since = _since(KINDS[kind].since if kind in KINDS else "", value)
            things.since += [since] if since else []
    for name in deadlines:
        found.setdefault(DEADLINES.get(name, f"due:{name}"), Things()).number += 1
    order = {kind: place for place, kind in enumerate(KINDS)}
    kinds = sorted(found, key=lambda kind: (order.get(kind, len(order)), kind))
    return [_row(language, kind, found[kind]) for kind in kinds]


def _parts(one: Held, suffix: str) -> Iterable[tuple[str, int, bytes]]:
    """The kind of each thing in this key, how many there are, and its value."""
    if suffix:
        kind = KEYS.get(suffix) or KEYS.get(suffix[: suffix.rfind(":") + 1], suffix)
        yield kind, one.number if suffix in COUNTED else 1, _stamp(one)
        return
    for name, value in one.fields.items():
        text = name.decode(errors="replace")
        head, colon, _seat = text.partition(":")
        yield FIELDS.get(head + colon, text if not colon else f"{head}:…"), 1, value


def _stamp(one: Held) -> bytes:
    return one.fields.get(b"stamp", b"")


def _row(language: Language, kind: str, things: Things) -> Row:
    _ = language.gettext
    since = ""
    if things.since:
        first = datetime.fromisoformat(min(things.since)).replace(tzinfo=UTC)
        since = _("since {day}").format(day=day(language, first.date()))
    if kind not in KINDS:
        words = _("Something that this release does not know: {name}").format(name=kind)
        until = _("until the circle is erased")
        return Row("unknown", words, things.number, since, until, counts=True)
    of = KINDS[kind]
    until = _(of.until).format(months=IDLE_MONTHS)
    return Row(kind, _(of.words), things.number, since, until, of.counts)


def expiry(language: Language, circle_id: str, held: Iterable[Held], zone: str) -> str:
    """When the circle itself expires, in words; empty if it does not."""
    for one in held:
        if one.key.endswith(f"{{{circle_id}}}") and one.until:
            return day_and_time(language, one.until, zone)
    return ""


def _since(how: str, value: bytes) -> str:
    """The ISO date in a value; empty if there is none."""
    text = value.decode(errors="replace").partition("." if how == "stamp" else "\n")[0]
    match how:
        case "time" | "stamp" if text.isascii() and text.isdigit() and int(text[:14]) > 0:
            return datetime.fromtimestamp(int(text[:14]) // 1000, UTC).date().isoformat()
        case "date" if date_of(text):
            return text
    return ""


def last_session(language: Language, circle: Circle, *, has_room: bool) -> str:
    """What has gone of the last session; empty if there was none since this is counted."""
    last, _ = circle.last, language.gettext
    if last is None:
        return ""
    parts = [
        _("the room"),
        language.ngettext("{count} name", "{count} names", last.names).format(count=last.names),
        language.ngettext("{count} prompt", "{count} prompts", last.prompts).format(
            count=last.prompts
        ),
        language.ngettext("{count} turn", "{count} turns", last.turns).format(count=last.turns),
    ]
    if circle.gone_at >= last.ended_at:
        sentence = _("Gone on {when}: {parts}.")
        return sentence.format(
            when=day_and_time(language, circle.gone_at, circle.time_zone),
            parts=language.listed(parts),
        )
    when = day_and_time(language, last.ended_at, circle.time_zone)
    if has_room:
        sentence = _("It ended on {when}. {parts}: the names have gone, the rest goes now.")
    else:
        sentence = _("It ended on {when}. Gone since then: {parts}.")
    return sentence.format(when=when, parts=language.listed(parts))


def outside(
    language: Language, retention_note: str | None, cookie_days: int, erased_days: int
) -> list[str]:
    """What no look at the circle's keys finds, most of it out of the program's reach."""
    _ = language.gettext
    backups = retention_note or _(
        "Backups of the server, if there are any. The people who run it have not said how long they"
        " keep them; please ask them."
    )
    return [
        _(
            "In your browser, a cookie with your name and your chair, for {days} days after your"
            " last visit."
        ).format(days=cookie_days),
        _(
            "On the server’s disk, the file of its database has what was erased until it is"
            " rewritten. The program asks for that after each session and each erasure; it takes"
            " about a minute."
        ),
        backups,
        _("Mails that were sent, in the mailboxes of those who asked for them."),
        _("Dates in calendars that have read the feed, or to which somebody has added them."),
        _(
            "After an erasure, a random-looking number for {days} days. By it the server knows what"
            " to erase again if a backup brings it back."
        ).format(days=erased_days),
    ]
