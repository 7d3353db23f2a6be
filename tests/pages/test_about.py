"""Help and privacy: the same for everybody, kept by browsers, and true to the code and to docs/."""

from __future__ import annotations

import re
from html import unescape
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from server.circle.circle import FOUNDER_KEEPS_DAYS
from server.identity import COOKIE_DAYS
from server.pages.join import JOINS
from server.pages.start import STARTS
from server.room.due import KEPT_AFTER_END_MS, KEPT_UNCHANGED_MS
from server.room.lobby import MAX_PUT_OUT
from tests.support.client import ask, start_circle
from tests.support.processes import ROOT, StartServer

PAGES = ("help", "privacy")
KEEPS = {
    "Voices, pictures": "voices",
    "A person's name": "name",
    "The session": "room",
    "Open pages": "here",
    "A circle": "circle",
    "Per person: a random": "person",
    "Per person: the dates": "absences",
    "A chair on its way": "device",
    "The register": "register",
    "Certificate of hours": "certificate",
    "Answers to the questions": "pulse",
    "Reminders by mail": "mail",
    "Deadlines": "deadlines",
    "Limits": "limits",
    "Erasures": "erased",
    "The key that signs": "key",
    "Cookie": "cookie",
    "Choices on a device": "choices",
    "A word between facilitators": "passing",
    "Log": "log",
    "`/metrics`": "metrics",
    "Network addresses": "addresses",
    "Redis' append-only file": "file",
    "Backups": "backups",
}
"""The beginning of each row of docs/privacy.md, and its place on the page."""


def words(html: str) -> str:
    """What a person reads, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())


@pytest.mark.parametrize("page", PAGES)
def test_everybody_gets_the_same_page(url: str, page: str) -> None:
    """It sets no cookie and reads none, so that a browser or a proxy may keep it."""
    fay = start_circle(url)
    plain, known = ask(f"{url}/{page}"), ask(f"{url}/{page}", cookie=fay.cookie)
    assert (plain.status, known.status) == (200, 200)
    assert plain.text == known.text
    for answer in (plain, known):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers.get_all("Cache-Control") == ["no-cache"]
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert ask(f"{url}/{page}", {}).status == 405


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_a_browser_has_is_not_sent_again(url: str, page: str) -> None:
    """304 for the same ETag."""
    etag = ask(f"{url}/{page}").headers["ETag"]
    with pytest.raises(HTTPError) as answer:
        urlopen(Request(f"{url}/{page}", headers={"If-None-Match": etag}))  # noqa: S310 - a server of the test's
    with answer.value as error:
        assert (error.code, error.read()) == (304, b"")


def test_help_answers_ten_questions(url: str) -> None:
    """Each has its own address, for links from other places."""
    page = ask(f"{url}/help").text
    questions = re.findall(r'<h2 id="(\w+)">(.+?)</h2>', page)
    assert len(questions) == 10
    assert all(words.endswith("?") for _, words in questions)


def test_the_page_has_every_row_of_the_document(url: str) -> None:
    """docs/privacy.md is for data-protection officers, and the page for the people of a circle."""
    document = (ROOT / "docs" / "privacy.md").read_text()
    table = document.partition("| What | Where |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (?!--|What)(.+?) \|", table, re.MULTILINE)
    assert [row for row in rows if not row.startswith(tuple(KEEPS))] == []
    assert len(rows) == len(KEEPS)
    page = ask(f"{url}/privacy").text
    assert sorted(re.findall(r'data-keeps="(\w+)"', page)) == sorted(KEEPS.values())


def test_the_figures_are_those_of_the_code(url: str) -> None:
    """Each one is on the page once."""
    page = words(ask(f"{url}/privacy").text)
    for said in (
        f"for {COOKIE_DAYS} days after your last visit",
        f"deleted {FOUNDER_KEEPS_DAYS} days after the founder’s last visit",
        f"or {KEPT_UNCHANGED_MS // 3_600_000} hours after anybody last did something",
        f"the rest {KEPT_AFTER_END_MS // 1000} seconds later",
        f"up to {MAX_PUT_OUT} people who were removed or declined",
        f"at most {JOINS.at_once * JOINS.every_ms // 60_000} minutes after you join",
        f"and {STARTS.at_once * STARTS.every_ms // 60_000} minutes after you start a circle",
    ):
        assert page.count(said) == 1, said
    assert f"knows you for {COOKIE_DAYS} days" in words(ask(f"{url}/help").text)


def test_the_page_says_whether_others_learn_an_address(
    url: str, redis_url: str, start_server: StartServer
) -> None:
    """With a relay they do not."""
    relayed = start_server(redis_url, TURN_URLS="turn:turn.example", TURN_SECRET="a secret").url
    learns, learns_not = "learn each other’s network address", "learns your network address"
    assert learns in words(ask(f"{url}/privacy").text)
    page = words(ask(f"{relayed}/privacy").text)
    assert learns_not in page
    assert learns not in page
