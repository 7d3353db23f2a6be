"""Reminders by real servers: from the form to the mail, killed at each step, and in no log."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest
import redis
from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.meeting_changes import cancel
from server.circle.reminders import Reminder, decode, encode
from server.circle.rhythm import DAY_MS, HOUR_MS, MINUTE_MS, Kind, Rhythm, local_time
from server.circle.schedule import Schedule
from server.redis_client import topology_of
from server.store.clock import own_clock
from server.store.store import Store
from tests.support.client import Visit, ask, join, start_circle
from tests.support.mail_server import SENDER, MailServer, silent_server
from tests.support.metrics import numbers
from tests.support.planted import KEY
from tests.support.processes import StartServer, wait_until
from tests.support.stored import everything_in, stands_in_files

CANARY = "canary7f3a"


def body(mail: EmailMessage) -> str:
    """The plain text."""
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content()).replace("\r\n", "\n")


def links(mail: EmailMessage) -> list[str]:
    """The addresses in the plain text."""
    return re.findall(r"^http\S+$", body(mail), re.MULTILINE)


def confirmed(visit: Visit, mails: MailServer) -> str:
    """Asks for reminders, at an address of their own, and confirms; returns the token."""
    before = len(mails.received)
    address = f"{CANARY}.{visit.seat}@example.org"
    form = {"address": address, "day_before": "yes", "hour_before": "yes", "do": "ask"}
    answer = ask(f"{visit.url}/circles/{visit.circle_id}/reminders", form, cookie=visit.cookie)
    assert 'data-did="ask_reminders"' in answer.text
    [link] = links(mails.waits_for(before + 1)[before])
    base, token = link.split("#")
    assert base == f"{visit.url}/reminders"
    answer = ask(base, {"token": token, "do": "confirm"})
    assert 'data-did="confirm_reminders"' in answer.text
    return token


def changes(redis_url: str, circle_id: str, change: Callable[[Circle], Circle]) -> None:
    """Changes the circle by the store, as a page does."""

    async def run() -> None:
        store = Store(topology_of(redis_url))
        try:
            await store.circles.change(circle_id, change)
        finally:
            await store.close()

    asyncio.run(run())


def meets_in(ms: int) -> Callable[[Circle], Circle]:
    """The change to a circle that meets once, so long from now or a little earlier."""
    at = local_time((own_clock() + ms) // MINUTE_MS * MINUTE_MS, "UTC")
    rhythm = Rhythm(Kind.DATES, dates=(at.date(),), at=at.time())
    return lambda circle: replace(circle, schedule=Schedule(rhythm))


def has_confirmed_earlier(redis_url: str, visit: Visit) -> None:
    """As if everybody in this circle had confirmed four hours ago; then all of it is looked at."""
    key = f"circle:{{{visit.circle_id}}}:mail"
    with redis.Redis.from_url(redis_url) as client:
        for seat, text in client.hgetall(key).items():
            held = decode(text)
            client.hset(key, seat, encode(replace(held, confirmed_at=own_clock() - 4 * HOUR_MS)))
        look(client, visit)


def look(client: redis.Redis, visit: Visit) -> None:
    """Some process looks at what is due in this circle."""
    client.zadd("due", {f"reminder:{visit.circle_id}": 1})


def looked(client: redis.Redis, visit: Visit) -> bool:
    """Whether a process has done so, and will do so again in ten minutes at the earliest."""
    at = client.zscore("due", f"reminder:{visit.circle_id}")
    return at is not None and at > own_clock() + 10 * MINUTE_MS


def held(redis_url: str, visit: Visit) -> dict[bytes, Reminder]:
    """What Redis keeps of this circle's reminders."""
    with redis.Redis.from_url(redis_url) as client:
        found = client.hgetall(f"circle:{{{visit.circle_id}}}:mail")
        return {seat: decode(text) for seat, text in found.items()}


def test_from_the_form_to_the_mail_and_out_again(
    mails_redis: str, mails: MailServer, start_server: StartServer
) -> None:
    """The address is nowhere in clear: not in Redis, its files, the log or the metrics."""
    server = start_server(mails_redis, **mails.env)
    fay = start_circle(server.url)
    ann = join(fay, "Ann")
    token = confirmed(ann, mails)
    assert ask(f"{server.url}/reminders", {"token": token, "do": "confirm"}).status == 200
    assert len(held(mails_redis, ann)) == 1
    changes(mails_redis, fay.circle_id, meets_in(HOUR_MS))
    has_confirmed_earlier(mails_redis, ann)
    _, mail = mails.waits_for(2)
    assert mail["To"] == f"{CANARY}.{ann.seat}@example.org"
    assert mail["From"] == SENDER
    changes(mails_redis, fay.circle_id, lambda circle: cancel(circle, _date(circle), own_clock()))
    _, _, mail = mails.waits_for(3)
    assert str(mail["Subject"]).startswith("Cancelled: ")
    with redis.Redis.from_url(mails_redis) as client:
        folder = Path(client.config_get("dir")["dir"])
    for place in (everything_in(mails_redis), server.log, ask(f"{server.url}/metrics").text):
        assert CANARY not in place
        assert token not in place
    assert not stands_in_files(folder, CANARY.encode())
    assert numbers(server)['balint_mails_total{outcome="sent"}'] == 3
    assert server.trouble == []
    # One click: no Origin, no cookie, any body.
    stop = str(mail["List-Unsubscribe"]).strip("<>")
    assert ask(stop).status == 200
    assert len(held(mails_redis, ann)) == 1
    for _ in range(2):
        assert ask(stop, {"List-Unsubscribe": "One-Click"}, origin="").status == 200
    assert held(mails_redis, ann) == {}
    assert ask(f"{stop}x", {}, origin="").status == 200


def _date(circle: Circle) -> date:
    return circle.schedule.rhythm.dates[0]


@pytest.mark.parametrize(("step", "sent"), [("recipient", 0), ("message", 1)])
def test_a_process_that_is_killed_as_it_sends_leaves_one_mail_at_most(
    mails_redis: str, mails: MailServer, start_server: StartServer, step: str, sent: int
) -> None:
    """Between the note and the message, or when the mail server has it and has not answered."""
    server = start_server(mails_redis, SECRET_KEY=KEY, **mails.env)
    fay = start_circle(server.url)
    confirmed(fay, mails)
    changes(mails_redis, fay.circle_id, meets_in(HOUR_MS))
    mails.holds = step
    has_confirmed_earlier(mails_redis, fay)
    assert mails.is_held.wait(15)
    server.kill()
    mails.release()
    start_server(mails_redis, SECRET_KEY=KEY, **mails.env)
    with redis.Redis.from_url(mails_redis) as client:
        look(client, fay)
        wait_until(lambda: looked(client, fay))
    assert len(mails.received) == 1 + sent


def test_a_process_that_is_killed_before_it_has_a_line_leaves_the_mail_to_another(
    mails_redis: str, mails: MailServer, start_server: StartServer
) -> None:
    """Nothing is noted while the mail server is silent, and the pages do not notice."""
    first = start_server(mails_redis, SECRET_KEY=KEY, **mails.env)
    fay = start_circle(first.url)
    confirmed(fay, mails)
    first.stop()
    changes(mails_redis, fay.circle_id, meets_in(HOUR_MS))
    with silent_server() as silent, redis.Redis.from_url(mails_redis) as client:
        server = start_server(mails_redis, SECRET_KEY=KEY, SMTP_URL=silent, MAIL_FROM=SENDER)
        has_confirmed_earlier(mails_redis, fay)
        wait_until(lambda: (client.zscore("due", f"reminder:{fay.circle_id}") or 0) > 1)
        form = {"address": "anna@example.org", "do": "ask"}
        page = f"{server.url}/circles/{fay.circle_id}"
        answer = ask(f"{page}/reminders", form, cookie=fay.cookie)
        assert 'data-did="ask_reminders"' in answer.text
        assert ask(page, cookie=fay.cookie).status == 200
        server.kill()
        start_server(mails_redis, SECRET_KEY=KEY, **mails.env)
        look(client, fay)
        wait_until(lambda: looked(client, fay))
    assert len(mails.received) == 2


def test_who_leaves_is_not_mailed_any_more(
    mails_redis: str, mails: MailServer, start_server: StartServer
) -> None:
    """The sealed address goes with the seat, in the same step."""
    server = start_server(mails_redis, **mails.env)
    fay = start_circle(server.url)
    ann = join(fay, "Ann")
    for person in (fay, ann):
        confirmed(person, mails)
    assert len(held(mails_redis, fay)) == 2
    erase = f"{server.url}/circles/{fay.circle_id}/erase"
    assert ask(erase, {"what": "me", "confirmed": "yes"}, cookie=ann.cookie).status == 200
    assert len(held(mails_redis, fay)) == 1
    changes(mails_redis, fay.circle_id, meets_in(HOUR_MS))
    has_confirmed_earlier(mails_redis, fay)
    assert mails.waits_for(3)[-1]["To"] == f"{CANARY}.{fay.seat}@example.org"
    assert server.trouble == []


def test_a_founder_alone_keeps_reminders_as_long_as_the_circle(
    mails_redis: str, mails: MailServer, start_server: StartServer
) -> None:
    """Both expire together, and neither once a second person is there."""
    server = start_server(mails_redis, **mails.env)
    fay = start_circle(server.url)
    confirmed(fay, mails)
    with redis.Redis.from_url(mails_redis) as client:
        key = f"circle:{{{fay.circle_id}}}:mail"
        assert client.pttl(key) > 59 * DAY_MS
        client.pexpire(key, DAY_MS)
        ask(f"{server.url}/circles/{fay.circle_id}", cookie=fay.cookie)
        assert client.pttl(key) > 59 * DAY_MS
        join(fay, "Ann")
        assert client.pttl(key) == -1
