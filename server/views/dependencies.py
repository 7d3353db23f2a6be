"""What of the room each region depends on, so that no other change renders it again."""

from server.room.state import Room

SOUND = ("voices_only", "elsewhere")
TURNS = ("phase", "seats", "presenter", "recalled", "floor", "hands", "one_voice", "silence_until")
COMPANY = ("wait", "without", "timekeeper", "stand_in")
HEARD = (*TURNS, *SOUND, "stand_in")
REQUESTS = ("return_asked", "asked", "questions", "answer")
NEWS = ("return_asked", "return_seen", "asked", "answer", "presenter_done", "silence_open")
OF_ATTENTION = ("turns_taken", "clock", "lobby", "next_prompt", "coming")
LAST = ("farewell", "ended_at")
LOCKS = ("locked", "locked_by_case", "door")
DOOR = (*LOCKS, "links", "facilitator_links", "lobby")
DEPENDS_ON: dict[str, tuple[str, ...]] = {
    "top": ("phase", "seats", "clock"),
    "phases": ("phase",),
    "stage": ("phase", "clock", "registers", "prompt"),
    "attention": (*TURNS, *COMPANY, *NEWS, *OF_ATTENTION, *LAST, *LOCKS, "elsewhere"),
    "circle": (*TURNS, *SOUND, *COMPANY),
    "hands": ("seats", "hands"),
    "turn": (*TURNS, *SOUND, *COMPANY, *REQUESTS, *NEWS, "clock"),
    "dock": (*TURNS, *SOUND, *COMPANY, *REQUESTS, *DOOR, "return_seen", "clock"),
}
"""The fields and properties of the room that a region depends on: while they are unchanged, it is
not rendered again. Its template uses no others (tests/views/test_rendering.py)."""

PERSONAL = frozenset({"attention", "turn"})
"""The regions that address one person."""

FIELDS = frozenset(field for fields in DEPENDS_ON.values() for field in fields)
"""All fields that a region depends on. No others are compared."""


def changed_fields(before: Room, after: Room) -> frozenset[str]:
    """The fields that have changed, of those that a region depends on."""
    return frozenset([name for name in FIELDS if getattr(before, name) != getattr(after, name)])
