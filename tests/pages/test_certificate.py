"""The certificate of hours, and the page that checks one."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest

from server.circle.certificate import LONGEST_CODE
from server.circle.register import Attended, Register, Row
from server.pages.certificate import CERTIFICATES, LARGEST_FORM, VERIFIES, code_in
from tests.support.client import Answer, Visit, ask, join, start_circle
from tests.support.forms import flood
from tests.support.planted import plant_register

TODAY = datetime.now(UTC).date()
JANUARY = TODAY.replace(month=1, day=1)
NAME = "Zoë עדה <b>李</b>"


def with_hours(url: str, redis_url: str, name: str = NAME, sessions: int = 2) -> Visit:
    """A member who has been at so many sessions of an hour, all on 1 January of this year."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    people = Attended(fay.seat, "Fay", "facilitator"), Attended(ann.seat, name, "member")
    rows = (Row(JANUARY, 60, people),) * sessions
    plant_register(redis_url, fay.circle_id, Register(is_on=True, rows=rows))
    return ann


def certificate(visit: Visit, query: str = "") -> Answer:
    """The certificate of this person."""
    return ask(f"{visit.url}/circles/{visit.circle_id}/certificate{query}", cookie=visit.cookie)


def code_on(page: str) -> str:
    """The code on a certificate."""
    found = re.search(r'data-code="([-\w]+)"', page)
    assert found
    return found[1]


def verified(url: str, code: str) -> Answer:
    """The answer to anybody who checks this code."""
    return ask(f"{url}/verify", {"code": code})


def test_a_certificate_says_what_the_register_says_and_proves_it(
    url: str, other_url: str, redis_url: str
) -> None:
    """The period is this year; every process of this server verifies it, without a cookie."""
    ann = with_hours(url, redis_url)
    days = [datetime.now(UTC).date()]
    page = certificate(ann).text
    days.append(datetime.now(UTC).date())  # it may be midnight
    assert html.escape(NAME) in page
    assert "led by Fay" in page
    assert f'value="{JANUARY.isoformat()}"' in page
    assert any(f'value="{day.isoformat()}"' in page for day in days)
    assert 'data-minutes="120"' in page
    assert "<svg" in page
    code = code_on(page)
    for base in (url, other_url):
        answer = verified(base, code)
        assert answer.status == 200
        assert 'data-did="verify" data-genuine="yes"' in answer.text
        for says in (html.escape(NAME), "Tuesday", "led by Fay", 'data-minutes="120"'):
            assert says in answer.text


def test_a_code_is_read_from_its_address_and_where_it_was_wrapped(url: str, redis_url: str) -> None:
    """As people paste it."""
    code = code_on(certificate(with_hours(url, redis_url)).text)
    for typed in (f"{url}/verify#{code}", f" {code[:40]}\n{code[40:]} ", f"<{code}>."):
        assert code_in(typed) == code
        assert verified(url, typed).status == 200


def test_a_code_that_was_changed_by_a_letter_is_not_genuine(url: str, redis_url: str) -> None:
    """The sentence is beside the field, and the code still in it."""
    code = code_on(certificate(with_hours(url, redis_url)).text)
    for place in (0, 10, len(code) // 2, len(code) - 2):
        other = "B" if code[place] == "A" else "A"
        changed = code[:place] + other + code[place + 1 :]
        answer = verified(url, changed)
        assert answer.status == 400, place
        assert 'data-genuine="no"' in answer.text
        assert changed in answer.text
        assert "Zoë" not in answer.text


@pytest.mark.parametrize("code", ["", "1", "x", "A" * LONGEST_CODE + "1", "\0é<script>1"])
def test_what_is_no_code_is_not_genuine(url: str, code: str) -> None:
    """It is shown as text."""
    answer = verified(url, code)
    assert answer.status == 400
    assert "<script>1" not in answer.text


def test_the_form_is_bounded_and_for_our_own_page(url: str) -> None:
    """A larger one is refused, and so is another origin, or a flood."""
    assert verified(url, "A" * LARGEST_FORM).status == 413
    foreign = ask(f"{url}/verify", {"code": "1"}, origin="https://elsewhere.example")
    assert foreign.status == 403
    assert ask(f"{url}/verify").status == 200


def test_a_flood_is_slowed(url: str) -> None:
    """Of codes that are checked, by address."""
    statuses = flood(url, "198.51.100.77", "/verify", {"code": "1"}, VERIFIES.at_once + 60)
    assert set(statuses) == {400, 429}


def test_a_flood_of_certificates_is_slowed(url: str) -> None:
    """By address."""
    fay = start_circle(url)
    address = f"{url}/circles/{fay.circle_id}/certificate"
    statuses = {
        ask(address, cookie=fay.cookie, forwarded_for="198.51.100.78").status
        for _ in range(CERTIFICATES.at_once + 60)
    }
    assert statuses == {200, 429}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?from=2026-02-30", "from"),
        ("?until=yesterday", "until"),
        ("?from=2026-03-01&until=2026-02-01", "from"),
        ("?from=1999-12-31", "from"),
        (f"?until={'9' * 500}", "until"),
        ("?from=%3Cb%3E&until=x", "until"),
    ],
)
def test_days_that_cannot_be_used_have_their_sentence(
    url: str, redis_url: str, query: str, field: str
) -> None:
    """Beside the field, what was typed is still there, and there is no certificate."""
    answer = certificate(with_hours(url, redis_url), query)
    assert answer.status == 400
    assert f'aria-describedby="wrong-{field}"' in answer.text
    assert "data-code" not in answer.text
    assert "<b>" not in answer.text


def test_a_period_without_sessions_says_so(url: str, redis_url: str) -> None:
    """Empty fields count as this year until today."""
    ann = with_hours(url, redis_url)
    assert "data-code" in certificate(ann, "?from=&until=").text
    empty = certificate(ann, "?from=2001-01-01&until=2001-12-31")
    assert empty.status == 200
    assert "data-empty" in empty.text
    assert "data-code" not in empty.text


def test_a_certificate_is_for_people_of_the_circle(url: str) -> None:
    """Not for strangers, nor at the door."""
    fay = start_circle(url, door="closed")
    dan = join(fay, "Dan")
    assert certificate(dan).status == 401
    assert certificate(Visit(url, fay.circle_id, "")).status == 401


def test_the_most_sessions_with_the_longest_names_have_a_code(url: str, redis_url: str) -> None:
    """Whether or not it fits into a QR code."""
    page = certificate(with_hours(url, redis_url, "𒀱" * 40, sessions=300)).text
    assert verified(url, code_on(page)).status == 200
