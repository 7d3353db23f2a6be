"""The one-use code that brings a seat to another device: the circle's id, and 256 random bits.

Redis has its digest alone. What Redis must not show meanwhile is sealed with the code itself: each
code seals one text, with a pad that nobody can make without it.
"""

import base64
import hashlib
import re
import secrets

from server.circle.handover import PAIRS
from server.identity import CIRCLE_ID, LETTER

CODE_BYTES, CODE_LETTERS = 32, 52
_CODE = re.compile(f"{CIRCLE_ID}\\.{LETTER}{{{CODE_LETTERS}}}")
_CHANCE = secrets.SystemRandom()


def new_code(circle_id: str) -> str:
    random = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower().rstrip("=")
    return f"{circle_id}.{random}"


def new_pairs() -> tuple[list[str], int]:
    """Different pairs of digits, and the index of the right one."""
    pairs = [f"{number:02}" for number in _CHANCE.sample(range(100), PAIRS)]
    return pairs, _CHANCE.randrange(PAIRS)


def is_well_formed(code: str) -> bool:
    """Whether this may be a code."""
    return _CODE.fullmatch(code) is not None


def digest(secret: str) -> str:
    """By what Redis knows a code, or the attempt of a device that has opened one."""
    return hashlib.sha256(secret.encode()).hexdigest()


def sealed(text: str, code: str) -> str:
    """This text, which only `unsealed` with the same code reads."""
    return base64.urlsafe_b64encode(_padded(text.encode(), code)).decode()


def unsealed(text: str, code: str) -> str:
    return _padded(base64.urlsafe_b64decode(text), code).decode()


def _padded(content: bytes, code: str) -> bytes:
    pad = hashlib.shake_256(b"seal|" + code.encode()).digest(len(content))
    return bytes(one ^ other for one, other in zip(content, pad, strict=True))
