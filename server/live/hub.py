"""The hub: the rooms that this process serves.

A room's value comes from Redis, by the subscription or by a load; a newer one replaces the current
one, an older one is dropped. Owns joining, leaving and incoming values; decides nothing about rooms
and stores nothing.
"""

import asyncio
import random
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog
from redis.exceptions import ResponseError

from server import metrics
from server.circle.circle import Circle
from server.live.connection import GONE, LOST, ROOM_GONE, Connection, closing_of
from server.live.outbox import Closing
from server.live.presence import LEASE_MS, Presence, log_error
from server.live.room import LiveRoom
from server.live.signalling import Signalling
from server.redis_client import Topology
from server.room.commands import Command, Enter
from server.room.refused import Refused
from server.room.state import ENDED, Role, Room
from server.store.keys import stamp_of
from server.store.rooms import RoomGone
from server.store.store import Store
from server.store.subscription import Subscription
from server.store.unreadable import Unreadable
from server.views.rendering import Invite, Rendering

log = structlog.stdlib.get_logger(__name__)

DRAINS_WITHIN_S = 2.0
FINISHES_WITHIN_S = 1.0
KEPT_S = 3.0
"""An empty room stays here for so long: after a lost connection most people come back, and a page
is followed by its socket."""
RESTARTS = Closing(1012, "the server restarts, come back")


class Hub:
    """All live rooms of this process."""

    def __init__(self, store: Store, topology: Topology, invite: Invite) -> None:
        self._arrivals = store.arrivals
        self._circles = store.circles
        self._clock = store.clock
        self._stored = store.rooms
        self._secret = store.secret
        self._invite = invite
        self._rooms: dict[str, LiveRoom] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.draining = False
        """This process is about to end and takes no new connections."""
        metrics.ROOMS.set_function(lambda: len(self._occupied()))
        metrics.CONNECTIONS.set_function(lambda: len(self._connections()))
        self._presence = Presence(store, self._occupied, self._reload)
        self.signalling = Signalling(store, self._rooms.get)
        self._subscription = Subscription(
            topology,
            changed=self._receive_value,
            signalled=self.signalling.deliver,
            subscribed=self._start_reload,
            # Another master may lack the latest leases.
            lost=self._presence.allow_for_failover,
        )

    def work(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """The coroutines that subscribe, sweep and ping; each runs until cancelled."""
        return (
            self._subscription.run(),
            self._presence.sweep_for_ever(),
            self._presence.ping_for_ever(),
        )

    def why_not_ready(self) -> list[str]:
        """Why this process is not ready for people; empty while it is."""
        reasons = ["this process is about to end"] if self.draining else []
        return reasons if self._subscription.listens else [*reasons, "no subscription to Redis"]

    async def drain(self) -> None:
        """Closes all connections, spread over a while, so that pages move to another process."""
        self.draining = True
        leaving = self._connections()
        random.shuffle(leaving)
        if leaving:
            log.info("draining", connections=len(leaving))
            loop = asyncio.get_running_loop()
            for place, connection in enumerate(leaving):
                after_s = DRAINS_WITHIN_S * place / len(leaving)
                loop.call_later(after_s, connection.outbox.close, RESTARTS)
            await asyncio.sleep(DRAINS_WITHIN_S)

    async def finish(self) -> None:
        """Waits until Redis knows which connections have closed, or cancels that after a while.

        It comes after the last connection, and before the connections to Redis are closed.
        """
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=FINISHES_WITHIN_S)
            for task in late:
                task.cancel()

    # Joining, commands, leaving

    async def join(self, circle: Circle, role: Role, connection: Connection) -> None:
        """Seats, registers, subscribes and sends the room: one path for newcomers and reconnects.

        Raises Refused if the person cannot be seated, TooManyWindows, Crowded, and RedisError if
        Redis does not answer.
        """
        person = Enter(connection.person.seat, connection.person.name, role)
        held = self.value(circle.id)
        room, report = await self._arrivals.with_lease(
            circle, person, held, connection.lease, LEASE_MS
        )
        live = self._served(room)
        live.connections.add(connection)
        connection.presses = live.presses(connection.person.seat)
        try:
            with suppress(ResponseError):  # A full Redis takes no writes; the room is shown anyway.
                if report is not None:
                    await self._presence.connected(live, connection, report)
            live.welcome(connection)
        except BaseException:
            self._drop(live, connection)
            raise

    def value(self, circle_id: str) -> Room | None:
        """The value of this room, if this process serves it: the newest that it knows of."""
        live = self._rooms.get(circle_id)
        return live.room if live else None

    def rendering(self, room: Room) -> Rendering:
        """The regions of this value of a room, or of a newer one, for a page.

        The room is served from now on: its socket follows, and needs the same regions.
        """
        return self._served(room).rendering()

    def _served(self, room: Room) -> LiveRoom:
        """The live room with this value or a newer one; a new one is discarded if nobody comes."""
        live = self._rooms.get(room.id)
        if live is None:
            live = self._rooms[room.id] = LiveRoom(room, self._clock.now, self._invite)
            self._subscription.subscribe(room.id)
            self._discard_later(live)
        else:
            live.receive(room)
        return live

    async def command(self, connection: Connection, command: Command) -> None:
        """Changes the room by a person's command. Raises Refused."""
        live = self._rooms.get(connection.person.circle)
        if live is None:
            raise Refused("not_now", "session_over")
        try:
            changed = await self._stored.change(live.room, command, connection.person.seat)
        except RoomGone:
            self._start(self._reload(live))
            raise Refused("not_now", "session_over") from None
        # The subscription brings the same value; the second is dropped.
        live.receive(changed)

    def leave(self, connection: Connection) -> None:
        """Unregisters a closed connection."""
        live = self._rooms.get(connection.person.circle)
        if live is None or connection not in live.connections:
            return
        self._drop(live, connection)
        self._start(self._presence.disconnected(live, connection))

    def _drop(self, live: LiveRoom, connection: Connection) -> None:
        live.connections.discard(connection)
        connection.outbox.forget_deadline()
        if not live.connections:
            self._discard_later(live)

    def _discard_later(self, live: LiveRoom) -> None:
        asyncio.get_running_loop().call_later(KEPT_S, self._discard_if_empty, live)

    def _discard_if_empty(self, live: LiveRoom) -> None:
        if not live.connections and self._rooms.get(live.room.id) is live:
            del self._rooms[live.room.id]
            live.cancel_next_moment()
            self._subscription.unsubscribe(live.room.id)

    def _occupied(self) -> list[LiveRoom]:
        return [live for live in self._rooms.values() if live.connections]

    def _connections(self) -> list[Connection]:
        return [c for live in self._rooms.values() for c in live.connections]

    # Values that arrive

    def _receive_value(self, circle_id: str, published: bytes) -> None:
        live = self._rooms.get(circle_id)
        if live is None:
            return
        stamp, _, value = published.partition(b"\n")
        if not stamp and live.room.phase == ENDED:
            live.close(ROOM_GONE)
        elif not stamp:
            # The circle was erased, or this process has missed the end of the session.
            self._start(self._reload(live))
        elif stamp_of(stamp) > live.room.stamp:
            live.receive(self._stored.decoded(circle_id, value))

    def _start_reload(self, circle_id: str) -> None:
        if live := self._rooms.get(circle_id):
            self._start(self._reload(live))

    async def _reload(self, live: LiveRoom) -> None:
        try:
            room = await self._stored.load_replicated(live.room.id)
            closing = ROOM_GONE
            if room is None and await self._circles.get(live.room.id) is None:
                closing = LOST if await self._secret.has_lost() else GONE
        except Unreadable as error:
            live.close(closing_of(error))
            return
        if room is None:
            live.close(closing)
        elif room.stamp < live.room.stamp:
            await self._stored.restore(room, live.room)
        elif room.stamp == live.room.stamp:
            live.correct(room)
        else:
            live.receive(room)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            log_error(task.exception())
