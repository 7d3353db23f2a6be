"""Each reason has one sentence, filled with the facts of every place that raises it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from server.room.formats.validation import Fault, InvalidFormat
from server.room.refused import Refused, reason
from server.room.state import Role
from server.views import room_refusals
from server.views.refusals import ROLES, SENTENCES, fault_sentence, sentence

SERVER = Path(__file__).parents[2] / "server"
IDS_AT = {"Refused": 1, "reason": 0}
"""The functions that take the id of a reason, and its place among their arguments."""


def reasons() -> list[tuple[str, str | None, frozenset[str]]]:
    """Where each reason is given, its id (None: no literal), and the names of its facts."""
    found = []
    for path in sorted(SERVER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if (place := IDS_AT.get(node.func.id)) is None:
                continue
            given = node.args[place]
            id_ = str(given.value) if isinstance(given, ast.Constant) else None
            facts = frozenset(keyword.arg or "**" for keyword in node.keywords)
            found.append((f"{path.relative_to(SERVER)}:{node.lineno}", id_, facts))
    return found


def placeholders(text: str) -> frozenset[str]:
    """The names in braces."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


REASONS = reasons()


@pytest.mark.parametrize(("where", "id_", "facts"), REASONS, ids=[where for where, *_ in REASONS])
def test_a_reason_has_a_sentence_with_all_its_facts(
    where: str, id_: str | None, facts: frozenset[str]
) -> None:
    """Its id is a literal, so that this test and a reader can find it."""
    assert id_ in SENTENCES, where
    assert placeholders(SENTENCES[id_]) == facts, where


def test_no_sentence_is_left_over() -> None:
    """Each is needed somewhere."""
    assert set(SENTENCES) == {id_ for _, id_, _ in REASONS}


def test_placeholders_are_named() -> None:
    """A translation may order them otherwise."""
    assert all(name for text in SENTENCES.values() for name in placeholders(text))


def test_each_role_has_a_name() -> None:
    """Among the facts of a sentence."""
    assert set(ROLES) == set(Role)


def test_a_sentence_stands_for_itself() -> None:
    """It begins like one, or with a fact; only faults of a format continue a title."""
    begins_as_one = re.compile(r"[A-Z{].*[.]", re.DOTALL)
    assert [
        text for text in room_refusals.SENTENCES.values() if not begins_as_one.fullmatch(text)
    ] == []


def refused(id_: str, **facts: str | int | float) -> Refused:
    """A refusal as the core raises it."""
    return Refused("not_now", id_, **facts)


SAMPLE = [
    (
        refused("old_link"),
        "This invitation is not valid any more. Please ask your facilitator for a new link.",
    ),
    (refused("chairs_taken", chairs=12), "All 12 chairs are taken."),
    (
        refused("your_name_too_long", length=41, most=40),
        "Your name has 41 characters. Please use at most 40.",
    ),
    (refused("silence_too_long", minutes=10), "A silence can last up to 10 minutes."),
    (
        refused("members_present", name="Olu", role=Role.OBSERVER),
        "Only members can present, and Olu is an observer.",
    ),
    (
        refused("has_role_already", name="{name}", role=Role.FACILITATOR),
        "{name} is already a facilitator.",
    ),
    (refused("is_away", name="שלום"), "\u2068שלום\u2069 is away just now."),
    (refused("presenter_tells"), "The presenter tells without interruption."),
    (refused("prompt_empty"), "Write a sentence first."),
    (
        InvalidFormat((Fault(1, "cap", reason("cap_out_of_bounds", cap=21, most=20), "Talk"),)),
        "Phase 2 (“Talk”): turns for each person must be 0 to 20, not 21.",
    ),
]


@pytest.mark.parametrize(("given", "read"), SAMPLE, ids=[one.reason.id for one, _ in SAMPLE])
def test_people_read_a_whole_sentence(given: Refused, read: str) -> None:
    """Names are isolated, and roles have their articles."""
    assert sentence(given) == read


def test_a_fault_begins_with_what_it_is_about() -> None:
    """That is a phase, by its number and its title, or the format; a few name it themselves."""
    wrong = reason("field_missing", field="title")
    assert fault_sentence(Fault(0, "title", wrong)) == "Phase 1: title is missing."
    assert fault_sentence(Fault(None, "title", wrong)) == "The format: title is missing."
    assert fault_sentence(Fault(None, "title", wrong, is_prefixed=False)) == "title is missing."


def test_a_sentence_is_translated_before_it_is_filled() -> None:
    """The language's function gets every text of the tables, and no name."""
    asked: list[str] = []

    def gettext(text: str) -> str:
        asked.append(text)
        return f"⟦{text}⟧"

    given = refused("members_present", name="Olu", role=Role.OBSERVER)
    assert sentence(given, gettext) == "⟦Only members can present, and Olu is ⟦an observer⟧.⟧"
    assert len(asked) == 2
