"""A connection to Redis, in a process that stands still meanwhile."""

from __future__ import annotations

import asyncio
import socket
import time

from server.redis_client.connection import ANSWERS_WITHIN_S, LATE_S, RedisConnection


def test_a_redis_that_stood_still_as_well_is_not_taken_for_silent() -> None:
    """As when the machine was paused: it answers a moment after both go on."""

    async def scene() -> object:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()

        def stand_still() -> None:
            time.sleep(ANSWERS_WITHIN_S + LATE_S)
            loop.call_later(0.01, theirs.send, b"+PONG\r\n")

        with theirs:
            _, connection = await loop.create_connection(RedisConnection, sock=ours)
            reply = connection.command("PING")
            loop.call_later(ANSWERS_WITHIN_S + 0.1, stand_still)
            try:
                return await reply
            finally:
                connection.close()

    assert asyncio.run(scene()) == b"PONG"
