"""The practice rooms of this process: opens them, brings simulated members in, and ends them.

Owns their number and duration. In Redis a practice room is a circle like any other, except for its
expiry; its members have seats and roles as if they had been there before.
"""

import asyncio
import math
import random
from contextlib import suppress
from dataclasses import dataclass

import structlog

from server.cancelling import cancel_all
from server.circle.circle import Circle
from server.config import Settings
from server.identity import Identity, Person, cookie_name, new_circle_id, new_seat_id
from server.practice.client import Door, attend
from server.practice.member import Member
from server.practice.page import Page
from server.practice.people import CAST, Manner
from server.room.formats.shipped import PRACTICE
from server.room.state import Role
from server.store.store import Store

log = structlog.stdlib.get_logger(__name__)

MOST_ROOMS = 5
MOST_OF_ONE = 2
"""Rooms of one address, so that others can practise, too."""
COME_WITHIN_S = (0.4, 2.0)
STAY_S = 20 * 60.0
KEPT_S = 24 * 3600
"""The expiry of a practice room."""
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}  # noqa: S104 - looked up, not listened on


class TooManyPractise(Exception):
    """This process has as many rehearsals as it may have."""


class TooManyOfOne(Exception):
    """One address has as many practice rooms of this process as it may have."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s
        """When the first of its rooms ends at the latest."""


@dataclass
class _Rehearsal:
    address: str
    """The digest of the address that opened it, kept only while it is open."""
    ends_at: float
    """At the latest, on the event loop's clock."""
    task: asyncio.Task[None] | None = None
    """None while the circle is being created."""


class Practice:
    """All practice rooms of this process. `settings.port` must be the listening port."""

    def __init__(self, settings: Settings, identity: Identity, store: Store) -> None:
        self._identity = identity
        self._circles = store.circles
        self._here = _loopback(settings)
        self._origin = settings.public_url or f"http://{self._here}"
        self._open: dict[str, _Rehearsal] = {}
        self._ended = False

    async def open(self, address: str, circle_name: str, leader_name: str) -> tuple[Circle, Person]:
        """Opens a circle for a rehearsal; returns it and its facilitator. Its members come soon.

        `address` is a digest (Identity.address_digest); an empty one stands for many people and is
        not limited. Raises TooManyPractise, TooManyOfOne, NoRoom, and RedisError if Redis does not
        answer.
        """
        now = asyncio.get_running_loop().time()
        self._check_room_for(address, now)
        circle_id = new_circle_id()
        leader, *others = (
            Person(circle_id, new_seat_id(), name)
            for name in (leader_name, *(m.name for m in CAST))
        )
        roles = {leader.seat: Role.FACILITATOR} | {other.seat: Role.MEMBER for other in others}
        circle = Circle(circle_id, circle_name, PRACTICE, "UTC", roles=roles)
        # Registered before the first await, since others may come meanwhile.
        self._open[circle.id] = _Rehearsal(address, now + STAY_S)
        try:
            await self._circles.check_memory(circle.id)
            await self._circles.create(circle, expires_s=KEPT_S)
            if self._ended:
                raise TooManyPractise
        except BaseException:
            del self._open[circle.id]
            raise
        self._begin(circle.id, others)
        return circle, leader

    def _check_room_for(self, address: str, now: float) -> None:
        if self._ended:
            raise TooManyPractise
        of_one = [one.ends_at for one in self._open.values() if address and one.address == address]
        if len(of_one) >= MOST_OF_ONE:
            raise TooManyOfOne(math.ceil(min(of_one) - now))
        if len(self._open) >= MOST_ROOMS:
            raise TooManyPractise

    async def close(self) -> None:
        """Ends all rehearsals and opens no more, since this process is about to end."""
        self._ended = True
        await cancel_all([one.task for one in self._open.values() if one.task])

    def _begin(self, circle_id: str, members: list[Person]) -> None:
        task = asyncio.create_task(self._rehearse(members))
        self._open[circle_id].task = task

        def is_over(task: asyncio.Task[None]) -> None:
            del self._open[circle_id]
            if not task.cancelled() and (error := task.exception()):
                log.error("a rehearsal has failed", exc_info=error)

        task.add_done_callback(is_over)

    async def _rehearse(self, members: list[Person]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(STAY_S), asyncio.TaskGroup() as group:
                for person, manner in zip(members, CAST, strict=True):
                    group.create_task(self._come(person, manner))

    async def _come(self, person: Person, manner: Manner) -> None:
        chance = random.Random()  # noqa: S311 - for pauses, not for secrets
        await asyncio.sleep(chance.uniform(*COME_WITHIN_S))
        cookie = f"{cookie_name(person.circle)}={self._identity.cookie(person)}"
        url = f"ws://{self._here}/circles/{person.circle}/socket"
        await attend(Door(url, self._origin, cookie), Member(manner.habits, chance), Page())


def _loopback(settings: Settings) -> str:
    """The host and port by which this process reaches itself."""
    host = LOOPBACK.get(settings.host, settings.host)
    return f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}"
