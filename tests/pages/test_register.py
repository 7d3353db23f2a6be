"""The register's page and file: facilitators see everybody's sessions, all others their own."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.circle.register import Attended, Register, Row
from server.circle.rhythm import local_time
from server.views.register_words import ON_LATER
from tests.support.client import Answer, Caller, Visit, ask, call, circle_page, join, start_circle
from tests.support.planted import begun_earlier, plant_register
from tests.support.processes import wait_until
from tests.support.redis_servers import client_of
from tests.support.stored import stands_in_files
from tests.support.validity import faults

TODAY = datetime.now(UTC).date()
HOUR = 3_600_000


def page_of(visit: Visit, more: str = "") -> str:
    """The address of the register's page, or of its file."""
    return f"{visit.url}/circles/{visit.circle_id}/register{more}"


def shown(visit: Visit) -> str:
    """The register's page, as this person sees it."""
    answer = ask(page_of(visit), cookie=visit.cookie)
    assert answer.status == 200
    return html.unescape(answer.text)


def post(visit: Visit, origin: str | None = None, **form: str) -> Answer:
    """Sends the form."""
    return ask(page_of(visit), form, cookie=visit.cookie, origin=origin)


def two_with_hours(url: str, redis_url: str) -> tuple[Visit, Visit]:
    """Fay and Ann, who have been at two sessions; Ben was at the second."""
    fay = start_circle(url)
    ann, ben = join(fay, "Ann"), join(fay, "Ben")
    both = Attended(fay.seat, "Fay", "facilitator"), Attended(ann.seat, "=Ann", "member")
    third = Attended(ben.seat, "Ben", "member")
    rows = Row(TODAY - timedelta(30), 60, both), Row(TODAY - timedelta(2), 45, (*both, third))
    plant_register(redis_url, fay.circle_id, Register(is_on=True, rows=rows))
    return fay, ann


def test_facilitators_switch_it_and_everybody_reads_so(url: str, other_url: str) -> None:
    """On the circle's page and on its own; the months stay as they were last typed."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    assert 'data-do="register"' in circle_page(fay)
    assert "data-register" not in circle_page(ann)
    answer = post(fay, on="yes", months="12")
    assert answer.status == 200
    assert 'data-did="register"' in answer.text
    assert ON_LATER in html.unescape(answer.text)
    for visit in (fay, ann.at(other_url)):
        assert 'data-register="on"' in shown(visit)
        assert "keeps a register for 12 months" in circle_page(visit)
    assert 'name="months"' not in shown(ann)
    assert 'data-register="off"' in post(fay, on="no").text
    assert re.search(r'<input name="months"[^>]* value="12"', shown(fay))
    assert "data-register" not in circle_page(ann)


def test_others_neither_switch_it_nor_get_the_file(url: str) -> None:
    """Members, strangers, other origins, and people at the door."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    assert post(ann, on="yes").status == 403
    assert ask(page_of(ann, ".csv"), cookie=ann.cookie).status == 403
    assert post(fay, on="yes", origin="https://elsewhere.example").status == 403
    for more in ("", ".csv"):
        assert ask(page_of(fay, more)).status == 401
    closed = start_circle(url, door="closed")
    dan = join(closed, "Dan")
    assert ask(page_of(dan), cookie=dan.cookie).status == 401
    assert post(dan, do="take_out", confirmed="yes").status == 401


@pytest.mark.parametrize("months", ["0", "61", "-1", "1.5", "two", "9" * 5000, "٣"])
def test_months_that_cannot_be_used_stay_in_their_field(url: str, months: str) -> None:
    """With the sentence beside it, and nothing is switched."""
    fay = start_circle(url)
    answer = post(fay, on="yes", months=months)
    assert answer.status == 400
    assert f'value="{months}" aria-invalid="true" aria-describedby="wrong-months"' in answer.text
    assert 'data-fault="months"' in answer.text
    assert 'data-register="off"' in shown(fay)


def test_a_form_that_says_nothing_is_refused(url: str) -> None:
    """It switches nothing."""
    fay = start_circle(url)
    for form in ({}, {"on": "perhaps"}, {"do": "dance", "on": "yes"}):
        assert post(fay, **form).status == 400
    assert 'data-register="off"' in shown(fay)


def test_each_person_sees_their_own_sessions_and_facilitators_all(url: str, redis_url: str) -> None:
    """Members learn nothing of others."""
    fay, ann = two_with_hours(url, redis_url)
    theirs, mine = shown(fay), shown(ann)
    assert theirs.count("<li data-date=") == 4
    assert "Fay, =Ann, Ben" in theirs
    assert mine.count("<li data-date=") == 2
    assert "Ben" not in mine
    assert "Fay" not in mine
    assert "2 sessions, 1 h 45 min" in mine
    days = (TODAY - timedelta(30), TODAY - timedelta(2))
    years = {TODAY.year, datetime.now(UTC).year}  # A new one may have begun meanwhile.
    counts = {sum(day.year == year for day in days) for year in years}
    assert any(f"This year: {count} session" in circle_page(ann) for count in counts)


def test_the_file_is_for_spreadsheets(url: str, redis_url: str) -> None:
    """UTF-8 with a mark, dates in ISO 8601, and no cell that is a formula."""
    fay, _ann = two_with_hours(url, redis_url)
    answer = ask(page_of(fay, ".csv"), cookie=fay.cookie)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="register.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text.startswith("\ufeff")
    lines = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    days = [(TODAY - timedelta(ago)).isoformat() for ago in (30, 2)]
    assert lines == [
        ["Date", "Minutes", "Name", "Role"],
        [days[0], "60", "Fay", "facilitator"],
        [days[0], "60", "'=Ann", "member"],
        [days[1], "45", "Fay", "facilitator"],
        [days[1], "45", "'=Ann", "member"],
        [days[1], "45", "Ben", "member"],
    ]


def test_a_member_takes_themselves_out_and_comes_back(url: str, redis_url: str) -> None:
    """After a question. Nothing of them stays in Redis; sessions of others do."""
    fay, ann = two_with_hours(url, redis_url)
    question = post(ann, do="take_out")
    assert 'name="confirmed" value="yes"' in question.text
    assert "2 sessions" in shown(ann)
    answer = post(ann, do="take_out", confirmed="yes")
    assert 'data-did="take_out"' in answer.text
    assert 'data-do="let_back"' in shown(ann)
    assert "=Ann" not in shown(fay)
    assert "Fay, Ben" in shown(fay)
    with client_of(redis_url) as client:
        assert "Ann" not in str(client.hget(f"circle:{{{fay.circle_id}}}", "register"))
    assert 'data-did="let_back"' in post(ann, do="let_back").text
    assert 'data-do="take_out"' in shown(ann)


def test_rows_are_hidden_from_the_day_on_which_they_go(url: str, redis_url: str) -> None:
    """Also before the deadline has run; and fewer months delete at once."""
    fay, _ann = two_with_hours(url, redis_url)
    old = Row(TODAY - timedelta(800), 60, (Attended(fay.seat, "Fay", "facilitator"),))
    recent = Row(TODAY - timedelta(40), 60, old.people)
    plant_register(redis_url, fay.circle_id, Register(is_on=True, rows=(old, recent)))
    assert shown(fay).count("<li data-date=") == 2
    assert post(fay, on="yes", months="1").text.count("<li data-date=") == 0
    with client_of(redis_url) as client:
        assert "Fay" not in str(client.hget(f"circle:{{{fay.circle_id}}}", "register"))


def test_fewer_months_take_older_sessions_off_the_disk(url: str, redis_url: str) -> None:
    """The file of Redis is rewritten, as when somebody takes themselves out."""
    fay = start_circle(url)
    mark = f"Marked-{fay.circle_id}"
    old = Row(TODAY - timedelta(40), 60, (Attended(fay.seat, mark, "facilitator"),))
    plant_register(redis_url, fay.circle_id, Register(is_on=True, rows=(old,)))
    assert post(fay, on="yes", months="1").status == 200
    with client_of(redis_url) as client:
        folder = Path(str(client.config_get("dir")["dir"]))
    wait_until(lambda: not stands_in_files(folder, mark.encode()))


def test_a_session_is_entered_from_the_room(url: str, redis_url: str) -> None:
    """The room that was open when it was switched on is not; the next one is."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    post(fay, on="yes")

    async def session(*, counts: bool) -> str:
        """The day on which it began, if it counts."""
        day = ""
        async with call(fay) as of_fay, call(ann) as of_ann:
            leader, member = Caller(of_fay), Caller(of_ann)
            await member.until(lambda me: "seat" in me.state)
            await leader.send(do="start", **{"from": "waiting"})
            await leader.until(lambda me: me.state.get("phase") == "arrival")
            if counts:
                begun = await asyncio.to_thread(begun_earlier, redis_url, fay.circle_id, HOUR)
                day = str(local_time(begun.began_at or 0, "UTC").date())
            await leader.send(do="end")
            await leader.until(lambda me: me.state.get("phase") == "ended")
        return day

    asyncio.run(session(counts=False))
    assert "<li data-date=" not in shown(fay)
    with client_of(redis_url) as client:
        key = f"circle:{{{fay.circle_id}}}"
        client.delete(f"{key}:room", f"{key}:here")
    day = asyncio.run(session(counts=True))
    assert re.findall(r'<li data-date="([-\d]+)">', shown(ann)) == [day]
    assert "1 session, 1 h" in shown(ann)


def test_a_rehearsal_has_none(url: str) -> None:
    """Neither page nor switch nor certificate."""
    answer = ask(f"{url}/practice", {})
    fay = Visit(url, answer.headers["Location"].split("/")[2], answer.cookie)
    assert ask(page_of(fay), cookie=fay.cookie).status == 404
    assert post(fay, on="yes").status == 404
    certificate = f"{url}/circles/{fay.circle_id}/certificate"
    assert ask(certificate, cookie=fay.cookie).status == 404
    assert "data-register" not in circle_page(fay)


def test_the_pages_are_valid(url: str, redis_url: str) -> None:
    """With sessions, for both, and with the result of each form."""
    fay, ann = two_with_hours(url, redis_url)
    certificate = f"{url}/circles/{fay.circle_id}/certificate"
    proof = ask(certificate, cookie=ann.cookie).text
    code = re.search(r'data-code="([-\w]+)"', proof)
    pages = {
        "the circle's page": circle_page(fay),
        "of a member": circle_page(ann),
        "the register": ask(page_of(fay), cookie=fay.cookie).text,
        "my hours": ask(page_of(ann), cookie=ann.cookie).text,
        "the question": post(ann, do="take_out").text,
        "a certificate": proof,
        "checked": ask(f"{url}/verify", {"code": code[1] if code else ""}).text,
        "bad months": post(fay, on="yes", months="x").text,
        "out": post(ann, do="take_out", confirmed="yes").text,
        "off": post(fay, on="no").text,
    }
    assert {name: wrong for name, page in pages.items() if (wrong := faults(page))} == {}
