"""A session that nobody ends is deleted all the same, with every word of it."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack
from pathlib import Path

import redis
from msgspec.structs import replace

from server.room.due import KEPT_AFTER_END_MS, KEPT_UNCHANGED_MS
from server.room.state import Room, decode, encode
from server.store.keys import stamp_text
from tests.support.client import Caller, ask, call, join, start_circle
from tests.support.processes import Server, wait_until
from tests.support.stored import everything_in, stands_in_files


def held(client: redis.Redis | redis.client.Pipeline, circle_id: str) -> Room | None:
    """The room in Redis."""
    value = client.hget(f"circle:{{{circle_id}}}:room", "value")
    return decode(value) if isinstance(value, bytes) else None


def let_pass(client: redis.Redis, circle_id: str, ms: int) -> None:
    """Simulates this time: all times of the room, and its deadline, are moved back.

    Only the servers set the deadline, so it alone decides when something happens.
    """
    key = f"circle:{{{circle_id}}}:room"

    def earlier(pipe: redis.client.Pipeline) -> None:
        room = held(pipe, circle_id)
        assert room is not None
        times = {"changed_at": room.changed_at - ms, "version": room.version + 1}
        if room.ended_at is not None:
            times["ended_at"] = room.ended_at - ms
        room = replace(room, **times)
        pipe.multi()
        pipe.hset(key, mapping={"stamp": stamp_text(room), "value": encode(room)})
        pipe.zadd("due", {circle_id: -ms}, xx=True, incr=True)

    client.transaction(earlier, key)  # It is repeated if a server has changed the room meanwhile.


def test_a_session_that_nobody_ends_leaves_no_word(
    two_servers: tuple[Server, Server], redis_url: str
) -> None:
    """People who are still there see its end; afterwards no key, file or log contains it."""
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
            let_pass(client, fay.circle_id, KEPT_UNCHANGED_MS)
            for person in (one, two):
                await person.until(lambda me: me.state.get("phase") == "ended")
            room = held(client, fay.circle_id)
            assert room is not None
            assert room.ended_at is not None
            left = everything_in(redis_url)
            assert [word for word in words if word in left] == []
            let_pass(client, fay.circle_id, KEPT_AFTER_END_MS)
            assert [await one.closed(), await two.closed()] == [4410, 4410]

        def is_on_disk() -> bool:
            return any(stands_in_files(folder, word.encode()) for word in words)

        await asyncio.to_thread(wait_until, lambda: not is_on_disk())

    with redis.Redis.from_url(redis_url) as client:
        asyncio.run(scene(client))
        assert not client.exists(f"circle:{{{fay.circle_id}}}:room")
    assert not any(word in server.log for server in two_servers for word in words)
    assert ask(ann.room, cookie=ann.cookie).status == 200  # the circle meets again
