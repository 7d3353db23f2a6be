"""The store: what Redis holds of circles and rooms, and how it changes.

Owns the keys, the optimistic commit, presence as leases, deadlines and the servers' clock. The
subscription is subscription.py. No other package knows Redis. Rooms are values: what changes
them is decided in server/room.

Keys, hash-tagged by circle so that they live in one slot of a cluster:
  circle:{id}       hash   name, format, time_zone, links, elsewhere, door, own (a format, as JSON);
                           seat:ID = role, presented:ID = when (epoch ms), alone = the founder's
                           seat, while nobody else has ever had one: gone 60 days after their last
                           visit; of a practice room gone after a day
  circle:{id}:room  hash   stamp, value (JSON); ended by a deadline 12 hours after the last change,
                           and gone after a day where no process was there to keep it
  circle:{id}:here  zset   seat:connection by end of lease
  due               zset   circle id by the time at which the server must act
  limit:WHAT:WHO    hash   a bucket of tokens; gone when it is full again
  secret            string signs cookies, where SECRET_KEY is unset
  circle:lost       string Redis had lost the secret, and so all that it held; kept for as long as
                           cookies may name what was lost
"""

import asyncio
import re
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from random import getrandbits
from typing import NamedTuple, cast

import msgspec
from msgspec.structs import replace
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from server import metrics
from server.circle.circle import FOUNDER_KEEPS_DAYS, Circle, known_time_zone
from server.redis_client import Topology
from server.redis_client.connection import Word
from server.redis_client.errors import is_forbidden
from server.room import state
from server.room.commands import Command, Enter, FallDue, Forget
from server.room.due import next_due
from server.room.forgetting import absent, is_doubtful
from server.room.formats import plan as formats
from server.room.formats.plan import Format
from server.room.people import leads_unasked
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import Door, Role, Room, Seat
from server.store.memory import Memory
from server.store.scripts import Scripts
from server.store.unreadable import Unreadable, count_unreadable, reading

ROOM_EXPIRES_MS = 24 * 3600 * 1000
"""Later than the room's own end (due.KEPT_UNCHANGED_MS), which takes its names off the disk."""
NO_SESSION = "-"
"""No stamp begins like this."""
FOUNDER_KEEPS_MS = FOUNDER_KEEPS_DAYS * 24 * 3600 * 1000
LOSS_REMEMBERED_S = 120 * 24 * 3600
"""At least identity.COOKIE_SECONDS: afterwards no cookie names a circle that was lost then."""
TRIES = 50
"""How often a change is decided anew on a newer value before it gives up."""
DUE_AT_ONCE = 100
DOUBTED_LOOKS, DOUBTED_EVERY_S = 10, 0.5
"""How often, and at what intervals, a room that looks empty is looked at again: for two sweeps
(presence.SWEEP_S) and more."""
CLAIM_MS = 90_000
"""How long other processes leave an ended room to the one that is forgetting it: until it has given
up asking for a rewrite (scripts.py), and more."""
PAGE_LOADS_MS = 4000
NO_WINDOWS = ("left", "page")
"""The leases of a connection that has closed, and of a page that is loading (Store.arrived)."""
MARK_BITS = 48
CIRCLE_ID = re.compile("[a-z2-7]{16}")
"""What identity.new_circle_id makes."""

_door = msgspec.json.Decoder(Door)


class RoomGone(Exception):
    """The room has expired or was forgotten; a command on it means nothing any more."""


RestsOn = tuple[str, ...]
"""Fields of the circle and their values, in turn, which a change of the room takes for granted."""
NOTHING: RestsOn = ()


class RateLimit(NamedTuple):
    """How often something may be done: so many at once, and one more every so many ms."""

    what: str
    at_once: int
    every_ms: int


class Coming(NamedTuple):
    """Somebody who comes to a room: by what they call themself, and as the circle knows them."""

    seat: str
    name: str
    known: Role | None
    """As the circle had it when it was asked; None for somebody new."""
    invited: Role | None = None
    """What the link invites to by which they come; None for a cookie alone."""
    former: str = ""
    """The seat of the dead cookie that their browser had, if it had one."""

    def is_in(self, room: Room) -> bool:
        """Whether this person has their place in it, or had one before the members left."""
        if self.seat in room.gone:
            return True
        place = room.seat(self.seat) or room.waiting(self.seat)
        if place is None:
            return False
        if self.invited is None:
            # A name changes by the form alone. Two cookies of one seat would take turns, with a
            # change of the room for each page that is loaded.
            return True
        by_link = self.invited is Role.FACILITATOR and place.role is not Role.FACILITATOR
        # A person who has asked leads by the link all the same, once nobody is here to answer.
        has_asked = place.by_facilitator_link and (
            place.put_out is not None or not leads_unasked(room, self.seat)
        )
        return not room.is_live or (place.name == self.name and (has_asked or not by_link))

    def is_of_another_session(self, room: Room) -> bool:
        """Whether a guest comes by a cookie alone that this room knows nothing of: they waited in a
        session that nobody ended, and the links may have been renewed since."""
        is_guest = self.known is Role.GUEST and self.invited is None
        return is_guest and self.seat not in room.lapsed

    def enter(self, circle: Circle, presented_at: int | None) -> Enter:
        """The command that seats them.

        `circle` is the value against which their link was checked.
        """
        serial = circle.serial(self.invited) if self.invited else None
        role, invited = self.known or Role.GUEST, self.invited or Role.MEMBER
        return Enter(self.seat, self.name, role, invited, presented_at, self.former, serial)


class SeatChanged(Exception):
    """What a change rests on, such as the role of an arrival, is another one by now."""


class IsHere(Exception):
    """A person whom the circle was about to forget has a lease by now."""


class SeatGone(Exception):
    """This person has no seat in the circle any more."""


class Left(StrEnum):
    """What became of a person's seat when they left the circle on their device (leave.lua)."""

    FORGOTTEN = "forgotten"
    SITS = "sits"
    """It stays, since they sit in the room in another window."""
    LEADS_ALONE = "leads alone"
    """It stays, since nobody else leads the circle."""


class LeaseReport(NamedTuple):
    """What a sweep of a room tells."""

    stamp: str
    """By what the room's value in Redis is told from others; empty where there is no room."""
    leases: dict[str, int]
    """Until when (epoch ms) each 'seat:connection' counts as here, whatever process it is at."""

    def matches(self, room: Room) -> bool:
        """Whether this is the value that stands in Redis."""
        return self.stamp == stamp_text(room)


class Store:
    """Redis, as the rest of the house sees it. Times are epoch ms on Redis' clock."""

    def __init__(self, at: Topology) -> None:
        self._at = at
        self._redis = at.client
        self._scripts = Scripts(at)
        self._memory = Memory(self._scripts)
        self._offset_ms = 0
        self._shares_key = False
        self._proposed: dict[bytes, Room] = {}
        self._mark = f":{secrets.token_hex(4)}."
        """In each lease of a connection to this process, and in no other."""

    async def close(self) -> None:
        """Closes every connection to Redis, once nothing uses them any more."""
        await self._scripts.close()
        await self._at.close()

    def now(self) -> int:
        """The servers' clock, epoch ms: that of the Redis which keeps the deadlines. In a Cluster
        each master has its own."""
        return _own_clock() + self._offset_ms

    async def secret_key(self, known: str = "") -> str:
        """The key that signs cookies: made once, or `known` already, and the same for all processes
        on this Redis.

        Read where it stands already, so a process can start while Redis takes no writes.
        """
        self._shares_key = True
        while (key := await self.held_secret_key()) is None:
            if known:  # First, so that at no time neither of the two tells of the loss.
                await self._redis.set("circle:lost", 1, ex=LOSS_REMEMBERED_S)
            await self._redis.set("secret", known or secrets.token_urlsafe(32), nx=True)
        return key

    async def held_secret_key(self) -> str | None:
        """The one that Redis holds, if it does."""
        key = cast("bytes | None", await self._scripts.ask("secret", "GET", "secret"))
        return None if key is None else key.decode(errors="replace")

    async def has_lost(self) -> bool:
        """Whether Redis is known to have lost all that it held, not this or that circle alone.

        Where SECRET_KEY is set nothing in Redis tells.
        """
        if self._shares_key and await self.held_secret_key() is None:
            return True
        return await self._scripts.ask("circle:lost", "GET", "circle:lost") is not None

    # Circles

    async def create_circle(
        self,
        circle: Circle,
        facilitator: str,
        members: Iterable[str] = (),
        expires_s: int | None = None,
    ) -> None:
        """Stores a new circle, with the seat of the facilitator who started it, and of members.

        With `expires_s` nothing is left of it after so many seconds; of one whose founder is alone
        nothing is left when they stay away. Whether there is room for it is for `check_memory`.
        """
        fields = ["name", circle.name, "format", circle.format, "time_zone", circle.time_zone]
        fields += ["links", str(circle.links), f"seat:{facilitator}", Role.FACILITATOR]
        for member in members:
            fields += [f"seat:{member}", Role.MEMBER]
        expiry: Word = "" if expires_s is None else expires_s * 1000
        if circle.founder_alone:
            fields += ["alone", facilitator]
            expiry = FOUNDER_KEEPS_MS
        await self._scripts.run_replicated("keep", [_circle_key(circle.id)], [expiry, *fields])

    async def check_memory(self, circle_id: str) -> None:
        """Raises NoRoom where the Redis that would keep this circle is too full for a new one.

        To be called before anything of a new circle is stored, also what counts its start.
        """
        await self._memory.check(_circle_key(circle_id))

    async def circle(self, circle_id: str) -> Circle | None:
        """The circle with this id, or None."""
        return (await self.circle_and_role(circle_id, ""))[0]

    async def circle_and_role(self, circle_id: str, seat: str) -> tuple[Circle | None, Role | None]:
        """The circle with this id, and the role of this seat in it; None for what is not there.

        A removed seat has no role, and neither has a made-up one.
        """
        names = ("name", "format", "time_zone", "links", "elsewhere", f"seat:{seat}")
        later = ("door", "own", "facilitator_links", "alone")
        key = _circle_key(circle_id)
        with reading(key):
            held = cast(
                "list[bytes | None]", await self._scripts.ask(key, "HMGET", key, *names, *later)
            )
            texts = [value.decode() if value is not None else "" for value in held[:6]]
            if None in held[:4]:
                return None, None
            name, plan, time_zone, links, elsewhere, role = texts
            circle = Circle(
                circle_id,
                name,
                plan,
                known_time_zone(time_zone),
                int(links),
                elsewhere=elsewhere,
                own=formats.decode(held[7]) if held[7] else None,
                door=_door.decode(held[6] or b"{}"),
                facilitator_links=int(held[8] or 0),
                founder_alone=held[9] is not None,
            )
            return circle, Role(role) if role else None

    async def visited(self, circle: Circle, role: Role) -> None:
        """Somebody of this role is here: of a circle with nobody but its founder, the end is put
        off."""
        if circle.founder_alone and role is not Role.GUEST:
            with suppress(ResponseError):  # A Redis that takes no writes: they may look.
                await self._scripts.run("visited", [_circle_key(circle.id)], [FOUNDER_KEEPS_MS])

    async def choose_format(self, circle_id: str, plan: str) -> None:
        """From the next session on the circle follows this format."""
        await self._scripts.run_replicated("keep", [_circle_key(circle_id)], ["", "format", plan])

    async def keep_format(self, circle_id: str, plan: Format) -> None:
        """From the next session on the circle follows this format of its own."""
        fields = ["format", plan.key, "own", formats.encode(plan).decode()]
        await self._scripts.run_replicated("keep", [_circle_key(circle_id)], ["", *fields])

    # Whom a circle knows

    async def known(self, circle_id: str) -> Counter[Role] | None:
        """How many people the circle knows, by their roles, without those who wait to be let in;
        None where Redis' user has the rights of an earlier release, and may not ask."""
        try:
            roles = await self._roles(circle_id)
        except ResponseError as error:
            if not is_forbidden(error):
                raise
            return None
        return Counter(role for role in roles.values() if role is not Role.GUEST)

    async def _roles(self, circle_id: str) -> dict[str, Role]:
        key = _circle_key(circle_id)
        with reading(key):
            held = cast("list[bytes]", await self._scripts.ask(key, "HGETALL", key))
        fields = zip(held[::2], held[1::2], strict=True)
        # What is no role is one person's trouble, and not that of all who open the page.
        roles = {str(role).encode(): role for role in Role}
        return {
            name.removeprefix(b"seat:").decode(): roles[value]
            for name, value in fields
            if name.startswith(b"seat:") and value in roles
        }

    async def forget_absent(self, circle_id: str, actor: str) -> int:
        """Forgets everybody but who is in the room, or at its door, and the facilitator who asks;
        says how many they were.

        The scripts compare the leases as they forget: a person who arrives meanwhile stays known,
        or comes too late and finds no seat (arrived). Raises SeatChanged where the one who asks
        leads no more.
        """
        # People who arrive from now on are never among them, though their lease may be late.
        going = frozenset(_people(await self.load(circle_id)))
        await self._out_of_doubt(circle_id)
        rests_on = (f"seat:{actor}", str(Role.FACILITATOR))
        keys = [_room_key(circle_id), _circle_key(circle_id), _here_key(circle_id)]
        count = 0
        for _ in range(TRIES):
            room = await self.load(circle_id)
            if room is not None:
                connected = await self._connected(circle_id)
                going &= absent(room, connected) - {actor}
                stays = {actor, *_people(room), *connected} - going
                try:
                    before, room = room, await self._without(room, stays, going, rests_on)
                except IsHere:
                    continue
                count += _known_people(before) - _known_people(room)
            stays = {actor, *_people(room)}
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
            room = await self.load(circle_id)
            if room is None or not is_doubtful(room, await self._connected(circle_id)):
                return
            await asyncio.sleep(DOUBTED_EVERY_S)

    async def _connected(self, circle_id: str) -> frozenset[str]:
        leases = (await self.sweep(circle_id, {})).leases
        return frozenset(lease.partition(":")[0] for lease in leases)

    async def _without(
        self, room: Room, stays: set[str], going: frozenset[str], rests_on: RestsOn
    ) -> Room:
        """The room without these people; itself where it has none of them, or a newer value.

        Raises IsHere where one of them has a lease by now.
        """
        roles = await self._roles(room.id)
        leads = any(role is Role.FACILITATOR and s not in stays for s, role in roles.items())
        try:
            changed = self._decided(room, Forget(going, leads), None)
        except Refused:
            return room
        return await self._commit(room, changed, rests_on, going) or room

    async def leave(self, circle_id: str, seat: str) -> Left:
        """Forgets this person, who leaves the circle, unless it still needs to know them.

        Done again it ends what a first time may have left half done. Raises Refused.
        """
        keys = [_circle_key(circle_id), _here_key(circle_id)]
        with reading(keys[0]):
            told, led = await self._scripts.run_replicated(
                "leave", keys, [seat, Role.FACILITATOR, *NO_WINDOWS]
            )
        left = Left(told.decode())
        room = await self.load(circle_id) if left is Left.FORGOTTEN else None
        if room is not None:
            try:
                await self._change(room, Forget(frozenset({seat}), leads=bool(led)), None)
            except RoomGone:
                pass
            except Refused as refused:
                if refused.code != "stale":  # They have no chair in it.
                    raise
        return left

    # Rooms

    async def load(self, circle_id: str) -> Room | None:
        """The room of this circle, or None while there is none."""
        value = await self._value(circle_id)
        return None if value is None else self.decoded(circle_id, value)

    async def load_replicated(self, circle_id: str) -> Room | None:
        """The same, once no failover can take it back; raises RedisError as long as one can."""
        room = await self.load(circle_id)
        if self._at.waits_for_replicas:
            # Whatever is written now is kept only with all that was written before.
            nobody = (-1, ":nobody")
            keys = [_room_key(circle_id), _here_key(circle_id)]
            with reading(keys[0]):
                await self._scripts.run_replicated("sweep", keys, nobody)
        return room

    async def _value(self, circle_id: str) -> bytes | None:
        key = _room_key(circle_id)
        with reading(key):
            return cast("bytes | None", await self._scripts.ask(key, "HGET", key, "value"))

    async def open_room(self, circle: Circle) -> Room:
        """The room of this circle; opened if need be, with the links and the format that the circle
        has at that moment.

        Raises SeatGone where the circle has expired.
        """
        room = await self.load(circle.id)
        if room is not None:
            return room
        links = ("links", str(circle.links), "facilitator_links", str(circle.facilitator_links))
        rests_on = (*links, "format", circle.format)
        try:
            opened = await self._commit(None, circle.opened(self.now()), rests_on)
        except SeatChanged:
            newer = await self.circle(circle.id)
            if newer is None:
                raise SeatGone from None
            return await self.open_room(newer)
        return opened or await self.open_room(circle)

    async def seated(self, circle: Circle, coming: Coming, held: Room | None = None) -> Room:
        """The circle's room, opened if need be, with this person in their seat or in its lobby.

        `held` is the room's value that the caller has in hand, if any. A room whose members have
        left is given as it is to those who were in it. Raises Refused, with the reason (also where
        the link has been renewed since `circle` was read), or SeatGone where this person was
        removed or declined meanwhile.
        """
        room = held or await self.open_room(circle)
        if coming.is_in(room):
            return room
        if coming.is_of_another_session(room):
            raise SeatGone
        presented_at = await self._presented_at(circle.id, coming.seat)
        rests_on = (f"seat:{coming.seat}", str(coming.known or ""))
        try:
            return await self._change(room, coming.enter(circle, presented_at), None, rests_on)
        except RoomGone:
            return await self.seated(circle, coming)
        except SeatChanged:
            _, known = await self.circle_and_role(circle.id, coming.seat)
            if known is None:
                raise SeatGone from None
            return await self.seated(circle, coming._replace(known=known))
        except Refused as refused:
            # Pressed twice: the same person has come in meanwhile.
            newer = await self.load(circle.id) if refused.code == "stale" else None
            if newer is None or not coming.is_in(newer):
                raise
            return newer

    async def _presented_at(self, circle_id: str, seat: str) -> int | None:
        key = _circle_key(circle_id)
        field = f"presented:{seat}"
        with reading(key):
            at = cast("bytes | None", await self._scripts.ask(key, "HGET", key, field))
            return None if at is None else int(at)

    async def arrived(self, circle: Circle, coming: Coming) -> Room:
        """The circle's room with this person in it, whose page is loading. A short lease holds
        their seat until the page connects.

        Raises Refused or SeatGone as `seated` does, and SeatGone where the circle forgot this
        person before the lease stood.
        """
        room = await self.seated(circle, coming)
        held = await self._hold_seat(circle.id, coming.seat)
        if held is None or held.matches(room):
            return room
        newer = await self.load(circle.id)
        if newer is not None and coming._replace(invited=None).is_in(newer):
            return newer
        _, known = await self.circle_and_role(circle.id, coming.seat)
        if known is None:
            raise SeatGone
        return await self.seated(circle, coming._replace(known=known))

    async def _hold_seat(self, circle_id: str, seat: str) -> LeaseReport | None:
        with suppress(ResponseError):  # A Redis that is full lets nobody write: they may look.
            return await self.sweep(circle_id, {f"{seat}:page": PAGE_LOADS_MS})
        return None

    async def change(self, room: Room, command: Command, actor: str | None) -> Room:
        """The room after this command, stored and published.

        `room` is the value that the caller holds; where a newer one stands in Redis, the command is
        decided anew on that. Raises Refused (also where Redis does not answer) or RoomGone.
        """
        try:
            return await self._change(room, command, actor)
        except RedisError:
            raise Refused(
                "unavailable", "The room is paused for a moment. Please try again."
            ) from None

    async def _change(
        self, room: Room, command: Command, actor: str | None, rests_on: RestsOn = NOTHING
    ) -> Room:
        for _ in range(TRIES):
            changed = self._decided(room, command, actor)
            stored = await self._commit(room, changed, rests_on)
            if stored is not None:
                return stored
            metrics.COMMIT_CONFLICTS.inc()
            held = await self.load(room.id)
            if held is None:
                raise RoomGone
            if held.stamp < room.stamp:
                await self.restore(held, room)
            else:
                room = held
        raise Refused("too_fast", "Too much happens at once. Please try again.")

    def _decided(self, room: Room, command: Command, actor: str | None) -> Room:
        changed = decide(room, command, actor, self.now())
        return replace(changed, mark=getrandbits(MARK_BITS))

    async def _commit(
        self,
        seen: Room | None,
        changed: Room,
        rests_on: RestsOn = NOTHING,
        forgotten: frozenset[str] = frozenset(),
    ) -> Room | None:
        """Stores and publishes the value; None where another one was stored meanwhile.

        The circle forgets these people in the same step. Raises SeatChanged where a field of the
        circle has another value than the change rests on, Refused where nobody would lead the
        circle any more, and IsHere where one of the forgotten has a lease.
        """
        due, expected = next_due(changed), next_due(seen) if seen else None
        if due is not None and (expected is None or due < expected):
            # Before the commit, so that no crash loses it: what falls due too early does nothing,
            # and is followed by what is next.
            await self.expect_due(changed.id, due)
        keys = [_room_key(changed.id), _circle_key(changed.id)]
        keys += [_here_key(changed.id)] if forgotten else []
        value = state.encode(changed)
        kept = (*_kept_by_circle(seen, changed), *_without_seats(forgotten))
        args: tuple[Word, ...] = (
            "" if seen is None else stamp_text(seen),
            stamp_text(changed),
            value,
            ROOM_EXPIRES_MS,
            "" if self._at.waits_for_replicas else channel(changed.id),
            len(rests_on),
            *rests_on,
            *kept,
        )
        self._proposed[value] = changed
        try:
            with reading(keys[0]):
                stored = await self._scripts.run_replicated("commit", keys, args)
        except RedisConnectionError:
            if await self._value(changed.id) != value:
                raise
            stored = 1  # The change was made, and only its answer was lost.
            if self._at.waits_for_replicas:  # Stored once more, it is kept as well.
                again = (stamp_text(changed), *args[1:5], 0, *kept)
                await self._scripts.run_replicated("commit", keys[:2], again)
        finally:
            self._proposed.pop(value, None)
        if stored == -1:
            raise SeatChanged
        if stored == -2:
            raise Refused("not_now", "nobody else leads this circle; name a facilitator first.")
        if stored == -3:
            raise IsHere
        if stored != 1:
            return None
        if self._at.waits_for_replicas:
            # Only now: nobody should have seen what a failover can still take back.
            said = (channel(changed.id), published(changed))
            with suppress(RedisError):  # It is done; whoever does not hear it finds it soon.
                await self._scripts.run("publish", keys[:1], said)
        return changed

    def decoded(self, circle_id: str, value: bytes) -> Room:
        """The room that was published; our own changes mostly come back before their answers."""
        if ours := self._proposed.get(value):
            return ours
        with reading(_room_key(circle_id)):
            return state.decode(value)

    async def restore(self, older: Room, room: Room) -> None:
        """Puts a value that people have seen in the place of the older one that stands in Redis.

        A master that was replaced may have taken its last changes with it.
        """
        if (due := next_due(room)) is not None:
            await self.expect_due(room.id, due)
        await self._commit(older, room)

    async def forget(self, room: Room, due: int = 0) -> None:
        """Deletes a room that has ended, publishes that, and rewrites what stands on disk.

        Its deadline, which is at `due` now, stays until that is done: where this process ends
        before, another one goes on.
        """
        keys = [_room_key(room.id), _here_key(room.id)]
        if not await self._scripts.run("forget", keys, (stamp_text(room), channel(room.id))):
            await self._settle(room.id, due, room, None)
            return
        # By its session: the circle may have opened another one meanwhile.
        await self._scripts.rewrite(
            keys[0], stamps_begin(room), lambda: self._settle(room.id, due, room, None)
        )

    async def signal(self, circle_id: str, sender: str, to: str, text: bytes) -> None:
        """Sends a text of one seat to every page of another, at whichever process that is."""
        words = (signals(circle_id), f"{to} {sender}\n".encode() + text)
        await self._scripts.run("publish", [_room_key(circle_id)], words)

    # Presence

    async def sweep(self, circle_id: str, leases: Mapping[str, int]) -> LeaseReport:
        """Renews the leases (ms) of these 'seat:connection's and tells who is here."""
        args: list[Word] = []
        for connection, ms in leases.items():
            args += (ms, connection)
        keys = [_room_key(circle_id), _here_key(circle_id)]
        with reading(keys[0]):
            _now, stamp, held = await self._scripts.run("sweep", keys, args)
            words = held.decode().split()
            here = dict(zip(words[::2], map(int, words[1::2]), strict=True))
            return LeaseReport(stamp.decode(), here)

    async def renew(self, circle_ids: Sequence[str], ms: int) -> list[tuple[str, bytes]]:
        """Renews every lease of a connection to this process, in several rooms at once.

        Answers for each room its stamp (LeaseReport.stamp), and each 'seat:connection' that is
        here, with blanks between them.
        """
        if not self._at.is_one:
            told = await asyncio.gather(*(self._renew([one], ms) for one in circle_ids))
            return [room for one in told for room in one]
        return await self._renew(circle_ids, ms)

    async def _renew(self, circle_ids: Sequence[str], ms: int) -> list[tuple[str, bytes]]:
        keys = [key for one in circle_ids for key in (_room_key(one), _here_key(one))]
        _now, *told = await self._scripts.run("renew", keys, (self._mark, ms))
        return [(stamp.decode(), here) for stamp, here in zip(told[::2], told[1::2], strict=True)]

    def lease(self, seat: str) -> str:
        """What a new connection to this process is called among the leases: 'seat:connection'."""
        return f"{seat}{self._mark}{secrets.token_hex(6)}"

    def is_ours(self, lease: str) -> bool:
        """Whether it is that of a connection to this process."""
        return self._mark in lease

    # Limits

    async def count(self, limit: RateLimit, who: str) -> int:
        """Counts one of what is limited; 0, or after how many ms there is room for one."""
        keys = [f"limit:{limit.what}:{who}"]
        waits = await self._scripts.run("limit", keys, [limit.at_once, limit.every_ms])
        return int(waits)

    # Deadlines

    async def expect_due(self, circle_id: str, at: int) -> None:
        """Some process will look at this room at this time, or earlier."""
        await self._scripts.ask("due", "ZADD", "due", "LT", at, circle_id)

    async def due(self) -> list[tuple[str, str]]:
        """The circles in whose rooms something may have fallen due, and since when: whatever
        stands among the deadlines, as Redis spells it."""
        asked = _own_clock()
        now, *items = await self._scripts.run("due", ["due"], [DUE_AT_ONCE])
        self._set_clock(asked, now)
        words = [item.decode(errors="surrogateescape") for item in items]
        return list(zip(words[::2], words[1::2], strict=True))

    async def postpone(self, circle_id: str, at: str, ms: int) -> None:
        """What could not be done at its time is looked at again in so many ms."""
        member = circle_id.encode(errors="surrogateescape")
        await self._scripts.run("settle", ["due"], [member, at, self.now() + ms])

    async def run_deadline(self, circle_id: str, at: int | str) -> None:
        """Does what has fallen due in this room; harmless when several processes do it.

        Raises Unreadable where the room cannot be read, or is none that this release knows.
        """
        if not CIRCLE_ID.fullmatch(circle_id):
            error = ValueError("no circle's id")
            count_unreadable(circle_id, error)
            raise Unreadable from error
        room = await self.load(circle_id)
        upcoming = next_due(room) if room else None
        if room and upcoming is not None and upcoming <= self.now():
            if room.ended_at is not None:
                # Claimed first: a process that finds no room any more would take it for expired.
                until = self.now() + CLAIM_MS
                if not await self._scripts.run("settle", ["due"], [circle_id, at, until]):
                    return
                await self.forget(room, until)
                return
            try:
                upcoming = next_due(await self._change(room, FallDue(), None))
            except (Refused, RoomGone):
                return  # Another process was first; the next look settles it.
        await self._settle(circle_id, at, room, upcoming)

    async def _settle(
        self, circle_id: str, at: int | str, room: Room | None, upcoming: int | None
    ) -> None:
        """The deadline at `at` is done with; the room as it was found, and what falls due next."""
        if upcoming is not None:
            await self._scripts.run("settle", ["due"], [circle_id, at, upcoming])
            return
        is_done = await self._scripts.run("settle", ["due"], [circle_id, at, ""])
        if is_done and room is None:
            # It has expired while no process was there to forget it.
            await self._scripts.rewrite(_room_key(circle_id), NO_SESSION)
        # A room that was opened meanwhile took this deadline for an earlier one of its own.
        opened = await self.load(circle_id)
        due = next_due(opened) if opened else None
        if due is not None:
            await self.expect_due(circle_id, due)

    def _set_clock(self, asked: int, told: int) -> None:
        """Redis told its time between `asked` and now, and nobody knows when: what fits, stays.

        Taken for the time of its arrival, the clock would go back whenever an answer has to wait.
        """
        earliest, latest = told - _own_clock(), told - asked
        self._offset_ms = min(max(self._offset_ms, earliest), latest)


def _own_clock() -> int:
    """This machine's clock: epoch ms."""
    return int(time.time() * 1000)


def channel(circle_id: str) -> str:
    """Where the new values of this circle's room are published."""
    return f"circle:{{{circle_id}}}:news"


def signals(circle_id: str) -> str:
    """Where is said what one seat has for another: `to sender`, and a text, a line each."""
    return f"circle:{{{circle_id}}}:signals"


def published(room: Room) -> bytes:
    """What is said on the channel of a new value: its stamp in front, so that an old one need not
    be decoded."""
    return stamp_text(room).encode() + b"\n" + state.encode(room)


def _circle_key(circle_id: str) -> str:
    return f"circle:{{{circle_id}}}"


def _room_key(circle_id: str) -> str:
    return f"circle:{{{circle_id}}}:room"


def _here_key(circle_id: str) -> str:
    return f"circle:{{{circle_id}}}:here"


def stamp_of(text: bytes) -> tuple[int, int]:
    """The stamp (Room.stamp) at the head of the text that Redis holds."""
    opened_at, version, *_mark = text.split(b".")
    return int(opened_at), int(version)


def stamp_text(room: Room) -> str:
    """By what a room's value is told from others, also from one of the same version."""
    mark = f".{room.mark}" if room.mark else ""  # None: just opened.
    return f"{stamps_begin(room)}{room.version}{mark}"


def stamps_begin(room: Room) -> str:
    """How the stamps of all values of this session begin."""
    return f"{room.opened_at}."


def _kept_by_circle(before: Room | None, after: Room) -> Iterable[str]:
    """The circle's fields that change with the room: who is known, and how, and its settings."""
    if before is None or (before.seats, before.lobby) != (after.seats, after.lobby):
        old, new = _people(before), _people(after)
        for seat in {**old, **new}:
            if seat in new:
                yield from _known(old.get(seat), new[seat])
            elif before and not _stays_known(before, old[seat], after):
                yield from _without_seats([seat])
    if before is None:
        return
    for seat in before.lapsed:
        if seat not in after.lapsed and not (after.seat(seat) or after.waiting(seat)):
            yield from (f"seat:{seat}", "")
    if before.links != after.links:
        yield from ("links", str(after.links))
    if before.facilitator_links != after.facilitator_links:
        yield from ("facilitator_links", str(after.facilitator_links))
    if before.elsewhere != after.elsewhere:
        yield from ("elsewhere", after.elsewhere)
    if before.door != after.door:
        yield from ("door", msgspec.json.encode(after.door).decode())


def _without_seats(seats: Iterable[str]) -> Iterable[str]:
    """The circle's fields of people whom it knows no more."""
    for seat in seats:
        yield from (f"seat:{seat}", "", f"presented:{seat}", "")


def _people(room: Room | None) -> dict[str, Seat]:
    return {seat.id: seat for seat in (*room.seats, *room.lobby)} if room else {}


def _known_people(room: Room) -> int:
    return sum(seat.role is not Role.GUEST for seat in _people(room).values())


def _stays_known(before: Room, seat: Seat, after: Room) -> bool:
    """Whether the circle still knows a person who has no place in the room any more.

    It knows members who left before the debrief or were not let in today, and guests whose place
    in the lobby lapsed: a phone that was locked wakes up.
    """
    comes_again = seat.id in after.gone or seat.id in after.lapsed
    return comes_again or (seat in before.lobby and seat.role is not Role.GUEST)


def _known(old: Seat | None, new: Seat) -> Iterable[str]:
    """What a circle keeps of a person: as whom they come, and when they last presented."""
    if old is None or old.role is not new.role:
        yield from (f"seat:{new.id}", str(new.role))
    if new.presented_at and (old is None or old.presented_at != new.presented_at):
        yield from (f"presented:{new.id}", str(new.presented_at))
