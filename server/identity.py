"""Who somebody is: invitations, signed cookies, Origin.

Invitations are derived, not stored: a token is an HMAC of circle, role and serial number under the
server's key. So the page can show a link again, and yet whoever reads Redis' circles finds none.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import HTTPConnection

from server.circle.circle import INVITED_ROLES, Circle
from server.room.state import Role

COOKIE_SECONDS = 400 * 24 * 3600
"""As long as browsers keep a cookie at most."""
COOKIE_LASTS = timedelta(seconds=COOKIE_SECONDS)


class Person(NamedTuple):
    """Who a cookie says somebody is: their seat in one circle, and the name they gave."""

    circle: str
    seat: str
    name: str


def new_circle_id() -> str:
    """80 random bits, in letters and digits that fit a URL and a hash tag."""
    return _letters(10)


def new_seat_id() -> str:
    """40 random bits: unique within a circle; it opens nothing without a signed cookie."""
    return _letters(5)


def _letters(count: int) -> str:
    return base64.b32encode(secrets.token_bytes(count)).decode("ascii").lower().rstrip("=")


class Identity:
    """Signs and reads cookies and invitations with the server's secret key."""

    def __init__(self, secret_key: str) -> None:
        self.use(secret_key)

    def use(self, secret_key: str) -> None:
        """From now on signs and reads with this key."""
        self._key = secret_key.encode()
        self._signer = URLSafeTimedSerializer(secret_key, salt="seat")

    def cookie(self, person: Person) -> str:
        """The signed value of this person's cookie."""
        return self._signer.dumps([person.seat, person.name, person.circle])

    def person(self, connection: HTTPConnection, circle_id: str) -> Person | None:
        """Who this browser is in this circle, or None without a valid cookie for it."""
        value = connection.cookies.get(cookie_name(circle_id), "")
        try:
            # Not by `max_age`: it refuses what was signed a moment ago by a clock that is ahead.
            (seat, name, circle), signed_at = self._signer.loads(value, return_timestamp=True)
        except (BadSignature, ValueError):
            return None
        is_good = circle == circle_id and datetime.now(UTC) - signed_at <= COOKIE_LASTS
        return Person(circle, seat, name) if is_good else None

    def address_digest(self, connection: HTTPConnection) -> str:
        """Tells addresses apart for a while without keeping them; empty for this machine's own.

        Whoever comes from here comes by a proxy that names nobody, and stands for all its people.
        """
        try:
            address = ip_address(connection.client.host if connection.client else "")
        except ValueError:
            return ""
        # A socket of IPv6 that listens to both tells of one of IPv4 so.
        address = getattr(address, "ipv4_mapped", None) or address
        if address.is_loopback:
            return ""
        # Whoever has one address of IPv6 has the whole /64.
        packed = address.packed[:8] if address.version == 6 else address.packed
        return hmac.digest(self._key, b"address|" + packed, hashlib.sha256)[:12].hex()

    def token(self, circle_id: str, role: Role, links: int) -> str:
        """The invitation's token: the circle's id, and 192 bits that only this key can make."""
        mac = hmac.digest(self._key, f"invite|{circle_id}|{role}|{links}".encode(), hashlib.sha256)
        return f"{circle_id}.{base64.urlsafe_b64encode(mac[:24]).decode('ascii')}"

    def invited_role(self, token: str, circle: Circle) -> Role | None:
        """The role that this token invites to, or None for an old or made-up one."""
        given = token.encode()
        for role in INVITED_ROLES:
            if hmac.compare_digest(self.token(circle.id, role, circle.links).encode(), given):
                return role
        return None


def circle_of(token: str) -> str:
    """The id of the circle that a token names; nothing is proved by it."""
    return token.partition(".")[0]


def cookie_name(circle_id: str) -> str:
    """A browser may hold a cookie for each of several circles."""
    return f"circle_{circle_id}"


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
