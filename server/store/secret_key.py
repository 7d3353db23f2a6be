"""The key that signs cookies, kept in Redis for all processes.

A process reads it at its start, and restores it if Redis has lost it: else the next process would
make another key, and neither would accept the other's cookies.
"""

import asyncio
import secrets
from typing import cast

import structlog
from redis.exceptions import RedisError

from server.config import CannotStart
from server.redis_client.errors import why_refused
from server.store.scripts import Scripts

log = structlog.stdlib.get_logger(__name__)

REDIS_ANSWERS_WITHIN_S = 5
LOOK_S = 2.0
LOSS_REMEMBERED_S = 120 * 24 * 3600
"""At least identity.COOKIE_SECONDS: no cookie for a lost circle lives longer."""


class Secret:
    """The key in Redis, the same for all processes."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._shares_key = False

    async def read_or_make(self, known: str = "") -> str:
        """The key in Redis; if there is none, `known` or a new one is stored first.

        An existing key is only read, so a process can start while Redis takes no writes.
        """
        self._shares_key = True
        while (key := await self.held()) is None:
            if known:  # First, so that `has_lost` is never wrong in between.
                lost = ("SET", "circle:lost", 1, "EX", LOSS_REMEMBERED_S)
                await self._scripts.command("circle:lost", *lost)
            made = known or secrets.token_urlsafe(32)
            await self._scripts.command("secret", "SET", "secret", made, "NX")
        return key

    async def held(self) -> str | None:
        """The key that Redis holds, or None."""
        key = cast("bytes | None", await self._scripts.command("secret", "GET", "secret"))
        return None if key is None else key.decode(errors="replace")

    async def has_lost(self) -> bool:
        """Whether Redis is known to have lost all its data, not single circles.

        If SECRET_KEY is set, Redis does not show it.
        """
        if self._shares_key and await self.held() is None:
            return True
        return await self._scripts.command("circle:lost", "GET", "circle:lost") is not None


class SharedKey:
    """The key that this process uses, compared with the one in Redis as long as it runs."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self._key = ""
        self._is_shared = True
        self._was_lost = False

    async def read(self) -> str:
        """The key, made now if there is none. Raises CannotStart."""
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
        """Checks that Redis still has it, until cancelled."""
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
        """Why this process is not ready for people."""
        if self._is_shared:
            return []
        return ["this process signs cookies with another key than Redis holds: restart it"]

    def remarks(self) -> list[str]:
        """Remarks for the operator of a process that is ready."""
        return ["Redis has lost what it held, since this process started"] if self._was_lost else []
