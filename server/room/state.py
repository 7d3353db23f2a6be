"""The room as a value: Room, Seat, Floor, Clock, and their encoding.

Owns what is remembered of a session while it lives, and nothing of how it changes (rules.py).
All times are epoch milliseconds on the servers' clock.
"""

from enum import StrEnum

import msgspec
from msgspec import Struct

from server.room.formats import FORMATS, Format, Phase

WAITING = "waiting"
ENDED = "ended"


class Role(StrEnum):
    """What a person may do in a circle."""

    FACILITATOR = "facilitator"
    MEMBER = "member"
    OBSERVER = "observer"


class Seat(Struct, frozen=True, omit_defaults=True):
    """One person's place in the room, kept while they are away."""

    id: str
    name: str
    role: Role
    away_since: int | None = None
    spoken_ms: int = 0
    """How long this person has spoken while holding the floor. For facilitators' eyes."""
    offers_case: bool = False
    sound: str = ""
    """The page of this person that has sound: others send their voices there. Empty: none yet."""
    mic_on: bool = False
    """What the person last chose; whether they are heard is for the phase to say."""
    hushed: bool = False
    """A facilitator has muted this person, who unmutes themself."""
    camera_on: bool = False
    bad_line: bool = False

    @property
    def speaks(self) -> bool:
        """Whether this seat may ever be heard: observers never are."""
        return self.role is not Role.OBSERVER


class Floor(Struct, frozen=True):
    """The right to be heard now: who holds it, and since when."""

    seat: str
    since: int


class Clock(Struct, frozen=True, omit_defaults=True):
    """A deadline. While paused, what remains is `ends_at - paused_at`."""

    ends_at: int
    paused_at: int | None = None

    def left(self, now: int) -> int:
        """Milliseconds until the deadline; negative in overtime."""
        return self.ends_at - (now if self.paused_at is None else self.paused_at)


class Room(Struct, frozen=True, omit_defaults=True):
    """The live place of a session, whole."""

    id: str
    """The circle's id: a circle has one room at a time."""
    format: str
    opened_at: int = 0
    """Tells this session from the one before: versions rise within a session."""
    version: int = 0
    phase: str = WAITING
    """`waiting`, the key of a phase, or `ended`."""
    seats: tuple[Seat, ...] = ()
    """In the order of joining, the same for everybody."""
    presenter: str | None = None
    recalled: bool = False
    """The presenter has been brought back in from sitting back."""
    return_asked: bool = False
    floor: Floor | None = None
    hands: tuple[str, ...] = ()
    turns_taken: tuple[str, ...] = ()
    """Who has had their turn in the round of this phase."""
    one_voice: bool = False
    silence_until: int | None = None
    prompt: str = ""
    clock: Clock | None = None
    locked: bool = False
    voices_only: bool = False
    """A facilitator has switched off pictures for all."""
    elsewhere: str = ""
    """The circle's own call, in whose place this room keeps silent: its address, or empty."""
    links: int = 0
    """The serial number of the invitations that are valid."""
    ended_at: int | None = None

    @property
    def stamp(self) -> tuple[int, int]:
        """Later values of the same circle have a greater stamp."""
        return (self.opened_at, self.version)

    @property
    def plan(self) -> Format:
        """The format of this session."""
        return FORMATS[self.format]

    @property
    def step(self) -> Phase | None:
        """The phase that the session is in; None before it starts and after it ends."""
        return self.plan.phase(self.phase)

    @property
    def moment(self) -> str:
        """Where the session is, for sentences."""
        if self.step:
            return f"in {self.step.title}"
        return "before the start" if self.phase == WAITING else "after the end"

    @property
    def holder(self) -> str | None:
        """The seat that holds the floor, or None."""
        return self.floor.seat if self.floor else None

    def seat(self, seat_id: str | None) -> Seat | None:
        """The seat with this id, or None."""
        for seat in self.seats:
            if seat.id == seat_id:
                return seat
        return None


_decoder = msgspec.json.Decoder(Room)


def encode(room: Room) -> bytes:
    """The room as JSON."""
    return msgspec.json.encode(room)


def decode(data: bytes) -> Room:
    """The room that `encode` wrote; raises msgspec.MsgspecError for anything else."""
    return _decoder.decode(data)
