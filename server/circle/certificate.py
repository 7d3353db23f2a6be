"""The certificate of hours: what the register says of one person, and a code that proves it.

The code has all facts of the certificate and their signature, so nothing is kept for it: the page
of the fragment `/verify#…` reads the facts from the code, if the signature is of this server's key.
It proves that a register here said so. Names are as people typed them, the circle's as well.

The code is base64url (RFC 4648, 5) without padding, of 16 bytes of an HMAC-SHA256 and the facts in
MessagePack; then the version, a digit. It stands last, since programs that detect links cut `-` and
`_` at their ends. Nothing is compressed, and nothing is parsed before the signature is verified.
A year of twelve sessions with names of usual length has about 135 characters, and as an address
a QR code of version 9 (53 modules wide) at medium error correction; with the longest names that
people can type it has 350 and version 15. No code has over 4096.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

import msgspec
from msgspec import Struct

from server.circle.register import Register, hours_of
from server.room.refused import Refused
from server.room.state import Role

VERSION = "1"
SIGNATURE_BYTES = 16
LONGEST_CODE = 4096
MOST_FACILITATORS = 4
"""Those of most sessions are named."""

FIRST_DAY = date(2000, 1, 1)
"""Days are counted from here, since small numbers make short codes."""


class Session(NamedTuple):
    """A session in a certificate."""

    date: date
    minutes: int


class Certificate(Struct, frozen=True):
    """What a certificate says: the sessions that a person attended from `since` to `until`."""

    name: str
    circle: str
    facilitators: tuple[str, ...]
    """Who led these sessions, the most frequent first."""
    since: date
    until: date
    """The last day of the period, which belongs to it."""
    sessions: tuple[Session, ...]
    """The oldest first."""

    @property
    def minutes(self) -> int:
        """The sum of all sessions."""
        return sum(session.minutes for session in self.sessions)


class _Facts(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The facts as they stand in a code."""

    name: str
    circle: str
    facilitators: tuple[str, ...]
    since: int
    """In days from FIRST_DAY."""
    days: int
    """The period is so many days longer than one."""
    sessions: tuple[int, ...]
    """For each session the days since the one before, or since the first day of the period, and
    its minutes."""


_decoder = msgspec.msgpack.Decoder(_Facts)


def period(typed_since: str, typed_until: str, today: date) -> tuple[date, date]:
    """The typed period, with its first and last day. Without a last day it ends today; without
    a first one it begins with the year of the last.

    Raises Refused (`invalid`) for another text than a date in ISO 8601, for days before 2000, and
    for a period that ends before it begins.
    """
    until = _day(typed_until) if typed_until.strip() else today
    since = _day(typed_since) if typed_since.strip() else until.replace(month=1, day=1)
    if since > until:
        raise Refused("invalid", "certificate_period_backwards")
    return since, until


def certificate(
    register: Register, seat: str, circle_name: str, since: date, until: date
) -> Certificate:
    """The certificate of this person for this period, with the name of their last session in it.

    Raises Refused (`not_now`) if the register has no session of theirs.
    """
    hours = [each for each in hours_of(register, seat) if since <= each.date <= until]
    if not hours:
        raise Refused("not_now", "certificate_empty")
    return Certificate(
        name=hours[-1].name,
        circle=circle_name,
        facilitators=_facilitators(register, seat, since, until),
        since=since,
        until=until,
        sessions=tuple(Session(each.date, each.minutes) for each in hours),
    )


def code_of(given: Certificate, key: bytes) -> str:
    """The code of this certificate, signed with the server's key. The same each time."""
    facts = _Facts(
        name=given.name,
        circle=given.circle,
        facilitators=given.facilitators,
        since=(given.since - FIRST_DAY).days,
        days=(given.until - given.since).days,
        sessions=tuple(_spaced(given)),
    )
    encoded = msgspec.msgpack.encode(facts)
    return _text(_signature(encoded, key) + encoded) + VERSION


def genuine(code: str, key: bytes) -> Certificate | None:
    """The certificate with this code; None unless it was signed with this key, and is unchanged."""
    if len(code) > LONGEST_CODE or code[-1:] != VERSION:
        return None
    text = code[:-1]
    try:
        signed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    # Several texts decode to the same bytes: foreign characters are ignored, and so are some bits
    # of the last character.
    if _text(signed) != text:
        return None
    signature, encoded = signed[:SIGNATURE_BYTES], signed[SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(encoded, key)):
        return None
    return _certificate(_decoder.decode(encoded))


def _signature(encoded: bytes, key: bytes) -> bytes:
    signed = b"certificate|" + VERSION.encode() + b"|" + encoded
    return hmac.digest(key, signed, hashlib.sha256)[:SIGNATURE_BYTES]


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _spaced(given: Certificate) -> Iterable[int]:
    before = given.since
    for session in given.sessions:
        yield (session.date - before).days
        yield session.minutes
        before = session.date


def _certificate(facts: _Facts) -> Certificate:
    since = FIRST_DAY + timedelta(facts.since)
    sessions = []
    day = since
    for days, minutes in zip(facts.sessions[::2], facts.sessions[1::2], strict=True):
        day += timedelta(days)
        sessions.append(Session(day, minutes))
    return Certificate(
        name=facts.name,
        circle=facts.circle,
        facilitators=facts.facilitators,
        since=since,
        until=since + timedelta(facts.days),
        sessions=tuple(sessions),
    )


def _facilitators(register: Register, seat: str, since: date, until: date) -> tuple[str, ...]:
    """The latest names of those who led the sessions of this person in this period."""
    led: Counter[str] = Counter()
    names: dict[str, str] = {}
    for row in register.rows:
        if since <= row.date <= until and any(each.seat == seat for each in row.people):
            for person in row.people:
                if person.role == Role.FACILITATOR:
                    led[person.seat] += 1
                    names[person.seat] = person.name
    return tuple(names[leader] for leader, _ in led.most_common(MOST_FACILITATORS))


def _day(typed: str) -> date:
    text = typed.strip()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    # Python reads other forms of ISO 8601 as well, like 2026-W02-2.
    if day < FIRST_DAY or day.isoformat() != text:
        raise Refused("invalid", "certificate_date")
    return day
