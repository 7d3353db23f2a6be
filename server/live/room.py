"""A room as this process has it: its newest value, and the connections that are shown it.

Owns that the newest value is kept and that each connection is shown what changed of it, once for
all changes of one breath. Where values come from, and who is here, is for others (hub, presence).
"""

import asyncio
from collections.abc import Callable, Mapping
from itertools import count
from secrets import randbits
from typing import TypeVar

from server import metrics
from server.identity import Person
from server.live.outbox import Closing, Outbox, Peer
from server.live.token_bucket import (
    TokenBucket,
    for_commands,
    for_signals_of_a_pair,
    for_signals_of_a_seat,
)
from server.room.refused import Refused
from server.room.state import Room, Seat
from server.store.unreadable import TooNew, Unreadable
from server.views.partials import notice
from server.views.rendering import Invite, Rendering, Viewer

_Who = TypeVar("_Who")

NO_SEAT = Closing(4401, "you have no seat in this circle")
ROOM_GONE = Closing(4410, "this session is over")
UNREADABLE = Closing(4411, "this room cannot be read")
MOST_BUDGETS = 2048
"""More than the pairs of all who fit into a room; people come and go."""
LOST = Closing(4412, "this server has lost its rooms")
GONE = Closing(4413, "this circle is not kept any more")
TRY_AGAIN = Closing(1013, "come back in a moment")


def closing_of(error: Unreadable) -> Closing:
    """How connections to a room end whose value cannot be read: a newer process may read it."""
    return TRY_AGAIN if isinstance(error, TooNew) else UNREADABLE


class Connection:
    """One browser, or one tab of it, in a room."""

    def __init__(self, person: Person, base: str, peer: Peer, lease: str) -> None:
        self.person = person
        self.viewer = Viewer(person.seat, base)
        self.peer = peer
        self.outbox = Outbox(peer)
        peer.when_free = self.outbox.flush
        self.lease = lease
        self.presses = for_commands()
        """Shared by all connections of the seat, once it has joined."""
        # Not from 1: a page keeps its last notice when it reconnects, and would not insert the same
        # refusal again under the same id.
        self._refusals = count(randbits(32))

    def refuse(self, refused: Refused) -> None:
        """Shows this browser why a command was refused, also if the last refusal was the same."""
        self.outbox.send_regions(
            {"notice": notice(refused.code, refused.sentence, next(self._refusals))}
        )


class LiveRoom:
    """A room with connections to this process."""

    def __init__(self, room: Room, now: Callable[[], int], invite: Invite) -> None:
        self.room = room
        self.connections: set[Connection] = set()
        self.first_leases: dict[str, int] = {}
        """For presence.py: the end of each lease when it was first seen."""
        self._rests: tuple[tuple[Seat, ...], tuple[Seat, ...], int] | None = None
        self._here: bytes | None = None
        """The leases' names, in Redis' order, as long as they are those of `first_leases`."""
        self._loop = asyncio.get_running_loop()
        self._now = now
        self._invite = invite
        self._rendering: Rendering | None = None
        self._will_show = False
        self._presses: dict[str, TokenBucket] = {}
        self._signals: dict[tuple[str, ...], TokenBucket] = {}
        """By seat what it may still send, by sender and receiver what still reaches somebody."""

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
            self._loop.call_soon(self._show)

    def welcome(self, connection: Connection) -> None:
        """Whoever has just come is sent all of it; with everybody, if there is news for them."""
        if not self._will_show:
            self._show_to(connection, self._drawn())

    def mark_dirty(self) -> None:
        """Who is here is about to be compared with what the room says of it."""
        self._rests = self._here = None

    def mark_settled(self) -> None:
        """It has been compared, and is the same."""
        self._rests = (self.room.seats, self.room.lobby, len(self.connections))

    @property
    def is_quiet(self) -> bool:
        """Whether what the room says of who is here has not changed since."""
        return (self.room.seats, self.room.lobby, len(self.connections)) == self._rests

    def is_settled(self, leases: Mapping[str, int]) -> bool:
        """Whether neither that nor who is here has changed since."""
        return self.is_quiet and leases.keys() == self.first_leases.keys()

    def is_still_settled(self, here: bytes) -> bool:
        """The same; `here` has the names of all leases, with blanks between them."""
        if here != self._here:
            if set(here.decode().split()) != self.first_leases.keys():
                return False
            self._here = here
        return self.is_quiet

    def presses(self, seat: str) -> TokenBucket:
        """How fast a seat may issue commands, by all its connections to this process."""
        return _kept(self._presses, seat, for_commands)

    def may_signal(self, sender: str, size: int) -> bool:
        """Whether a seat may send so many bytes more, by all its connections to this process."""
        return self._within((sender,), for_signals_of_a_seat, size)

    def signal(self, sender: str, to: str, text: bytes) -> None:
        """Sends what one seat has for another to each of its pages, within the pair's budget."""
        if not self._within((sender, to), for_signals_of_a_pair, len(text)):
            return
        for connection in self.connections:
            if connection.person.seat == to:
                connection.outbox.signal(text)

    def _within(self, who: tuple[str, ...], budget: Callable[[], TokenBucket], size: int) -> bool:
        if _kept(self._signals, who, budget).take(self._loop.time(), size):
            return True
        metrics.SIGNALS_DROPPED.inc()
        return False

    def close(self, closing: Closing) -> None:
        """Ends every connection."""
        for connection in self.connections:
            connection.outbox.close(closing)

    def _show(self) -> None:
        self._will_show = False
        rendering = self._drawn()
        for connection in tuple(self.connections):
            self._show_to(connection, rendering)

    def _drawn(self) -> Rendering:
        now = self._now()
        if self._rendering is None or not self._rendering.is_of(self.room, now):
            self._rendering = Rendering(self.room, now, self._invite, self._rendering)
        return self._rendering

    def _show_to(self, connection: Connection, rendering: Rendering) -> None:
        regions = rendering.regions(connection.viewer)
        if regions is None:
            connection.outbox.close(NO_SEAT)
            return
        connection.outbox.send_regions(regions)
        if connection.person.seat in self.room.gone:
            connection.outbox.close(ROOM_GONE)


def _kept(
    budgets: dict[_Who, TokenBucket], who: _Who, new: Callable[[], TokenBucket]
) -> TokenBucket:
    """This one's budget, a new one where there is none; bounded, since people come and go."""
    if who not in budgets:
        if len(budgets) >= MOST_BUDGETS:
            budgets.clear()
        budgets[who] = new()
    return budgets[who]
