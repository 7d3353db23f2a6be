"""Identity: invitations, the secrets of calendar feeds, and signed cookies.

Invitations are derived, not stored: a token is an HMAC of circle, role and serial number with the
server's key. So a page can show a link again, although Redis' circles contain none.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import unquote

import msgspec
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import HTTPConnection

from server.circle.circle import INVITED_ROLES, Circle
from server.http.addresses import network_of
from server.http.cookies import sent_cookies
from server.room.state import Role

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz234567")
CIRCLE_BYTES, SEAT_BYTES, ATTEMPT_BYTES, PROOF_BYTES = 10, 5, 16, 24
CIRCLE_LETTERS, PROOF_LETTERS = 16, 39
LETTER = f"[{''.join(sorted(LETTERS))}]"
CIRCLE_ID = f"{LETTER}{{{CIRCLE_LETTERS}}}"
"""Regular expressions: a letter, and a circle's id."""
FORMER_LETTERS = (28, 32)
"""In the former alphabet of tokens: at least and at most, since links lost some at their end."""
_FORMER = "[0-9A-Za-z_-]"
_WHOLE = re.compile(
    rf"{CIRCLE_ID}\.(?:{LETTER}{{{PROOF_LETTERS}}}"
    # A letter of the former alphabet alone is early in it. A later one sticks to a present token
    # that was cut.
    rf"|(?={_FORMER}{{0,{FORMER_LETTERS[0] - 1}}}[A-Z0189_-])"
    rf"{_FORMER}{{{FORMER_LETTERS[0]},{FORMER_LETTERS[1]}}})"
)
"""A whole token, present or former; pages/join.js has the same."""
_INVITATION = re.compile(rf"{_WHOLE.pattern}(?![0-9A-Za-z])")
"""With a letter more it is another token. A page takes that away where a person has pasted it."""
_TOKEN = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._-]*[0-9A-Za-z])?")

SCHEMA = 1
"""The schema of a cookie's content: seat, name, circle. From 2 on the number is the fourth item; a
process of the release before this one reads no cookie that has it, so schema 1 goes without."""
COOKIE_DAYS = 120
COOKIE_SECONDS = COOKIE_DAYS * 24 * 3600
"""From the last visit, which renews the cookie: longer than any summer without a session."""
RENEWED_AFTER_S = 24 * 3600
"""A cookie is renewed at most once in this time."""
CLOCKS_APART_S = 24 * 3600
"""How far the clock of the process that signed a cookie may be ahead of ours."""
MOST_OF_ONE_NAME = 16
"""Only so many cookies of one name are read, the last ones: browsers send ours last, since it has
the shortest path, after planted ones for each path and each parent domain."""
HOST = "__Host-"
"""Browsers accept a cookie with this prefix only over TLS and from its very host: no sibling domain
can plant one (RFC 6265bis, 4.1.3.2)."""
COOKIE_NAME = re.compile(f"(?:{HOST})?circle_{CIRCLE_ID}")
"""The names of our cookies, of every circle."""


class Person(NamedTuple):
    """The contents of a cookie: a seat in one circle, and the person's name."""

    circle: str
    seat: str
    name: str


class Signed(NamedTuple):
    """The contents of a cookie with a valid signature, and when it was signed."""

    person: Person
    at: float


def new_circle_id() -> str:
    """80 random bits, in characters for URLs and hash tags."""
    return _letters(secrets.token_bytes(CIRCLE_BYTES))


def new_seat_id() -> str:
    """40 random bits, unique within a circle; a seat is of no use without a signed cookie."""
    return _letters(secrets.token_bytes(SEAT_BYTES))


def new_attempt() -> str:
    """The id of a served form, which makes sending it idempotent."""
    return _letters(secrets.token_bytes(ATTEMPT_BYTES))


def _letters(random: bytes) -> str:
    return base64.b32encode(random).decode("ascii").lower().rstrip("=")


class Identity:
    """Signs and reads cookies and invitations with the server's secret key."""

    def __init__(self, secret_key: str) -> None:
        self.use(secret_key)

    def use(self, secret_key: str) -> None:
        self._key = secret_key.encode()
        # A value is valid only with its own kind of name: else somebody could plant the value of
        # their `__Host-` cookie under the other name, and another person would act as them.
        self._signers = {
            "": URLSafeTimedSerializer(secret_key, salt="seat"),
            HOST: URLSafeTimedSerializer(secret_key, salt="seat of this host"),
        }

    def cookie(self, person: Person, *, secure: bool = False) -> str:
        """The signed value of this person's cookie; see `cookie_name`."""
        signer = self._signers[HOST if secure else ""]
        return signer.dumps([person.seat, person.name, person.circle])

    def person(self, connection: HTTPConnection, circle_id: str) -> Person | None:
        """The person of this browser in this circle; None without a valid cookie.

        The name without prefix is read behind TLS, too, for cookies from earlier releases.
        """
        names = (cookie_name(circle_id, secure=True), cookie_name(circle_id))
        cookies = (self._newest_valid(connection, name, circle_id) for name in names)
        return next((signed.person for signed in cookies if signed), None)

    def people(self, connection: HTTPConnection) -> list[Person]:
        """The persons of this browser in all their circles, the latest visit first."""
        found: dict[str, Signed] = {}
        for name, values in sent_cookies(connection).items():
            circle_id = name.rpartition("_")[2]
            signed = COOKIE_NAME.fullmatch(name) and self._newest_of(name, values, circle_id)
            # Of two cookies for one circle the one with the prefix counts, as in `person`.
            if signed and (name.startswith(HOST) or circle_id not in found):
                found[circle_id] = signed
        return [s.person for s in sorted(found.values(), key=lambda s: s.at, reverse=True)]

    def _newest_valid(self, connection: HTTPConnection, name: str, circle_id: str) -> Signed | None:
        """The newest valid cookie of this name, verified once in a request.

        None if valid ones name several people: somebody has planted theirs, and nobody may act as
        another person.
        """
        verified: dict[tuple[str, str], Signed | None] = connection.scope.setdefault("verified", {})
        if (name, circle_id) not in verified:
            values = sent_cookies(connection).get(name, [])
            verified[name, circle_id] = self._newest_of(name, values, circle_id)
        return verified[name, circle_id]

    def _newest_of(self, name: str, values: list[str], circle_id: str) -> Signed | None:
        now = datetime.now(UTC).timestamp()
        # Not by the library's max_age, which rejects a clock that is a second ahead.
        valid = [
            signed
            for value in values[-MOST_OF_ONE_NAME:]
            if (signed := self.signed(name, value))
            and signed.person.circle == circle_id
            and -CLOCKS_APART_S <= now - signed.at <= COOKIE_SECONDS
        ]
        seats = {signed.person.seat for signed in valid}
        return max(valid, key=lambda signed: signed.at) if len(seats) == 1 else None

    def signed(self, name: str, value: str) -> Signed | None:
        """The contents of a cookie of this name, however old; None without a valid signature."""
        signer = self._signers[HOST if name.startswith(HOST) else ""]
        try:
            content, signed_at = signer.loads(value, return_timestamp=True)
            seat, person_name, circle, *rest = content
        except (BadSignature, ValueError):
            return None
        if rest and rest[0] > SCHEMA:
            return None
        return Signed(Person(circle, seat, person_name), signed_at.timestamp())

    def is_recent(self, connection: HTTPConnection, circle_id: str, name: str) -> bool:
        """Whether this circle's cookie of this name was signed within the last day."""
        signed = self._newest_valid(connection, name, circle_id)
        now = datetime.now(UTC).timestamp()
        return signed is not None and now - signed.at < RENEWED_AFTER_S

    def address_digest(self, connection: HTTPConnection) -> str:
        """A keyed digest of the address, for rate limits; empty if it stands for many people."""
        network = network_of(connection.client.host if connection.client else "")
        if not network:
            return ""
        return hmac.digest(self._key, b"address|" + network, hashlib.sha256)[:12].hex()

    def circle_id(self, attempt: str, *typed: str) -> str:
        """The id of the circle that this form starts, the same each time it is sent."""
        return _letters(self._derived("circle", attempt, *typed)[:CIRCLE_BYTES])

    def seat_id(self, attempt: str, circle_id: str) -> str:
        """The seat id of the person who joins by this form, the same each time it is sent."""
        return _letters(self._derived("seat", circle_id, attempt)[:SEAT_BYTES])

    @property
    def certificate_key(self) -> bytes:
        """The key that signs certificates of hours (circle/certificate.py), for nothing else."""
        return self._derived("certificate")

    def _derived(self, *parts: str) -> bytes:
        # As JSON, so that different lists of parts are different texts.
        return hmac.digest(self._key, msgspec.json.encode(parts), hashlib.sha256)

    def token(self, circle_id: str, role: Role, links: int) -> str:
        """The invitation's token: the circle's id, and 192 bits of an HMAC with our key.

        In letters and digits, since programs that detect links cut `-` and `_` at their ends.
        """
        return f"{circle_id}.{_letters(self._proof(circle_id, role, links))}"

    def link(self, base: str, circle_id: str, role: Role, links: int) -> str:
        """The whole invitation link, with the token in its fragment."""
        return f"{base}/join#{self.token(circle_id, role, links)}"

    def invited_role(self, token: str, circle: Circle) -> Role | None:
        """The role that this token (invitation_in) invites to; None for an old or invented one."""
        given = token.encode()
        for role in INVITED_ROLES:
            proof = self._proof(circle.id, role, circle.serial(role))
            # Links in the former alphabet are still valid.
            former = base64.urlsafe_b64encode(proof).decode("ascii").rstrip("-_")
            for valid in (_letters(proof), former):
                if hmac.compare_digest(f"{circle.id}.{valid}".encode(), given):
                    return role
        return None

    def feed_secret(self, circle_id: str, seat: str, serial: int) -> str:
        """What opens the feed of this seat (circle/feed.py): the circle's id (circle_of), and 192
        bits of an HMAC. It does not name the seat, since others may see it."""
        proof = self._derived("feed", circle_id, seat, str(serial))[:PROOF_BYTES]
        return f"{circle_id}.{_letters(proof)}"

    def feed_reader(self, secret: str, circle_id: str, serials: Mapping[str, int]) -> str | None:
        """The seat whose feed this secret opens, of those with valid ones (feed.serials).

        None for an old or invented one, after the same time wherever it differs.
        """
        given, found = secret.encode(), None
        for seat, serial in serials.items():
            if hmac.compare_digest(self.feed_secret(circle_id, seat, serial).encode(), given):
                found = seat
        return found

    def stop_token(self, circle_id: str, seat: str) -> str:
        """What ends the reminders of this seat (circle/reminders.py): the circle's id (circle_of),
        and 192 bits of an HMAC. It stands in an address, so it does not name the seat."""
        return f"{circle_id}.{_letters(self._derived('stop', circle_id, seat)[:PROOF_BYTES])}"

    def stopping(self, token: str, circle_id: str, seats: Iterable[str]) -> str | None:
        """The seat whose reminders this token ends; None for an invented one, after the same time
        wherever it differs."""
        given, found = token.encode(errors="replace"), None
        for seat in seats:
            if hmac.compare_digest(self.stop_token(circle_id, seat).encode(), given):
                found = seat
        return found

    def key_for(self, *purpose: str) -> bytes:
        """A key of 256 bits for this purpose alone."""
        return self._derived("key", *purpose)

    def _proof(self, circle_id: str, role: Role, links: int) -> bytes:
        invitation = f"invite|{circle_id}|{role}|{links}".encode()
        return hmac.digest(self._key, invitation, hashlib.sha256)[:PROOF_BYTES]


def token_in(text: str) -> str:
    """The token in an opened or pasted text: itself, or a link that ends with it.

    Mail filters encode the `#`, some of them twice; characters around a link stick to it.
    """
    match = _TOKEN.search(unquote(unquote(text)).rpartition("#")[2])
    return match[0] if match else ""


def invitation_in(text: str) -> str:
    """The token of an invitation in an opened or pasted text: a whole one wherever it stands;
    without any, what may be left of one."""
    once = unquote(text)
    # As it is first: a stray `%` before the token would take its first letters with it.
    for form in (text, once, unquote(once)):
        if match := _INVITATION.search(form):
            return match[0].rstrip("-_")
    return token_in(text)


def is_whole(token: str) -> bool:
    """Whether a token has its full length, so that it may be old but is not cut off."""
    return _WHOLE.match(token.lower() if token.isupper() else token) is not None


def is_circle_id(text: str) -> bool:
    """Whether it has the form of the ids that `new_circle_id` makes."""
    return re.fullmatch(CIRCLE_ID, text) is not None


def circle_of(token: str) -> str:
    """The id of the circle in a token, which is not verified."""
    return token.partition(".")[0]


def cookie_name(circle_id: str, *, secure: bool = False) -> str:
    """The name of this circle's cookie; with the prefix of TLS nobody can plant one."""
    return f"{HOST if secure else ''}circle_{circle_id}"


def sent_names(connection: HTTPConnection, circle_id: str) -> list[str]:
    """The names of all cookies of this browser for this circle, valid or not."""
    names = (cookie_name(circle_id, secure=True), cookie_name(circle_id))
    return [name for name in names if name in sent_cookies(connection)]
