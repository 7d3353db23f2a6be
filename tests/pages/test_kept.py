"""*What is kept*, the erasure of a whole circle, and what people read of it meanwhile."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from pathlib import Path

import redis

from server.pages.kept import LOOKS
from tests.support.client import Answer, Caller, Visit, ask, call, join, led_to, start_circle
from tests.support.planted import KEY
from tests.support.processes import StartServer, wait_until
from tests.support.stored import everything_in, stands_in_files
from tests.support.validity import faults

DAY_MS = 24 * 3_600_000


def page_of(visit: Visit) -> str:
    """The address of the circle's page."""
    return visit.room.removesuffix("/room")


def erase(visit: Visit, **form: str) -> Answer:
    """Sends the form of the circle's page, after any question."""
    return ask(f"{page_of(visit)}/erase", {"confirmed": "yes", **form}, cookie=visit.cookie)


def kept(visit: Visit) -> dict[str, int]:
    """What the page lists, and how many there are."""
    answer = ask(f"{page_of(visit)}/kept", cookie=visit.cookie)
    assert answer.status == 200, answer.text
    assert faults(answer.text) == []
    found = re.findall(r'data-kept="([\w.]+)" data-count="(\d+)"', answer.text)
    return {kind: int(count) for kind, count in found}


def words(html: str) -> str:
    """What a person reads, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


def key_of(visit: Visit) -> str:
    """The key of the circle in Redis."""
    return f"circle:{{{visit.circle_id}}}"


def test_the_list_is_what_redis_holds(url: str, redis_url: str) -> None:
    """It changes with the keys, and names what this release does not know."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    found = kept(ann)
    assert found["seat"] == 2
    assert {"circle", "seen", "room", "here", "due.room"} <= found.keys()
    assert not {"presented", "erase_at", "last", "unknown"} & found.keys()
    with redis.Redis.from_url(redis_url) as client:
        client.hset(key_of(fay), mapping={"presented:ann": 1, "seat:x": "guest", "mood": "good"})
        client.set(f"{key_of(fay)}:<later>", "x")
        client.zadd("due", {f"tea:{fay.circle_id}": 9e12})
        found = kept(ann)
        assert (found["seat"], found["presented"], found["unknown"]) == (3, 1, 1)
        page = words(ask(f"{page_of(ann)}/kept", cookie=ann.cookie).text)
        for unknown in ("mood", ":<later>", "due:tea"):
            assert f"Something that this release does not know: {unknown}" in page
        client.hdel(key_of(fay), "mood")
        client.delete(f"{key_of(fay)}:<later>", f"{key_of(fay)}:room", f"{key_of(fay)}:here")
        client.zrem("due", f"tea:{fay.circle_id}", fay.circle_id)
        assert not {"unknown", "room", "here", "due.room"} & kept(ann).keys()


def test_the_list_is_for_people_of_the_circle(url: str) -> None:
    """Neither for strangers nor for people at the door."""
    fay = start_circle(url, door="closed")
    dan = join(fay, "Dan")
    assert ask(f"{page_of(dan)}/kept", cookie=dan.cookie).status == 401
    assert ask(f"{page_of(fay)}/kept").status == 401
    assert ask(f"{url}/circles/{'a' * 16}/kept").status == 404


def test_of_the_last_session_only_numbers_are_left(url: str, redis_url: str) -> None:
    """How many names, prompts and turns have gone, and when."""
    fay = start_circle(url)
    ann = join(fay, "Ann")

    async def scene() -> None:
        async with call(fay) as of_fay, call(ann) as of_ann:
            leader, member = Caller(of_fay), Caller(of_ann)
            await leader.send(do="start", **{"from": "waiting"})
            await member.until(lambda me: me.state.get("phase") == "arrival")
            for prompt in ("One", "Two"):
                await leader.send(do="prompt", text=prompt)
            await leader.until(lambda me: "Two" in me.regions.get("stage", ""))
            await leader.send(do="end")
            await member.until(lambda me: me.state.get("phase") == "ended")

    asyncio.run(scene())
    page = words(ask(f"{page_of(ann)}/kept", cookie=ann.cookie).text)
    assert re.search(r"the room, 2 names, 2 prompts, \d+ turns?: the names have gone", page), page
    found = kept(ann)
    assert (found["met"], found["last"]) == (1, 1)
    with redis.Redis.from_url(redis_url) as client:
        ended = client.hget(key_of(fay), "met_on")
        wait_until(lambda: not client.exists(f"{key_of(fay)}:room"), 60)
        assert int(client.hget(key_of(fay), "gone_at") or 0) > 0
    answer = ask(f"{page_of(ann)}/kept", cookie=ann.cookie)
    assert re.search(r"Gone on \w+, .*: the room, 2 names, 2 prompts, \d+ turn", words(answer.text))
    assert ended is not None


def test_a_facilitator_erases_the_circle_and_takes_it_back(
    url: str, other_url: str, redis_url: str
) -> None:
    """Its name is typed; everybody reads it meanwhile, also at the door."""
    fay = start_circle(url)
    ann, gil = join(fay, "Ann"), join(fay, "Gil", "facilitator").at(other_url)
    wrong = erase(fay, what="circle", circle_name="Wedne<s>day")
    assert wrong.status == 400
    assert 'data-fault="circle_name"' in wrong.text
    assert 'value="Wedne&lt;s&gt;day"' in wrong.text
    assert 'aria-describedby="erase-refusal"' in wrong.text
    assert "data-erase-at" not in wrong.text
    for form in ({"what": "circle", "circle_name": "Tuesday"}, {"what": "keep"}):
        assert erase(ann, **form).status == 403
        assert ask(f"{page_of(fay)}/erase", form, cookie=fay.cookie, origin="").status == 403
    done = erase(fay, what="circle", circle_name=" tuesday ")
    assert 'data-did="erase_circle"' in led_to(fay, done).text
    with redis.Redis.from_url(redis_url) as client:
        at = int(client.zscore("due", f"erase:{fay.circle_id}") or 0)
    for visit, path in ((ann, ""), (ann, "/room"), (ann, "/kept"), (gil, ""), (gil, "/room")):
        page = ask(f"{page_of(visit)}{path}", cookie=visit.cookie).text
        assert f'data-erase-at="{at}"' in page, path
    assert kept(ann)["due.erase"] == 1
    again = erase(gil, what="circle", circle_name="Tuesday")
    assert f'data-erase-at="{at}"' in led_to(gil, again).text
    assert "keep_circle" not in ask(page_of(ann), cookie=ann.cookie).text
    back = erase(gil, what="keep")
    assert 'data-did="keep_circle"' in led_to(gil, back).text
    for visit in (fay, ann, gil):
        assert "data-erase-at" not in ask(page_of(visit), cookie=visit.cookie).text


def test_at_the_door_one_reads_that_the_circle_goes(url: str) -> None:
    """A guest sees nothing else of it."""
    fay = start_circle(url, door="closed")
    erase(fay, what="circle", circle_name="Tuesday")
    dan = join(fay, "Dan")
    page = ask(dan.room, cookie=dan.cookie).text
    assert "data-erase-at" in page
    assert 'data-phase="lobby"' in page


def test_of_an_erased_circle_and_person_no_word_is_left(
    short_dir: Path, start_server: StartServer
) -> None:
    """Neither in Redis nor in its file; both have it before. Cookies then open nothing."""
    server = start_server(None, DATA_DIR=str(short_dir))
    redis_url = f"unix://{short_dir}/redis.sock"
    answer = ask(
        f"{server.url}/circles", {"circle_name": "Marked by this test", "your_name": "Fay"}
    )
    fay = Visit(server.url, answer.headers["Location"].split("/")[2], answer.cookie)
    ann = join(fay, "Ann")
    seat = ann.seat
    with redis.Redis.from_url(redis_url) as client:
        client.delete(f"{key_of(fay)}:here", f"{key_of(fay)}:room")
        assert seat in everything_in(redis_url)
        assert stands_in_files(short_dir, seat.encode())
        assert erase(ann, what="me").status == 200
        wait_until(lambda: not stands_in_files(short_dir, seat.encode()), 60)
        assert seat not in everything_in(redis_url)
        assert fay.circle_id in everything_in(redis_url)
        erase(fay, what="circle", circle_name="Marked by this test")
        assert stands_in_files(short_dir, b"Marked by this test")
        client.hset(key_of(fay), "erase_at", 1)
        client.zadd("due", {f"erase:{fay.circle_id}": 1})
        for word in ("Marked by this test", fay.circle_id):
            wait_until(lambda word=word: not stands_in_files(short_dir, word.encode()), 60)  # type: ignore[misc]
            assert word not in everything_in(redis_url)
        assert client.zcard("erased") == 2
    assert len((short_dir / "erased").read_text().split()) == 4
    gone = ask(page_of(fay), cookie=fay.cookie)
    assert (gone.status, gone.message) == (404, "circle_erased")
    assert kept(fay) == {}
    assert ask(page_of(ann), cookie=ann.cookie).status == 404
    assert ask(f"{page_of(fay)}/kept").status == 404


def test_facilitators_read_what_is_soon_erased_by_itself(url: str, redis_url: str) -> None:
    """Two months before; members do not read it, and nobody while there is time."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    assert "data-idle" not in ask(page_of(fay), cookie=fay.cookie).text
    with redis.Redis.from_url(redis_url) as client:
        now_s, _ = client.time()
        year, month = (now_s // 31_556_952 + 1970 - 1, 1)  # at least 11 months ago
        client.hset(key_of(fay), "met_on", f"{year - 1}-12-15")
        client.hset(key_of(fay), f"seen:{ann.seat}", f"{year - 1}-{month:02}")
    page = ask(page_of(fay), cookie=fay.cookie).text
    assert 'data-idle="circle"' in page
    assert 'data-idle="seats" data-count="1"' in page
    assert "1 person has not been here for about a year" in page
    assert "data-idle" not in ask(page_of(ann), cookie=ann.cookie).text


def test_the_operators_sentence_on_backups_is_there(
    redis_url: str, start_server: StartServer
) -> None:
    """Else the page says that they have given none."""
    note = "Backups are deleted after 14 days."
    told = start_server(redis_url, RETENTION_NOTE=note, ERASED_DAYS="14", SECRET_KEY=KEY)
    silent = start_server(redis_url, SECRET_KEY=KEY)
    fay = start_circle(told.url)
    page = words(ask(f"{page_of(fay)}/kept", cookie=fay.cookie).text)
    assert note in page
    assert "a random-looking number for 14 days" in page
    there = fay.at(silent.url)
    page = words(ask(f"{page_of(there)}/kept", cookie=fay.cookie).text)
    assert "have not said how long they keep them" in page


def test_looks_are_limited_by_address(url: str) -> None:
    """Each goes through all keys of a Redis. Others look all the same."""
    fay = start_circle(url)
    there = f"{page_of(fay)}/kept"

    def looks(address: str) -> int:
        return ask(there, cookie=fay.cookie, forwarded_for=address).status

    statuses = [looks("192.0.2.79") for _ in range(LOOKS.at_once + 20)]
    assert statuses[: LOOKS.at_once] == [200] * LOOKS.at_once
    assert 429 in statuses
    assert looks("192.0.2.80") == 200
