"""One browser's connection: who may connect, reading, writing, close codes.

One task reads, one writes; the writer takes from the outbox and has a deadline for each send, and
whoever does not take their frames in time is dropped without holding up anybody.
"""

import asyncio
import logging
from collections import deque
from time import monotonic

import msgspec
from redis.exceptions import RedisError
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.config import Settings
from server.hub import NO_SEAT, Connection, Hub
from server.identity import Identity, Person, base_url, same_origin
from server.outbox import Closing, Outbox
from server.room.commands import BadFrame, Ping, parse
from server.room.refused import Refused
from server.store import Store
from server.views import notice
from server.wire import Line

log = logging.getLogger(__name__)

SEND_DEADLINE_S = 8.0
COMMANDS_PER_WINDOW, WINDOW_S = 40, 4.0

BAD_FRAME = Closing(4400, "this frame is not a command")
WRONG_ORIGIN = Closing(4403, "this page may not connect")
NO_CIRCLE = Closing(4404, "there is no such circle")
TRY_AGAIN = Closing(1013, "come back in a moment")


class RoomSocket:
    """The endpoint `GET /circles/{id}/socket`."""

    def __init__(self, settings: Settings, identity: Identity, store: Store, hub: Hub) -> None:
        self._public_url = settings.public_url
        self._identity = identity
        self._store = store
        self._hub = hub

    async def converse(self, websocket: WebSocket) -> None:
        """Authorises, then reads and writes until either side ends the connection."""
        circle_id = websocket.path_params["circle_id"]
        if not same_origin(websocket, self._public_url):
            await _refuse(websocket, WRONG_ORIGIN)
            return
        person = self._identity.person(websocket, circle_id)
        try:
            circle = await self._store.circle(circle_id)
            role = await self._store.role(circle_id, person.seat) if person else None
            if circle is None or person is None or role is None:
                await _refuse(websocket, NO_SEAT if circle else NO_CIRCLE)
                return
            await websocket.accept()
            connection = self._connection(websocket, person)
            await self._hub.join(circle, role, connection)
        except Refused as refused:
            await _refuse(websocket, Closing(NO_SEAT.code, refused.sentence))
        except RedisError:
            await _refuse(websocket, TRY_AGAIN)
        else:
            await self._read_and_write(websocket, connection)

    def _connection(self, websocket: WebSocket, person: Person) -> Connection:
        line: Line = websocket.scope["extensions"]["line"]
        return Connection(person, base_url(websocket, self._public_url), line.silent_ms)

    async def _read_and_write(self, websocket: WebSocket, connection: Connection) -> None:
        writer = asyncio.create_task(_write(websocket, connection.outbox))
        try:
            await self._read(websocket, connection)
            await writer
        except WebSocketDisconnect:
            return
        finally:
            self._hub.leave(connection)
            writer.cancel()

    async def _read(self, websocket: WebSocket, connection: Connection) -> None:
        pace = Pace()
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message["code"])
            frame = message.get("text")
            try:
                command = parse(frame if frame is not None else b"")
            except BadFrame:
                connection.outbox.close(BAD_FRAME)
                return
            if isinstance(command, Ping):
                now = self._store.now()
                connection.outbox.say(msgspec.json.encode({"pong": command.t, "now": now}).decode())
                continue
            try:
                pace.keep()
                await self._hub.ask(connection, command)
            except Refused as refused:
                connection.outbox.show({"notice": notice(refused.code, refused.sentence)})
            else:
                connection.outbox.show({"notice": notice()})


class Pace:
    """How fast one connection may ask: a person never does so as often as this."""

    def __init__(self) -> None:
        self._asked: deque[float] = deque(maxlen=COMMANDS_PER_WINDOW)

    def keep(self) -> None:
        """Counts one command; raises Refused when there are too many."""
        now = monotonic()
        if len(self._asked) == COMMANDS_PER_WINDOW and now - self._asked[0] < WINDOW_S:
            raise Refused("too_fast", "That was very fast. Please wait a moment.")
        self._asked.append(now)


async def _write(websocket: WebSocket, outbox: Outbox) -> None:
    line: Line = websocket.scope["extensions"]["line"]
    try:
        while True:
            frames, closing = await outbox.take()
            async with asyncio.timeout(SEND_DEADLINE_S):
                for frame in frames:
                    await websocket.send_text(frame)
                if closing:
                    await websocket.close(closing.code, closing.reason)
                    return
    except TimeoutError:
        log.warning("a browser did not take its frames in time")
        line.abort()
    except (WebSocketDisconnect, RuntimeError):
        return  # The browser went while we were writing; the reader sees the same.


async def _refuse(websocket: WebSocket, closing: Closing) -> None:
    """Ends for good. Accepts first: a browser learns the code only of an open socket."""
    if websocket.application_state.name == "CONNECTING":
        await websocket.accept()
    await websocket.close(closing.code, closing.reason)
