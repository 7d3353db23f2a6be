"""The hub: the rooms that this process serves.

A room's value comes from Redis, by the subscription or by a load; a newer one replaces the one in
hand, an older one is dropped. Owns joining and leaving, and how values come in; decides nothing
about rooms and keeps nothing of them.
"""

import asyncio
import random
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import msgspec
import structlog
from redis.exceptions import ResponseError

from server import metrics
from server.circle.circle import Circle
from server.live.outbox import Closing
from server.live.presence import Presence, note
from server.live.room import GONE, LOST, ROOM_GONE, Connection, LiveRoom, closing_of
from server.redis_client import Topology
from server.room.commands import Command, Enter, Signal, Whisper
from server.room.company import whispered_to
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import Role
from server.room.typed import tidied
from server.store.keys import stamp_of
from server.store.rooms import RoomGone
from server.store.store import Store
from server.store.subscription import Subscription
from server.store.unreadable import Unreadable
from server.views.rendering import Invite

log = structlog.stdlib.get_logger(__name__)

DRAINS_WITHIN_S = 2.0
KEPT_S = 3.0
"""A room that everybody has left stays here for so long: most come back, when a line was cut."""
LARGEST_SIGNAL = 16 * 1024
"""Twice the longest description of a connection that a page of ours makes."""
RESTARTS = Closing(1012, "the server restarts, come back")


class Hub:
    """All live rooms of this process."""

    def __init__(self, store: Store, at: Topology, invite: Invite) -> None:
        self._arrivals = store.arrivals
        self._circles = store.circles
        self._clock = store.clock
        self._stored = store.rooms
        self._secret = store.secret
        self._invite = invite
        self._rooms: dict[str, LiveRoom] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.draining = False
        """This process is about to end: nobody comes in any more."""
        metrics.ROOMS.set_function(lambda: len(self._entered()))
        metrics.CONNECTIONS.set_function(lambda: len(self._connections()))
        self._presence = Presence(store, self._entered, self._reload)
        self._subscription = Subscription(
            at,
            changed=self._hear,
            signalled=self._hand_over,
            subscribed=self._reload_soon,
            # Another master may have none of the leases that were renewed last.
            lost=self._presence.allow_for_failover,
        )

    async def run(self) -> None:
        """Listens, sweeps and pings until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._subscription.run())
            group.create_task(self._presence.sweep_for_ever())
            group.create_task(self._presence.ping_for_ever())

    def why_not_ready(self) -> list[str]:
        """Why nobody should be sent to this process; empty while it can serve."""
        reasons = ["this process is about to end"] if self.draining else []
        return reasons if self._subscription.listens else [*reasons, "no subscription to Redis"]

    async def drain(self) -> None:
        """Has everybody move over to another process, spread over a while; ends when they went."""
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
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)

    # Coming, asking, going

    async def join(self, circle: Circle, role: Role, connection: Connection) -> None:
        """Registers, subscribes, loads, seats and shows: the same for a newcomer and a return.

        Raises Refused where the person cannot be seated, TooManyWindows, and RedisError where Redis
        does not answer.
        """
        person = Enter(connection.person.seat, connection.person.name, role)
        live = self._rooms.get(circle.id)
        held = live.room if live and live.connections else None
        room = await self._arrivals.seated(circle, person, held)
        live = self._rooms.setdefault(circle.id, LiveRoom(room, self._clock.now, self._invite))
        live.connections.add(connection)
        connection.presses = live.presses(connection.person.seat)
        try:
            self._subscription.subscribe(circle.id)
            live.receive(room)
            with suppress(ResponseError):  # A Redis that is full lets nobody write: they may look.
                await self._presence.came(live, connection)
            live.welcome(connection)
        except BaseException:
            self._drop(live, connection)
            raise

    async def ask(self, connection: Connection, command: Command) -> None:
        """Puts a person's command to the room. Raises Refused."""
        live = self._rooms.get(connection.person.circle)
        if live is None:
            raise Refused("not_now", "This session is over.")
        try:
            changed = await self._stored.change(live.room, command, connection.person.seat)
        except RoomGone:
            self._soon(self._reload(live))
            raise Refused("not_now", "This session is over.") from None
        # The publication brings the same value again; whichever comes second is dropped.
        live.receive(changed)

    async def whisper(self, connection: Connection, whisper: Whisper) -> None:
        """Relays a word to the other facilitators' pages. Raises Refused, or RedisError."""
        live = self._rooms.get(connection.person.circle)
        if live is None:
            raise Refused("not_now", "This session is over.")
        me = connection.person.seat
        decide(live.room, whisper, me, self._clock.now())  # Refuses; no room is changed by it.
        said = msgspec.json.encode({"whisper": {"from": me, "text": tidied(whisper.text)}})
        for seat in (me, *whispered_to(live.room, me)):
            await self._stored.signal(live.room.id, me, seat, said)

    def is_seated(self, connection: Connection) -> bool:
        """Whether this person has a chair in the room; whoever waits in the lobby has none."""
        live = self._rooms.get(connection.person.circle)
        return live is not None and live.room.seat(connection.person.seat) is not None

    async def signal(self, connection: Connection, signal: Signal) -> None:
        """Relays what one person's page has for another's. Raises Refused, or RedisError."""
        live = self._rooms.get(connection.person.circle)
        if not self.is_seated(connection) or live is None or live.room.seat(signal.to) is None:
            raise Refused("unknown_seat", "Signal: that person is not in the room any more.")
        if len(signal.data) > LARGEST_SIGNAL:
            raise Refused("too_long", "This browser sent more than the room passes on.")
        me = connection.person.seat
        if not live.may_signal(me, len(signal.data)):
            return
        said = {"signal": {"from": me, "data": signal.data}}
        await self._stored.signal(live.room.id, me, signal.to, msgspec.json.encode(said))

    def leave(self, connection: Connection) -> None:
        """The connection is gone."""
        live = self._rooms.get(connection.person.circle)
        if live is None or connection not in live.connections:
            return
        self._drop(live, connection)
        self._soon(self._presence.left(live, connection))

    def _drop(self, live: LiveRoom, connection: Connection) -> None:
        live.connections.discard(connection)
        connection.outbox.forget_deadline()
        if not live.connections:
            asyncio.get_running_loop().call_later(KEPT_S, self._let_go, live)

    def _let_go(self, live: LiveRoom) -> None:
        if not live.connections and self._rooms.get(live.room.id) is live:
            del self._rooms[live.room.id]
            self._subscription.unsubscribe(live.room.id)

    def _entered(self) -> list[LiveRoom]:
        return [live for live in self._rooms.values() if live.connections]

    def _connections(self) -> list[Connection]:
        return [c for live in self._rooms.values() for c in live.connections]

    # Hearing

    def _hear(self, circle_id: str, published: bytes) -> None:
        live = self._rooms.get(circle_id)
        if live is None:
            return
        stamp, _, value = published.partition(b"\n")
        if not stamp:
            live.close(ROOM_GONE)
        elif stamp_of(stamp) > live.room.stamp:
            live.receive(self._stored.decoded(circle_id, value))

    def _hand_over(self, circle_id: str, signal: bytes) -> None:
        live = self._rooms.get(circle_id)
        names, _, text = signal.partition(b"\n")
        to, _, sender = names.decode().partition(" ")
        if live is not None:
            live.signal(sender, to, text)

    def _reload_soon(self, circle_id: str) -> None:
        if live := self._rooms.get(circle_id):
            self._soon(self._reload(live))

    async def _reload(self, live: LiveRoom) -> None:
        try:
            room = await self._stored.load_replicated(live.room.id)
            end = ROOM_GONE
            if room is None and await self._circles.get(live.room.id) is None:
                end = LOST if await self._secret.has_lost() else GONE
        except Unreadable as error:
            live.close(closing_of(error))
            return
        if room is None:
            live.close(end)
        elif room.stamp < live.room.stamp:
            await self._stored.restore(room, live.room)
        elif room.stamp == live.room.stamp:
            live.correct(room)
        else:
            live.receive(room)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            note(task.exception())
