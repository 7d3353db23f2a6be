"""One browser's connection: who may connect, reading, writing, close codes.

One task reads; nobody writes but the outbox, which holds up nobody.
"""

from collections import deque
from time import monotonic

import msgspec
from redis.exceptions import RedisError
from starlette.websockets import WebSocket

from server.config import Settings
from server.hub import NO_SEAT, Connection, Hub
from server.identity import Identity, base_url, same_origin
from server.outbox import Closing
from server.room.commands import BadFrame, Ping, parse
from server.room.refused import Refused
from server.store import Store
from server.views import notice
from server.wire import Line

COMMANDS_PER_WINDOW, WINDOW_S = 40, 4.0

BAD_FRAME = Closing(4400, "this frame is not a command")
WRONG_ORIGIN = Closing(4403, "this page may not connect")
NO_CIRCLE = Closing(4404, "there is no such circle")
TRY_AGAIN = Closing(1013, "come back in a moment")

NO_NOTICE = notice()


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
            seat = person.seat if person else ""
            circle, role = await self._store.circle_and_role(circle_id, seat)
            if circle is None or person is None or role is None:
                await _refuse(websocket, NO_SEAT if circle else NO_CIRCLE)
                return
            await websocket.accept()
            line: Line = websocket.scope["extensions"]["line"]
            connection = Connection(person, base_url(websocket, self._public_url), line)
            await self._hub.join(circle, role, connection)
        except Refused as refused:
            await _refuse(websocket, Closing(NO_SEAT.code, refused.sentence))
        except RedisError:
            await _refuse(websocket, TRY_AGAIN)
        else:
            try:
                await self._read(websocket, connection)
            finally:
                self._hub.leave(connection)

    async def _read(self, websocket: WebSocket, connection: Connection) -> None:
        pace, outbox = Pace(), connection.outbox
        while (message := await websocket.receive())["type"] != "websocket.disconnect":
            frame = message.get("text")
            try:
                command = parse(frame if frame is not None else b"")
            except BadFrame:
                outbox.close(BAD_FRAME)
                await _until_gone(websocket)
                return
            if isinstance(command, Ping):
                outbox.say(msgspec.json.encode({"pong": command.t, "now": self._store.now()}))
                continue
            try:
                pace.keep()
                await self._hub.ask(connection, command)
            except Refused as refused:
                answer = notice(refused.code, refused.sentence)
            else:
                answer = NO_NOTICE
            outbox.show({"notice": answer.partial})


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


async def _until_gone(websocket: WebSocket) -> None:
    """Hears nothing more from it."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _refuse(websocket: WebSocket, closing: Closing) -> None:
    """Ends for good. Accepts first: a browser learns the code only of an open socket."""
    if websocket.application_state.name == "CONNECTING":
        await websocket.accept()
    await websocket.close(closing.code, closing.reason)
