"""Reminders by mail: what a circle keeps of a person who asked for them, and which mails are due.

Pure: `now` is given, and addresses are sealed by mail/. Each mail has a key, which is noted before
the mail is sent: so it is sent once at most, whatever ends the process that sends it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from server.circle.absences import is_absent
from server.circle.circle import Circle
from server.circle.fields import WrongFields
from server.circle.meetings import Change, changed_late, meetings
from server.circle.rhythm import DAY_MS, HOUR_MS
from server.circle.schedule import CANCELLED, SOON_MS, Meeting
from server.room.refused import reason
from server.room.state import NewerSchema

SCHEMA = 1
LATE_MS = 2 * HOUR_MS
"""A mail that could not be sent by then is of no use any more."""
MOST_REFUSALS = 2
"""After so many permanent refusals in a row the address is erased."""
MARKS_KEPT_MS = 31 * DAY_MS
"""Longer than anything is due after the time in its key."""
MAX_ADDRESS = 254
LATEST_LOOK_MS = DAY_MS
"""A circle with reminders is looked at each day, so no look reads more than the next two."""

DAY, HOUR, CHANGED = "day", "hour", "change"
"""The kinds of mails."""

_LOCAL = re.compile(r"(?!=\?)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
"""Not `=?`, which begins an encoded word in a header: the library would decode it, or raise."""
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
MAX_LOCAL = 64


class Mark(Struct, frozen=True, array_like=True):
    """A mail that somebody has begun to send, or that was dropped."""

    mail: str
    """Its key."""
    claim: str
    """A random mark of the process that has taken it upon itself."""


class Reminder(Struct, frozen=True, omit_defaults=True):
    """One person's reminders."""

    sealed: str
    """Their address, which only the server's key opens."""
    asked_at: int
    """When they asked (epoch ms)."""
    confirmed_at: int
    """When they confirmed the address (epoch ms): nothing earlier is mailed to them."""
    day_before: bool = True
    hour_before: bool = True
    base: str = ""
    """The beginning of links; empty: PUBLIC_URL."""
    refusals: int = 0
    """How often in a row the mail server has refused this address for good."""
    marks: tuple[Mark, ...] = ()
    schema: int = SCHEMA


class Due(NamedTuple):
    """One mail to one person."""

    kind: str
    """DAY, HOUR or CHANGED."""
    at: int
    """From when on it is sent (epoch ms)."""
    until: int
    """Later it is dropped (epoch ms)."""
    time: int
    """What it is about: the start of the meeting, or when the change was made (epoch ms)."""
    meeting: Meeting | None = None
    """Of a reminder."""
    changes: tuple[Change, ...] = ()
    """Of one change, in the order of the meetings."""

    @property
    def key(self) -> str:
        """The same mail has the same key."""
        return f"{self.kind}.{self.time}"


_decoder = msgspec.json.Decoder(Reminder)


def encode(reminder: Reminder) -> str:
    """Its text in Redis. The schema is always in it."""
    return msgspec.json.encode({"schema": SCHEMA, **msgspec.to_builtins(reminder)}).decode()


def decode(text: bytes) -> Reminder:
    """Raises NewerSchema, or msgspec.MsgspecError for anything else."""
    if msgspec.json.decode(text, type=_Schema).schema > SCHEMA:
        raise NewerSchema
    return _decoder.decode(text)


class _Schema(Struct):
    schema: int = SCHEMA


def mail_address(typed: str) -> str:
    """A typed address, with its domain as mail servers read it; raises WrongFields about `address`.

    One address, of printable ASCII before the @: nothing else goes through every mail server, and
    nothing else may stand in a header.
    """
    local, _, domain = typed.strip().rpartition("@")
    if not local and not domain:
        raise WrongFields(("address", reason("address_empty")))
    if len(domain) > MAX_ADDRESS:
        # IDNA normalizes it, in a time that grows with the square of its length.
        raise WrongFields(("address", reason("address_unreadable")))
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        domain = ""
    labels = domain.split(".")
    is_domain = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    address = f"{local}@{domain}"
    if not (is_domain and _LOCAL.fullmatch(local)) or len(local) > MAX_LOCAL:
        raise WrongFields(("address", reason("address_unreadable")))
    if len(address) > MAX_ADDRESS:
        raise WrongFields(("address", reason("address_unreadable")))
    return address


def due(circle: Circle, seat: str, reminder: Reminder, now: int) -> tuple[Due, ...]:
    """The mails whose time has come and that nobody has taken upon themselves, late ones too."""
    noted = {mark.mail for mark in reminder.marks}
    return tuple(
        mail
        for mail in _mails(circle, seat, reminder, now)
        if mail.at <= now and mail.key not in noted
    )


def next_look(circle: Circle, reminders: Mapping[str, Reminder], now: int) -> int | None:
    """When the next mail to one of these seats is due, or the next look; None without any."""
    mails = (mail for seat, one in reminders.items() for mail in _mails(circle, seat, one, now))
    ahead = [mail.at for mail in mails if mail.at > now]
    return min([*ahead, now + LATEST_LOOK_MS]) if reminders else None


def noted(reminder: Reminder, mail: Due, claim: str, now: int) -> Reminder:
    """The reminder with a mark of this mail, without those of long ago."""
    recent = (mark for mark in reminder.marks if _time_in(mark.mail) > now - MARKS_KEPT_MS)
    return replace(reminder, marks=(*recent, Mark(mail.key, claim)))


def refused(reminder: Reminder) -> Reminder | None:
    """The reminder after a permanent refusal; None: the address is to be erased."""
    refusals = reminder.refusals + 1
    return None if refusals >= MOST_REFUSALS else replace(reminder, refusals=refusals)


def accepted(reminder: Reminder) -> Reminder:
    """The reminder after the mail server has taken a mail."""
    return replace(reminder, refusals=0)


def _time_in(key: str) -> int:
    return int(key.rpartition(".")[2])


def _mails(circle: Circle, seat: str, reminder: Reminder, now: int) -> Iterable[Due]:
    """All mails to this person that lie ahead or have not been forgotten yet.

    Who cannot come is not reminded, but reads of a change: then they may be able to.
    """
    changes: dict[int, list[Change]] = {}
    for change in changed_late(circle, now, SOON_MS):
        if change.meeting.changed_at > reminder.confirmed_at:
            changes.setdefault(change.meeting.changed_at, []).append(change)
    for at, made in changes.items():
        yield Due(CHANGED, at, at + LATE_MS, at, changes=tuple(made))
    before = [(DAY, DAY_MS)] * reminder.day_before + [(HOUR, HOUR_MS)] * reminder.hour_before
    for meeting in meetings(circle, now - LATE_MS, now + LATEST_LOOK_MS + DAY_MS + 1):
        if meeting.state == CANCELLED or is_absent(circle, seat, meeting):
            continue
        # A change has a mail of its own, which tells the new time.
        since = max(reminder.confirmed_at, meeting.changed_at)
        for kind, ms in before:
            at = meeting.starts_at - ms
            if at > since:
                until = min(at + LATE_MS, meeting.starts_at)
                yield Due(kind, at, until, meeting.starts_at, meeting)
