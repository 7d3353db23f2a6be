"""Each reason has one sentence, filled with the facts of every place that raises it."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import pytest

from server.room.formats.validation import Fault, InvalidFormat
from server.room.refused import PRESENTER, STAND_IN, Refused, Sent, reason
from server.room.rules import RULES
from server.room.state import DEBRIEF, ENDED, WAITING, Role
from server.views.refusals import (
    AT_MOMENT,
    COMMANDS,
    IN_PHASE,
    ROLES,
    SENDERS,
    SENTENCES,
    fault_sentence,
    sentence,
)

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
    texts = [*SENTENCES.values(), *COMMANDS.values(), *SENDERS.values(), IN_PHASE]
    assert all(name for text in (*texts, *AT_MOMENT.values()) for name in placeholders(text))


def test_each_command_and_each_role_has_a_name() -> None:
    """A sentence begins with both."""
    assert list(COMMANDS) == [kind.__struct_config__.tag for kind in RULES]
    assert set(ROLES) == set(Role)
    assert set(SENDERS) == {*Role, PRESENTER, STAND_IN}


def refused(id_: str, *, sent: Sent | None = None, **facts: str | int | float) -> Refused:
    """A refusal as the core raises it."""
    found = Refused("not_now", id_, **facts)
    found.sent = sent
    return found


SAMPLE = [
    (
        refused("old_link"),
        "This invitation is not valid any more. Please ask your facilitator for a new link.",
    ),
    (refused("chairs_taken", chairs=12), "All 12 chairs of this circle are taken."),
    (
        refused("your_name_too_long", length=41, most=40),
        "Your name has 41 characters. Please use at most 40.",
    ),
    (
        refused("silence_too_long", minutes=10),
        "a silence is held for at most 10 minutes.",
    ),
    (
        refused("members_present", name="Olu", role=Role.OBSERVER),
        "a member presents; Olu is an observer.",
    ),
    (
        refused("has_role_already", name="{name}", role=Role.FACILITATOR),
        "{name} is a facilitator already.",
    ),
    (refused("is_away", name="שלום"), "\u2068שלום\u2069 is away."),
    (
        refused("presenter_tells", sent=Sent("raise_hand", Role.MEMBER, "case", "The case")),
        "Raise hand, asked by a member in The case: the presenter tells without interruption.",
    ),
    (
        refused("not_started", sent=Sent("advance", Role.FACILITATOR, WAITING)),
        "Next phase, asked by a facilitator before the start: the session has not started yet.",
    ),
    (
        refused("in_debrief", sent=Sent("prompt", Role.FACILITATOR, DEBRIEF)),
        "Prompt, asked by a facilitator in the debrief: the session is over; the facilitators are"
        " among themselves.",
    ),
    (
        refused("has_ended", sent=Sent("offer_case", PRESENTER, ENDED)),
        "Offer a case, asked by the presenter after the end: the session has ended.",
    ),
    (
        refused("lasts_beyond_session", sent=Sent("lobby", STAND_IN, "questions", "Questions")),
        "Lobby, asked by the member who holds the room in Questions: what lasts beyond this session"
        " is for facilitators.",
    ),
    (
        refused("let_in_first", sent=Sent("raise_hand", Role.GUEST)),
        "Raise hand, asked by somebody in the lobby: a facilitator lets you in first.",
    ),
    (
        refused("no_seat", sent=Sent("pause")),
        "Pause: you have no seat in this room any more.",
    ),
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

    sent = Sent("seat_presenter", Role.FACILITATOR, "call", "Call for a case")
    given = refused("members_present", sent=sent, name="Olu", role=Role.OBSERVER)
    assert sentence(given, gettext) == (
        "⟦⟦Seat the presenter⟧, asked by ⟦a facilitator⟧ in Call for a case:"
        " ⟦a member presents; Olu is ⟦an observer⟧.⟧⟧"
    )
    assert len(asked) == 5
