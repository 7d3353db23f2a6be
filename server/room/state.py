"""The room as a value: Room, Seat, Floor, Clock, and their encoding.

Owns the fields of a session; rules.py owns its changes. All times are epoch milliseconds on the
servers' clock.
"""

from enum import StrEnum

import msgspec
from msgspec import Struct, field

from server.room.coming import Coming
from server.room.formats.plan import Format, Phase
from server.room.formats.shipped import plan_of

WAITING = "waiting"
DEBRIEF = "debrief"
ENDED = "ended"


SCHEMA = 1
"""Incremented when an older release would misread a room, or lose a part of it. From then on
`decode` upgrades older values, and Circle.opened sets the schema."""


class NewerSchema(Exception):
    """A later release has written this value, and this one would lose a part of it."""


class Role(StrEnum):
    """The role of a person in a circle."""

    FACILITATOR = "facilitator"
    MEMBER = "member"
    OBSERVER = "observer"
    GUEST = "guest"
    """Waits in the lobby, and is not known to the circle yet."""


class PutOut(StrEnum):
    """How a person was put out earlier in this session."""

    DECLINED = "declined"
    REMOVED = "removed"


class Lost(StrEnum):
    """What a person lost by being away for too long."""

    HAND = "hand"
    FLOOR = "floor"
    """The floor, or in a round their turn."""


class Seat(Struct, frozen=True, omit_defaults=True):
    """One person's place in the room, kept while they are away.

    A field with a `name` is stored under that name, as in older values.
    """

    id: str
    name: str
    role: Role
    away_since: int | None = None
    spoken_ms: int = 0
    """How long this person has held the floor in this phase while present, or spoken without it.
    Shown only to facilitators."""
    absent_ms: int = 0
    """How long this person was absent from the running session, until they last came back. Only
    while `Room.registers`."""
    offers_case: bool = False
    not_today: bool = False
    """Was asked to present, and declined this time. Shown only to facilitators."""
    presented_at: int | None = None
    """When this person last presented in this circle. Shown only to facilitators."""
    invited: bool = False
    """A facilitator has asked whether this person would like to say something."""
    by_facilitator_link: bool = False
    """Came by the facilitator link: waits in the lobby and leads when admitted, or is seated and
    asks to lead. Shown only to facilitators."""
    comes_late: bool = False
    """Waits in the lobby only until a phase admits latecomers."""
    knocked: int = 0
    """In the lobby: the room's version when this person came or changed their name or link."""
    put_out: PutOut | None = None
    """Waits in the lobby, and was put out earlier in this session. Shown only to facilitators."""
    in_two_tabs: bool = field(default=False, name="two_windows")
    """This seat is open in a second tab or browser."""
    took: str = ""
    """The seat whose chair this person was given, so that the circle passes on what it knows."""
    sound: str = ""
    """The page of this person that has sound; others send their voices there. Empty: none."""
    mic_on: bool = False
    """The person's own choice; the phase decides whether they are heard."""
    muted_by_facilitator: bool = field(default=False, name="hushed")
    """A facilitator has muted this person, who can unmute themself."""
    camera_on: bool = False
    bad_line: bool = False
    outer: bool = False
    """Sits in the outer of two circles."""
    namesake: int = 0
    """Tells this person apart from others of the same name: `Clara 2`. It stays when they leave."""
    lost: Lost | None = None
    """Lost this while away, and has not been active since."""
    away_ms: int = 0
    """How long the absence was in which they lost it, once they are back. Goes with `lost`."""
    spoke_at: int | None = None
    """When this person's page last reported that they had spoken."""

    @property
    def shown_name(self) -> str:
        """The name that tells this person apart from all others in the room."""
        return f"{self.name} {self.namesake}" if self.namesake else self.name

    @property
    def speaks(self) -> bool:
        """Whether this role may be heard at all; observers never are."""
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


class Answer(Struct, frozen=True, omit_defaults=True):
    """What a person who was asked to present has answered."""

    seat: str
    yes: bool


class Wait(Struct, frozen=True, omit_defaults=True):
    """The session waits for a person who has dropped out."""

    seat: str
    """Empty if the last person who led has left for good."""
    until: int
    paused: bool = False
    """The clock is paused because of this."""
    asks: bool = False
    """The waiting time is over and nobody leads: any member may hold the room."""


class Door(Struct, frozen=True, omit_defaults=True):
    """How people come in: a setting of the circle."""

    lobby: bool = True
    """People who come by the member link wait until a facilitator admits them."""
    knows: bool = True
    """People whom the circle knows come in without waiting."""
    locks_with_case: bool = True
    """The room locks when the case begins: newcomers wait from then on."""
    holds_late: bool = True
    """Latecomers wait for the next phase while the presenter tells the case or sits back."""


class Farewell(Struct, frozen=True, omit_defaults=True):
    """What the last page tells, beside the room: set when the session ends for its members."""

    at: int
    """When it ended for them (epoch ms)."""
    zone: str
    """The time zone of the circle."""
    names: int = 0
    """How many names the room forgot then."""
    registers: bool = False
    """Whether the circle's register has this session."""
    asks: tuple[str, ...] = ()
    """The seats that are asked the questions of the pulse."""
    number: int = 0
    """The number of these questions; 0 if nobody is asked."""
    next_on: str = ""
    """The next meeting, by its original local date (ISO 8601); empty if there is none."""
    next_at: int = 0
    """When it starts (epoch ms)."""


class Room(Struct, frozen=True, omit_defaults=True):
    """The whole state of a session."""

    id: str
    """The circle's id: a circle has one room at a time."""
    format: str
    opened_at: int = 0
    """Identifies the session, within which versions rise."""
    version: int = 0
    mark: int = 0
    """Unique for each stored change: a failover may undo one, and the next change has the same
    version again."""
    changed_at: int = 0
    """When a person last changed something, or came. 0 in values of a release without it."""
    phase: str = WAITING
    """`waiting`, the key of a phase, `debrief` or `ended`."""
    seats: tuple[Seat, ...] = ()
    """In the order of joining."""
    lobby: tuple[Seat, ...] = ()
    """People who wait to be admitted. They see nothing of the room."""
    lapsed: tuple[str, ...] = ()
    """Guests who were away from the lobby for too long; they may return until the session ends."""
    put_out: tuple[tuple[str, PutOut], ...] = ()
    """Seats that were declined or removed. An older release that writes the room drops this field,
    and these people then come in like strangers; SCHEMA is not incremented for that."""
    came_again: tuple[tuple[str, str], ...] = ()
    """For each of them who came again: their newest seat, and their seat in `put_out`."""
    gone: tuple[str, ...] = ()
    """The seats of people who left before the facilitators' debrief."""
    timekeeper: str | None = None
    stand_in: str | None = None
    """The member who holds the room until a facilitator is back."""
    wait: Wait | None = None
    without: tuple[str, ...] = ()
    """People who dropped out and are no longer waited for; their chairs stay."""
    asked: str | None = None
    """The seat that was asked to present and has not answered yet."""
    answer: Answer | None = None
    """The latest answer, until somebody who leads issues a command, or the next phase."""
    presenter: str | None = None
    presenter_done: bool = False
    """The presenter has said that they have finished telling the case."""
    recalled: bool = False
    """The presenter has been brought back in from sitting back."""
    return_asked: bool = False
    return_seen: str | None = None
    """The seat of the person who leads and has seen this sign."""
    floor: Floor | None = None
    hands: tuple[str, ...] = ()
    turns_taken: tuple[str, ...] = ()
    """The seats that have had their turn in the round of this phase."""
    questions: tuple[str, ...] = ()
    """The seats that had the floor in a phase with a cap, once for each time."""
    one_voice: bool = False
    silence_until: int | None = None
    silence_open: bool = False
    """Somebody who leads ends this silence; `silence_until` only bounds it."""
    prompt: str = ""
    clock: Clock | None = None
    locked: bool = False
    """By a facilitator: nobody new comes in. Values from before `locked_by_case` have this stricter
    lock for both."""
    locked_by_case: bool = False
    """The case has begun: newcomers wait at the door."""
    door: Door = Door()
    voices_only: bool = False
    """A facilitator has switched off pictures for all."""
    elsewhere: str = ""
    """The address of the circle's own call, which replaces the sound of this room; or empty."""
    links: int = 0
    """The serial number of the valid invitations."""
    facilitator_links: int = 0
    """How often only the facilitator link was renewed, as for each facilitator who leaves."""
    registers: bool = False
    """The circle's register has been on since the room opened, so absences are added up. An older
    release that writes the room drops this field; the session is then missing from the register."""
    began_at: int | None = None
    """When the session was started (epoch ms). Only while `registers`."""
    prompts: int = 0
    """How many prompts have stood on the stage, and `turns`: how often somebody got the floor. The
    circle keeps these numbers of its last session, so that its people read what has gone."""
    turns: int = 0
    ended_at: int | None = None
    coming: Coming | None = None
    """When the circle meets next; None if nothing is planned. An older release that writes the room
    drops this field; the room then says nothing of it."""
    farewell: Farewell | None = None
    """Set with the end, or with the debrief. An older release that writes the room drops this; the
    last page then has neither questions nor the next date."""
    own_plan: Format | None = None
    """The circle's own format as of the session's opening; None for a shipped one."""
    schema: int = 1
    """The schema of this value; the first release wrote none."""

    @property
    def stamp(self) -> tuple[int, int]:
        """Greater for later values of the same circle."""
        return (self.opened_at, self.version)

    @property
    def plan(self) -> Format:
        return self.own_plan or plan_of(self.format)

    @property
    def step(self) -> Phase | None:
        """The current phase; None before the start and after the end."""
        return self.plan.phase(self.phase)

    @property
    def to_come(self) -> tuple[Phase, ...]:
        """The phases after the current one; none before the start and after the end."""
        place = self.plan.index(self.phase)
        return self.plan.phases[place + 1 :] if place >= 0 else ()

    @property
    def next_prompt(self) -> str:
        """The phase's prompt after the one on the stage, or its first; "" if none is to come."""
        prompts = self.step.prompts if self.step else ()
        place = prompts.index(self.prompt) + 1 if self.prompt in prompts else 0
        return next((prompt for prompt in prompts[place:] if prompt != self.prompt), "")

    @property
    def holder(self) -> str | None:
        """The seat that holds the floor, or None."""
        return self.floor.seat if self.floor else None

    @property
    def is_live(self) -> bool:
        """Whether members may be in it: neither the debrief nor the end has begun."""
        return self.phase not in (DEBRIEF, ENDED)

    @property
    def is_under_way(self) -> bool:
        """Whether its session has begun and not ended; the debrief is part of it."""
        return self.phase not in (WAITING, ENDED)

    @property
    def people(self) -> tuple[Seat, ...]:
        """All people seated in this room or in its lobby."""
        return (*self.seats, *self.lobby)

    def seat(self, seat_id: str | None) -> Seat | None:
        for seat in self.seats:
            if seat.id == seat_id:
                return seat
        return None

    def waiting(self, seat_id: str | None) -> Seat | None:
        """The seat with this id in the lobby, or None."""
        return next((seat for seat in self.lobby if seat.id == seat_id), None)

    def serial(self, role: Role) -> int:
        """The serial number of the invitation to this role."""
        return serial(role, self.links, self.facilitator_links)

    def leads(self, seat: Seat) -> bool:
        """Whether this seat has a facilitator's rights now."""
        return seat.role is Role.FACILITATOR or seat.id == self.stand_in


def serial(role: Role, links: int, facilitator_links: int) -> int:
    """The sum of both numbers: since neither ever decreases, no serial number repeats."""
    return links + (facilitator_links if role is Role.FACILITATOR else 0)


class _Head(Struct):
    schema: int = 1


_decoder = msgspec.json.Decoder(Room)
_head_decoder = msgspec.json.Decoder(_Head)


def encode(room: Room) -> bytes:
    return msgspec.json.encode(room)


def decode(data: bytes) -> Room:
    """Decodes the result of `encode`; raises NewerSchema, or msgspec.MsgspecError or ValueError for
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
