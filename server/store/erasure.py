"""Erasure: a circle forgets people, and the room with it."""

import asyncio
from enum import StrEnum

from server.circle.kept import known_people, people
from server.room.commands import Forget
from server.room.forgetting import absent, lacks_leases
from server.room.refused import Refused
from server.room.state import Role, Room
from server.store.circles import Circles
from server.store.keys import circle_key, here_key, room_key, stamp_text
from server.store.leases import NO_WINDOWS, Leases
from server.store.rooms import TRIES, IsHere, RestsOn, RoomGone, Rooms, SeatChanged
from server.store.scripts import Scripts
from server.store.unreadable import reading

LEASE_CHECKS, LEASE_CHECK_EVERY_S = 10, 0.5
"""A room without leases is checked again for longer than two sweeps (presence.SWEEP_S)."""


class Left(StrEnum):
    """The outcome for the seat of a person who leaves the circle on their device (leave.lua)."""

    FORGOTTEN = "forgotten"
    SITS = "sits"
    """It stays: another window of theirs is in the room."""
    LEADS_ALONE = "leads alone"
    """It stays: nobody else leads the circle."""


class Erasure:
    def __init__(self, scripts: Scripts, circles: Circles, rooms: Rooms, leases: Leases) -> None:
        self._scripts = scripts
        self._circles = circles
        self._rooms = rooms
        self._leases = leases

    async def forget_absent(self, circle_id: str, actor: str) -> int:
        """Forgets everybody but the actor and the people in the room or at its door; returns how
        many were forgotten.

        The scripts check the leases atomically: a person who arrives meanwhile stays known, or is
        too late and has no seat (Arrivals.arrived). Raises SeatChanged if the actor is no longer a
        facilitator.
        """
        # People who arrive from now on are never forgotten, even before they have a lease.
        leaving = frozenset(people(await self._rooms.load(circle_id)))
        await self._wait_for_leases(circle_id)
        rests_on = (f"seat:{actor}", str(Role.FACILITATOR))
        keys = [room_key(circle_id), circle_key(circle_id), here_key(circle_id)]
        count = 0
        for _ in range(TRIES):
            room = await self._rooms.load(circle_id)
            if room is not None:
                connected = await self._leases.connected(circle_id)
                leaving &= absent(room, connected) - {actor}
                stays = {actor, *people(room), *connected} - leaving
                try:
                    before, room = room, await self._without(room, stays, leaving, rests_on)
                except IsHere:
                    continue
                count += known_people(before) - known_people(room)
            stays = {actor, *people(room)}
            args = (stamp_text(room) if room else "", *rests_on, *stays)
            with reading(keys[1]):
                done = await self._scripts.run_replicated("forget_absent", keys, args)
            if done == -1:
                raise SeatChanged
            if done >= 0:
                return count + int(done)
        raise Refused("too_fast", "Too much happens at once. Please try again.")

    async def _wait_for_leases(self, circle_id: str) -> None:
        """Waits until sweeps have renewed the leases of a room that is not empty.

        All leases expire while Redis is away or the only process stalls.
        """
        for _ in range(LEASE_CHECKS):
            room = await self._rooms.load(circle_id)
            if room is None or not lacks_leases(room, await self._leases.connected(circle_id)):
                return
            await asyncio.sleep(LEASE_CHECK_EVERY_S)

    async def _without(
        self, room: Room, stays: set[str], leaving: frozenset[str], rests_on: RestsOn
    ) -> Room:
        """The room without these people. Returns `room` if it has none of them or has changed.

        Raises IsHere if one of them has a lease by now.
        """
        roles = await self._circles.roles(room.id)
        leads = any(role is Role.FACILITATOR and s not in stays for s, role in roles.items())
        try:
            changed = self._rooms.decided(room, Forget(leaving, leads), None)
        except Refused:
            return room
        return await self._rooms.commit(room, changed, rests_on, leaving) or room

    async def leave(self, circle_id: str, seat: str) -> Left:
        """Forgets this person, who leaves the circle, unless it still needs to know them.

        Idempotent: a repeat completes an interrupted call. Raises Refused.
        """
        keys = [circle_key(circle_id), here_key(circle_id)]
        with reading(keys[0]):
            outcome, led = await self._scripts.run_replicated(
                "leave", keys, [seat, Role.FACILITATOR, *NO_WINDOWS]
            )
        left = Left(outcome.decode())
        room = await self._rooms.load(circle_id) if left is Left.FORGOTTEN else None
        if room is not None:
            try:
                await self._rooms.decide_and_commit(
                    room, Forget(frozenset({seat}), leads=bool(led)), None
                )
            except RoomGone:
                pass
            except Refused as refused:
                if refused.code != "stale":  # They have no seat in the room.
                    raise
        return left
