"""The end of a session."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import redis

from tests.support.client import ask, both, join, start_circle
from tests.support.processes import wait_until
from tests.support.stored import everything_in, stands_in_files


def test_a_session_that_has_ended_is_gone_within_a_minute(url: str, redis_url: str) -> None:
    """Names and prompts go at once, the room half a minute later, also from Redis' file."""
    fay = start_circle(url, "Leaving-Fay")
    ben = join(fay, "Leaving-Ben")

    async def scene() -> int | None:
        async with AsyncExitStack() as stack:
            one, two = await both(stack, fay, ben)
            await one.send(do="prompt", text="Leaving-Prompt")
            await two.until(lambda me: "Leaving-Prompt" in me.regions["stage"])
            await one.send(do="end")
            await two.until(lambda me: me.state["phase"] == "ended")
            assert "Leaving-" not in "".join(two.regions.values())
            # Asserts separately, because a failed comparison would print all of Redis' data.
            left = "Leaving-" in everything_in(redis_url)
            assert not left, "a name or a prompt is left in Redis"
            return await two.closed(60)

    assert asyncio.run(scene()) == 4410
    with redis.Redis.from_url(redis_url) as client:
        assert not client.exists(f"circle:{{{fay.circle_id}}}:room")
        folder = Path(client.config_get("dir")["dir"])
    wait_until(lambda: not stands_in_files(folder, b"Leaving-"))
    assert ask(fay.room, cookie=fay.cookie).status == 200
