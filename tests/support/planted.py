"""Rooms written straight into Redis, and cookies for the people in them.

Owns these tests' knowledge of Redis keys (store/ lists them) and of the key that signs cookies.
Planting gives a test a room in any phase at once, without requests to a server.
"""

from __future__ import annotations

import time

import redis
from msgspec import json
from msgspec.structs import replace

from server.circle.register import Register
from server.identity import Identity, Person, cookie_name, new_circle_id
from server.room.formats import plan as formats
from server.room.state import Room, decode, encode
from server.store.keys import stamp_of, stamp_text
from tests.support.client import Visit
from tests.support.factories import NOW

KEY = "only-tests-sign-with-this"
HERE_MS = 3_600_000


def plant(redis_url: str, room: Room, *, circle_name: str = "Tuesday") -> Room:
    """Stores this room under an id of its own, with its circle and leases of everybody here."""
    now = int(time.time() * 1000)
    # On the factories' clock these are at another time than now, and the servers keep deadlines.
    ended_at = None if room.ended_at is None else now
    seats = tuple(replace(s, away_since=now) if s.away_since == NOW else s for s in room.seats)
    room = replace(room, id=new_circle_id(), ended_at=ended_at, seats=seats)
    circle = {"name": circle_name, "format": room.format, "time_zone": "UTC", "links": room.links}
    if room.own_plan:
        circle["own"] = formats.encode(room.own_plan).decode()
    people = (*room.seats, *room.lobby)
    roles = {f"seat:{seat.id}": str(seat.role) for seat in people}
    roles |= {f"seat:{seat_id}": "member" for seat_id in room.gone}
    here = [seat.id for seat in people if seat.away_since is None]
    leases = {f"{seat_id}:planted": now + HERE_MS for seat_id in here}
    key = f"circle:{{{room.id}}}"
    with redis.Redis.from_url(redis_url) as client, client.pipeline() as pipe:
        pipe.hset(key, mapping={**circle, **roles})
        pipe.hset(f"{key}:room", mapping={"stamp": stamp_text(room), "value": encode(room)})
        pipe.zadd(f"{key}:here", leases)
        pipe.execute()
    return room


def stamp_in(client: redis.Redis, circle_id: str) -> tuple[int, int]:
    """The stamp of the value in Redis."""
    held = client.hget(f"circle:{{{circle_id}}}:room", "stamp")
    return stamp_of(held) if isinstance(held, bytes) else (0, 0)


def seated(url: str, room: Room, seat_id: str, *, key: str = KEY) -> Visit:
    """Somebody of this room, real or claimed, with a cookie signed by this key."""
    seat = room.seat(seat_id) or room.waiting(seat_id)
    person = Person(room.id, seat_id, seat.name if seat else seat_id.capitalize())
    return Visit(url, room.id, f"{cookie_name(room.id)}={Identity(key).cookie(person)}")


def begun_earlier(redis_url: str, circle_id: str, ms: int) -> Room:
    """The running session of this circle, which keeps a register, as if begun so much earlier."""
    key = f"circle:{{{circle_id}}}:room"
    with redis.Redis.from_url(redis_url) as client:
        room = decode(client.hget(key, "value") or b"")
        assert room.began_at is not None
        begun = replace(room, began_at=room.began_at - ms, version=room.version + 1)
        client.hset(key, mapping={"stamp": stamp_text(begun), "value": encode(begun)})
    return begun


def plant_register(redis_url: str, circle_id: str, register: Register) -> None:
    """Gives this circle a register."""
    with redis.Redis.from_url(redis_url) as client:
        client.hset(f"circle:{{{circle_id}}}", "register", json.encode(register))
