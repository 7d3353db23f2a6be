"""A room as this process has it: its newest value, and the connections that are shown it.

Owns that the newest value is kept and that each connection is shown what changed of it, once for
all changes of one breath. Where values come from, and who is here, is for others (hub, presence).
"""

import asyncio
import secrets
from collections.abc import Callable

from server.identity import Person
from server.outbox import Closing, Outbox
from server.room.state import Room
from server.views import Invite, Rendering, Viewer
from server.wire import Line

NO_SEAT = Closing(4401, "you have no seat in this circle")
ROOM_GONE = Closing(4410, "this session is over")


class Connection:
    """One browser, or one tab of it, in a room."""

    def __init__(self, person: Person, base: str, line: Line) -> None:
        self.person = person
        self.base = base
        self.line = line
        self.outbox = Outbox(line)
        line.when_free = self.outbox.flush
        self.lease = f"{person.seat}:{secrets.token_hex(6)}"


class LiveRoom:
    """A room with connections to this process."""

    def __init__(self, room: Room, now: Callable[[], int], invite: Invite) -> None:
        self.room = room
        self.connections: set[Connection] = set()
        self._now = now
        self._invite = invite
        self._rendering: Rendering | None = None
        self._will_show = False

    def receive(self, room: Room) -> None:
        """A value of this room, from wherever: the newest is kept and shown."""
        if room.stamp > self.room.stamp:
            self.room = room
            self.show_soon()

    def correct(self, room: Room) -> None:
        """The value with the stamp of the one in hand, if another one has it by now."""
        if room != self.room:
            self.room = room
            self.show_soon()

    def show_soon(self) -> None:
        """Everybody is sent what they do not have of it yet."""
        if not self._will_show:
            self._will_show = True
            asyncio.get_running_loop().call_soon(self._show)

    def say(self, seat: str, text: bytes) -> None:
        """Says a text to every page of this seat."""
        for connection in self.connections:
            if connection.person.seat == seat:
                connection.outbox.say(text)

    def close(self, closing: Closing) -> None:
        """Ends every connection."""
        for connection in self.connections:
            connection.outbox.close(closing)

    def _show(self) -> None:
        self._will_show = False
        rendering = Rendering(self.room, self._now(), self._invite, self._rendering)
        self._rendering = rendering
        seats = {seat.id: seat for seat in self.room.seats}
        for connection in tuple(self.connections):
            seat = seats.get(connection.person.seat)
            if seat is None:
                connection.outbox.close(NO_SEAT)
                continue
            viewer = Viewer(seat.id, seat.role, connection.base)
            connection.outbox.show(rendering.regions(viewer))
