"""Hand-overs in Redis: each step once, and gone after two minutes."""

from __future__ import annotations

import asyncio
from functools import partial

import msgspec
import pytest
from msgspec.structs import replace

from server.circle.handover import LASTS_MS, SCHEMA, Handover, begun, chosen, opened
from server.identity import new_circle_id
from server.room.refused import Refused
from server.store.keys import handover_key
from server.store.store import Store
from server.store.unreadable import TooNew, Unreadable
from tests.support.redis_servers import client_of
from tests.support.stores import with_stores

BEGUN = begun("ann", "sealed", ["12", "47", "83"], 1)


def test_of_many_devices_one_opens_the_code(each_redis: str) -> None:
    """Whatever the process."""

    async def scene(one: Store, other: Store) -> None:
        circle_id = new_circle_id()
        await one.handovers.begin(circle_id, "code", BEGUN)

        async def open_it(store: Store, by: str) -> Handover | None:
            try:
                return await store.handovers.change(circle_id, "code", partial(opened, by=by))
            except Refused:
                return None

        stores = [one, other] * 4
        found = await asyncio.gather(*(open_it(s, str(n)) for n, s in enumerate(stores)))
        (winner,) = (held for held in found if held)
        assert await other.handovers.get(circle_id, "code") == winner

    with_stores(each_redis, scene)


def test_it_is_gone_after_two_minutes_whatever_was_done(each_redis: str) -> None:
    """No step makes it last longer."""

    async def scene(one: Store, _other: Store) -> None:
        circle_id = new_circle_id()
        key = handover_key(circle_id, "code")
        await one.handovers.begin(circle_id, "code", BEGUN)
        with client_of(each_redis) as client:
            assert 0 < client.pttl(key) <= LASTS_MS
            client.pexpire(key, 60_000)
            await one.handovers.change(circle_id, "code", partial(opened, by="phone"))
            after = await one.handovers.change(circle_id, "code", partial(chosen, digits="47"))
            assert after
            assert after.is_chosen
            assert 0 < client.pttl(key) <= 60_000

    with_stores(each_redis, scene)


def test_a_wrong_choice_leaves_nothing(each_redis: str) -> None:
    """Nor is it there again by a later step."""

    async def scene(one: Store, other: Store) -> None:
        circle_id = new_circle_id()
        await one.handovers.begin(circle_id, "code", BEGUN)
        await one.handovers.change(circle_id, "code", partial(opened, by="phone"))
        wrong = partial(chosen, digits="12")
        assert await one.handovers.change(circle_id, "code", wrong) is None
        assert await other.handovers.get(circle_id, "code") is None
        right = partial(chosen, digits="47")
        assert await other.handovers.change(circle_id, "code", right) is None
        await one.handovers.end(circle_id, "code")

    with_stores(each_redis, scene)


@pytest.mark.parametrize(
    ("held", "error"),
    [
        (b"{", Unreadable),
        (b'{"seat":"ann"}', Unreadable),
        (msgspec.json.encode(replace(BEGUN, schema=SCHEMA + 1)), TooNew),
    ],
)
def test_a_spoilt_value_is_left_alone(redis_url: str, held: bytes, error: type[Exception]) -> None:
    """It expires by itself."""

    async def scene(one: Store, _other: Store) -> None:
        circle_id = new_circle_id()
        with client_of(redis_url) as client:
            client.set(handover_key(circle_id, "code"), held)
        with pytest.raises(error):
            await one.handovers.get(circle_id, "code")

    with_stores(redis_url, scene)
