"""The key that signs cookies, where Redis keeps it for all processes.

Owns that it is read at the start, and put back where Redis has lost it: else the next process would
make another one, and neither would know whom the other has let in.
"""

import asyncio
import secrets
from typing import cast

import structlog
from redis.exceptions import RedisError

from server.config import CannotStart
from server.redis_client import Topology
from server.redis_client.errors import why_refused
from server.store.scripts import Scripts

log = structlog.stdlib.get_logger(__name__)

REDIS_ANSWERS_WITHIN_S = 5
LOOK_S = 2.0
LOSS_REMEMBERED_S = 120 * 24 * 3600
"""At least identity.COOKIE_SECONDS: afterwards no cookie names a circle that was lost then."""


class Secret:
    """The key as it stands in Redis, the same for all processes."""

    def __init__(self, at: Topology, scripts: Scripts) -> None:
        self._redis = at.client
        self._scripts = scripts
        self._shares_key = False

    async def read_or_make(self, known: str = "") -> str:
        """The key that signs cookies: made once, or `known` already, and the same for all processes
        on this Redis.

        Read where it stands already, so a process can start while Redis takes no writes.
        """
        self._shares_key = True
        while (key := await self.held()) is None:
            if known:  # First, so that at no time neither of the two tells of the loss.
                await self._redis.set("circle:lost", 1, ex=LOSS_REMEMBERED_S)
            await self._redis.set("secret", known or secrets.token_urlsafe(32), nx=True)
        return key

    async def held(self) -> str | None:
        """The one that Redis holds, if it does."""
        key = cast("bytes | None", await self._scripts.ask("secret", "GET", "secret"))
        return None if key is None else key.decode(errors="replace")

    async def has_lost(self) -> bool:
        """Whether Redis is known to have lost all that it held, not this or that circle alone.

        Where SECRET_KEY is set nothing in Redis tells.
        """
        if self._shares_key and await self.held() is None:
            return True
        return await self._scripts.ask("circle:lost", "GET", "circle:lost") is not None


class SharedKey:
    """The key as this process uses it, compared with the one in Redis as long as it runs."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self._key = ""
        self._is_shared = True
        self._was_lost = False

    async def read(self) -> str:
        """The key, made now where there is none yet. Raises CannotStart."""
        try:
            async with asyncio.timeout(REDIS_ANSWERS_WITHIN_S):
                while True:
                    try:
                        self._key = await self._secret.read_or_make()
                    except RedisError as error:
                        if reason := why_refused(error):
                            raise CannotStart(reason) from None
                        await asyncio.sleep(0.2)
                    else:
                        return self._key
        except TimeoutError:
            raise CannotStart(
                "Redis does not answer; REDIS_URL says where it is looked for."
            ) from None

    async def keep(self) -> None:
        """Looks whether Redis still has it, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                held = await self._secret.held()
                if held is None:
                    log.warning("Redis had lost the key that signs cookies: it is put back")
                    self._was_lost = True
                    held = await self._secret.read_or_make(self._key)
            except (RedisError, OSError) as error:
                log.warning("Redis did not answer", error=type(error).__name__)
            else:
                self._is_shared = held == self._key

    def why_not_ready(self) -> list[str]:
        """Why nobody should be sent to this process."""
        if self._is_shared:
            return []
        return ["this process signs cookies with another key than Redis holds: restart it"]

    def remarks(self) -> list[str]:
        """What whoever runs the server should know, though people may come."""
        return ["Redis has lost what it held, since this process started"] if self._was_lost else []
