"""Deadlines: their kinds."""

from __future__ import annotations

import pytest

from server.store.deadlines import Deadline, deadline_of, member_of


@pytest.mark.parametrize(
    ("member", "kind", "id_", "is_ours"),
    [
        ("abcdefgh234567ab", "room", "abcdefgh234567ab", True),
        ("room:abcdefgh234567ab", "room", "abcdefgh234567ab", False),
        ("reminder:abcdefgh234567ab", "reminder", "abcdefgh234567ab", True),
        ("reminder:a:b", "reminder", "a:b", True),
        ("", "room", "", True),
        (":a", "room", ":a", True),
        ("Ä:a", "room", "Ä:a", True),
    ],
)
def test_a_deadline_has_a_kind(member: str, kind: str, id_: str, is_ours: bool) -> None:
    """The bare id of a circle is the deadline of its room, as the release before writes it."""
    deadline = deadline_of(member, "5")
    assert deadline == Deadline(kind, id_, "5", member)
    assert deadline.is_ours == is_ours
    assert (member_of(kind, id_) == member) == is_ours
