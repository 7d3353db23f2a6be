"""Circles: their settings, and the seats and roles of their people."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from typing import cast

import msgspec
from redis.exceptions import ResponseError

from server.circle.circle import FOUNDER_KEEPS_DAYS, Circle, known_time_zone
from server.redis_client.connection import Word
from server.redis_client.errors import is_forbidden
from server.room.formats import plan as formats
from server.room.formats.plan import Format
from server.room.state import Door, Role
from server.store.keys import circle_key
from server.store.memory import Memory
from server.store.scripts import Scripts
from server.store.unreadable import reading

FOUNDER_KEEPS_MS = FOUNDER_KEEPS_DAYS * 24 * 3600 * 1000

_door = msgspec.json.Decoder(Door)


class Circles:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._memory = Memory(scripts)

    async def create(
        self,
        circle: Circle,
        facilitator: str,
        members: Iterable[str] = (),
        expires_s: int | None = None,
    ) -> None:
        """Stores a new circle, with the seat of the facilitator who started it, and of members.

        It expires after `expires_s`, or, while its founder is alone in it, when they stay away.
        Call `check_memory` first.
        """
        fields = ["name", circle.name, "format", circle.format, "time_zone", circle.time_zone]
        fields += ["links", str(circle.links), f"seat:{facilitator}", Role.FACILITATOR]
        for member in members:
            fields += [f"seat:{member}", Role.MEMBER]
        expiry: Word = "" if expires_s is None else expires_s * 1000
        if circle.founder_alone:
            fields += ["alone", facilitator]
            expiry = FOUNDER_KEEPS_MS
        await self._scripts.run_replicated("keep", [circle_key(circle.id)], [expiry, *fields])

    async def check_memory(self, circle_id: str) -> None:
        """Raises NoRoom if the Redis that would keep this circle is too full for a new one.

        Call it before anything of a new circle is stored, including the count of its rate limit.
        """
        await self._memory.check(circle_key(circle_id))

    async def get(self, circle_id: str) -> Circle | None:
        return (await self.get_with_role(circle_id, ""))[0]

    async def get_with_role(self, circle_id: str, seat: str) -> tuple[Circle | None, Role | None]:
        """The circle with this id, and the role of this seat in it; None for what is missing.

        A removed seat has no role, and neither has an invented one.
        """
        names = ("name", "format", "time_zone", "links", "elsewhere", f"seat:{seat}")
        later = ("door", "own", "facilitator_links", "alone")
        key = circle_key(circle_id)
        with reading(key):
            held = cast(
                "list[bytes | None]", await self._scripts.command(key, "HMGET", key, *names, *later)
            )
            texts = [value.decode() if value is not None else "" for value in held[:6]]
            if None in held[:4]:
                return None, None
            name, plan, time_zone, links, elsewhere, role = texts
            circle = Circle(
                circle_id,
                name,
                plan,
                known_time_zone(time_zone),
                int(links),
                elsewhere=elsewhere,
                own=formats.decode(held[7]) if held[7] else None,
                door=_door.decode(held[6] or b"{}"),
                facilitator_links=int(held[8] or 0),
                founder_alone=held[9] is not None,
            )
            return circle, Role(role) if role else None

    async def visited(self, circle: Circle, role: Role) -> None:
        """A person of this role has visited: a circle with nobody but its founder expires later."""
        if circle.founder_alone and role is not Role.GUEST:
            with suppress(ResponseError):  # A full Redis takes no writes; the page is shown anyway.
                await self._scripts.run("visited", [circle_key(circle.id)], [FOUNDER_KEEPS_MS])

    async def choose_format(self, circle_id: str, plan: str) -> None:
        """Sets the format of the circle from its next session on."""
        await self._scripts.run_replicated("keep", [circle_key(circle_id)], ["", "format", plan])

    async def keep_format(self, circle_id: str, plan: Format) -> None:
        """Stores a format of the circle's own and sets it from the next session on."""
        fields = ["format", plan.key, "own", formats.encode(plan).decode()]
        await self._scripts.run_replicated("keep", [circle_key(circle_id)], ["", *fields])

    async def known(self, circle_id: str) -> Counter[Role] | None:
        """The number of people whom the circle knows, by role, without guests.

        None if the Redis user has only the rights of an earlier release and may not count them.
        """
        try:
            roles = await self.roles(circle_id)
        except ResponseError as error:
            if not is_forbidden(error):
                raise
            return None
        return Counter(role for role in roles.values() if role is not Role.GUEST)

    async def roles(self, circle_id: str) -> dict[str, Role]:
        """The role of each seat that the circle knows, guests included."""
        key = circle_key(circle_id)
        with reading(key):
            held = cast("list[bytes]", await self._scripts.command(key, "HGETALL", key))
        fields = zip(held[::2], held[1::2], strict=True)
        # An invalid role is ignored: it must not break the page for everybody.
        roles = {str(role).encode(): role for role in Role}
        return {
            name.removeprefix(b"seat:").decode(): roles[value]
            for name, value in fields
            if name.startswith(b"seat:") and value in roles
        }

    async def presented_at(self, circle_id: str, seat: str) -> int | None:
        """When this person last presented (epoch ms)."""
        key = circle_key(circle_id)
        field = f"presented:{seat}"
        with reading(key):
            at = cast("bytes | None", await self._scripts.command(key, "HGET", key, field))
            return None if at is None else int(at)
