"""Who somebody is: invitations, signed cookies, Origin.

Invitations are derived, not stored: a token is an HMAC of circle, role and serial number under the
server's key. So the page can show a link again, and yet whoever reads Redis' circles finds none.
"""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import unquote

import msgspec
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import HTTPConnection

from server.circle.circle import INVITED_ROLES, Circle
from server.http.addresses import network_of
from server.room.state import Role

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz234567")
CIRCLE_BYTES, SEAT_BYTES, ATTEMPT_BYTES, PROOF_BYTES = 10, 5, 16, 24
CIRCLE_LETTERS, PROOF_LETTERS = 16, 39
FORMER_LETTERS = 28
"""In the former alphabet of tokens: 32, but for those that were left out at the end of a link."""
_TOKEN = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._-]*[0-9A-Za-z])?")

COOKIE_SECONDS = 120 * 24 * 3600
"""From the last visit on, which sets the cookie anew: longer than any summer without a session."""
RENEWED_AFTER_S = 24 * 3600
"""A visit within so long after the last renewal renews nothing."""
CLOCKS_APART_S = 24 * 3600
"""So far the clock of the process that has signed may be ahead of ours."""
LARGEST_COOKIES = 6 * 1024
"""Of all circles together: many proxies take no line of more than 8 KiB."""
MOST_OF_ONE_NAME = 16
"""Cookies of one name that are read, from the last one on: browsers send ours last, since it has
the shortest path, and one planted before it for each path and each domain above its host."""
MOST_EXPIRED = 20
"""In one answer, whose head a proxy has to take as well."""
HOST = "__Host-"
"""A browser takes a cookie whose name begins so over TLS alone, and from its very host: no sibling
domain can plant one (RFC 6265bis, 4.1.3.2)."""
COOKIE_NAME = re.compile(f"(?:{HOST})?circle_[a-z2-7]{{16}}")


class Person(NamedTuple):
    """Who a cookie says somebody is: their seat in one circle, and the name they gave."""

    circle: str
    seat: str
    name: str


class _Signed(NamedTuple):
    """What a cookie says, whose signature is good."""

    person: Person
    at: float


def new_circle_id() -> str:
    """80 random bits, in letters and digits that fit a URL and a hash tag."""
    return _letters(secrets.token_bytes(CIRCLE_BYTES))


def new_seat_id() -> str:
    """40 random bits: unique within a circle; it opens nothing without a signed cookie."""
    return _letters(secrets.token_bytes(SEAT_BYTES))


def new_attempt() -> str:
    """The id of one served form, which makes sending it idempotent."""
    return _letters(secrets.token_bytes(ATTEMPT_BYTES))


def _letters(random: bytes) -> str:
    return base64.b32encode(random).decode("ascii").lower().rstrip("=")


class Identity:
    """Signs and reads cookies and invitations with the server's secret key."""

    def __init__(self, secret_key: str) -> None:
        self.use(secret_key)

    def use(self, secret_key: str) -> None:
        """From now on signs and reads with this key."""
        self._key = secret_key.encode()
        # A value is good under its own kind of name alone: else somebody could plant what they were
        # given as a `__Host-` cookie by the other name, and have another person speak as them.
        self._signers = {
            "": URLSafeTimedSerializer(secret_key, salt="seat"),
            HOST: URLSafeTimedSerializer(secret_key, salt="seat of this host"),
        }

    def cookie(self, person: Person, *, secure: bool = False) -> str:
        """The signed value of this person's cookie; see `cookie_name`."""
        signer = self._signers[HOST if secure else ""]
        return signer.dumps([person.seat, person.name, person.circle])

    def person(self, connection: HTTPConnection, circle_id: str) -> Person | None:
        """Who this browser is in this circle, or None without a valid cookie for it.

        The name without prefix is read behind TLS, too: browsers have such cookies from before.
        """
        sent = _cookies(connection)
        names = (cookie_name(circle_id, secure=True), cookie_name(circle_id))
        found = (self._good(name, sent.get(name, []), circle_id) for name in names)
        return next((signed.person for signed in found if signed), None)

    def _good(self, name: str, values: list[str], circle_id: str) -> _Signed | None:
        """The newest good one of the cookies of this name.

        None where good ones name several people: one of them has planted theirs, and nobody is to
        speak as another.
        """
        now = datetime.now(UTC).timestamp()
        # Not by the library's max_age, to which a clock that is a second ahead means a forgery.
        good = [
            signed
            for value in values[-MOST_OF_ONE_NAME:]
            if (signed := self._signed(name, value))
            and signed.person.circle == circle_id
            and -CLOCKS_APART_S <= now - signed.at <= COOKIE_SECONDS
        ]
        seats = {signed.person.seat for signed in good}
        return max(good, key=lambda signed: signed.at) if len(seats) == 1 else None

    def _signed(self, name: str, value: str) -> _Signed | None:
        signer = self._signers[HOST if name.startswith(HOST) else ""]
        try:
            (seat, called, circle), signed_at = signer.loads(value, return_timestamp=True)
        except (BadSignature, ValueError):
            return None
        return _Signed(Person(circle, seat, called), signed_at.timestamp())

    def surplus_cookies(self, connection: HTTPConnection, mine: str) -> list[str]:
        """The names of those cookies that no longer fit into a request beside the one of this name:
        those that were signed first."""
        others: list[tuple[float, str, int]] = []
        for name, values in _cookies(connection).items():
            if COOKIE_NAME.fullmatch(name) and name != mine:
                signed = [self._signed(name, value) for value in values[-MOST_OF_ONE_NAME:]]
                at = max(one.at if one else 0.0 for one in signed)
                others.append((at, name, sum(len(name) + len(value) for value in values)))
        room_left = LARGEST_COOKIES
        surplus = []
        for _, name, size in sorted(others, reverse=True):
            room_left -= size
            if room_left < 0:
                surplus.append(name)
        return surplus[-MOST_EXPIRED:]

    def is_recent(self, connection: HTTPConnection, circle_id: str, name: str) -> bool:
        """Whether the cookie of this name, one for this circle, was signed within the last day."""
        signed = self._good(name, _cookies(connection).get(name, []), circle_id)
        now = datetime.now(UTC).timestamp()
        return signed is not None and now - signed.at < RENEWED_AFTER_S

    def address_digest(self, connection: HTTPConnection) -> str:
        """Tells addresses apart without keeping them; empty where one stands for many people."""
        network = network_of(connection.client.host if connection.client else "")
        if not network:
            return ""
        return hmac.digest(self._key, b"address|" + network, hashlib.sha256)[:12].hex()

    def circle_id(self, attempt: str, *typed: str) -> str:
        """The id of the circle that this form starts: the same however often it is sent."""
        return _letters(self._derived("circle", attempt, *typed)[:CIRCLE_BYTES])

    def seat_id(self, attempt: str, circle_id: str) -> str:
        """The seat id of the person who joins by this form: the same however often it is sent."""
        return _letters(self._derived("seat", circle_id, attempt)[:SEAT_BYTES])

    def _derived(self, *parts: str) -> bytes:
        # As JSON, so that no two lists of parts are one text.
        return hmac.digest(self._key, msgspec.json.encode(parts), hashlib.sha256)

    def token(self, circle_id: str, role: Role, links: int) -> str:
        """The invitation's token: the circle's id, and 192 bits that only this key can make.

        In letters and digits, since what makes links of text leaves `-` and `_` at their ends out.
        """
        return f"{circle_id}.{_letters(self._proof(circle_id, role, links))}"

    def invited_role(self, token: str, circle: Circle) -> Role | None:
        """The role that this token (token_in) invites to, or None for an old or made-up one."""
        given = token.encode()
        for role in INVITED_ROLES:
            proof = self._proof(circle.id, role, circle.serial(role))
            # Links that were sent before there was the form of today are still good.
            former = base64.urlsafe_b64encode(proof).decode("ascii").rstrip("-_")
            for good in (_letters(proof), former):
                if hmac.compare_digest(f"{circle.id}.{good}".encode(), given):
                    return role
        return None

    def _proof(self, circle_id: str, role: Role, links: int) -> bytes:
        invitation = f"invite|{circle_id}|{role}|{links}".encode()
        return hmac.digest(self._key, invitation, hashlib.sha256)[:PROOF_BYTES]


def token_in(text: str) -> str:
    """The token in what somebody has opened or pasted: itself, or a link that ends with it.

    Mail filters encode the `#`, some of them twice; what stands around a link sticks to it.
    """
    found = _TOKEN.search(unquote(unquote(text)).rpartition("#")[2])
    return found[0] if found else ""


def is_whole(token: str) -> bool:
    """Whether a token has the length of one, so that it is an old one rather than cut short."""
    circle_id, _, proof = token.partition(".")
    if len(circle_id) != CIRCLE_LETTERS:
        return False
    is_former = len(proof) >= FORMER_LETTERS and not set(proof) <= LETTERS
    return is_former or len(proof) >= PROOF_LETTERS


def circle_of(token: str) -> str:
    """The id of the circle that a token names; nothing is proved by it."""
    return token.partition(".")[0]


def _cookies(connection: HTTPConnection) -> dict[str, list[str]]:
    """All cookies that were sent, by their names, in their order.

    Without TLS a sibling host or another service on this host can plant one of the same name, for
    another domain or path. A browser then sends both, and Starlette would keep the last of them.

    Ours need no quotes; to take them off, Python 3.11 needs ten seconds for 32 KiB of backslashes,
    and Starlette does so for all that is sent."""
    pairs = ";".join(connection.headers.getlist("cookie")).split(";")
    cookies: dict[str, list[str]] = {}
    for name, _, value in (pair.partition("=") for pair in pairs):
        # Blanks alone, as browsers do: str.strip() also takes bytes such as \xa0 away, and to a
        # browser a name that begins with one has no prefix, so any sibling domain can set it.
        cookies.setdefault(name.strip(" \t"), []).append(value.strip(" \t"))
    return cookies


def cookie_name(circle_id: str, *, secure: bool = False) -> str:
    """A browser may hold a cookie for each of several circles; behind TLS none can be planted."""
    return f"{HOST if secure else ''}circle_{circle_id}"


def sent_names(connection: HTTPConnection, circle_id: str) -> list[str]:
    """The names by which this browser has sent cookies for this circle, good or not."""
    names = (cookie_name(circle_id, secure=True), cookie_name(circle_id))
    return [name for name in names if name in _cookies(connection)]


def base_url(connection: HTTPConnection, public_url: str | None) -> str:
    """What invitations begin with: PUBLIC_URL, or the host that this request came to."""
    if public_url:
        return public_url
    scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    return f"{scheme}://{connection.url.netloc}"


def same_origin(connection: HTTPConnection, public_url: str | None) -> bool:
    """Whether the page that sends this is ours: cookies alone would let any page press buttons."""
    origin = connection.headers.get("origin")
    if not origin or origin == "null":
        return False
    ours = base_url(connection, public_url)
    if public_url is None:
        # Behind a proxy that ends TLS the scheme is not ours to know; the host is.
        return origin.partition("://")[2] == ours.partition("://")[2]
    return origin == ours
