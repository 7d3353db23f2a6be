"""Seals mail addresses, so that neither Redis nor its disk nor a backup shows any.

Each seat has a key of its own, derived from the server's key. The link of a confirmation holds what
was asked for, sealed as well: until somebody has confirmed an address, nothing of it is kept.
"""

import base64
import secrets

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from server.identity import LETTERS, Identity
from server.room.state import NewerSchema

NONCE_BYTES = 12
SCHEMA = 1
LARGEST_TOKEN = 2000


class Asked(Struct, frozen=True, array_like=True):
    """What a person asked for, in the link that they confirm it by."""

    circle: str
    seat: str
    address: str
    day_before: bool
    hour_before: bool
    at: int
    """Epoch ms."""
    schema: int = SCHEMA


_asked = msgspec.json.Decoder(Asked)


class Seals:
    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def sealed(self, circle_id: str, seat: str, address: str) -> str:
        """The address as it is kept; another text each time."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        text = self._of_seat(circle_id, seat).encrypt(nonce, address.encode(), None)
        return base64.b64encode(nonce + text).decode("ascii")

    def address(self, circle_id: str, seat: str, sealed: str) -> str | None:
        """The address of this seat; None if it was sealed by another key, or is spoilt."""
        try:
            held = base64.b64decode(sealed, validate=True)
            nonce, text = held[:NONCE_BYTES], held[NONCE_BYTES:]
            return self._of_seat(circle_id, seat).decrypt(nonce, text, None).decode()
        except (InvalidTag, ValueError):
            return None

    def token(self, asked: Asked) -> str:
        """What the link of a confirmation holds, in letters and digits: programs that detect links
        cut other signs at their ends."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        text = self._of_links().encrypt(nonce, msgspec.json.encode(asked), None)
        return base64.b32encode(nonce + text).decode("ascii").lower().rstrip("=")

    def asked(self, token: str) -> Asked | None:
        """What was asked for by this token; None for an invented one."""
        if not 0 < len(token) <= LARGEST_TOKEN or not set(token) <= LETTERS:
            return None
        try:
            held = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
            nonce, text = held[:NONCE_BYTES], held[NONCE_BYTES:]
            return _asked.decode(self._of_links().decrypt(nonce, text, None))
        except (InvalidTag, ValueError, msgspec.MsgspecError, NewerSchema):
            return None

    def _of_seat(self, circle_id: str, seat: str) -> AESGCM:
        return AESGCM(self._identity.key_for("mail address", circle_id, seat))

    def _of_links(self) -> AESGCM:
        return AESGCM(self._identity.key_for("mail link"))
