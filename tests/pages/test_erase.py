"""A circle can forget people: all who are not here, or oneself on this device."""

from __future__ import annotations

import asyncio
import html
import re

import redis

from server.identity import Identity, Person, cookie_name
from server.room.formats.shipped import PRACTICE, plan_of
from server.room.state import Role
from tests.support.client import Answer, Caller, Visit, ask, call, join, led_to, start_circle
from tests.support.processes import StartServer, wait_until

KEY = "only-these-tests-sign-with-this"
PUBLIC = "https://circle.example"
HAS_FORGOTTEN = 'data-did="erase" data-count="{}"'


def page_of(visit: Visit) -> str:
    """The address of the circle's page."""
    return visit.room.removesuffix("/room")


def erase(visit: Visit, what: str, *, origin: str | None = None) -> Answer:
    """Sends the form of the circle's page, as after the confirmation."""
    form = {"what": what, "confirmed": "yes"}
    return ask(f"{page_of(visit)}/erase", form, cookie=visit.cookie, origin=origin)


def forgets_absent(visit: Visit) -> Answer:
    """The circle's page after it has forgotten all who are not here."""
    return led_to(visit, erase(visit, "absent"))


def known(visit: Visit) -> str:
    """The number of people that the circle knows, on the circle's page."""
    page = ask(page_of(visit), cookie=visit.cookie).text
    found = re.search(r"This circle knows ([^.]+)\.", page)
    assert found, page
    return found[1]


def is_known(visit: Visit) -> bool:
    """Whether this person's cookie is valid."""
    status = ask(page_of(visit), cookie=visit.cookie).status
    assert status in (200, 401)
    return status == 200


def feed_status(address: str) -> int:
    """How a calendar program is answered."""
    return ask(address).status


def without_room(redis_url: str, visit: Visit) -> None:
    """Removes the room, as if nobody had been in it for a day."""
    with redis.Redis.from_url(redis_url) as client:
        key = f"circle:{{{visit.circle_id}}}"
        client.delete(f"{key}:room", f"{key}:here")


def nobody_is_here(redis_url: str, visit: Visit) -> None:
    """Ends all recent connections and page loads."""
    with redis.Redis.from_url(redis_url) as client:
        client.delete(f"circle:{{{visit.circle_id}}}:here")


def test_between_sessions_all_but_the_one_who_asks_are_forgotten(
    url: str, other_url: str, redis_url: str
) -> None:
    """Their cookies are rejected by every process, and they come again as strangers."""
    fay = start_circle(url)
    gil, ann = join(fay, "Gil", "facilitator"), join(fay, "Ann")
    assert known(ann) == "3 people: 2 facilitators and 1 member"
    token, former = fay.token(), fay.token("facilitator")
    without_room(redis_url, fay)
    answer = forgets_absent(fay)
    assert answer.status == 200
    assert HAS_FORGOTTEN.format(2) in answer.text
    assert HAS_FORGOTTEN.format(0) in forgets_absent(fay).text
    assert fay.token("facilitator") != former
    assert fay.token() == token
    assert known(fay) == "1 person: 1 facilitator"
    again = ask(f"{page_of(fay)}/erase", cookie=fay.cookie)
    assert (again.status, again.headers["Location"]) == (303, f"/circles/{fay.circle_id}")
    for visit in (gil, ann, gil.at(other_url), ann.at(other_url)):
        assert ask(visit.room, cookie=visit.cookie).status == 401
    form = {"token": token, "your_name": "Ann", "agree": "yes"}
    again = ask(f"{other_url}/join", form, cookie=ann.cookie)
    assert again.status == 303
    assert again.cookie != ann.cookie


def test_in_a_session_whoever_is_in_the_room_stays_known(url: str, other_url: str) -> None:
    """The lobby and the asking person on another page stay, too; an absent chair is freed."""
    fay = start_circle(url)
    ann, ben, gil = join(fay, "Ann"), join(fay, "Ben"), join(fay, "Gil", "facilitator")

    async def scene() -> None:
        async with call(ann.at(other_url)) as of_ann, call(gil) as of_gil:
            caller, leader = Caller(of_ann), Caller(of_gil)
            await leader.send(do="start", **{"from": "waiting"})
            await leader.send(do="lobby", on=True)
            await leader.until(lambda me: me.state.get("phase") == "arrival")
            seat = re.findall(r'<li id="seat-(\w+)"', leader.regions["circle"])[2]
            await leader.until(lambda me: "data-away" in me.chair(seat))
            await caller.until(lambda me: "Ben" in me.regions.get("circle", ""))
            dan = await asyncio.to_thread(join, gil, "Dan")
            async with call(dan) as of_dan:
                await Caller(of_dan).until(lambda me: me.state.get("phase") == "lobby")
                answer = await asyncio.to_thread(erase, fay, "absent")
                assert answer.status == 303
                await caller.until(lambda me: "Ben" not in me.regions["circle"])
                stay = [await asyncio.to_thread(is_known, one) for one in (fay, gil, ann, ben)]
                assert stay == [True, True, True, False]
                page = await asyncio.to_thread(ask, dan.room, cookie=dan.cookie)
                assert 'data-phase="lobby"' in page.text

    asyncio.run(scene())
    assert known(fay) == "3 people: 2 facilitators and 1 member"


def test_a_page_that_is_loaded_again_forgets_nobody_else(url: str, redis_url: str) -> None:
    """The answer leads to a page that a browser gets: who has been here since stays known."""
    fay = start_circle(url)
    without_room(redis_url, fay)
    answer = erase(fay, "absent")
    ann = join(fay, "Ann")
    without_room(redis_url, fay)
    for _ in range(2):
        assert HAS_FORGOTTEN.format(0) in led_to(fay, answer).text
    assert is_known(ann)
    page = ask(f"{page_of(ann)}?forgotten=3", cookie=ann.cookie).text
    assert HAS_FORGOTTEN.format(3) not in page
    for typed in ("x", "-1", "1" * 9, "%00"):
        page = ask(f"{page_of(fay)}?forgotten={typed}", cookie=fay.cookie).text
        assert 'data-did="erase"' not in page


def test_only_facilitators_have_the_circle_forget_people(url: str, redis_url: str) -> None:
    """Only our own page, and only for a facilitator: no member, stranger or foreign page."""
    fay = start_circle(url)
    ann, gil = join(fay, "Ann"), join(fay, "Gil", "facilitator")
    without_room(redis_url, fay)
    assert 'value="absent"' not in ask(page_of(ann), cookie=ann.cookie).text
    assert erase(ann, "absent").status == 403
    assert erase(fay, "absent", origin="https://elsewhere.example").status == 403
    assert erase(fay, "me", origin="").status == 403
    assert erase(Visit(url, fay.circle_id, ""), "absent").status == 401
    assert erase(fay, "everything").status == 400
    assert known(fay) == "3 people: 2 facilitators and 1 member"
    assert erase(gil, "absent").status == 303
    assert erase(fay, "absent").status == 401
    assert known(gil) == "1 person: 1 facilitator"


def test_a_person_leaves_on_their_device(url: str, other_url: str, redis_url: str) -> None:
    """The cookie is deleted, and so is all data about them in the circle and the room."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    nobody_is_here(redis_url, fay)
    answer = erase(ann.at(other_url), "me")
    assert (answer.status, answer.message) == (200, "left_circle")
    gone = answer.headers["Set-Cookie"]
    assert gone.startswith(f'{cookie_name(fay.circle_id)}=""')
    assert {"Max-Age=0", "Path=/"} <= set(gone.split("; "))
    assert not is_known(ann)
    assert known(fay) == "1 person: 1 facilitator"
    assert "Ann" not in ask(fay.room, cookie=fay.cookie).text
    # The first answer may have been lost, so this one deletes the cookie as well.
    again = erase(ann, "me")
    assert (again.status, again.text) == (200, answer.text)
    assert again.headers["Set-Cookie"].startswith(f'{cookie_name(fay.circle_id)}=""')


def test_without_a_confirmation_the_server_asks(url: str, redis_url: str) -> None:
    """The page's script confirms what it has asked; without it nothing happens at once."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    without_room(redis_url, fay)
    for visit, what in ((fay, "absent"), (fay, "me"), (ann, "me")):
        page = ask(page_of(visit), cookie=visit.cookie).text
        by_script = re.search(rf'value="{what}" [^>]*data-confirm="([^"]+)"', page)
        answer = ask(f"{page_of(visit)}/erase", {"what": what}, cookie=visit.cookie)
        question = re.search(r'id="question">([^<]+)<', answer.text)
        assert answer.status == 200
        assert by_script
        assert question
        assert html.unescape(question[1]) == html.unescape(by_script[1])
        assert "Set-Cookie" not in answer.headers
        assert 'name="confirmed" value="yes"' in answer.text
    assert known(ann) == "2 people: 1 facilitator and 1 member"
    assert ask(f"{page_of(ann)}/erase", {"what": "absent"}, cookie=ann.cookie).status == 403


def test_nobody_is_thrown_out_because_all_leases_ran_out(url: str, redis_url: str) -> None:
    """Redis was down, or the only process stalled, and the request came before a sweep."""
    fay = start_circle(url)
    ann, gil = join(fay, "Ann"), join(fay, "Gil", "facilitator")

    async def scene() -> None:
        async with call(ann) as of_ann, call(gil) as of_gil:
            for line in (of_ann, of_gil):
                await Caller(line).until(lambda me: me.state.get("phase") == "waiting")
            nobody_is_here(redis_url, fay)
            answer = await asyncio.to_thread(forgets_absent, fay)
            assert HAS_FORGOTTEN.format(0) in answer.text
            assert await asyncio.to_thread(is_known, ann)

    asyncio.run(scene())
    assert known(fay) == "3 people: 2 facilitators and 1 member"


def test_after_the_end_whoever_has_closed_the_page_is_not_here(url: str, redis_url: str) -> None:
    """This holds although one page is still open, and absences are no longer recorded."""
    fay = start_circle(url)
    ann, ben = join(fay, "Ann"), join(fay, "Ben")

    async def scene() -> None:
        async with call(ann) as of_ann, call(fay) as of_fay:
            caller, leader = Caller(of_ann), Caller(of_fay)
            await leader.until(lambda me: me.state.get("phase") == "waiting")
            await leader.send(do="end")
            await caller.until(lambda me: me.state.get("phase") == "ended")
            with redis.Redis.from_url(redis_url) as client:  # Ben's page was loaded long ago.
                here = f"circle:{{{fay.circle_id}}}:here"
                client.zrem(here, *[m for m in client.zrange(here, 0, -1) if m.endswith(b":page")])
            answer = await asyncio.to_thread(forgets_absent, fay)
            assert HAS_FORGOTTEN.format(1) in answer.text
            assert await asyncio.to_thread(is_known, ann)
            assert not await asyncio.to_thread(is_known, ben)

    asyncio.run(scene())


def test_whoever_sits_in_another_window_keeps_the_chair(url: str, other_url: str) -> None:
    """All else of them is erased; a closed window does not count."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    page = ask(page_of(ann), cookie=ann.cookie).text
    feed = re.findall(r'value="([^"]+/calendar/[^"]+)"', page)[0]
    assert feed_status(feed) == 200

    async def scene() -> None:
        async with call(ann.at(other_url)) as connection:
            await Caller(connection).until(lambda me: me.state.get("phase") == "waiting")
            answer = await asyncio.to_thread(erase, ann, "me")
            assert answer.message == "still_sits"
            assert "Max-Age=0" in answer.headers["Set-Cookie"]
            assert await asyncio.to_thread(is_known, ann)
            assert await asyncio.to_thread(feed_status, feed) == 404

    asyncio.run(scene())
    wait_until(lambda: erase(ann, "me").message == "left_circle")
    assert not is_known(ann)


def test_who_leads_and_leaves_leads_again_by_the_link(url: str, redis_url: str) -> None:
    """The last facilitator is erased as well, and no link goes with anybody who leaves."""
    fay = start_circle(url)
    gil = join(fay, "Gil", "facilitator")
    without_room(redis_url, fay)
    token = fay.token("facilitator")
    for visit in (gil, fay):
        nobody_is_here(redis_url, fay)
        answer = erase(visit, "me")
        assert answer.status == 200
        assert "Max-Age=0" in answer.headers["Set-Cookie"]
        assert not is_known(visit)
    form = {"token": token, "your_name": "Fay", "agree": "yes"}
    back = ask(f"{url}/join", form)
    again = Visit(url, fay.circle_id, back.cookie)
    assert "data-invite" in ask(again.room, cookie=again.cookie).text


def test_behind_tls_both_names_of_a_cookie_go(redis_url: str, start_server: StartServer) -> None:
    """A browser may have an old one; it deletes a `__Host-` cookie only by a Secure one."""
    server = start_server(redis_url, PUBLIC_URL=PUBLIC, SECRET_KEY=KEY)
    url = f"http://127.0.0.1:{server.port}"
    form = {"circle_name": "Tuesday", "your_name": "Fay"}
    answer = ask(f"{url}/circles", form, origin=PUBLIC)
    circle_id = answer.headers["Location"].split("/")[2]
    name = cookie_name(circle_id, secure=True)
    assert answer.cookie.startswith(f"{name}=")
    former = f"{cookie_name(circle_id)}={Identity(KEY).cookie(Person(circle_id, 'ann', 'Ann'))}"
    fay = Visit(url, circle_id, f"{answer.cookie}; {former}")
    answer = erase(fay, "me", origin=PUBLIC)
    gone = {c.partition("=")[0]: set(c.split("; ")) for c in answer.headers.get_all("Set-Cookie")}
    assert gone.keys() == {name, cookie_name(circle_id)}
    assert all({"Max-Age=0", "Path=/"} <= parts for parts in gone.values())
    assert "Secure" in gone[name]


def test_of_a_rehearsal_nobody_is_known(url: str) -> None:
    """Its circle expires within a day."""
    answer = ask(f"{url}/practice", {})
    fay = Visit(url, answer.headers["Location"].split("/")[2], answer.cookie)
    page = ask(page_of(fay), cookie=fay.cookie).text
    assert plan_of(PRACTICE).title in page
    assert "/erase" not in page
    assert Role.FACILITATOR in page
