"""The end of a process with people in its rooms."""

from __future__ import annotations

import asyncio
import signal

from tests.support.client import Caller, ask, call, join, start_circle
from tests.support.processes import StartServer, wait_until


def test_people_move_over_before_a_process_ends(redis_url: str, start_server: StartServer) -> None:
    """It reports that it is not ready, closes with 1012, and nobody is shown as away meanwhile."""
    first, second = start_server(redis_url), start_server(redis_url)
    fay = start_circle(second.url)
    ben = join(fay, "Ben")

    def is_ending() -> bool:
        answer = ask(f"{first.url}/readyz")
        return answer.status == 503 and "about to end" in answer.text

    async def scene() -> None:
        async with call(fay) as one_line, call(ben.at(first.url)) as two_line:
            one, two = Caller(one_line), Caller(two_line)
            await two.until(lambda me: "seat" in me.state)
            seat = two.state["seat"]
            await one.until(lambda me: bool(me.chair(seat)) and "data-away" not in me.chair(seat))
            assert ask(f"{first.url}/readyz").status == 200
            first.send(signal.SIGTERM)
            wait_until(is_ending)
            assert await two.closed() == 1012
            seen: list[str] = []

            def note(me: Caller) -> bool:
                seen.append(me.chair(seat))
                return "move" in me.regions["stage"]

            async with call(ben) as again:
                await Caller(again).until(lambda me: "seat" in me.state)
                await one.send(do="prompt", text="after the move")
                await one.until(note)
            assert not any("data-away" in chair for chair in seen)

    asyncio.run(scene())
    assert first.ended() == 0
    assert ask(f"{second.url}/readyz").status == 200
