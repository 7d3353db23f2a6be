"""The circle as a value: what lasts between sessions, and the validation of what people type.

It holds no names of people, except in its register if it keeps one: they are in the room during a
session, and in each person's own cookie. It holds seat ids with their roles, so that a removed
person's cookie is void. Owns the fields; changes.py, kept.py and registering.py own the changes,
stored.py the form in Redis.
"""

import zoneinfo
from collections import Counter
from collections.abc import Mapping
from datetime import date

from msgspec import Struct, field

from server.circle.feed import Feeds
from server.circle.register import Register
from server.circle.schedule import Schedule
from server.room.formats.plan import OWN, Format
from server.room.formats.shipped import FORMATS, plan_of
from server.room.refused import Refused
from server.room.state import Door, Role, Room, serial
from server.room.typed import is_blank, tidied

UTC = "UTC"
TIME_ZONES = frozenset(
    name
    for name in zoneinfo.available_timezones()
    if "/" in name and not name.startswith(("posix/", "right/", "SystemV/", "Etc/Unknown"))
) | {UTC}
"""The valid time zones: region/place, or UTC."""

FOUNDER_KEEPS_DAYS = 60
"""A circle in which nobody but its founder ever was expires so long after their last visit."""
FOUNDER_KEEPS_MS = FOUNDER_KEEPS_DAYS * 24 * 3600 * 1000

FOUNDER_GONE = "gone"
"""Stands for the seat of a founder who has left such a circle. No seat has this id."""

MAX_CIRCLE_NAME = 80

SCHEMA = 1
"""Incremented when an older release would misread a circle, or lose a part of it. From then on
stored.decode upgrades older values."""


class Last(Struct, frozen=True):
    """How much there was of the last session, which is gone: only numbers."""

    ended_at: int
    """Epoch ms."""
    names: int
    prompts: int
    turns: int


INVITED_ROLES = (Role.MEMBER, Role.FACILITATOR)
"""The roles with an invitation."""


class Circle(Struct, frozen=True):
    """A standing group."""

    id: str
    name: str
    format: str
    """The key of a shipped format, or of the circle's own."""
    time_zone: str
    links: int = 0
    """The serial number of the valid invitations; each renewal increments it."""
    facilitator_links: int = 0
    """How often only the facilitator link was renewed."""
    elsewhere: str = ""
    """The address of the circle's own call, if it uses one instead of the room's sound."""
    own: Format | None = None
    """The circle's own format, also kept while it uses another one."""
    door: Door = Door()
    """How people come in."""
    founder: str = ""
    """The founder's seat, or FOUNDER_GONE, as long as nobody else has ever had one: such a circle
    expires when they stay away."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """The role of each seat that the circle knows. A role of a later release stays as it is."""
    presented: Mapping[str, int] = field(default_factory=dict)
    """When each seat last presented (epoch ms); 0 if the time is lost."""
    schedule: Schedule = Schedule()
    """When it meets."""
    absent: Mapping[str, tuple[date, ...]] = field(default_factory=dict)
    """The local dates on which each seat cannot come, ascending; absences.py owns them."""
    feeds: Feeds = field(default_factory=dict)
    """Each person's choices about their calendar feed."""
    register: Register = Register()
    """Who was at its sessions, if it keeps a register."""
    erase_at: int = 0
    """When it is erased, as a facilitator has asked (epoch ms); 0: nobody has."""
    met_on: date | None = None
    """The UTC date of its last session; before its first one, of the day on which the program first
    looked after it. None: it has not yet."""
    seen: Mapping[str, str] = field(default_factory=dict)
    """The month (`YYYY-MM`, UTC) in which each seat was last here, or in which the program first
    looked after it."""
    last: Last | None = None
    gone_at: int = 0
    """When the room of the last session was deleted (epoch ms); 0: not by this release."""
    version: int = 0
    """Raised by each change. A release that wrote none did not raise it, either."""
    schema: int = 1
    """The schema of this value; the first releases wrote none."""

    @property
    def plan(self) -> Format:
        return self.own if self.format == OWN and self.own else plan_of(self.format)

    @property
    def founder_alone(self) -> bool:
        """Whether nobody but its founder has ever had a seat."""
        return self.founder != ""

    @property
    def leading(self) -> list[str]:
        """The seats of its facilitators."""
        return [seat for seat, role in self.roles.items() if role == Role.FACILITATOR]

    def role(self, seat: str) -> Role | None:
        """The role of this seat; None for a removed or an invented one.

        Raises ValueError for a role that only a later release knows.
        """
        held = self.roles.get(seat)
        return Role(held) if held else None

    def known(self) -> Counter[Role]:
        """The number of people whom the circle knows, by role, without guests."""
        known = {str(role): role for role in Role if role is not Role.GUEST}
        return Counter(known[role] for role in self.roles.values() if role in known)

    def serial(self, role: Role) -> int:
        """The serial number of the invitation to this role."""
        return serial(role, self.links, self.facilitator_links)

    def opened(self, now: int) -> Room:
        """A room for this circle's next session, with nobody in it yet."""
        return Room(
            id=self.id,
            format=self.plan.key,
            own_plan=self.plan if self.plan.key == OWN else None,
            opened_at=now,
            changed_at=now,
            links=self.links,
            facilitator_links=self.facilitator_links,
            elsewhere=self.elsewhere,
            door=self.door,
            registers=self.register.is_on,
        )


def described(circle_id: str, name: str, plan: str, time_zone: str) -> Circle:
    """A new circle from typed fields, without people yet (changes.with_founder).

    Raises Refused for an invalid field.
    """
    return Circle(
        id=circle_id,
        name=circle_name(name),
        format=known_format(plan),
        time_zone=known_time_zone(time_zone),
    )


def circle_name(typed: str) -> str:
    """A typed name of a circle, tidied; raises Refused unless it has 1 to 80 characters."""
    name = tidied(typed)
    if is_blank(name):
        raise Refused("invalid", "circle_name_empty", most=MAX_CIRCLE_NAME)
    if len(name) > MAX_CIRCLE_NAME:
        raise Refused("too_long", "circle_name_too_long", length=len(name), most=MAX_CIRCLE_NAME)
    return name


def known_format(key: str, own: Format | None = None) -> str:
    """This key, if it is of a shipped format or of the circle's own; else raises Refused."""
    if key not in FORMATS and not (own and key == OWN):
        raise Refused("invalid", "unknown_format", formats=", ".join(FORMATS))
    return key


def known_time_zone(guess: str) -> str:
    """This time zone if it is valid, else UTC.

    The browser guesses it, or a circle has it from before this check: nobody typed it, so nobody is
    refused for it.
    """
    return guess if guess in TIME_ZONES else UTC
