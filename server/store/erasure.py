"""Erasure: a circle forgets people, and the room with it, in one commit."""

import asyncio
from enum import StrEnum
from functools import partial

from msgspec.structs import replace

from server.circle import kept
from server.circle.changes import forgetting, with_role_alone
from server.circle.circle import Circle
from server.circle.kept import people
from server.circle.register import seats_in
from server.room.commands import Forget
from server.room.forgetting import absent, lacks_leases
from server.room.refused import Refused
from server.room.state import Role, Room
from server.store.circle_erasure import CircleErasure
from server.store.circles import Circles
from server.store.commit import TRIES, CircleChange, CircleChanged, IsHere
from server.store.keys import stamp_text
from server.store.leases import NO_WINDOWS, Leases
from server.store.pulses import Pulses
from server.store.reminders import Reminders
from server.store.rooms import Rooms

LEASE_CHECKS, LEASE_CHECK_EVERY_S = 10, 0.5
"""A room without leases is checked again for longer than two sweeps (presence.SWEEP_S)."""


class Left(StrEnum):
    """The outcome for the seat of a person who leaves the circle on their device."""

    FORGOTTEN = "forgotten"
    SITS = "sits"
    """It stays, with its role alone: another window of theirs is in the room. It goes when they
    have left the room."""


class NotLeading(Exception):
    """The person who asks is no facilitator of this circle any more."""


class Erasure:
    def __init__(
        self,
        circles: Circles,
        rooms: Rooms,
        leases: Leases,
        pulses: Pulses,
        reminders: Reminders,
        wholly: CircleErasure,
    ) -> None:
        self._wholly = wholly
        self._circles = circles
        self._rooms = rooms
        self._leases = leases
        self._pulses = pulses
        self._reminders = reminders

    async def forget_absent(self, circle_id: str, actor: str) -> int:
        """Forgets everybody but the actor and the people in the room or at its door; returns how
        many were forgotten, without guests.

        The commit compares the leases: a person who arrives meanwhile stays known, or is too late
        and has no seat (Arrivals.arrived). Raises NotLeading, and Refused.
        """
        # People who arrive from now on are never forgotten, even before they have a lease.
        leaving = frozenset(people(await self._rooms.load(circle_id)))
        await self._wait_for_leases(circle_id)
        for _ in range(TRIES):
            room, circle = await self._loaded(circle_id)
            if circle is None or actor not in circle.leading:
                raise NotLeading
            connected = await self._leases.connected(circle_id)
            leaving &= absent(room, connected) - {actor} if room else frozenset()
            stays = {actor, *people(room), *connected} - leaving
            leave = _known(circle) - stays
            try:
                is_done = await self._erase(circle, room, leaving | leave, by_themselves=False)
            except IsHere:
                continue
            if is_done:
                return sum(circle.roles.get(seat, Role.GUEST) != Role.GUEST for seat in leave)
        raise Refused("too_fast", "too_much_at_once")

    async def _wait_for_leases(self, circle_id: str) -> None:
        """Waits until sweeps have renewed the leases of a room that is not empty.

        All leases expire while Redis is away or the only process stalls.
        """
        for _ in range(LEASE_CHECKS):
            room = await self._rooms.load(circle_id)
            if room is None or not lacks_leases(room, await self._leases.connected(circle_id)):
                return
            await asyncio.sleep(LEASE_CHECK_EVERY_S)

    async def leave(self, circle_id: str, seat: str) -> Left:
        """Forgets this person, who leaves the circle.

        The facilitator link stays valid: everybody who leads keeps it, and if none of them has a
        chair any more, it is the only way to lead. Idempotent. Raises Refused.
        """
        if await self._forgets(circle_id, seat):
            return Left.FORGOTTEN
        await self._wholly.seat_goes_later(circle_id, seat)
        await self._reminders.erase(circle_id, seat)
        await self._pulses.forget(circle_id, [seat])
        await self._circles.change(circle_id, partial(with_role_alone, seat=seat))
        await self._wholly.seat_emptied(circle_id, seat)
        return Left.SITS

    async def resume(self, circle_id: str, seat: str) -> bool:
        """Erases a seat: a process has ended while it did this, a backup has brought the seat back,
        its person has left the room, or nobody has been on it for very long.

        Returns whether it did; not while a window of its person is in the room. Raises Refused.
        """
        is_erased = await self._forgets(circle_id, seat)
        if is_erased:
            await self._wholly.seats_erased(circle_id, [seat])
        return is_erased

    async def _forgets(self, circle_id: str, seat: str) -> bool:
        """Forgets this person, unless a window of theirs is in the room; returns whether it did."""
        for _ in range(TRIES):
            room, circle = await self._loaded(circle_id)
            if circle is None:
                return True
            try:
                if await self._erase(circle, room, frozenset({seat}), by_themselves=True):
                    return True
            except IsHere:
                return False
        raise Refused("too_fast", "too_much_at_once")

    async def _erase(
        self,
        circle: Circle,
        room: Room | None,
        leaving: frozenset[str],
        *,
        by_themselves: bool,
    ) -> bool:
        """Forgets these people, so that nothing of them stays on a disk either; as `_forget`."""
        leaving &= _known(circle) | people(room).keys()
        await self._wholly.expect_seats(circle.id, leaving)
        try:
            is_done = await self._forget(circle, room, leaving, by_themselves=by_themselves)
        except (IsHere, Refused):
            await self._wholly.seats_stay(circle.id, leaving)
            raise
        if not is_done:
            # It is decided again, perhaps without some of them.
            await self._wholly.seats_stay(circle.id, leaving)
        elif leaving:
            await self._wholly.seats_erased(circle.id, leaving)
        return is_done

    async def _loaded(self, circle_id: str) -> tuple[Room | None, Circle | None]:
        return await self._rooms.load(circle_id), await self._circles.get(circle_id)

    async def _forget(
        self,
        circle: Circle,
        room: Room | None,
        leaving: frozenset[str],
        *,
        by_themselves: bool,
    ) -> bool:
        """Commits both without these people; False if either has changed meanwhile.

        If somebody else has a facilitator forgotten, the facilitator link is renewed, as when one
        is removed. Raises IsHere if one of them has a lease; of people who leave by themselves
        only windows count.
        """
        # Before the commit: a process that ends in between leaves people known, who can ask again.
        if leaving:
            await self._pulses.forget(circle.id, leaving)
        led = {seat.id for seat in people(room).values() if seat.role is Role.FACILITATOR}
        renews_link = not by_themselves and not leaving.isdisjoint(led.union(circle.leading))
        after = forgetting(circle, leaving, renews_link=renews_link)
        changed = self._without(room, Forget(leaving, renews_link))
        if changed:
            # The room counts the renewal.
            counted = replace(after, facilitator_links=circle.facilitator_links)
            after = kept.after(counted, room, changed)
        not_here = NO_WINDOWS if by_themselves else ()
        change = CircleChange(circle, after, forgotten=leaving, not_here=not_here)
        try:
            if changed:
                return await self._rooms.store(room, changed, change) is not None
            return await self._circles.commit(change, stamp_text(room) if room else "")
        except CircleChanged:
            return False

    def _without(self, room: Room | None, command: Forget) -> Room | None:
        """The room without these people; None if it stays as it is."""
        try:
            return self._rooms.decided(room, command, None) if room else None
        except Refused as refused:
            if refused.code != "stale":
                raise
            return None


def _known(circle: Circle) -> frozenset[str]:
    """All seats of which the circle keeps anything."""
    by_seat = (circle.roles, circle.presented, circle.absent, circle.feeds, circle.seen)
    return frozenset().union(*by_seat, seats_in(circle.register))
