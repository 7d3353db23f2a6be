"""docs/privacy.md and SECURITY.md agree with the code."""

from __future__ import annotations

import re

import pytest
from starlette.requests import HTTPConnection

from server.circle.circle import FOUNDER_KEEPS_DAYS
from server.circle.handover import LASTS_MS
from server.circle.pulse import MOST_PAST, OPEN_MS
from server.identity import COOKIE_DAYS, Identity
from server.pages.join import JOINS
from server.pages.reminders import BY_ADDRESS, BY_ONE, TO_ONE
from server.pages.start import STARTS
from server.practice.rooms import KEPT_S
from server.room.due import KEPT_AFTER_END_MS, KEPT_UNCHANGED_MS
from server.room.lobby import MAX_PUT_OUT
from server.store import keys
from server.store.rooms import ROOM_EXPIRES_MS
from server.store.secret_key import LOSS_REMEMBERED_S
from tests.support.processes import ROOT

PRIVACY = (ROOT / "docs" / "privacy.md").read_text()
PAGES = {"docs/privacy.md": PRIVACY, "SECURITY.md": (ROOT / "SECURITY.md").read_text()}
HOUR_S, DAY_S = 3600, 24 * 3600


def as_one_line(text: str) -> str:
    """The page in one line, in which sentences can be searched."""
    return " ".join(text.split())


@pytest.mark.parametrize("page", PAGES)
def test_the_tests_that_are_named_exist(page: str) -> None:
    """Every promise has an existing test."""
    named = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", PAGES[page])
    assert named
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text(), (path, name)


@pytest.mark.parametrize(
    "said",
    [
        f"cookie: {COOKIE_DAYS} days after the last visit",
        f"{COOKIE_DAYS} days after the last visit, or until they leave",
        f"the mark: {LOSS_REMEMBERED_S // DAY_S} days",
        f"by itself {KEPT_UNCHANGED_MS // 1000 // HOUR_S} hours after a person last did something",
        f"the rest {KEPT_AFTER_END_MS // 1000} seconds later",
        f"{FOUNDER_KEEPS_DAYS} days after the founder's last visit",
        f"close {OPEN_MS // 1000 // HOUR_S} hours after the session",
        f"the words of the last {MOST_PAST} sessions",
        f"up to {MAX_PUT_OUT} people who were removed or declined",
        f"{JOINS.at_once * JOINS.every_ms // 60_000} minutes for joining and for chairs on another",
        f"{LASTS_MS // 60_000} minutes after the code was shown",
    ],
)
def test_the_figures_are_those_of_the_code(said: str) -> None:
    """These are figures in digits."""
    assert said in as_one_line(PRIVACY)


def test_the_figures_that_are_written_in_words_are_those_of_the_code() -> None:
    """A day, and three hours and twenty minutes."""
    assert ROOM_EXPIRES_MS == DAY_S * 1000
    assert KEPT_S == DAY_S
    assert STARTS.at_once * STARTS.every_ms == (3 * 60 + 20) * 60_000
    of_mails = (BY_ADDRESS, BY_ONE, TO_ONE)
    assert {limit.at_once * limit.every_ms for limit in of_mails} == {3_600_000}
    for said in (
        "Redis drops the room a day after its last change",
        "a day for a rehearsal",
        "an hour for asking for reminders",
        "at most 3 hours 20 minutes for starting circles",
    ):
        assert said in as_one_line(PRIVACY)


def test_the_table_has_every_key_of_redis() -> None:
    """The rows are the keys that the store lists."""
    listed = re.findall(r"^  ([a-z]\S*) +(?:hash|zset|string) ", keys.__doc__ or "", re.MULTILINE)
    assert len(listed) == 11
    table = PRIVACY.partition("| What | Where |")[2].partition("\n\n")[0]
    for key in listed:
        assert f"`{key.replace('WHAT:WHO', 'NAME:DIGEST')}`" in table, key


def test_an_address_is_kept_as_a_keyed_digest() -> None:
    """It does not contain the address, and without the key no address can be tested against it."""
    address = HTTPConnection({"type": "http", "client": ("192.0.2.7", 1)})
    ours, others = (Identity(key).address_digest(address) for key in ("our key", "another key"))
    assert re.fullmatch("[0-9a-f]{24}", ours)
    assert ours != others
    assert bytes([192, 0, 2, 7]) not in bytes.fromhex(ours)
