"""The questions after a session: answered by form, closed by the next start, the same for all."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import NamedTuple

import pytest
import redis
from msgspec.structs import replace

from server.circle import pulse as pulses
from server.circle.pulse import EACH_TIME, OPEN_MS
from server.room.due import KEPT_AFTER_END_MS
from server.room.state import decode, encode
from tests.support.client import Answer, Caller, Visit, ask, call, circle_page, join, start_circle
from tests.support.processes import StartServer, wait_until
from tests.support.stored import everything_in
from tests.support.validity import faults

NAMES = ("Ann", "Ben", "Cem", "Dan", "Eve")
TYPED = {"heard": "4", "safe": "5", "seen": "3"}
COUNTED = 'role="status" data-did="pulse">'


class Group(NamedTuple):
    """A circle of Fay, who leads it, and five members."""

    fay: Visit
    members: Sequence[Visit]

    @property
    def key(self) -> str:
        """Of its pulse in Redis."""
        return f"circle:{{{self.fay.circle_id}}}:pulse"


def a_group(url: str) -> Group:
    """They are in the room, which waits."""
    fay = start_circle(url)
    return Group(fay, [join(fay, name) for name in NAMES])


def holds_session(group: Group, *, ends: bool = True) -> None:
    """A session begins, and ends at once."""

    async def scene() -> None:
        async with call(group.fay) as connection:
            fay = Caller(connection)
            await fay.send(do="start", **{"from": "waiting"})
            await fay.until(lambda me: me.state.get("phase") == "arrival")
            if ends:
                await fay.send(do="end")
                await fay.until(lambda me: me.state["phase"] == "ended")

    asyncio.run(scene())


def answers(visit: Visit, form: dict[str, str] | None = None, origin: str | None = None) -> Answer:
    """The answer to the form of this person's last page."""
    page = f"{visit.url}/circles/{visit.circle_id}/pulse"
    return ask(page, TYPED if form is None else form, cookie=visit.cookie, origin=origin)


def felt(page: str) -> list[tuple[str, str]]:
    """The figures on a circle's page: each question, and its words."""
    return re.findall(r'<li data-question="(\w+)">.*?<span class="soft">([^<]*)</span>', page)


def deletes_room(group: Group, redis_url: str) -> None:
    """Half a minute passes for the room that has ended, and the servers delete it."""
    room = group.key.replace(":pulse", ":room")
    with redis.Redis.from_url(redis_url) as client:
        value = client.hget(room, "value")
        assert isinstance(value, bytes)
        held = decode(value)
        assert held.ended_at is not None
        client.hset(
            room, "value", encode(replace(held, ended_at=held.ended_at - KEPT_AFTER_END_MS))
        )
        client.zadd("due", {group.fay.circle_id: held.ended_at})
        wait_until(lambda: not client.exists(room))


def is_closed(group: Group, redis_url: str) -> bool:
    """Whether the questions are closed."""
    with redis.Redis.from_url(redis_url) as client:
        value = client.hget(group.key, "value")
    assert isinstance(value, bytes)
    return pulses.decode(value).open is None


def test_members_answer_on_the_last_page_and_are_thanked(url: str, other_url: str) -> None:
    """Once, at any process; a second time they read why not."""
    group = a_group(url)
    holds_session(group)
    ann = group.members[0]
    last = ask(ann.room, cookie=ann.cookie).text
    assert f'action="/circles/{ann.circle_id}/pulse"' in last
    thanks = answers(ann)
    assert (thanks.status, COUNTED in thanks.text) == (200, True)
    again = answers(ann.at(other_url), {"heard": "1"})
    assert again.status == 409
    assert 'data-did="pulse" data-refused="stale"' in again.text
    assert "<form" not in ask(group.fay.room, cookie=group.fay.cookie).text.partition("dock")[0]


def test_the_form_is_there_for_those_who_may_answer(url: str) -> None:
    """On its own page, to which the circle's page leads; all others are led back."""
    group = a_group(url)
    holds_session(group)
    ann, ben = group.members[:2]
    page = f"{url}/circles/{ann.circle_id}/pulse"
    shown = ask(page, cookie=ann.cookie).text
    assert 'name="heard"' in shown
    assert faults(shown) == []
    assert 'data-do="pulse_page"' in circle_page(ann)
    assert answers(ben).status == 200
    for visit in (ben, group.fay):
        back = ask(page, cookie=visit.cookie)
        assert (back.status, back.headers["Location"]) == (303, f"/circles/{ann.circle_id}")
        assert 'data-do="pulse_page"' not in circle_page(visit)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        (dict.fromkeys(EACH_TIME, ""), 400),
        ({"heard": "4", "safe": "6"}, 400),
        ({"heard": "4", "safe": "x" * 900}, 400),
        ({"heard": "4", "number": "2"}, 409),
        ({"heard": "4", "number": "x"}, 200),
        ({"heard": "4", "number": "9" * 900}, 200),
    ],
)
def test_bad_answers_are_told_beside_the_question(
    url: str, form: dict[str, str], status: int
) -> None:
    """And what was chosen is still there."""
    group = a_group(url)
    holds_session(group)
    ann = group.members[0]
    answer = answers(ann, form)
    assert answer.status == status
    assert faults(answer.text) == []
    if form.get("safe"):
        assert 'aria-describedby="wrong-safe"' in answer.text
        assert re.search(r'name="heard" value="4" checked', answer.text)
    elif status == 400:
        assert 'id="pulse-fault"' in answer.text
    if status != 200:
        assert answers(ann).status == 200


def test_the_form_is_for_members_and_from_our_own_pages(url: str) -> None:
    """Not for those who lead, nor for somebody who was not there, nor from elsewhere."""
    group = a_group(url)
    holds_session(group)
    refused = answers(group.fay)
    assert (refused.status, refused.refused) == (403, "not_allowed")
    ann = group.members[0]
    assert answers(ann, origin="https://elsewhere.example").status == 403
    assert answers(Visit(url, ann.circle_id, "")).status == 401
    assert answers(ann).status == 200


def test_before_the_first_session_nothing_is_asked(url: str) -> None:
    """Nor shown."""
    group = a_group(url)
    assert answers(group.members[0]).status == 409
    assert "data-question" not in circle_page(group.fay)


def test_the_next_start_shows_the_figures_to_all_alike(url: str, redis_url: str) -> None:
    """Nothing is shown before; and what was shown does not change."""
    group = a_group(url)
    holds_session(group)
    for number, member in enumerate(group.members):
        assert answers(member, {**TYPED, "seen": "5" if number else ""}).status == 200
        assert felt(circle_page(member)) == []
    deletes_room(group, redis_url)
    assert not is_closed(group, redis_url)
    for member in group.members:
        ask(member.room, cookie=member.cookie)
    holds_session(group, ends=False)
    wait_until(lambda: is_closed(group, redis_url))
    shown = [
        ("heard", "mostly yes · clear"),
        ("safe", "mostly yes · clear"),
        ("seen", "fewer than five answered"),
    ]
    pages = [circle_page(visit) for visit in (group.fay, *group.members)]
    assert [felt(page) for page in pages] == [shown] * 6
    sheets = [re.findall(r'<section class="sheet felt".*?</section>', p, re.DOTALL) for p in pages]
    assert sheets == [sheets[0]] * 6
    assert answers(group.members[0]).status == 409


def test_questions_that_nobody_closed_close_after_two_days(url: str, redis_url: str) -> None:
    """By the deadline."""
    group = a_group(url)
    holds_session(group)
    assert answers(group.members[0]).status == 200
    with redis.Redis.from_url(redis_url) as client:
        value = client.hget(group.key, "value")
        assert isinstance(value, bytes)
        pulse = pulses.decode(value)
        assert pulse.open is not None
        earlier = replace(pulse.open, ended_at=pulse.open.ended_at - OPEN_MS)
        client.hset(group.key, "value", pulses.encode(replace(pulse, open=earlier)))
        client.zadd("due", {f"pulse:{group.fay.circle_id}": earlier.ended_at})
        wait_until(lambda: is_closed(group, redis_url))
    assert felt(circle_page(group.fay)) == [(q, "fewer than five answered") for q in EACH_TIME]


def test_a_pulse_that_cannot_be_read_leaves_the_circles_page(url: str, redis_url: str) -> None:
    """The form says that the room cannot be opened; the rest of the circle goes on."""
    group = a_group(url)
    with redis.Redis.from_url(redis_url) as client:
        client.hset(group.key, "value", "spoilt")
    holds_session(group)
    assert "data-question" not in circle_page(group.fay)
    assert answers(group.members[0]).status == 500


def test_no_seat_stands_beside_an_answer_anywhere(
    redis_url: str, start_server: StartServer
) -> None:
    """Nor who has answered: in no value of Redis, no line of the log, and no metric."""
    server = start_server(redis_url)
    group = a_group(server.url)
    seats = [visit.seat for visit in group.members]
    holds_session(group)
    with redis.Redis.from_url(redis_url) as client:
        for number, member in enumerate(group.members):
            assert answers(member, {"heard": "1", "safe": "2"}).status == 200
            value = client.hget(group.key, "value")
            assert isinstance(value, bytes)
            assert [seat in value.decode() for seat in seats] == [
                place > number for place in range(len(seats))
            ]
        others = client.hgetall(group.key.removesuffix(":pulse"))
        deletes_room(group, redis_url)
    # Only the roles of the circle, and who still has a page open, name seats.
    about = f"circle:{{{group.fay.circle_id}}}"
    lines = everything_in(redis_url).splitlines()
    found = {line.split()[0] for line in lines if any(seat in line for seat in seats)}
    assert found <= {repr(about.encode()), repr(f"{about}:here".encode())}
    assert {name.decode().partition(":")[0] for name in others if b":" in name} == {"seat", "seen"}
    told = server.log + ask(f"{server.url}/metrics").text
    assert [seat for seat in seats if seat in told] == []
    assert "pulse:" not in server.log
