"""The forms of reminders by mail, and the pages that a mail leads to."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from server.pages.reminders import BY_ADDRESS, TO_ONE
from tests.support.client import Answer, Visit, ask, circle_page, join, start_circle
from tests.support.mail_server import MailServer, mail_server
from tests.support.processes import Server, servers


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    """A mail server that takes everything."""
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def server(redis_url: str, mails: MailServer) -> Iterator[Server]:
    """A server that sends by it."""
    with servers() as start:
        yield start(redis_url, **mails.env)


def asks(visit: Visit, address: str, **more: str) -> Answer:
    """The answer to the form on the circle's page."""
    form = {"address": address, "day_before": "yes", "do": "ask"} | more
    return ask(f"{visit.url}/circles/{visit.circle_id}/reminders", form, cookie=visit.cookie)


def token_for(visit: Visit, mails: MailServer, address: str) -> str:
    """The token that was mailed to this address."""
    before = len(mails.received)
    asks(visit, address)
    mail = mails.waits_for(before + 1)[-1]
    part = mail.get_body(("plain",))
    assert part
    found = re.search(r"/reminders#(\w+)", part.get_content())
    assert found
    return found[1]


def answered(server: Server, token: str, do: str = "confirm") -> Answer:
    """The answer to the form of the mail's link."""
    return ask(f"{server.url}/reminders", {"token": token, "do": do})


def test_without_a_mail_server_it_is_not_offered(url: str) -> None:
    """Facilitators read why; nobody is asked for an address, and none is taken."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    assert "has not set up a mail server yet" in circle_page(fay)
    for text in (circle_page(fay), circle_page(ann)):
        assert 'name="address"' not in text
    assert "mail server" not in circle_page(ann)
    answer = asks(ann, "ann@example.org")
    assert answer.status == 400


def test_a_rehearsal_offers_none(server: Server) -> None:
    """It is over within a day."""
    answer = ask(f"{server.url}/practice", {"your_name": "Fay"})
    assert answer.status == 303, answer.text
    visit = Visit(server.url, answer.headers["Location"].split("/")[2], answer.cookie)
    assert 'name="address"' not in circle_page(visit)
    assert asks(visit, "ann@example.org").status == 400


@pytest.mark.parametrize(
    "typed", ["", "nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example"]
)
def test_what_is_no_address_is_answered_beside_its_field(
    server: Server, mails: MailServer, typed: str
) -> None:
    """What was typed and chosen is still there."""
    fay = start_circle(server.url)
    before = len(mails.attempts)
    answer = asks(fay, typed, hour_before="yes", day_before="no")
    assert answer.status == 400
    assert 'data-fault="address"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert f'value="{typed.splitlines()[0] if typed else ""}' in answer.text
    assert 'name="hour_before" value="yes" checked' in answer.text
    assert 'name="day_before" value="yes">' in answer.text
    assert len(mails.attempts) == before


def test_an_address_that_the_mail_server_refuses_is_said_at_once(
    server: Server, mails: MailServer
) -> None:
    """A typing error is seen where it was made."""
    fay = start_circle(server.url)
    mails.on_recipient = "550 no such person"
    try:
        answer = asks(fay, "typo@example.org")
    finally:
        mails.on_recipient = "250 OK"
    assert answer.status == 400
    assert 'data-fault="address"' in answer.text


def test_nothing_is_kept_before_the_link_is_confirmed(server: Server, mails: MailServer) -> None:
    """Opening it does nothing; the button does, once and again."""
    fay = start_circle(server.url)
    token = token_for(fay, mails, "fay1@example.org")
    assert "Give an address" in circle_page(fay)
    for path in ("/reminders", f"/reminders%23{token}"):
        assert ask(f"{server.url}{path}").status == 200
    assert "Give an address" in circle_page(fay)
    for _ in range(2):
        answer = answered(server, token)
        assert answer.status == 200
        assert 'data-did="confirm_reminders"' in answer.text
    assert "Reminders by mail are on" in circle_page(fay)
    assert "fay1@example.org" not in circle_page(fay)
    assert 'name="hour_before" value="yes">' in circle_page(fay)


def test_choices_change_without_another_mail(server: Server, mails: MailServer) -> None:
    """The address stays, and is not asked for again."""
    fay = start_circle(server.url)
    answered(server, token_for(fay, mails, "fay2@example.org"))
    before = len(mails.received)
    answer = asks(fay, "", day_before="no", hour_before="yes")
    assert answer.status == 200
    assert 'data-did="ask_reminders"' in answer.text
    assert 'name="hour_before" value="yes" checked' in circle_page(fay)
    assert 'name="day_before" value="yes">' in circle_page(fay)
    assert len(mails.received) == before


def test_the_latest_link_counts(server: Server, mails: MailServer) -> None:
    """Somebody who asked twice, with two addresses."""
    fay = start_circle(server.url)
    first = token_for(fay, mails, "fay3@example.org")
    second = token_for(fay, mails, "fay4@example.org")
    assert answered(server, second).status == 200
    assert answered(server, first).status == 403
    assert answered(server, second).status == 200


def test_a_link_of_somebody_who_has_left_keeps_nothing(server: Server, mails: MailServer) -> None:
    """The circle does not know them any more."""
    fay = start_circle(server.url)
    ann = join(fay, "Ann")
    token = token_for(ann, mails, "ann1@example.org")
    erase = f"{server.url}/circles/{fay.circle_id}/erase"
    ask(erase, {"what": "me", "confirmed": "yes"}, cookie=ann.cookie)
    assert answered(server, token).status == 403


def test_an_invented_link_says_what_to_do(server: Server, mails: MailServer) -> None:
    """Whole, cut off, or of another server; what was pasted is still there."""
    fay = start_circle(server.url)
    token = token_for(fay, mails, "fay5@example.org")
    other = token[:-1] + ("a" if token[-1] != "a" else "b")
    for wrong in ("", "x", token[:-3], other, "a" * 5000):
        answer = answered(server, wrong)
        assert answer.status == 403
        assert 'data-fault="token"' in answer.text
    assert f'value="{other}"' in answered(server, other).text


@pytest.mark.parametrize("way", ["page", "link"])
def test_reminders_are_stopped(server: Server, mails: MailServer, way: str) -> None:
    """On the circle's page, or by the link of the confirmation; twice is the same. A browser that
    loads the old confirmation again does not switch them on."""
    fay = start_circle(server.url)
    token = token_for(fay, mails, f"fay6{way}@example.org")
    answered(server, token)
    for _ in range(2):
        answer = asks(fay, "", do="stop") if way == "page" else answered(server, token, "stop")
        assert answer.status == 200
        assert 'data-did="stop_reminders"' in answer.text
    assert answered(server, token).status == 403
    assert "Give an address" in circle_page(fay)
    assert answered(server, token_for(fay, mails, f"fay6{way}@example.org")).status == 200


def test_the_page_that_stops_has_one_button(server: Server) -> None:
    """It looks the same for an invented token, and nothing leaves it by a Referer."""
    answer = ask(f"{server.url}/reminders/stop/invented")
    assert answer.status == 200
    assert answer.text.count("<button") == 1
    assert 'action="/reminders/stop/invented"' in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert ask(f"{server.url}/reminders/stop/invented", {}, origin="").status == 200


def test_forms_of_others_are_refused(server: Server) -> None:
    """From another origin, without a cookie, of a guest at the door, and with another intent."""
    fay = start_circle(server.url, door="closed")
    gus = join(fay, "Gus")
    path = f"{server.url}/circles/{fay.circle_id}/reminders"
    form = {"address": "a@b.example", "do": "ask"}
    assert ask(path, form, cookie=fay.cookie, origin="https://elsewhere.example").status == 403
    assert ask(f"{server.url}/reminders", {"token": "x"}, origin="").status == 403
    assert ask(path, form).status == 401
    assert asks(gus, "a@b.example").status == 401
    assert asks(fay, "a@b.example", do="something").status == 400
    assert ask(path, cookie=fay.cookie).status == 303


def test_one_network_address_asks_for_so_many_mails(server: Server, mails: MailServer) -> None:
    """By however many people and in however many circles; others can ask."""
    fay = start_circle(server.url)
    form, path = {"address": "x@example.org"}, f"{server.url}/circles/{fay.circle_id}/reminders"
    statuses = [
        ask(path, form, cookie=fay.cookie, forwarded_for="198.51.100.79").status
        for _ in range(BY_ADDRESS.at_once + 1)
    ]
    assert 429 not in statuses[:-1]
    assert statuses[-1] == 429
    before = len(mails.attempts)
    assert asks(join(fay, "Ann"), "ann@example.org").status == 200
    assert len(mails.attempts) == before + 1


def test_nobody_is_flooded_with_mails(server: Server, mails: MailServer) -> None:
    """One address gets a few, whoever types it."""
    for _ in range(TO_ONE.at_once):
        assert asks(start_circle(server.url), "victim@example.org").status == 200
    before = len(mails.attempts)
    answer = asks(start_circle(server.url), "Victim@Example.ORG")
    assert answer.status == 400
    assert 'data-fault="address"' in answer.text
    assert len(mails.attempts) == before
