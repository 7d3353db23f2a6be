"""A session that nobody ends is forgotten all the same, and with it every word of it."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import AsyncExitStack
from pathlib import Path

import redis
from msgspec.structs import replace

from server.room.due import KEPT_AFTER_END_MS, KEPT_UNCHANGED_MS
from server.room.state import Room, decode, encode
from tests.processes import Server, wait_until
from tests.server.people import Caller, ask, call, join, start_circle
from tests.server.test_socket import everything_in, stands_in_files


def held(client: redis.Redis, circle_id: str) -> Room | None:
    """The room as Redis has it."""
    value = client.hget(f"circle:{{{circle_id}}}:room", "value")
    return decode(value) if isinstance(value, bytes) else None


def put_back(client: redis.Redis, room: Room, **times: int) -> None:
    """This room with other times, and its deadline where it stands long after those."""
    value = encode(replace(room, **times))
    client.hset(f"circle:{{{room.id}}}:room", "value", value)
    client.zadd("due", {room.id: int(time.time() * 1000)})


def test_a_session_that_nobody_ends_leaves_no_word(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """Whoever still sits there sees its end; afterwards it is in no key, file or log."""
    words = [f"{word}{secrets.token_hex(6)}" for word in ("Fay", "Ann", "Prompt")]
    fay = start_circle(two_servers[0].url, words[0])
    ann = join(fay, words[1]).at(two_servers[1].url)

    async def scene(client: redis.Redis) -> None:
        folder = Path(str(client.config_get("dir")["dir"]))
        async with AsyncExitStack() as stack:
            one, two = [Caller(await stack.enter_async_context(call(v))) for v in (fay, ann)]
            await one.send(do="prompt", text=words[2])
            await two.until(lambda me: words[2] in me.regions.get("stage", ""))
            assert all(stands_in_files(folder, word.encode()) for word in words)
            room = held(client, fay.circle_id)
            assert room is not None
            # The deadline stands where it was set; what lies before it is put back in time.
            assert client.zscore("due", fay.circle_id) is not None
            put_back(client, room, changed_at=int(time.time() * 1000) - KEPT_UNCHANGED_MS)
            for person in (one, two):
                await person.until(lambda me: me.state.get("phase") == "ended")
            room = held(client, fay.circle_id)
            assert room is not None
            assert room.ended_at is not None
            left = everything_in(redis_url)
            assert [word for word in words if word in left] == []
            put_back(client, room, ended_at=room.ended_at - KEPT_AFTER_END_MS)
            assert [await one.closed(), await two.closed()] == [4410, 4410]

        def is_on_disk() -> bool:
            return any(stands_in_files(folder, word.encode()) for word in words)

        await asyncio.to_thread(wait_until, lambda: not is_on_disk())

    with redis.Redis.from_url(redis_url) as client:
        asyncio.run(scene(client))
        assert not client.exists(f"circle:{{{fay.circle_id}}}:room")
    assert not any(word in server.log for server in two_servers for word in words)
    assert ask(ann.room, cookie=ann.cookie).status == 200  # The circle meets again.
