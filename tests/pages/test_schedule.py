"""When a circle meets, on its page: set by facilitators, read by everybody, kept of nobody."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import redis

from server.pages.schedule import CHANGES
from tests.support.client import Answer, Visit, ask, join, start_circle
from tests.support.page import data_of

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAYS = {
    "rhythm": "month", "nth": "1", "weekday": "tu", "at": "19:00", "time_zone": "Europe/Berlin",
}  # fmt: skip


def circle_page(visit: Visit) -> str:
    """The address of the circle's page."""
    return visit.room.removesuffix("/room")


def sees(visit: Visit) -> Answer:
    """The circle's page of this person."""
    return ask(circle_page(visit), cookie=visit.cookie)


def schedule(visit: Visit, **fields: str) -> Answer:
    """This person sets when the circle meets."""
    return ask(f"{circle_page(visit)}/schedule", TUESDAYS | fields, cookie=visit.cookie)


def change(visit: Visit, day: str, do: str, **fields: str) -> Answer:
    """This person changes the session of this original date."""
    address = f"{circle_page(visit)}/sessions/{day}"
    return ask(address, {"do": do} | fields, cookie=visit.cookie)


def next_session(page: str) -> dict[str, str]:
    """The data of #next-session."""
    found = re.search(r'<section id="next-session".*?>', page)
    assert found
    return data_of(found[0])


def sessions(page: str) -> list[dict[str, str]]:
    """The data of each item of Coming sessions."""
    return [data_of(item) for item in re.findall(r'<li id="session-.*?>', page)]


def said(answer: Answer) -> str:
    """What the page says was done: the `data-do`, and nothing else."""
    return " ".join(re.findall(r'<p role="status"[^>]* data-did="(\w+)"', answer.text))


def field(page: str, name: str) -> str:
    """The value of this field of the form; of a select the chosen one."""
    text = re.search(rf'<input[^>]* name="{name}" value="([^"]*)"', page)
    if text:
        return text[1]
    options = re.search(rf'<select name="{name}".*?</select>', page, re.DOTALL)
    assert options, name
    chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options[0])
    return (chosen[1] or chosen[2]) if chosen else ""


def refusal(answer: Answer) -> str:
    """The sentences of a refusal, or the name of a field and its own sentence."""
    wrong = re.search(r'id="wrong-(\w+)" data-fault="\w+">([^<]*)', answer.text)
    if wrong:
        assert f'aria-describedby="wrong-{wrong[1]}"' in answer.text
        return f"{wrong[1]}: {wrong[2]}"
    alert = re.search(r'role="alert"[^>]*>(.*?)</div>', answer.text)
    return " ".join(re.findall(r"<p>([^<]*)", alert[1])) if alert else ""


def test_a_circle_without_a_rhythm_says_that_it_has_no_date(url: str) -> None:
    """Facilitators are led to the fields, members are told who sets it."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    for person, words in ((fay, "Say below when you meet"), (ann, "Your facilitators say when")):
        page = sees(person).text
        assert "data-date" not in page
        assert words in page
        assert sessions(page) == []
    assert 'name="rhythm"' in sees(fay).text
    assert 'name="rhythm"' not in sees(ann).text


def test_a_rhythm_is_a_year_of_sessions(url: str) -> None:
    """Everybody has the next one, the year and each coming one, as the program reads them."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    answer = schedule(fay)
    assert (answer.status, said(answer)) == (200, "set_schedule")
    assert sees(fay).text.count("Every first Tuesday of the month at 19:00, Berlin time") == 2
    page = sees(ann).text
    listed = sessions(page)
    assert len(listed) in (12, 13)
    assert {one["state"] for one in listed} == {"planned"}
    assert {k: listed[0][k] for k in ("date", "starts-at", "ends-at")} == {
        k: next_session(page)[k] for k in ("date", "starts-at", "ends-at")
    }
    for one in listed:
        start = datetime.fromtimestamp(int(one["starts-at"]) / 1000, BERLIN)
        assert f"{start:%Y-%m-%d %a %H:%M}" == f"{one['date']} Tue 19:00"
        assert start.day <= 7
        assert int(one["ends-at"]) - int(one["starts-at"]) == 60 * 60_000
    assert len(re.findall(r'<ol role="list" class="year".*?</ol>', page, re.DOTALL)) == 1
    assert page.count('aria-current="date"') == 1


def test_a_session_is_moved_cancelled_and_put_back(url: str) -> None:
    """None of it touches the others."""
    fay = start_circle(url)
    schedule(fay)
    before = sessions(sees(fay).text)
    first, second = before[1]["date"], before[2]["date"]
    to = datetime.fromisoformat(first) + timedelta(days=7, hours=20)
    moved = change(fay, first, "move", to=f"{to:%Y-%m-%dT%H:%M}")
    assert (moved.status, said(moved)) == (200, "move")
    cancelled = change(fay, second, "cancel")
    assert (cancelled.status, said(cancelled)) == (200, "cancel")
    after = sessions(cancelled.text)
    assert [one["state"] for one in after[:4]] == ["planned", "moved", "cancelled", "planned"]
    assert int(after[1]["starts-at"]) == to.replace(tzinfo=BERLIN).timestamp() * 1000
    assert [one["date"] for one in after] == [one["date"] for one in before]
    assert after[3:] == before[3:]
    assert said(change(fay, first, "restore")) == "restore"
    restored = change(fay, second, "restore")
    assert sessions(restored.text) == before


def test_the_next_session_is_not_a_cancelled_one(url: str) -> None:
    """It stays in the list."""
    fay = start_circle(url)
    schedule(fay)
    first, second = (one["date"] for one in sessions(sees(fay).text)[:2])
    page = change(fay, first, "cancel").text
    assert next_session(page)["date"] == second
    assert sessions(page)[0]["date"] == first


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"rhythm": "moons"}, "rhythm: Please choose how often you meet."),
        ({"nth": "5"}, "nth: Please choose which week"),
        ({"at": "25:00"}, "at: There is no such time"),
        ({"at": "<b>"}, "at: There is no such time"),
        ({"time_zone": "Mars/Base"}, "time_zone: This time zone is not known"),
        ({"pause_until": "2020-02-30"}, "pause_until: There is no such date"),
        (
            {"rhythm": "weeks", "every": "1", "first_on": "2020-01-01"},
            "first_on: The first session",
        ),
        ({"rhythm": "dates", "dates": "2020-01-01"}, "dates: "),
    ],
)
def test_a_field_that_cannot_be_used_says_so(
    url: str, fields: dict[str, str], refused: str
) -> None:
    """The sentence is beside its field, and what was typed is still there. Nothing has changed."""
    fay = start_circle(url)
    answer = schedule(fay, **fields)
    assert answer.status == 400
    assert refusal(answer).startswith(refused)
    for name, typed in fields.items():
        if name in ("at", "pause_until", "first_on"):
            assert field(answer.text, name) == typed.replace("<", "&lt;").replace(">", "&gt;")
    assert field(answer.text, "weekday") == "tu"
    assert sessions(sees(fay).text) == []


@pytest.mark.parametrize(
    ("to", "refused"),
    [
        ("soon", "to: There is no such date and time"),
        ("2026-02-30T19:00", "to: There is no such date and time"),
        ("2020-02-20T19:00", "to: This time has passed"),
        ("2120-02-20T19:00", "to: Please choose a date within"),
        ("other", "to: You meet on that day already"),
    ],
)
def test_a_session_is_not_moved_just_anywhere(url: str, to: str, refused: str) -> None:
    """The sentence is in the row of that session, which is open."""
    fay = start_circle(url)
    schedule(fay)
    first, second = (one["date"] for one in sessions(sees(fay).text)[:2])
    typed = f"{second}T20:00" if to == "other" else to
    answer = change(fay, first, "move", to=typed)
    assert answer.status == 400
    assert refusal(answer).startswith(refused)
    assert f'<details id="change-{first}" open>' in answer.text
    assert f'name="to" value="{typed}"' in answer.text


def test_what_is_gone_is_refused_with_a_sentence(url: str) -> None:
    """A date without a session, a session that cannot be put back, and what is no date."""
    fay = start_circle(url)
    schedule(fay)
    for do in ("cancel", "restore", "cannot_come"):
        answer = change(fay, "2026-01-01", do)
        assert answer.status == 409
        assert refusal(answer) == "There is no session on that date any more."
    assert change(fay, "someday", "cancel").status == 404
    assert change(fay, sessions(sees(fay).text)[0]["date"], "celebrate").status == 400


def test_a_member_is_answered_beside_a_session_without_buttons(url: str) -> None:
    """Their page is old: the session was cancelled since, and has nothing to press any more."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    schedule(fay)
    later = sessions(sees(ann).text)[2]["date"]
    change(fay, later, "cancel")
    for do in ("cannot_come", "can_come"):
        answer = change(ann, later, do)
        item = answer.text.partition(f'id="session-{later}"')[2].partition("</li>")[0]
        assert 'data-do="unfold"' not in item
        expected = 'role="alert"' if do == "cannot_come" else 'data-did="can_come"'
        assert answer.text.count(expected) == item.count(expected) == 1
        assert answer.status == (409 if do == "cannot_come" else 200)


def test_two_facilitators_change_the_schedule_at_once(url: str) -> None:
    """The second one sees what holds, still has their own choice, and may set it then."""

    def rhythm(visit: Visit) -> tuple[str, str]:
        page = sees(visit).text
        return field(page, "nth"), field(page, "weekday")

    fay = start_circle(url)
    gil = join(fay, "Gil", "facilitator")
    seen = field(sees(gil).text, "seen")
    schedule(fay, seen=seen)
    answer = schedule(gil, seen=seen, nth="3", weekday="fr")
    assert answer.status == 409
    assert "Somebody else has just changed when you meet." in refusal(answer)
    assert "Now it is: Every first Tuesday of the month at 19:00." in refusal(answer)
    assert (field(answer.text, "nth"), field(answer.text, "weekday")) == ("3", "fr")
    assert rhythm(fay) == ("1", "tu")
    again = schedule(gil, seen=field(answer.text, "seen"), nth="3", weekday="fr")
    assert (again.status, said(again)) == (200, "set_schedule")
    assert rhythm(fay) == ("3", "fr")


def test_two_facilitators_change_a_session_at_once(url: str) -> None:
    """The same for one session; a change of another one does not disturb."""
    fay = start_circle(url)
    gil = join(fay, "Gil", "facilitator")
    schedule(fay)
    first, second = (one["date"] for one in sessions(sees(fay).text)[1:3])
    form = sees(gil).text.partition(f'id="change-{first}"')[2]
    seen = field(form, "seen")
    change(fay, second, "cancel")
    change(fay, first, "move", seen=seen, to=f"{first}T21:00")
    answer = change(gil, first, "move", seen=seen, to=f"{first}T20:00")
    assert answer.status == 409
    assert refusal(answer).startswith("Somebody else has just changed this session.")
    assert ", 21:00 now." in refusal(answer)
    form = answer.text.partition(f'id="change-{first}"')[2]
    assert field(form, "to") == f"{first}T20:00"
    again = change(gil, first, "move", seen=field(form, "seen"), to=f"{first}T20:00")
    assert (again.status, said(again)) == (200, "move")
    change(fay, first, "cancel")
    answer = change(gil, first, "move", seen=field(form, "seen"), to=f"{first}T20:30")
    assert "It is cancelled now." in refusal(answer)
    assert sessions(sees(fay).text)[1]["state"] == "cancelled"


def test_members_change_nothing_but_whether_they_come(url: str) -> None:
    """Guests at the door not even that, and a form from elsewhere nothing at all."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    schedule(fay)
    day = sessions(sees(fay).text)[0]["date"]
    assert schedule(ann).status == 403
    for do in ("move", "cancel", "restore"):
        assert change(ann, day, do, to=f"{day}T20:00").status == 403
        assert f'value="{do}"' not in sees(ann).text
    assert sessions(sees(fay).text)[0]["state"] == "planned"
    session = f"{circle_page(fay)}/sessions/{day}"
    assert ask(session, {"do": "cancel"}, cookie=fay.cookie, origin="https://e.org").status == 403
    assert ask(session, {"do": "cancel"}).status == 401
    closed = start_circle(url, door="closed")
    dan = join(closed, "Dan")
    assert change(dan, day, "cannot_come").status == 401


def test_who_waits_at_the_door_sees_the_name_and_the_date(url: str) -> None:
    """Before there is a date, the name alone; never who is in the circle, or what it has chosen."""
    fay = start_circle(url, door="closed")
    dan = join(fay, "Dan")
    before = sees(dan)
    assert before.status == 200
    assert "next-session" not in before.text
    schedule(fay)
    [starts_at] = re.findall(r'id="next-session"[^>]* data-starts-at="(\d+)"', sees(fay).text)
    page = sees(dan).text
    assert f'data-starts-at="{starts_at}"' in page
    assert f'href="/circles/{fay.circle_id}/room"' in page
    assert not re.findall(r"<form|data-feed|data-invite|data-state|classic", page)


def test_who_cannot_come_is_a_number_to_facilitators(url: str) -> None:
    """Each person sees only their own; a name or a seat is shown to nobody."""
    fay = start_circle(url)
    ann, ben = join(fay, "Ann"), join(fay, "Ben")
    schedule(fay)
    first, second = (one["date"] for one in sessions(sees(fay).text)[:2])
    answer = change(ann, first, "cannot_come")
    assert (answer.status, said(answer)) == (200, "cannot_come")
    assert 'value="can_come"' in answer.text
    change(ann, second, "cannot_come")
    change(ben, second, "cannot_come")
    assert re.findall(r'data-missing="(\d)"', sees(fay).text) == ["1", "2"]
    assert ann.seat not in sees(fay).text
    assert "data-missing" not in sees(ben).text
    assert sees(ben).text.count("you cannot come") == 1
    assert said(change(ann, first, "can_come")) == "can_come"
    assert re.findall(r'data-missing="(\d)"', sees(fay).text) == ["2"]


def test_who_leaves_is_no_longer_missing(url: str) -> None:
    """With the seat, what they have said goes."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    schedule(fay)
    change(ann, sessions(sees(fay).text)[0]["date"], "cannot_come")
    assert 'data-missing="1"' in sees(fay).text
    form = {"what": "me", "confirmed": "yes"}
    assert ask(f"{circle_page(ann)}/erase", form, cookie=ann.cookie).status == 200
    assert "data-missing" not in sees(fay).text


def test_past_dates_are_dropped_by_the_next_visit(url: str, redis_url: str) -> None:
    """Whoever it is who visits the circle's page."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    with redis.from_url(redis_url) as client:
        key = f"circle:{{{fay.circle_id}}}"
        client.hset(key, f"absent:{ann.seat}", "2020-01-07 2120-01-02")
        sees(fay)
        assert client.hget(key, f"absent:{ann.seat}") == b"2120-01-02"


def test_a_change_at_short_notice_is_said(url: str) -> None:
    """To everybody, above all else, for as long as people may count on the earlier time."""
    fay = start_circle(url)
    ann = join(fay, "Ann")
    # By UTC: in Berlin that hour may not exist.
    soon = (datetime.now(UTC) + timedelta(hours=3)).astimezone(BERLIN)
    fields = {"rhythm": "dates", "dates": f"{soon:%Y-%m-%d}", "at": f"{soon:%H:%M}"}
    assert "data-changed" in schedule(fay, **fields).text
    day = sessions(sees(fay).text)[0]["date"]
    change(fay, day, "cancel")
    page = sees(ann).text
    assert f'data-changed="{day}"' in page
    assert re.search(r"Please note: the session on \w+ \d+ \w+, [\d:]+ is cancelled\.", page)


def test_a_pause_leaves_out_sessions_until_it_ends(url: str) -> None:
    """And says until when."""
    fay = start_circle(url)
    schedule(fay)
    days = [one["date"] for one in sessions(sees(fay).text)]
    page = schedule(fay, pause_until=days[3]).text
    assert next_session(page)["date"] == days[3]
    assert "A pause until " in page
    assert field(page, "pause_until") == days[3]


def test_a_flood_of_changes_waits(url: str) -> None:
    """The limit is by address."""
    fay = start_circle(url)
    address = f"{circle_page(fay)}/sessions/2026-01-01"
    codes = [
        ask(address, {"do": "can_come"}, cookie=fay.cookie, forwarded_for="192.0.2.91").status
        for _ in range(CHANGES.at_once + 100)
    ]
    assert 429 in codes


def test_a_rehearsal_has_no_month(url: str) -> None:
    """Nothing of it is shown, and nothing can be set."""
    answer = ask(f"{url}/practice", {})
    circle_id = answer.headers["Location"].split("/")[2]
    leader = Visit(url, circle_id, answer.cookie)
    page = sees(leader).text
    assert not re.search(r'next-session|name="rhythm"|Coming sessions', page)
    assert schedule(leader).status == 404


def test_the_addresses_of_the_forms_lead_back(url: str) -> None:
    """A browser keeps them, and somebody may reload."""
    fay = start_circle(url)
    for end in ("schedule", "sessions/2026-12-01"):
        answer = ask(f"{circle_page(fay)}/{end}", cookie=fay.cookie)
        assert (answer.status, answer.headers["Location"]) == (303, f"/circles/{fay.circle_id}")


def test_the_text_for_mail_has_link_rhythm_and_ground_rules(url: str) -> None:
    """One text, on the circle's page and in the room; nobody at the door reads the rhythm."""
    fay = start_circle(url)
    schedule(fay)
    found: list[Any] = [
        re.findall(r'data-copied="mail">([^<]*)<', ask(page, cookie=fay.cookie).text)
        for page in (circle_page(fay), fay.room)
    ]
    assert found[0] == found[1]
    (text,) = found[0]
    assert "{link}" in text
    rhythm = "Every first Tuesday of the month"
    assert f"{rhythm} at 19:00, Berlin time, for 60 minutes." in text
    assert "Silence is welcome." in text
    closed = start_circle(url, door="closed")
    schedule(closed)
    dan = join(closed, "Dan")
    assert rhythm not in ask(dan.room, cookie=dan.cookie).text
