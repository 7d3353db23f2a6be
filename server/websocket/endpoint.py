"""The endpoint of a browser's socket: authorisation, reading, close codes.

One task reads; only the outbox writes, and it never waits.
"""

import asyncio
from functools import lru_cache
from http import HTTPStatus
from time import monotonic, perf_counter

import msgspec
from prometheus_client import Counter
from redis.exceptions import RedisError
from starlette.websockets import WebSocket

from server import metrics
from server.config import Settings
from server.http.origin import base_url, same_origin
from server.identity import Identity, Person
from server.live.connection import GONE, LOST, NO_SEAT, TRY_AGAIN, Connection, closing_of
from server.live.hub import Hub
from server.live.outbox import Closing
from server.live.token_bucket import for_signalling
from server.live.windows import Crowded, TooManyWindows
from server.room.commands import BadFrame, Command, Ice, Ping, Signal, Spoke, Whisper, parse
from server.room.refused import Refused
from server.store.arrivals import SeatGone
from server.store.store import Store
from server.store.unreadable import Unreadable
from server.views.language import language_of
from server.websocket.ice import ice
from server.websocket.protocol import SocketProtocol

BAD_FRAME = Closing(4400, "this frame is not a command")
WRONG_ORIGIN = Closing(4403, "this page may not connect")
NO_CIRCLE = Closing(4404, "there is no such circle")
NOT_NOW = Closing(4414, "this room cannot take you in now, and its page says why")
TOO_MANY_WINDOWS = Closing(4300, "this seat is open in too many windows, come back")

TOO_FAST = Refused("too_fast", "very_fast")


class RoomSocket:
    """The endpoint `GET /circles/{id}/socket`."""

    def __init__(self, settings: Settings, identity: Identity, store: Store, hub: Hub) -> None:
        self._settings = settings
        self._identity = identity
        self._circles = store.circles
        self._clock = store.clock
        self._leases = store.leases
        self._secret = store.secret
        self._hub = hub
        self._signalling = hub.signalling

    async def converse(self, websocket: WebSocket) -> None:
        """Authorises, joins the room, and reads until either side ends the connection."""
        circle_id = websocket.path_params["circle_id"]
        peer: SocketProtocol = websocket.scope["extensions"]["peer"]
        if not same_origin(websocket, self._settings.public_url):
            await _refuse(websocket, WRONG_ORIGIN)
            return
        if self._hub.draining:
            peer.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        person = self._identity.person(websocket, circle_id)
        try:
            seat = person.seat if person else ""
            circle, role = await self._circles.get_with_role(circle_id, seat)
            if circle is None or person is None or role is None:
                await _refuse(websocket, NO_SEAT if circle else await self._no_circle(person))
                return
            await self._circles.visited(circle, role)
            await websocket.accept()
            base = base_url(websocket, self._settings.public_url)
            lease = self._leases.lease(seat)
            connection = Connection(person, base, peer, lease, language_of(websocket))
            await self._hub.join(circle, role, connection)
        except Refused as refused:
            await _refuse(websocket, TRY_AGAIN if refused.code == TOO_FAST.code else NOT_NOW)
        except SeatGone:
            await _refuse(websocket, NO_SEAT)
        except TooManyWindows:
            await _refuse(websocket, TOO_MANY_WINDOWS)
        except Unreadable as error:
            await _refuse(websocket, closing_of(error))
        except (Crowded, RedisError):
            await _refuse(websocket, TRY_AGAIN)
        else:
            try:
                await self._read(websocket, connection)
            finally:
                self._hub.leave(connection)

    async def _no_circle(self, person: Person | None) -> Closing:
        """The close for a missing circle; `person` is None without a valid cookie."""
        if person is None:
            return NO_CIRCLE
        return LOST if await self._secret.has_lost() else GONE

    async def _read(self, websocket: WebSocket, connection: Connection) -> None:
        commands, signalling = connection.presses, for_signalling()
        outbox = connection.outbox
        while (message := await websocket.receive())["type"] != "websocket.disconnect":
            frame = message.get("text")
            try:
                command = parse(frame if frame is not None else b"")
            except BadFrame:
                outbox.close(BAD_FRAME)
                await _until_gone(websocket)
                return
            if isinstance(command, Ping | Ice | Signal):
                await asyncio.sleep(signalling.wait_s(monotonic()))
                await self._answer(connection, command)
            elif wait_s := commands.wait_s(monotonic()):
                _count(command, TOO_FAST.code)
                connection.refuse(TOO_FAST)
                await asyncio.sleep(wait_s)
            else:
                await self._run(connection, command)

    async def _answer(self, connection: Connection, request: Ping | Ice | Signal) -> None:
        """Answers what a page sends by itself and what changes no room."""
        now = self._clock.now()
        match request:
            case Ping():
                connection.outbox.send_text(msgspec.json.encode({"pong": request.t, "now": now}))
            case Ice() if self._signalling.is_seated(connection):
                connection.outbox.send_text(msgspec.json.encode({"ice": ice(self._settings, now)}))
            case Ice():
                return  # People in the lobby need no TURN server yet.
            case Signal():
                metrics.SIGNALS.inc()
                try:
                    await self._signalling.signal(connection, request)
                except Refused as refused:
                    # Nobody pressed anything, so a repeated refusal need not be shown again.
                    connection.show_refusal(refused)
                except RedisError:
                    return  # The signal is lost; the page that waits for an answer tries again.

    async def _run(self, connection: Connection, command: Command) -> None:
        began = perf_counter()
        try:
            await self._change(connection, command)
        except Refused as refused:
            if not isinstance(command, Spoke):  # Nobody pressed anything.
                connection.refuse(refused)
            outcome: str = refused.code
        else:
            if not isinstance(command, Spoke):
                connection.outbox.send_regions({"notice": connection.no_notice})
            outcome = "accepted"
        # After the room has sent its changes, which may wait for this turn of the event loop.
        asyncio.get_running_loop().call_soon(_record_press, began)
        _count(command, outcome)

    async def _change(self, connection: Connection, command: Command) -> None:
        if not isinstance(command, Whisper):
            await self._hub.command(connection, command)
            return
        try:
            await self._signalling.whisper(connection, command)
        except RedisError:
            raise Refused("unavailable", "whisper_lost") from None


def _record_press(began: float) -> None:
    metrics.PRESS_TO_SEND.observe(perf_counter() - began)


def _count(command: Command, outcome: str) -> None:
    _counter(type(command), outcome).inc()


@lru_cache
def _counter(kind: type[Command], outcome: str) -> Counter:
    return metrics.COMMANDS.labels(kind.__name__, outcome)


async def _until_gone(websocket: WebSocket) -> None:
    """Ignores further messages until the connection is closed."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _refuse(websocket: WebSocket, closing: Closing) -> None:
    """Closes with this code. Accepts first: a browser sees the code only of an open socket."""
    if websocket.application_state.name == "CONNECTING":
        await websocket.accept()
    metrics.OUTBOX_CLOSES.labels(str(closing.code)).inc()
    await websocket.close(closing.code, closing.reason)
