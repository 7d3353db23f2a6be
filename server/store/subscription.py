"""The subscription: hears that rooms have changed. Supervised, because it can be lost in silence.

Redis publishes into the void without an error, and a connection that comes back has missed what was
said meanwhile. So every (re)subscription is reported, and its listener loads the room then.
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
"""A channel of no room: what is heard of it first shows that Redis takes subscriptions."""


class Subscription:
    """One subscription for all rooms that this process serves.

    `changed(circle_id, published)` is called for each published value (empty: the room is gone),
    `signalled(circle_id, signal)` for each signal from seat to seat, `subscribed(circle_id)`
    whenever the room is listened to anew, `lost()` when nothing is heard any more and when it is
    again.
    """

    def __init__(
        self,
        at: Topology,
        changed: Callable[[str, bytes], None],
        signalled: Callable[[str, bytes], None],
        subscribed: Callable[[str], None],
        lost: Callable[[], None],
    ) -> None:
        self._at = at
        self._changed = changed
        self._signalled = signalled
        self._subscribed = subscribed
        self._lost = lost
        self._circles: dict[bytes, tuple[str, Callable[[str, bytes], None]]] = {}
        self._line: RedisConnection | None = None

    async def run(self) -> None:
        """Listens until cancelled, through every loss of the connection."""
        pause, first = FIRST_PAUSE_S, True
        while True:
            line: RedisConnection | None = None
            try:
                await self._at.rediscover()
                line = await self._at.subscription(self._receive)
                # Asked for by itself first: a Redis that refuses to be listened to says so here.
                await line.command("SUBSCRIBE", NO_ROOM)
                self._line = line
                if self._circles:
                    self._line.send("SUBSCRIBE", *self._circles)
                if not first:
                    metrics.RESUBSCRIPTIONS.inc()
                    self._lost()
                first = False
                pause = FIRST_PAUSE_S
                await self._line.lost
                self._lost()
                log.warning("subscription lost")
            except RedisError as error:
                said = why_refused(error) or type(error).__name__
                log.warning("no subscription", error=said)
            finally:
                self._line = None
                if line:
                    line.close()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    @property
    def listens(self) -> bool:
        """Whether there is a subscription now."""
        return self._line is not None

    def subscribe(self, circle_id: str) -> None:
        """From now on this room's changes are heard; `subscribed` tells when."""
        news, signalling = _channels(circle_id)
        if news not in self._circles:
            self._circles[news] = circle_id, self._changed
            self._circles[signalling] = circle_id, self._signalled
            if self._line:
                self._line.send("SUBSCRIBE", news, signalling)

    def unsubscribe(self, circle_id: str) -> None:
        """This room's changes are heard no more."""
        names = [name for name in _channels(circle_id) if self._circles.pop(name, None)]
        if names and self._line:
            self._line.send("UNSUBSCRIBE", *names)

    def _receive(self, said: Answer) -> None:
        if isinstance(said, RedisError) and self._line:
            log.warning("a subscription is refused", error=why_refused(said))
            self._line.close()
        if not isinstance(said, list) or said[1] not in self._circles:
            return  # The answer to a ping, or a room that is followed no more.
        circle_id, heard = self._circles[said[1]]
        if said[0] == b"message":
            try:
                heard(circle_id, said[2])
            except Exception as error:  # noqa: BLE001 - of one room; raised here it cuts off all
                count_unreadable(channel(circle_id), error)
                self._subscribed(circle_id)  # What holds stands in Redis.
        elif said[0] == b"subscribe" and heard == self._changed:
            self._subscribed(circle_id)


def _channels(circle_id: str) -> tuple[bytes, bytes]:
    return channel(circle_id).encode(), signals(circle_id).encode()
