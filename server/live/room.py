"""A room in this process: its newest value and its connections.

Keeps the newest value and sends each connection the regions that changed; changes within one turn
of the event loop are coalesced. Values come from hub.py; presence.py owns who is here.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

from server import metrics
from server.live.connection import NO_SEAT, ROOM_GONE, Connection
from server.live.outbox import Closing
from server.live.token_bucket import (
    TokenBucket,
    for_commands,
    for_signals_of_a_pair,
    for_signals_of_a_seat,
)
from server.room.state import Room, Seat
from server.views.moment import next_moment
from server.views.rendering import Invite, Rendering

_Who = TypeVar("_Who")

MOST_BUCKETS = 2048
"""More than the pairs of all people who fit into a room; people come and go."""


class LiveRoom:
    """A room with connections to this process."""

    def __init__(self, room: Room, now: Callable[[], int], invite: Invite) -> None:
        self.room = room
        self.connections: set[Connection] = set()
        self.first_leases: dict[str, int] = {}
        """For presence.py: the end of each lease when it was first seen."""
        self.newest_report = 0
        """For presence.py: the number of the newest report of leases."""
        self.noting = asyncio.Lock()
        """For presence.py: held while it compares a report with the room and notes it."""
        self._settled: tuple[tuple[Seat, ...], tuple[Seat, ...], int] | None = None
        self._here: bytes | None = None
        """The names of `first_leases`, as Redis listed them last."""
        self._loop = asyncio.get_running_loop()
        self._now = now
        self._invite = invite
        self._rendering: Rendering | None = None
        self._will_show = False
        self._next_moment: asyncio.TimerHandle | None = None
        """Shows the room again when the time changes what it shows (views/moment.py)."""
        self._presses: dict[str, TokenBucket] = {}
        self._signals: dict[tuple[str, ...], TokenBucket] = {}
        """By sender, and by pair of sender and receiver."""

    def receive(self, room: Room) -> None:
        """Keeps and sends this value of the room if it is newer."""
        if room.stamp > self.room.stamp:
            self.room = room
            self.show_soon()

    def correct(self, room: Room) -> None:
        """Replaces the value with another one of the same stamp."""
        if room != self.room:
            self.room = room
            self.show_soon()

    def show_soon(self) -> None:
        """Sends everybody what has changed, in the next turn of the event loop."""
        if not self._will_show:
            self._will_show = True
            self._loop.call_soon(self._show)

    def welcome(self, connection: Connection) -> None:
        """Sends all of it to a new connection, now or with the change that is about to be sent."""
        if not self._will_show:
            self._show_to(connection, self.rendering())

    def mark_dirty(self) -> None:
        """Who is here must be compared with the room."""
        self._settled = self._here = None

    def mark_settled(self) -> None:
        """Who is here has been compared with the room, and is the same."""
        self._settled = (self.room.seats, self.room.lobby, len(self.connections))

    @property
    def is_quiet(self) -> bool:
        """Whether the room is settled and its people have not changed since."""
        return (self.room.seats, self.room.lobby, len(self.connections)) == self._settled

    def is_settled(self, leases: Mapping[str, int]) -> bool:
        """Whether it is quiet and has the same leases."""
        return self.is_quiet and leases.keys() == self.first_leases.keys()

    def is_still_settled(self, here: bytes) -> bool:
        """The same; `here` has the names of all leases, separated by spaces."""
        if here != self._here:
            if set(here.decode().split()) != self.first_leases.keys():
                return False
            self._here = here
        return self.is_quiet

    def presses(self, seat: str) -> TokenBucket:
        """The rate limit of a seat's commands, over all its connections to this process."""
        return _bucket_of(self._presses, seat, for_commands)

    def may_signal(self, sender: str, size: int) -> bool:
        """Whether a seat may send so many more bytes, over all its connections to this process."""
        return self._within((sender,), for_signals_of_a_seat, size)

    def signal(self, sender: str, to: str, text: bytes) -> None:
        """Sends a signal to each page of a seat, within the rate limit of the pair."""
        if not self._within((sender, to), for_signals_of_a_pair, len(text)):
            return
        for connection in self.connections:
            if connection.person.seat == to:
                connection.outbox.signal(text)

    def _within(self, who: tuple[str, ...], new: Callable[[], TokenBucket], size: int) -> bool:
        if _bucket_of(self._signals, who, new).take(self._loop.time(), size):
            return True
        metrics.SIGNALS_DROPPED.inc()
        return False

    def close(self, closing: Closing) -> None:
        for connection in self.connections:
            connection.outbox.close(closing)

    def _show(self) -> None:
        self._will_show = False
        rendering = self.rendering()
        for connection in tuple(self.connections):
            self._show_to(connection, rendering)

    def rendering(self) -> Rendering:
        """The regions of the newest value."""
        now = self._now()
        if self._rendering is None or not self._rendering.is_of(self.room, now):
            self._rendering = Rendering(self.room, now, self._invite, self._rendering)
            self.cancel_next_moment()
        if self._next_moment is None:
            self._await_next_moment(now)
        return self._rendering

    def cancel_next_moment(self) -> None:
        """For a room that has changed, or to which nobody is connected any more."""
        if self._next_moment:
            self._next_moment.cancel()
            self._next_moment = None

    def _await_next_moment(self, now: int) -> None:
        if (at := next_moment(self.room, now)) is not None:
            self._next_moment = self._loop.call_later((at - now + 1) / 1000, self._show_moment)

    def _show_moment(self) -> None:
        # The estimate of Redis' clock may have been set back meanwhile: then it is awaited again.
        self._next_moment = None
        self.show_soon()

    def _show_to(self, connection: Connection, rendering: Rendering) -> None:
        regions = rendering.regions(connection.viewer)
        if regions is None:
            connection.outbox.close(NO_SEAT)
            return
        connection.outbox.send_regions(regions)
        if connection.person.seat in self.room.gone:
            connection.outbox.close(ROOM_GONE)


def _bucket_of(
    buckets: dict[_Who, TokenBucket], who: _Who, new: Callable[[], TokenBucket]
) -> TokenBucket:
    """Gets or makes a bucket; their number is bounded, since people come and go."""
    if who not in buckets:
        if len(buckets) >= MOST_BUCKETS:
            buckets.clear()
        buckets[who] = new()
    return buckets[who]
