"""The subscription to the changes of rooms. Supervised, because it can be lost silently.

Redis publishes to nobody without an error, and a connection that comes back has missed messages.
So every (re)subscription is reported, and the listener loads the room then.
"""

import asyncio
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

from server import metrics
from server.redis_client import Topology
from server.redis_client.connection import Answer, RedisConnection
from server.redis_client.errors import why_refused
from server.store.keys import channel, signals
from server.store.unreadable import count_unreadable

log = structlog.stdlib.get_logger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 1.0
NO_ROOM = "circle:none"
"""A channel without a room: subscribing to it first shows whether Redis allows it."""


class Subscription:
    """One subscription for all rooms that this process serves.

    `changed(circle_id, published)` is called for each published value (empty: the room is gone),
    `signalled(circle_id, signal)` for each signal from seat to seat, `subscribed(circle_id)` after
    each (re)subscription to the room, `lost()` when the connection is lost and when it is back.
    """

    def __init__(
        self,
        topology: Topology,
        changed: Callable[[str, bytes], None],
        signalled: Callable[[str, bytes], None],
        subscribed: Callable[[str], None],
        lost: Callable[[], None],
    ) -> None:
        self._topology = topology
        self._changed = changed
        self._signalled = signalled
        self._subscribed = subscribed
        self._lost = lost
        self._circles: dict[bytes, tuple[str, Callable[[str, bytes], None]]] = {}
        self._connection: RedisConnection | None = None

    async def run(self) -> None:
        """Listens until cancelled, through every loss of the connection."""
        pause, first = FIRST_PAUSE_S, True
        while True:
            connection: RedisConnection | None = None
            try:
                await self._topology.rediscover()
                connection = await self._topology.subscription(self._receive)
                # By itself first: a Redis that refuses subscriptions does so here.
                await connection.command("SUBSCRIBE", NO_ROOM)
                self._connection = connection
                if self._circles:
                    self._connection.send("SUBSCRIBE", *self._circles)
                if not first:
                    metrics.RESUBSCRIPTIONS.inc()
                    self._lost()
                first = False
                pause = FIRST_PAUSE_S
                await self._connection.lost
                self._lost()
                log.warning("subscription lost")
            except RedisError as error:
                reason = why_refused(error) or type(error).__name__
                log.warning("no subscription", error=reason)
            finally:
                self._connection = None
                if connection:
                    connection.close()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    @property
    def listens(self) -> bool:
        """Whether there is a subscription now."""
        return self._connection is not None

    def subscribe(self, circle_id: str) -> None:
        """Subscribes to this room; `subscribed` is called when Redis confirms it."""
        values, signals_of = _channels(circle_id)
        if values not in self._circles:
            self._circles[values] = circle_id, self._changed
            self._circles[signals_of] = circle_id, self._signalled
            if self._connection:
                self._connection.send("SUBSCRIBE", values, signals_of)

    def unsubscribe(self, circle_id: str) -> None:
        names = [name for name in _channels(circle_id) if self._circles.pop(name, None)]
        if names and self._connection:
            self._connection.send("UNSUBSCRIBE", *names)

    def _receive(self, push: Answer) -> None:
        if isinstance(push, RedisError) and self._connection:
            log.warning("a subscription is refused", error=why_refused(push))
            self._connection.close()
        if not isinstance(push, list) or push[1] not in self._circles:
            return  # The reply to a ping, or a room that was unsubscribed.
        circle_id, handler = self._circles[push[1]]
        if push[0] == b"message":
            try:
                handler(circle_id, push[2])
            except Exception as error:  # noqa: BLE001 - of one room; raised here it cuts off all
                count_unreadable(channel(circle_id), error)
                self._subscribed(circle_id)  # The listener loads the value from Redis.
        elif push[0] == b"subscribe" and handler == self._changed:
            self._subscribed(circle_id)


def _channels(circle_id: str) -> tuple[bytes, bytes]:
    return channel(circle_id).encode(), signals(circle_id).encode()
