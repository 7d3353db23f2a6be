"""Erasure: a circle forgets people, and the room with it."""

import asyncio
from enum import StrEnum

from server.circle.kept import known_people, people
from server.room.commands import Forget
from server.room.forgetting import absent, is_doubtful
from server.room.refused import Refused
from server.room.state import Role, Room
from server.store.circles import Circles
from server.store.keys import circle_key, here_key, room_key, stamp_text
from server.store.leases import NO_WINDOWS, Leases
from server.store.rooms import TRIES, IsHere, RestsOn, RoomGone, Rooms, SeatChanged
from server.store.scripts import Scripts
from server.store.unreadable import reading

DOUBTED_LOOKS, DOUBTED_EVERY_S = 10, 0.5
"""How often, and at what intervals, a room that looks empty is looked at again: for two sweeps
(presence.SWEEP_S) and more."""


class Left(StrEnum):
    """What became of a person's seat when they left the circle on their device (leave.lua)."""

    FORGOTTEN = "forgotten"
    SITS = "sits"
    """It stays, since they sit in the room in another window."""
    LEADS_ALONE = "leads alone"
    """It stays, since nobody else leads the circle."""


class Erasure:
    """How circles forget people."""

    def __init__(self, scripts: Scripts, circles: Circles, rooms: Rooms, leases: Leases) -> None:
        self._scripts = scripts
        self._circles = circles
        self._rooms = rooms
        self._leases = leases

    async def forget_absent(self, circle_id: str, actor: str) -> int:
        """Forgets everybody but who is in the room, or at its door, and the facilitator who asks;
        says how many they were.

        The scripts compare the leases as they forget: a person who arrives meanwhile stays known,
        or comes too late and finds no seat (Arrivals.arrived). Raises SeatChanged where the one who
        asks leads no more.
        """
        # People who arrive from now on are never among them, though their lease may be late.
        going = frozenset(people(await self._rooms.load(circle_id)))
        await self._out_of_doubt(circle_id)
        rests_on = (f"seat:{actor}", str(Role.FACILITATOR))
        keys = [room_key(circle_id), circle_key(circle_id), here_key(circle_id)]
        count = 0
        for _ in range(TRIES):
            room = await self._rooms.load(circle_id)
            if room is not None:
                connected = await self._leases.connected(circle_id)
                going &= absent(room, connected) - {actor}
                stays = {actor, *people(room), *connected} - going
                try:
                    before, room = room, await self._without(room, stays, going, rests_on)
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

    async def _out_of_doubt(self, circle_id: str) -> None:
        """Waits until sweeps have renewed the leases of a room that is not empty.

        All of them run out where Redis was away, or the only process stood still.
        """
        for _ in range(DOUBTED_LOOKS):
            room = await self._rooms.load(circle_id)
            if room is None or not is_doubtful(room, await self._leases.connected(circle_id)):
                return
            await asyncio.sleep(DOUBTED_EVERY_S)

    async def _without(
        self, room: Room, stays: set[str], going: frozenset[str], rests_on: RestsOn
    ) -> Room:
        """The room without these people; itself where it has none of them, or a newer value.

        Raises IsHere where one of them has a lease by now.
        """
        roles = await self._circles.roles(room.id)
        leads = any(role is Role.FACILITATOR and s not in stays for s, role in roles.items())
        try:
            changed = self._rooms.decided(room, Forget(going, leads), None)
        except Refused:
            return room
        return await self._rooms.commit(room, changed, rests_on, going) or room

    async def leave(self, circle_id: str, seat: str) -> Left:
        """Forgets this person, who leaves the circle, unless it still needs to know them.

        Done again it ends what a first time may have left half done. Raises Refused.
        """
        keys = [circle_key(circle_id), here_key(circle_id)]
        with reading(keys[0]):
            told, led = await self._scripts.run_replicated(
                "leave", keys, [seat, Role.FACILITATOR, *NO_WINDOWS]
            )
        left = Left(told.decode())
        room = await self._rooms.load(circle_id) if left is Left.FORGOTTEN else None
        if room is not None:
            try:
                await self._rooms.decide_and_commit(
                    room, Forget(frozenset({seat}), leads=bool(led)), None
                )
            except RoomGone:
                pass
            except Refused as refused:
                if refused.code != "stale":  # They have no chair in it.
                    raise
        return left
