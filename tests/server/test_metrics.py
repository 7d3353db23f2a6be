"""Metrics of the process: each counter follows its event, and is documented."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from tests.support.client import Caller, ask, call, join, start_circle
from tests.support.metrics import numbers
from tests.support.processes import StartServer, wait_until

HANDBOOK = Path(__file__).parents[2] / "docs" / "operations.md"
PRESSES = 30


def test_what_happens_in_rooms_is_counted(redis_url: str, start_server: StartServer) -> None:
    """Sockets, rooms, commands by outcome, presses, round trips, and close codes."""
    server = start_server(redis_url)
    fay = start_circle(server.url)
    before = numbers(server)

    async def scene() -> dict[str, float]:
        async with call(fay) as connection:
            me = Caller(connection)
            await me.send(do="start", **{"from": "waiting"})
            for _ in range(2):
                await me.send(do="advance", **{"from": "arrival"})
            assert await me.refused() == "stale"
            await me.send(do="ping", t=1)
            await me.until(lambda me: bool(me.answers))
            meanwhile = numbers(server)
            await connection.send("no command")
            assert await me.closed() == 4400
        async with call(fay, origin="https://elsewhere.example") as connection:
            assert await Caller(connection).closed() == 4403
        return meanwhile

    meanwhile = asyncio.run(scene())
    after = numbers(server)
    assert meanwhile["balint_connections"] == before["balint_connections"] + 1
    assert meanwhile["balint_rooms"] == 1
    assert meanwhile['balint_commands_total{command="Start",outcome="accepted"}'] == 1
    assert meanwhile['balint_commands_total{command="Advance",outcome="stale"}'] == 1
    assert (
        meanwhile["balint_press_to_send_seconds_count"]
        == before["balint_press_to_send_seconds_count"] + 3
    )
    for asked in ("commit", "sweep", "HGET"):
        assert meanwhile[f'balint_redis_seconds_count{{asked="{asked}"}}'] > 0
    for code in ("4400", "4403"):
        assert after[f'balint_outbox_closes_total{{reason="{code}"}}'] == 1
    wait_until(lambda: numbers(server)["balint_connections"] == 0)


def test_changes_that_met_are_counted(redis_url: str, start_server: StartServer) -> None:
    """Two people press at once at two processes: all presses count, and some were retried."""
    one, two = start_server(redis_url), start_server(redis_url)
    fay = start_circle(one.url)
    gil = join(fay, "Gil", "facilitator").at(two.url)

    async def scene() -> None:
        async with call(fay) as here, call(gil) as there:
            both = (Caller(here), Caller(there))
            for me in both:
                await me.until(lambda me: "seat" in me.state)
            last = max(me.versions[-1] for me in both) + len(both) * PRESSES
            for number in range(PRESSES):
                for me in both:
                    await me.send(do="prompt", text=f"{me.state['seat']}: {number}")
            for me in both:
                await me.reaches(last)

    asyncio.run(scene())
    assert sum(numbers(server)["balint_commit_conflicts_total"] for server in (one, two)) > 0


def test_the_handbook_names_what_is_counted(url: str) -> None:
    """The document names exactly the exported metrics."""
    told = set(re.findall(r"^# TYPE (balint_\w+) ", ask(f"{url}/metrics").text, re.MULTILINE))
    told = {name for name in told if not name.endswith("_created")}
    assert told == set(re.findall(r"^\| `(balint_\w+)", HANDBOOK.read_text(), re.MULTILINE))
