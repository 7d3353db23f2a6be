"""The room as a value: Room, Seat, Floor, Clock, and their encoding.

Owns what is remembered of a session while it lives, and nothing of how it changes (rules.py).
All times are epoch milliseconds on the servers' clock.
"""

from enum import StrEnum

import msgspec
from msgspec import Struct, field

from server.room.formats.plan import Format, Phase
from server.room.formats.shipped import plan_of
from server.room.typed import isolated

WAITING = "waiting"
DEBRIEF = "debrief"
ENDED = "ended"


SCHEMA = 1
"""Counted up when an older release would misread a room, or lose something of it. From then on
`decode` upgrades older values, and Circle.opened names the schema."""


class NewerSchema(Exception):
    """A later release has written this value, and this one would write it back with less."""


class Role(StrEnum):
    """What a person may do in a circle."""

    FACILITATOR = "facilitator"
    MEMBER = "member"
    OBSERVER = "observer"
    GUEST = "guest"
    """Waits in the lobby for the first time: nobody knows this person yet."""


class PutOut(StrEnum):
    """How a person was put out earlier in this session."""

    DECLINED = "declined"
    REMOVED = "removed"


class Seat(Struct, frozen=True, omit_defaults=True):
    """One person's place in the room, kept while they are away.

    A field with a `name` is stored under that one, by which older values have it.
    """

    id: str
    name: str
    role: Role
    away_since: int | None = None
    spoken_ms: int = 0
    """How long this person has spoken while holding the floor. For facilitators' eyes."""
    offers_case: bool = False
    not_today: bool = False
    """Was asked to present, and would rather not this time. For facilitators' eyes."""
    presented_at: int | None = None
    """When this person last presented in this circle. For facilitators' eyes."""
    invited: bool = False
    """A facilitator has asked whether this person would like to say something."""
    by_facilitator_link: bool = False
    """Came by the facilitator link: waits in the lobby and leads when let in, or sits here and asks
    to lead. For facilitators' eyes."""
    comes_late: bool = False
    """Waits in the lobby only until the next phase lets people in."""
    knocked: int = 0
    """In the lobby: the version of the room in which this person came, or last changed their name
    or link."""
    put_out: PutOut | None = None
    """Waits in the lobby, and was put out earlier in this session. For facilitators' eyes."""
    in_two_tabs: bool = field(default=False, name="two_windows")
    """A second browser is open on this seat."""
    sound: str = ""
    """The page of this person that has sound: others send their voices there. Empty: none yet."""
    mic_on: bool = False
    """What the person last chose; whether they are heard is for the phase to say."""
    muted_by_facilitator: bool = field(default=False, name="hushed")
    """A facilitator has muted this person, who unmutes themself."""
    camera_on: bool = False
    bad_line: bool = False
    outer: bool = False
    """Sits in the outer of two circles."""

    @property
    def speaks(self) -> bool:
        """Whether this seat may ever be heard: observers never are."""
        return self.role in (Role.FACILITATOR, Role.MEMBER)


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


class Wait(Struct, frozen=True, omit_defaults=True):
    """Somebody without whom the session does not go on for now has dropped out."""

    seat: str
    """Empty where the last who led has left for good."""
    until: int
    paused: bool = False
    """The clock stands still because of this."""
    asks: bool = False
    """The time is over and nobody leads: any member may hold the room."""


class Door(Struct, frozen=True, omit_defaults=True):
    """Who comes in how: a setting of the circle."""

    lobby: bool = True
    """Whoever comes by the member link waits until a facilitator lets them in."""
    knows: bool = True
    """Whom the circle knows from earlier comes in without waiting."""
    locks_with_case: bool = True
    """The room locks itself when the case begins: newcomers wait from then on."""
    holds_late: bool = True
    """Nobody comes in while the presenter tells or sits back; they wait for the next phase."""


class Room(Struct, frozen=True, omit_defaults=True):
    """The live place of a session, whole."""

    id: str
    """The circle's id: a circle has one room at a time."""
    format: str
    opened_at: int = 0
    """Tells this session from the one before: versions rise within a session."""
    version: int = 0
    mark: int = 0
    """Another one for each change that is stored: a failover may take one back, and the next change
    has its version again."""
    changed_at: int = 0
    """When a person last changed something, or came. 0 in a value of a release that did not say
    it."""
    phase: str = WAITING
    """`waiting`, the key of a phase, `debrief` or `ended`."""
    seats: tuple[Seat, ...] = ()
    """In the order of joining, the same for everybody."""
    lobby: tuple[Seat, ...] = ()
    """Who waits to be let in. They are told nothing of the room."""
    lapsed: tuple[str, ...] = ()
    """Guests who were away from the lobby for too long; until the session ends they may return."""
    put_out: tuple[tuple[str, PutOut], ...] = ()
    """Seats that were declined or removed. An older release that writes the room back drops this
    field, and they come in like strangers from then on: SCHEMA is not counted up for that."""
    came_again: tuple[tuple[str, str], ...] = ()
    """The newest seat by which each of them came again, and the seat that `put_out` has."""
    gone: tuple[str, ...] = ()
    """The seats of those who have left before the facilitators' debrief."""
    timekeeper: str | None = None
    """The facilitator who keeps the time."""
    stand_in: str | None = None
    """The member who holds the room until a facilitator is back."""
    wait: Wait | None = None
    without: tuple[str, ...] = ()
    """Who dropped out and is not waited for any more; their chair stays."""
    asked: str | None = None
    """Who has been asked to present, and has not answered yet."""
    presenter: str | None = None
    recalled: bool = False
    """The presenter has been brought back in from sitting back."""
    return_asked: bool = False
    floor: Floor | None = None
    hands: tuple[str, ...] = ()
    turns_taken: tuple[str, ...] = ()
    """Who has had their turn in the round of this phase."""
    questions: tuple[str, ...] = ()
    """Who has been given the floor in a phase with a cap, once for each time."""
    one_voice: bool = False
    silence_until: int | None = None
    prompt: str = ""
    clock: Clock | None = None
    locked: bool = False
    """By a facilitator: nobody new comes in. Values older than `locked_by_case` do not say which
    lock it was; the stricter one holds for them."""
    locked_by_case: bool = False
    """The case has begun: newcomers wait at the door."""
    door: Door = Door()
    voices_only: bool = False
    """A facilitator has switched off pictures for all."""
    elsewhere: str = ""
    """The circle's own call, in whose place this room keeps silent: its address, or empty."""
    links: int = 0
    """The serial number of the invitations that are valid."""
    facilitator_links: int = 0
    """How often the facilitator link was renewed beside: it dies with each facilitator who goes."""
    ended_at: int | None = None
    own_plan: Format | None = None
    """The circle's own format, as it was when the session was opened; None for one that ships."""
    schema: int = 1
    """The schema of this value. Values of the first release have none."""

    @property
    def stamp(self) -> tuple[int, int]:
        """Later values of the same circle have a greater stamp."""
        return (self.opened_at, self.version)

    @property
    def plan(self) -> Format:
        """The format of this session."""
        return self.own_plan or plan_of(self.format)

    @property
    def step(self) -> Phase | None:
        """The phase that the session is in; None before it starts and after it ends."""
        return self.plan.phase(self.phase)

    @property
    def moment(self) -> str:
        """Where the session is, for sentences."""
        if self.step:
            return f"in {isolated(self.step.title)}"
        return {WAITING: "before the start", DEBRIEF: "in the debrief"}.get(
            self.phase, "after the end"
        )

    @property
    def holder(self) -> str | None:
        """The seat that holds the floor, or None."""
        return self.floor.seat if self.floor else None

    @property
    def is_live(self) -> bool:
        """Whether members are in it: it has neither ended nor come to the facilitators' debrief."""
        return self.phase not in (DEBRIEF, ENDED)

    def seat(self, seat_id: str | None) -> Seat | None:
        """The seat with this id, or None."""
        for seat in self.seats:
            if seat.id == seat_id:
                return seat
        return None

    def waiting(self, seat_id: str | None) -> Seat | None:
        """The seat with this id that waits in the lobby, or None."""
        return next((seat for seat in self.lobby if seat.id == seat_id), None)

    def serial(self, role: Role) -> int:
        """The serial number of the invitation to this role."""
        return serial(role, self.links, self.facilitator_links)

    def leads(self, seat: Seat) -> bool:
        """Whether this seat has a facilitator's rights now."""
        return seat.role is Role.FACILITATOR or seat.id == self.stand_in


def serial(role: Role, links: int, facilitator_links: int) -> int:
    """A sum, since neither of the two ever goes back: so no serial number comes twice."""
    return links + (facilitator_links if role is Role.FACILITATOR else 0)


class _Head(Struct):
    schema: int = 1


_decoder = msgspec.json.Decoder(Room)
_head_decoder = msgspec.json.Decoder(_Head)


def encode(room: Room) -> bytes:
    """The room as JSON."""
    return msgspec.json.encode(room)


def decode(data: bytes) -> Room:
    """The room that `encode` wrote; raises NewerSchema, or msgspec.MsgspecError or ValueError for
    anything else."""
    try:
        room = _decoder.decode(data)
    except msgspec.MsgspecError:
        if _head_decoder.decode(data).schema > SCHEMA:
            raise NewerSchema from None
        raise
    if room.schema > SCHEMA:
        raise NewerSchema
    return room
