"""My chair on my other device: the hand-over of a seat, step by step.

The device that has the chair shows a one-use code. Another device opens it and shows two digits,
and the first one asks which of three pairs it shows. Only after the right answer does the other
device get the chair. A stranger who photographs the code gets nothing: their digits are on no
device of this person.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from server.room.refused import Refused
from server.room.state import NewerSchema

LASTS_MS = 120_000
"""How long a code works."""
PAIRS = 3
"""How many pairs of digits the first device shows."""
NONE = ""
"""The answer that it is none of them."""

SCHEMA = 1


class Handover(Struct, frozen=True):
    """A hand-over in progress."""

    seat: str
    name: str
    """The person's name for the other device's cookie, sealed with the code."""
    pairs: tuple[str, ...]
    """In the order in which they are shown."""
    right: int
    """The index of the pair that the other device shows."""
    opened_by: str = ""
    """The digest of what proves which device has opened the code; empty before."""
    is_chosen: bool = False
    """Whether the right pair was chosen."""
    schema: int = SCHEMA

    @property
    def digits(self) -> str:
        return self.pairs[self.right]


def validated(held: Handover) -> Handover:
    """This value from Redis. Raises NewerSchema for one of a later release."""
    if held.schema > SCHEMA:
        raise NewerSchema
    return held


def begun(seat: str, sealed_name: str, pairs: Sequence[str], right: int) -> Handover:
    """A new hand-over; which pairs, and which one of them is right, is random."""
    return Handover(seat, sealed_name, tuple(pairs), right)


def opened(held: Handover, by: str) -> Handover:
    """The hand-over once this device has opened its code, for which it may ask again.

    Raises Refused if another one was first.
    """
    if held.opened_by and held.opened_by != by:
        raise Refused("stale", "device_code_used")
    return replace(held, opened_by=by)


def chosen(held: Handover, digits: str) -> Handover | None:
    """The hand-over after this pair was chosen; None after a wrong one, which ends it.

    Raises Refused if no device shows digits yet.
    """
    if digits == NONE:
        return None
    if not held.opened_by:
        raise Refused("not_now", "device_not_open")
    return replace(held, is_chosen=True) if digits == held.digits else None


def seat_for(held: Handover, by: str) -> str:
    """The seat that this device gets. Raises Refused unless the pair that it shows was chosen."""
    if held.opened_by != by:
        raise Refused("stale", "device_code_used")
    if not held.is_chosen:
        raise Refused("not_now", "device_not_chosen", digits=held.digits)
    return held.seat
