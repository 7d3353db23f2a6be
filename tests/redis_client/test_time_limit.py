"""The time limit of a call to Redis, in a process that stands still meanwhile."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from server.redis_client.time_limit import LAST_S, within

LIMIT_S = LAST_S + 0.1


def test_a_reply_that_came_while_the_process_stood_still_is_no_timeout() -> None:
    """It lies in the buffer of the socket, and is read before the time ends."""

    async def scene() -> bytes:
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=ours)

        def stand_still() -> None:
            theirs.send(b"reply")
            time.sleep(LIMIT_S + 0.1)

        with theirs:
            try:
                asyncio.get_running_loop().call_soon(stand_still)
                async with within(LIMIT_S):
                    return await reader.read(5)
            finally:
                writer.close()
                await writer.wait_closed()

    assert asyncio.run(scene()) == b"reply"


def test_silence_is_a_timeout() -> None:
    """Nothing comes."""

    async def scene() -> None:
        async with within(LIMIT_S):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        asyncio.run(scene())
