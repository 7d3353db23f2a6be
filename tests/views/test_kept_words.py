"""What is kept has words: every key, every field of a circle, every kind of deadline."""

from __future__ import annotations

import re
from typing import NamedTuple

from msgspec.structs import replace

from server.circle.circle import Circle, Last
from server.circle.stored import encode
from server.live.deadlines import Poller
from server.redis_client import topology_of
from server.store import keys
from server.store.circle_erasure import REWRITE
from server.store.deadlines import REMINDER
from server.store.store import Store
from server.store.upkeep import UPKEEP
from server.views.kept_words import DEADLINES, FIELDS, KEYS, KINDS, last_session, rows
from server.views.language import ENGLISH
from tests.circle.test_stored import FULL

OF_ALL = {REWRITE, UPKEEP}
"""The kinds of deadlines that name no circle."""


class Held(NamedTuple):
    """A key, as store/look.py finds it."""

    key: str
    fields: dict[bytes, bytes]
    number: int
    until: int | None = None


def test_every_key_that_the_store_lists_has_words() -> None:
    """A new key of a circle needs a row in KEYS, and words for its kind."""
    listed = re.findall(
        r"^  circle:\{id\}(\S*) +(?:hash|zset|set|list|string) ", keys.__doc__ or "", re.MULTILINE
    )
    assert {re.sub("[A-Z]+$", "", name) for name in listed} == {"", *KEYS}


def test_every_field_of_a_circle_has_words() -> None:
    """Those that are written, and those that the store lists. The example sets all of them."""
    blank = Circle("", "", "", "")
    unset = {
        name for name in Circle.__struct_fields__ if getattr(FULL, name) == getattr(blank, name)
    }
    assert unset == {"schema"}
    for name in encode(FULL):
        head, colon, _ = name.partition(":")
        assert head + colon in FIELDS, name
    told = re.search(r"\(circle/stored.py\): (.*?)\n  circle:", keys.__doc__ or "", re.DOTALL)
    assert told
    for name in FIELDS:
        assert re.search(rf"\b{name.removesuffix(':')}\b", told[1]), name


def test_every_kind_of_deadline_has_words() -> None:
    """A new kind needs a row in DEADLINES, unless it names no circle."""
    store = Store(topology_of("redis://localhost"))
    known = Poller(store)._run_by_kind.keys()  # noqa: SLF001 - no page tells which kinds there are
    assert (known | {REMINDER}) - OF_ALL == DEADLINES.keys()  # where a mail server is set


def test_no_words_are_left_over() -> None:
    """Each kind is of a key, a field or a deadline."""
    assert {*KEYS.values(), *FIELDS.values(), *DEADLINES.values()} == KINDS.keys()


def test_a_full_circle_is_told_row_by_row() -> None:
    """In a fixed order, with counts and the oldest date; what is not known comes last."""
    fields = {name.encode(): text.encode() for name, text in encode(FULL).items()}
    fields |= {b"mood": b"good", b"mood:fay": b"good", b"presented:ann": b"86400000000"}
    held = [
        Held("circle:{id}:x", {}, 3),
        Held("circle:{id}", fields, len(fields)),
        Held("circle:{id}:room", {b"stamp": b"1800000000000.3.9", b"value": b"{}"}, 2),
        Held("circle:{id}:here", {}, 4),
    ]
    found = rows(ENGLISH, "id", held, ["room", "erase", "tea"])
    assert [(row.kind, row.number, row.since) for row in found] == [
        ("circle", 10, ""),
        ("own", 1, ""),
        ("schedule", 1, ""),
        ("erase_at", 1, ""),
        ("met", 1, "since Tuesday, 3 November 2026"),
        ("last", 2, ""),
        ("seat", 3, ""),
        ("presented", 2, "since Thursday, 1 January 1970"),
        ("seen", 1, ""),
        ("absent", 1, ""),
        ("feed", 2, ""),
        ("register", 1, ""),
        ("room", 1, "since Friday, 15 January 2027"),
        ("here", 4, ""),
        ("due.room", 1, ""),
        ("due.erase", 1, ""),
        ("unknown", 1, ""),
        ("unknown", 1, ""),
        ("unknown", 1, ""),
        ("unknown", 1, ""),
    ]
    unknown = [row.words.rpartition(": ")[2] for row in found if row.kind == "unknown"]
    assert unknown == [":x", "due:tea", "mood", "mood:…"]


def test_a_spoilt_value_is_told_without_its_date() -> None:
    """It is there all the same, and must not hide everything else."""
    fields = {b"met_on": b"2026-13-01", b"presented:ann": "²".encode()}
    found = rows(ENGLISH, "id", [Held("circle:{id}", fields, 2)], [])
    assert [(row.kind, row.since) for row in found] == [("met", ""), ("presented", "")]


def test_the_pulse_tells_of_the_chairs_that_it_holds() -> None:
    """While questions are open, the key has the seats that have not answered."""
    (row,) = rows(ENGLISH, "id", [Held("circle:{id}:pulse", {b"stamp": b"open.1."}, 2)], [])
    assert "counts of answers and the chairs that have not answered" in row.words


def test_the_last_session_is_told_by_what_is_left_of_it() -> None:
    """While its room is there, after it was deleted, and where no process has seen that."""
    circle = Circle("id", "C", "classic-60", "Europe/Berlin")
    assert last_session(ENGLISH, circle, has_room=False) == ""
    circle = replace(circle, last=Last(1_800_000_000_000, 11, 1, 41))
    numbers = "the room, 11 names, 1 prompt, 41 turns"
    when = "Friday, 15 January 2027, 09:00, Berlin time"
    assert last_session(ENGLISH, circle, has_room=True) == (
        f"It ended on {when}. {numbers}: the names have gone, the rest goes now."
    )
    assert last_session(ENGLISH, circle, has_room=False) == (
        f"It ended on {when}. Gone since then: {numbers}."
    )
    circle = replace(circle, gone_at=1_800_000_060_000)
    assert last_session(ENGLISH, circle, has_room=False) == (
        f"Gone on {when.replace('09:00', '09:01')}: {numbers}."
    )
