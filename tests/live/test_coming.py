"""The stage of a room before its hour, while the schedule changes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import time, timedelta
from functools import partial
from time import time as time_now

from server.circle.rhythm import Kind, Rhythm, local_time
from server.circle.schedule import Wanted
from server.circle.schedule_changes import set_schedule
from server.store.store import Store
from tests.support.client import Caller, ask, both, call, join, start_circle
from tests.support.stores import with_stores

SESSION = 'id="next-session"'


def test_everybody_in_the_room_and_at_the_door_reads_a_new_date_at_once(
    url: str, redis_url: str
) -> None:
    """Nobody has to reload, wherever the change was made."""
    fay = start_circle(url)
    ben = join(fay, "Ben")

    async def scene(store: Store, _other: Store) -> None:
        async with AsyncExitStack() as stack:
            leads, member = await both(stack, fay, ben)
            await leads.send(do="lobby", on=True)
            await leads.reaches(leads.versions[-1] + 1)
            dan = await asyncio.to_thread(join, fay, "Dan")
            guest = Caller(await stack.enter_async_context(call(dan)))
            await guest.until(lambda me: "stage" in me.regions)
            assert SESSION not in member.regions["attention"] + guest.regions["stage"]
            now = store.clock.now()
            in_ten_days = local_time(now, "UTC").date() + timedelta(days=10)
            rhythm = Rhythm(Kind.WEEKS, every=4, first_on=in_ten_days, at=time(19))
            change = partial(set_schedule, wanted=Wanted(rhythm, None, "UTC"), now=now)
            await store.circles.change(fay.circle_id, change)
            await member.until(lambda me: SESSION in me.regions["attention"])
            await guest.until(lambda me: SESSION in me.regions["stage"])

    with_stores(redis_url, scene)


def test_a_circle_that_starts_with_a_rhythm_says_when_it_meets(url: str) -> None:
    """In its room, on the page and on the socket."""
    form = {"circle_name": "Wednesday", "your_name": "Fay", "time_zone": "UTC", "at": "19:00"}
    first_on = local_time(int(time_now() * 1000), "UTC").date() + timedelta(days=10)
    form |= {"rhythm": "weeks", "every": "2", "first_on": first_on.isoformat()}
    answer = ask(f"{url}/circles", form)
    room = ask(url + answer.headers["Location"], cookie=answer.cookie).text
    assert SESSION in room
    assert "(UTC)" in room
