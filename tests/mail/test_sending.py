"""Reminders are sent once, in time, to people who asked; the mail server may do what it likes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from email.headerregistry import Address
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace
from prometheus_client import REGISTRY

from server.circle import meeting_changes
from server.circle.circle import Circle
from server.circle.reminders import Reminder
from server.circle.rhythm import DAY_MS, HOUR_MS, MINUTE_MS, Kind, Rhythm, local_time
from server.circle.schedule import Schedule
from server.config import MailServer as Settings
from server.identity import Identity
from server.live.deadlines import Poller
from server.mail.seals import Seals
from server.mail.sending import Sending
from server.mail.smtp import Smtp
from server.room.state import Role
from server.store.deadlines import REMINDER
from server.store.store import Store
from tests.support.mail_server import MailServer, mail_server, silent_server
from tests.support.redis_servers import client_of
from tests.support.stores import led_by_fay, with_stores

IDENTITY = Identity("only-tests-sign-with-this")
BASE = "https://circle.example.org"
Scene = Callable[[Store, Store], Awaitable[None]]


def counted(outcome: str) -> float:
    """The metric of this process."""
    return REGISTRY.get_sample_value("balint_mails_total", {"outcome": outcome}) or 0


@asynccontextmanager
async def sending(store: Store, url: str, retry_ms: int = 100) -> Any:
    """A process that sends by this mail server. Any: a context manager."""
    split = urlsplit(url)
    smtp = Smtp(
        Settings(split.hostname or "", split.port or 0, "smtp"),
        Address("Balint Circle", addr_spec="circle@example.org"),
    )
    sender = Sending(store, IDENTITY, smtp, BASE, retry_ms)
    poller = asyncio.create_task(Poller(store, {REMINDER: sender.run}).run())
    try:
        yield sender
    finally:
        poller.cancel()
        await asyncio.gather(poller, return_exceptions=True)
        await sender.close()


def meeting_in(store: Store, ms: int, *members: str) -> Circle:
    """A circle that meets once, at the full minute so long from now or a little earlier."""
    at = local_time((store.clock.now() + ms) // MINUTE_MS * MINUTE_MS, "UTC")
    rhythm = Rhythm(Kind.DATES, dates=(at.date(),), at=at.time())
    return replace(led_by_fay(*members), schedule=Schedule(rhythm))


def the_date(circle: Circle) -> date:
    """The date of its meeting."""
    return circle.schedule.rhythm.dates[0]


async def asks(store: Store, circle: Circle, seat: str, **more: Any) -> Reminder:
    """This person asked four hours ago. Any: other fields."""
    then = store.clock.now() - 4 * HOUR_MS
    sealed = Seals(IDENTITY).sealed(circle.id, seat, f"{seat}@example.org")
    one = Reminder(sealed=sealed, asked_at=then, confirmed_at=then, **more)
    await store.reminders.replace(circle.id, seat, None, one)
    return one


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    """Waits for a condition."""
    async with asyncio.timeout(20):
        while not await what():  # noqa: ASYNC110 - the condition is in Redis
            await asyncio.sleep(0.02)


def looked(store: Store, redis_url: str, circle: Circle) -> Callable[[], Awaitable[bool]]:
    """Whether the next look at this circle is more than ten minutes ahead: all is done."""

    async def is_done() -> bool:
        with client_of(redis_url) as client:
            at = client.zscore("due", f"reminder:{circle.id}")
        return at is not None and at > store.clock.now() + 10 * MINUTE_MS

    return is_done


def test_each_person_gets_one_mail_from_two_processes(mails_redis: str, mails: MailServer) -> None:
    """With a single recipient each, and all its headers; who has not asked gets none."""

    async def scene(one: Store, other: Store) -> None:
        circle = meeting_in(one, HOUR_MS, "ann", "ben", "cem")
        await one.circles.create(circle)
        for seat in ("fay", "ann", "ben"):
            await asks(one, circle, seat)
        await asks(one, circle, "cem", hour_before=False)
        async with sending(one, mails.url), sending(other, mails.url):
            await one.reminders.look_soon(circle.id, 0)
            await until(looked(one, mails_redis, circle))
        to = sorted(str(mail["To"]) for mail in mails.mails)
        assert to == ["ann@example.org", "ben@example.org", "fay@example.org"]
        assert sorted(map(len, (recipients for recipients, _ in mails.received))) == [1, 1, 1]
        assert len({mail["Message-ID"] for mail in mails.mails}) == 3

    with_stores(mails_redis, scene)
    mail = mails.mails[0]
    assert mail["From"] == "Balint Circle <circle@example.org>"
    assert str(mail["Subject"]).endswith(", UTC")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(mail["List-Unsubscribe"]).startswith(f"<{BASE}/reminders/stop/")
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    text = mail.get_body(("plain",))
    assert text
    assert str(mail["List-Unsubscribe"]).strip("<>") in text.get_content()


def test_a_mail_server_that_is_away_is_tried_again_and_then_takes_it_once(mails_redis: str) -> None:
    """Nothing is noted meanwhile, so a process that dies loses nothing."""

    async def scene(one: Store, other: Store) -> None:
        circle = meeting_in(one, HOUR_MS)
        await one.circles.create(circle)
        await asks(one, circle, "fay")
        with mail_server() as gone:
            port = urlsplit(gone.url).port or 0
        away = REGISTRY.get_sample_value("balint_mail_server_away_total") or 0

        async def was_away() -> bool:
            return (REGISTRY.get_sample_value("balint_mail_server_away_total") or 0) > away + 1

        async with sending(one, gone.url), sending(other, gone.url):
            await one.reminders.look_soon(circle.id, 0)
            await until(was_away)
            held = await one.reminders.of(circle.id, "fay")
            assert held
            assert held.marks == ()
            with mail_server(port) as back:
                await until(looked(one, mails_redis, circle))
                assert len(back.received) == 1

    with_stores(mails_redis, scene)


@pytest.mark.parametrize("step", ["on_recipient", "on_message"])
def test_what_is_refused_for_now_is_tried_again(
    mails_redis: str, mails: MailServer, step: str
) -> None:
    """Greylisting, for example."""
    setattr(mails, step, "451 try again")

    async def scene(one: Store, _other: Store) -> None:
        circle = meeting_in(one, HOUR_MS)
        await one.circles.create(circle)
        await asks(one, circle, "fay")
        later = counted("later")

        async def was_refused() -> bool:
            return counted("later") > later + 1

        async with sending(one, mails.url):
            await one.reminders.look_soon(circle.id, 0)
            await until(was_refused)
            setattr(mails, step, "250 OK")
            await until(looked(one, mails_redis, circle))
        assert len(mails.received) == 1
        held = await one.reminders.of(circle.id, "fay")
        assert held
        assert (len(held.marks), held.refusals) == (1, 0)

    with_stores(mails_redis, scene)


def test_two_refusals_for_good_erase_the_address(mails_redis: str, mails: MailServer) -> None:
    """The first of a person counts, and their next mail decides."""
    mails.on_recipient = "550 no such person"

    async def scene(one: Store, _other: Store) -> None:
        circle = meeting_in(one, HOUR_MS, "ann")
        await one.circles.create(circle)
        await asks(one, circle, "fay")
        await asks(one, circle, "ann", refusals=1)
        async with sending(one, mails.url):
            await one.reminders.look_soon(circle.id, 0)
            await until(looked(one, mails_redis, circle))
        held = await one.reminders.everybody(circle.id)
        assert {seat: one.refusals for seat, one in held.items()} == {"fay": 1}
        assert len(mails.attempts) == 2

    with_stores(mails_redis, scene)


def test_what_is_too_late_is_dropped_and_counted_once(mails_redis: str, mails: MailServer) -> None:
    """All processes were away in the two hours in which it was due."""

    async def scene(one: Store, other: Store) -> None:
        circle = meeting_in(one, DAY_MS - 3 * HOUR_MS)
        await one.circles.create(circle)
        await asks(one, circle, "fay")
        dropped = counted("dropped")
        async with sending(one, mails.url), sending(other, mails.url):
            await one.reminders.look_soon(circle.id, 0)
            await until(looked(one, mails_redis, circle))
            await one.reminders.look_soon(circle.id, 0)
            await until(looked(one, mails_redis, circle))
        assert counted("dropped") == dropped + 1
        assert mails.received == []

    with_stores(mails_redis, scene)


def test_a_change_is_mailed_at_once_whoever_makes_it(mails_redis: str, mails: MailServer) -> None:
    """By the change of the circle in the store, without a call of its own."""

    async def scene(one: Store, _other: Store) -> None:
        circle = meeting_in(one, 5 * DAY_MS)
        await one.circles.create(circle)
        await asks(one, circle, "fay")
        async with sending(one, mails.url):
            await one.circles.change(
                circle.id,
                lambda held: meeting_changes.cancel(held, the_date(held), one.clock.now()),
            )
            await until(looked(one, mails_redis, circle))
        [mail] = mails.mails
        assert str(mail["Subject"]).startswith("Cancelled: ")

    with_stores(mails_redis, scene)


def test_a_change_of_something_else_schedules_nothing(mails_redis: str) -> None:
    """Nor does one of a circle in which nobody has asked."""

    async def scene(one: Store, _other: Store) -> None:
        silent, other = meeting_in(one, DAY_MS), meeting_in(one, DAY_MS)
        for circle in (silent, other):
            await one.circles.create(circle)
        await asks(one, other, "fay")
        await one.circles.change(
            silent.id, lambda held: meeting_changes.cancel(held, the_date(held), one.clock.now())
        )
        await one.circles.change(other.id, lambda held: replace(held, format="classic-45"))
        with client_of(mails_redis) as client:
            for circle in (silent, other):
                assert client.zscore("due", f"reminder:{circle.id}") is None

    with_stores(mails_redis, scene)


def test_who_stops_while_the_mail_of_another_is_sent_gets_nothing(
    mails_redis: str, mails: MailServer
) -> None:
    """Both were due and had been read together."""

    async def scene(one: Store, _other: Store) -> None:
        circle = meeting_in(one, HOUR_MS, "ann")
        await one.circles.create(circle)
        for seat in ("fay", "ann"):
            await asks(one, circle, seat)
        mails.holds = "recipient"
        async with sending(one, mails.url) as sender:
            await one.reminders.look_soon(circle.id, 0)
            assert await asyncio.to_thread(mails.is_held.wait, 15)
            (first,) = mails.attempts
            await one.reminders.erase(circle.id, "ann" if first.startswith("fay") else "fay")
            mails.release()
            await until(lambda: _is_idle(sender))
        assert mails.attempts == [first]

    with_stores(mails_redis, scene)


def test_a_silent_mail_server_holds_up_no_poll(mails_redis: str) -> None:
    """Deadlines of rooms go on meanwhile."""

    async def scene(one: Store, _other: Store) -> None:
        circle = meeting_in(one, HOUR_MS)
        await one.circles.create(circle)
        await asks(one, circle, "fay")
        with silent_server() as url:
            async with sending(one, url) as sender:
                await one.reminders.look_soon(circle.id, 0)
                await until(lambda: _is_busy(sender))
                await one.deadlines.schedule("nobody", 1)

                async def is_met() -> bool:
                    with client_of(mails_redis) as client:
                        return (client.zscore("due", "nobody") or 2) > 1

                await until(is_met)

    with_stores(mails_redis, scene)


async def _is_busy(sender: Sending) -> bool:
    return sender.is_busy


async def _is_idle(sender: Sending) -> bool:
    return not sender.is_busy


def test_nobody_without_a_seat_gets_a_mail(mails_redis: str, mails: MailServer) -> None:
    """Also if a process of an earlier release has removed them, or the circle is gone."""

    async def scene(one: Store, _other: Store) -> None:
        circle, gone = meeting_in(one, HOUR_MS, "ann", "ben"), meeting_in(one, HOUR_MS)
        for each in (circle, gone):
            await one.circles.create(each)
        for seat in ("fay", "ann", "ben"):
            await asks(one, circle, seat)
        await asks(one, gone, "fay")
        with client_of(mails_redis) as client:
            client.hdel(f"circle:{{{circle.id}}}", "seat:ann")
            client.hset(f"circle:{{{circle.id}}}", "seat:ben", Role.GUEST)
            client.delete(f"circle:{{{gone.id}}}")

            async def is_gone() -> bool:
                return not client.exists(f"circle:{{{gone.id}}}:mail")

            async with sending(one, mails.url):
                for each in (circle, gone):
                    await one.reminders.look_soon(each.id, 0)
                await until(looked(one, mails_redis, circle))
                await until(is_gone)
            assert client.zscore("due", f"reminder:{gone.id}") is None
            assert client.hkeys(f"circle:{{{circle.id}}}:mail") == [b"fay"]
        assert [mail["To"] for mail in mails.mails] == ["fay@example.org"]

    with_stores(mails_redis, scene)


def test_a_name_with_line_breaks_adds_no_header(mails_redis: str, mails: MailServer) -> None:
    """Names are tidied when they are typed; this one comes from elsewhere."""

    async def scene(one: Store, _other: Store) -> None:
        circle = replace(meeting_in(one, HOUR_MS), name="Tuesday\r\nBcc: eve@example.org\r\n\r\nx")
        await one.circles.create(circle)
        await asks(one, circle, "fay")
        async with sending(one, mails.url):
            await one.reminders.look_soon(circle.id, 0)
            await until(looked(one, mails_redis, circle))

    with_stores(mails_redis, scene)
    [(to, mail)] = mails.received
    assert to == ["fay@example.org"]
    assert mail["Bcc"] is None
