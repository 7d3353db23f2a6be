"""The subscription: hears that rooms have changed. Supervised, because it can be lost in silence.

Redis publishes into the void without an error, and a connection that comes back has missed what was
said meanwhile. So every (re)subscription is reported, and its listener loads the room then.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from server.store import channel

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 1.0


class News:
    """One subscription for all rooms that this process serves.

    `changed(circle_id, value)` is called for each published value (empty: the room is gone),
    `subscribed(circle_id)` whenever the room is listened to anew.
    """

    def __init__(
        self,
        url: str,
        changed: Callable[[str, bytes], None],
        subscribed: Callable[[str], None],
    ) -> None:
        # No time-out on reading: silence is normal here. No retry: a loss must be seen, not hidden.
        tcp: dict[str, Any] = {} if url.startswith("unix:") else {"socket_keepalive": True}
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=None,
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 0),
            **tcp,  # Any: redis-py's options differ by the kind of connection.
        )
        self._changed = changed
        self._subscribed = subscribed
        self._followed: dict[bytes, str] = {}
        self._pubsub: PubSub | None = None
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Listens until cancelled, through every loss of the connection."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await self._subscribe(pubsub)
                    pause = FIRST_PAUSE_S
                    await self._listen(pubsub)
            except (RedisError, OSError) as error:
                log.warning("subscription lost (%s); subscribing anew", type(error).__name__)
            finally:
                self._pubsub = None
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def follow(self, circle_id: str) -> None:
        """From now on this room's changes are heard."""
        name = channel(circle_id).encode()
        self._followed[name] = circle_id
        await self._tell_redis(subscribe=name)

    async def unfollow(self, circle_id: str) -> None:
        """This room's changes are heard no more."""
        name = channel(circle_id).encode()
        if self._followed.pop(name, None):
            await self._tell_redis(unsubscribe=name)

    async def close(self) -> None:
        """Closes the connection to Redis."""
        await self._redis.aclose()

    async def _tell_redis(
        self, subscribe: bytes | None = None, unsubscribe: bytes | None = None
    ) -> None:
        async with self._one_at_a_time:
            if self._pubsub is None:
                return  # `run` subscribes to all that is followed as soon as it is connected.
            with suppress(RedisError, OSError):  # `run` meets the same error and starts anew.
                if subscribe:
                    await self._pubsub.subscribe(subscribe)
                if unsubscribe:
                    await self._pubsub.unsubscribe(unsubscribe)

    async def _subscribe(self, pubsub: PubSub) -> None:
        async with self._one_at_a_time:
            # A channel of no room keeps the connection in use while no room is followed.
            await pubsub.subscribe("circle:none", *self._followed)
            self._pubsub = pubsub

    async def _listen(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(timeout=None)
            if message is None:
                continue
            circle_id = self._followed.get(message["channel"])
            if circle_id is None:
                continue
            if message["type"] == "subscribe":
                self._subscribed(circle_id)
            elif message["type"] == "message":
                self._changed(circle_id, message["data"])
