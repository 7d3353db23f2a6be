"""The table of bounds (docs/reliability.md) has the code's figures and its tests."""

from __future__ import annotations

import re

import pytest

from server.circle.certificate import LONGEST_CODE
from server.circle.circle import FOUNDER_KEEPS_MS, MAX_CIRCLE_NAME
from server.circle.erasing import ERASE_DAYS, IDLE_MONTHS, NOTICE_MONTHS
from server.circle.handover import LASTS_MS
from server.circle.register import LEAST_MONTHS, MOST_MONTHS, MOST_ROWS
from server.circle.schedule import AHEAD_DAYS, MAX_DATES, MAX_SINGLES
from server.http import protocol as http_protocol
from server.http.open_connections import MOST_OF_ONE as MOST_CONNECTIONS_OF_ONE
from server.http.open_connections import OTHER_FILES
from server.identity import COOKIE_SECONDS
from server.listen import LARGEST_FRAME
from server.live import outbox, windows
from server.live.deadlines import LONGEST_MS, PUT_OFF_MS
from server.live.signalling import LARGEST_SIGNAL
from server.live.token_bucket import for_signals_of_a_pair, for_signals_of_a_seat
from server.pages.certificate import CERTIFICATES
from server.pages.cookies import LARGEST_COOKIES
from server.pages.device import DEVICES
from server.pages.feed_limit import (
    ADDRESS_AT_ONCE,
    ALL_A_SECOND,
    ALL_AT_ONCE,
    AT_ONCE,
    EVERY_S,
)
from server.pages.format_editor import EDITS, READS_WITHIN_S
from server.pages.join import JOINS
from server.pages.kept import LOOKS
from server.pages.requests import MOST_FIELDS
from server.pages.schedule import CHANGES
from server.pages.start import PRACTICES, START_TRIES, STARTS
from server.practice.rooms import MOST_OF_ONE, MOST_ROOMS
from server.room.company import MAX_WHISPER
from server.room.due import AWAY_KEEPS_PLACE_MS, KEPT_AFTER_END_MS, KEPT_UNCHANGED_MS
from server.room.formats.plan import MAX_CHAIRS
from server.room.formats.toml import LARGEST_FILE, MOST_DEPTH, MOST_DOTS, MOST_PAIRS, MOST_TABLES
from server.room.formats.validation import MAX_CHARACTERS
from server.room.lobby import MAX_KNOWN_WAITING, MAX_LAPSED, MAX_PUT_OUT, MAX_WAITING
from server.room.names import MAX_NAME
from server.room.people import MAX_OBSERVERS
from server.room.phases import MAX_PROMPT
from server.room.sound import LEAST_REPORTED_MS, MAX_LINK, MOST_REPORTED_MS, REPORTED_EACH_MS
from server.room.two_circles import MAX_OUTER
from server.store.limits import RateLimit
from server.store.memory import MOST_USED
from server.websocket import frames
from server.websocket.protocol import MOST_UNSENT
from tests.support.processes import ROOT

KIB, MIB, HOUR_MS, DAY_MS = 1024, 1024 * 1024, 3_600_000, 24 * 3_600_000


def table() -> dict[str, tuple[str, str]]:
    """The bound and the named tests, by what is bounded."""
    guide = (ROOT / "docs" / "reliability.md").read_text()
    rows = guide.partition("| What | Bound | Test |")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [row.strip("| ").split(" | ") for row in rows]
    return {what: (bound, " ".join(named)) for what, bound, *named in cells}


def test_each_bound_names_its_test() -> None:
    """A file or several, which are there."""
    for what, (_bound, named) in table().items():
        files = re.findall(r"`(\S+\.py)`", named)
        assert files, what
        for file in files:
            folder = "tests" if "/" in file else "tests/attack"
            assert (ROOT / folder / file).is_file(), file


def in_seconds(limit: RateLimit) -> list[float]:
    """A rate limit as the figures of the table: a burst, and one more in so many seconds."""
    return [limit.at_once, limit.every_ms / 1000]


FIGURES: dict[str, list[float]] = {
    "requests waiting on a connection": [http_protocol.MOST_WAITING],
    "a request's head": [
        http_protocol.LARGEST_HEAD / KIB,
        http_protocol.MOST_HEADERS,
        http_protocol.HEAD_WITHIN_S,
    ],
    "an address (URL)": [http_protocol.LONGEST_URL / KIB],
    "a request's body": [http_protocol.LARGEST_BODY / MIB, http_protocol.BODY_WITHIN_S],
    "a connection that says nothing": [http_protocol.HEAD_WITHIN_S],
    "an answer of which nothing": [http_protocol.HttpProtocol.reads_within_s],
    "connections of one address": [MOST_CONNECTIONS_OF_ONE, OTHER_FILES],
    "fields of a form": [MOST_FIELDS],
    "a format's file": [
        LARGEST_FILE / KIB,
        MOST_DOTS,
        MOST_DEPTH,
        MOST_TABLES,
        MOST_PAIRS,
        READS_WITHIN_S,
    ],
    "circles that are started": [STARTS.at_once, START_TRIES.at_once],
    "new circles": [MOST_USED * 100],
    "a circle in which nobody": [FOUNDER_KEEPS_MS / DAY_MS],
    "the texts of a circle's": [MAX_CHARACTERS],
    "presses in the editor": [EDITS.at_once],
    "changes of when a circle meets": [CHANGES.at_once],
    "a code for another device": [LASTS_MS / 60_000, *in_seconds(DEVICES)],
    "sessions in a register": [MOST_ROWS, LEAST_MONTHS, MOST_MONTHS],
    "certificates, and checks": [CERTIFICATES.at_once, LONGEST_CODE],
    "looks at what is kept": in_seconds(LOOKS),
    "a circle, and a seat": [IDLE_MONTHS, NOTICE_MONTHS, ERASE_DAYS],
    "joins": in_seconds(JOINS),
    "readings of one calendar": [
        *(AT_ONCE, EVERY_S, ALL_AT_ONCE, ALL_A_SECOND, ADDRESS_AT_ONCE),
    ],
    "cookies of one browser": [LARGEST_COOKIES / KIB],
    "how long a cookie": [COOKIE_SECONDS * 1000 / DAY_MS],
    "a value in Redis": [PUT_OFF_MS / 1000, LONGEST_MS / 60_000],
    "a message of a browser": [LARGEST_FRAME / KIB, frames.MOST_FRAGMENTS],
    "pings and pongs": [frames.MOST_CONTROL_FRAMES, MOST_UNSENT / MIB],
    "what a page reports of": [
        LEAST_REPORTED_MS / 1000,
        REPORTED_EACH_MS / 1000,
        MOST_REPORTED_MS / 1000,
    ],
    "a browser that reads nothing": [outbox.SEND_DEADLINE_S],
    "a signal; what one seat": [
        LARGEST_SIGNAL / KIB,
        for_signals_of_a_seat().at_once / MIB,
        64,  # test_token_bucket.py
        for_signals_of_a_pair().at_once / KIB,
        8,  # test_token_bucket.py
    ],
    "signals that wait": [outbox.MOST_SIGNALLED / KIB],
    "windows of a person": [windows.MAX_A_SEAT, windows.MAX_A_ROOM],
    "windows of somebody who waits": [windows.MAX_A_GUEST, windows.MAX_A_LOBBY],
    "practice rooms of a process": [MOST_ROOMS, MOST_OF_ONE, PRACTICES.at_once],
    "a session that nobody ends": [KEPT_UNCHANGED_MS / HOUR_MS, KEPT_AFTER_END_MS / 1000],
    "places in the lobby": [MAX_WAITING, MAX_KNOWN_WAITING, AWAY_KEEPS_PLACE_MS / 1000],
    "people named in one": [MAX_WAITING + MAX_KNOWN_WAITING],
    "people whom a room remembers": [MAX_PUT_OUT],
    "chairs; observers": [MAX_CHAIRS, MAX_OBSERVERS, MAX_OUTER],
    "a name; a circle's name": [MAX_NAME, MAX_CIRCLE_NAME],
    "dates of a rhythm by hand": [MAX_DATES, MAX_SINGLES, AHEAD_DAYS],
    "a prompt; a whisper": [MAX_PROMPT, MAX_WHISPER, MAX_LINK],
}


@pytest.mark.parametrize("begins", FIGURES)
def test_a_bound_has_the_figures_of_the_code(begins: str) -> None:
    """The figures are in the order of the row; close codes and statuses are ignored."""
    [bound] = [bound for what, (bound, _named) in table().items() if what.startswith(begins)]
    found = re.findall(r"\d[\d,]*", re.sub(r"\(\d+\)", "", bound))
    assert [float(figure.replace(",", "")) for figure in found] == FIGURES[begins]


def test_those_who_may_come_back_are_as_many_as_those_who_were_put_out() -> None:
    """One row of the table has one figure for both."""
    assert MAX_LAPSED == MAX_PUT_OUT
