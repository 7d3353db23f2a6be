"""Signalling: texts that go from one person's page to another's, and change no room."""

from collections.abc import Callable

import msgspec

from server.live.connection import Connection
from server.live.room import LiveRoom
from server.room.commands import Signal, Whisper
from server.room.company import whispered_to
from server.room.refused import Refused
from server.room.rules import decide
from server.room.typed import tidied
from server.store.store import Store

LARGEST_SIGNAL = 16 * 1024
"""Bytes: twice the longest session description of our page."""


class Signalling:
    """Relays signals and whispers by Redis; `room_of` finds a live room by its circle's id."""

    def __init__(self, store: Store, room_of: Callable[[str], LiveRoom | None]) -> None:
        self._clock = store.clock
        self._signals = store.signals
        self._room_of = room_of

    def is_seated(self, connection: Connection) -> bool:
        """Whether this person has a seat in the room; people in the lobby have none."""
        live = self._room_of(connection.person.circle)
        return live is not None and live.room.seat(connection.person.seat) is not None

    async def signal(self, connection: Connection, signal: Signal) -> None:
        """Relays a signal from one person's page to another's. Raises Refused, or RedisError."""
        live = self._room_of(connection.person.circle)
        if not self.is_seated(connection) or live is None or live.room.seat(signal.to) is None:
            raise Refused("unknown_seat", "not_in_room")
        if len(signal.data) > LARGEST_SIGNAL:
            raise Refused("too_long", "signal_too_large")
        me = connection.person.seat
        if not live.may_signal(me, len(signal.data)):
            return
        text = msgspec.json.encode({"signal": {"from": me, "data": signal.data}})
        await self._signals.publish(live.room.id, me, signal.to, text)

    async def whisper(self, connection: Connection, whisper: Whisper) -> None:
        """Relays a whisper to the pages of all facilitators. Raises Refused, or RedisError."""
        live = self._room_of(connection.person.circle)
        if live is None:
            raise Refused("not_now", "session_over")
        me = connection.person.seat
        decide(live.room, whisper, me, self._clock.now())  # May refuse; changes nothing.
        text = msgspec.json.encode({"whisper": {"from": me, "text": tidied(whisper.text)}})
        for seat in (me, *whispered_to(live.room, me)):
            await self._signals.publish(live.room.id, me, seat, text)

    def deliver(self, circle_id: str, signal: bytes) -> None:
        """Sends a signal or whisper that Redis has published to the pages that it is for."""
        live = self._room_of(circle_id)
        names, _, text = signal.partition(b"\n")
        to, _, sender = names.decode().partition(" ")
        if live is not None:
            live.signal(sender, to, text)
