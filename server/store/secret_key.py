"""The key that signs cookies, where Redis keeps it for all processes.

Owns that it is read at the start, and put back where Redis has lost it: else the next process would
make another one, and neither would know whom the other has let in.
"""

import asyncio

import structlog
from redis.exceptions import RedisError

from server.config import CannotStart
from server.redis_client.errors import why_refused
from server.store.store import Store

log = structlog.stdlib.get_logger(__name__)

REDIS_ANSWERS_WITHIN_S = 5
LOOK_S = 2.0


class SharedKey:
    """Redis' copy of it, and this process'."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._key = ""
        self._is_shared = True
        self._was_lost = False

    async def read(self) -> str:
        """The key, made now where there is none yet. Raises CannotStart."""
        try:
            async with asyncio.timeout(REDIS_ANSWERS_WITHIN_S):
                while True:
                    try:
                        self._key = await self._store.secret_key()
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
                held = await self._store.held_secret_key()
                if held is None:
                    log.warning("Redis had lost the key that signs cookies: it is put back")
                    self._was_lost = True
                    held = await self._store.secret_key(self._key)
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
