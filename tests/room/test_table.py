"""Every command in every phase by every kind of person: allowed or refused, as one table.

Columns: wa(iting), the phases ar(rival) ca(ll) pr(esentation) qu(estions) re(flection)
rs (response) cl(osing), en(ded). A cell is `ok` or a refusal: `na` not_allowed, `nn` not_now,
`st` stale, `us` unknown_seat. A command is given what a person would see there (the right phase,
the right deadline, a member as its target), so that a refusal comes from the role, the phase or the
turn. Until the presentation nobody presents, but in the rows of the presenter. Kinds of person:

  facilitator, member     with no turn and no hand
  presenter               a member whose case it is
  holder                  a member who has been given the floor, where the phase lets them have it
  observer, stranger      never heard; with no seat in the room
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.hearing import may_take_floor
from server.room.rules import RULES
from server.room.state import Floor, Role, Room
from tests.factories import MOMENTS, NOW, a_room, outcome, refusal

#                        wa ar ca pr qu re rs cl en
TABLE = """
start           facilitator  ok nn nn nn nn nn nn nn nn
advance         facilitator  nn ok ok ok ok ok ok nn nn
back            facilitator  nn nn ok ok ok ok ok ok nn
go              facilitator  nn ok ok ok ok ok ok ok nn
pause           facilitator  nn ok ok ok ok ok ok ok nn
resume          facilitator  nn st st st st st st st nn
extend          facilitator  nn ok ok ok ok ok ok ok nn
end             facilitator  ok ok ok ok ok ok ok ok nn
prompt          facilitator  ok ok ok ok ok ok ok ok nn
one_voice       facilitator  nn ok ok nn nn ok ok ok nn
silence         facilitator  nn ok ok ok ok ok ok ok nn
seat_presenter  facilitator  ok ok ok ok ok ok ok ok nn
give_floor      facilitator  nn ok ok nn ok ok ok ok nn
clear_floor     facilitator  nn ok nn ok nn nn ok ok nn
recall          facilitator  nn nn nn nn nn ok nn nn nn
make_facilitator facilitator ok ok ok ok ok ok ok ok nn
make_member     facilitator  st st st st st st st st nn
make_observer   facilitator  ok ok ok ok ok ok ok ok nn
remove          facilitator  ok ok ok ok ok ok ok ok nn
lock            facilitator  ok ok ok ok ok ok ok ok nn
renew_links     facilitator  ok ok ok ok ok ok ok ok nn
offer_case      facilitator  na na na na na na na na na
withdraw_case   facilitator  na na na na na na na na na
raise_hand      facilitator  na na na na na na na na na
lower_hand      facilitator  na na na na na na na na na
yield           facilitator  nn ok nn nn nn nn nn ok nn
pass            facilitator  nn ok nn nn nn nn nn ok nn
ask_return      facilitator  na na na na na na na na na
sound           facilitator  ok ok ok ok ok ok ok ok nn
mute            facilitator  st st st st st st st st nn
mute_all        facilitator  st st st st st st st st nn
unmute          facilitator  ok ok ok ok ok ok ok ok nn
camera          facilitator  ok ok ok ok ok ok ok ok nn
pictures        facilitator  st st st st st st st st nn
line            facilitator  ok ok ok ok ok ok ok ok nn
talk_elsewhere  facilitator  ok ok ok ok ok ok ok ok nn

offer_case      member       ok ok ok nn nn nn nn nn nn
withdraw_case   member       st st st st st st st st nn
raise_hand      member       nn ok ok nn ok ok ok ok nn
lower_hand      member       nn nn nn nn nn nn nn nn nn
yield           member       nn nn nn nn nn nn nn nn nn
pass            member       nn nn nn nn nn nn nn nn nn
ask_return      member       nn nn nn nn nn nn nn nn nn
sound           member       ok ok ok ok ok ok ok ok nn
mute            member       na na na na na na na na nn
unmute          member       ok ok ok ok ok ok ok ok nn
camera          member       ok ok ok ok ok ok ok ok nn
line            member       ok ok ok ok ok ok ok ok nn

offer_case      presenter    nn nn nn nn nn nn nn nn nn
withdraw_case   presenter    st st st st st st st st nn
raise_hand      presenter    nn ok ok nn ok nn nn ok nn
lower_hand      presenter    nn nn nn nn nn nn nn nn nn
yield           presenter    nn nn nn ok nn nn ok nn nn
pass            presenter    nn nn nn nn nn nn nn nn nn
ask_return      presenter    nn nn nn nn nn ok nn nn nn
sound           presenter    ok ok ok ok ok ok ok ok nn
mute            presenter    na na na na na na na na nn
unmute          presenter    ok ok ok ok ok ok ok ok nn
camera          presenter    ok ok ok ok ok nn ok ok nn
line            presenter    ok ok ok ok ok ok ok ok nn

offer_case      holder       ok ok ok nn nn nn nn nn nn
withdraw_case   holder       st st st st st st st st nn
raise_hand      holder       nn nn nn nn nn nn nn nn nn
lower_hand      holder       nn nn nn nn nn nn nn nn nn
yield           holder       nn ok ok nn ok ok ok ok nn
pass            holder       nn ok nn nn nn nn nn ok nn
ask_return      holder       nn nn nn nn nn nn nn nn nn
sound           holder       ok ok ok ok ok ok ok ok nn
mute            holder       na na na na na na na na nn
unmute          holder       ok ok ok ok ok ok ok ok nn
camera          holder       ok ok ok ok ok ok ok ok nn
line            holder       ok ok ok ok ok ok ok ok nn

sound           observer     ok ok ok ok ok ok ok ok nn
line            observer     ok ok ok ok ok ok ok ok nn
"""
CODES = {"na": "not_allowed", "nn": "not_now", "st": "stale", "us": "unknown_seat", "ok": "ok"}
KINDS = ("facilitator", "member", "presenter", "holder", "observer", "stranger")
SEATS = {
    "facilitator": "fay",
    "member": "ann",
    "presenter": "mei",
    "holder": "ben",
    "observer": "olu",
    "stranger": "nobody",
}
NAMES = {str(kind.__struct_config__.tag): kind for kind in RULES}


def table() -> dict[tuple[str, str], list[str]]:
    """The table, with the rows that follow from the roles alone."""
    rows = {}
    for line in TABLE.split("\n"):
        if line:
            command, kind, *cells = line.split()
            rows[command, kind] = cells
    for command in NAMES:
        rows[command, "stranger"] = ["us"] * len(MOMENTS)
        for kind in ("member", "presenter", "holder", "observer"):
            rows.setdefault((command, kind), ["na"] * len(MOMENTS))
    return rows


def command_for(name: str, room: Room) -> c.Command:
    """The command as somebody would send it who sees this room."""
    seen = {"from_phase": room.phase, "ends_at": room.clock.ends_at if room.clock else 0}
    fresh = {
        "to": "closing" if room.phase != "closing" else "arrival",
        "seconds": 60,
        "text": "What does it feel like?",
        "on": True,  # also of `pictures`, which are on
        "seat": "cem",
        "page": "page1",
        "bad": True,
        "url": "https://calls.example.org/tuesday",
    }
    kind = NAMES[name]
    return kind(**{f: (seen | fresh)[f] for f in kind.__struct_fields__})


def room_for(kind: str, moment: str) -> Room:
    """The room in this phase; a holder has the floor wherever the phase lets them have it."""
    early = moment in ("waiting", "arrival", "call") and kind != "presenter"
    room = a_room(moment, presenter=None if early else "mei")
    seat = room.seat("ben")
    assert seat is not None
    if kind == "holder" and may_take_floor(room, seat):
        return replace(room, floor=Floor("ben", NOW))
    return room


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_command_is_allowed_or_refused_as_the_table_says(name: str, kind: str) -> None:
    """One row: this command by this kind of person, from waiting to the end."""
    found = []
    for moment in MOMENTS:
        room = room_for(kind, moment)
        found.append(outcome(room, command_for(name, room), SEATS[kind]))
    assert found == [CODES[cell] for cell in table()[name, kind]]


def test_the_table_is_complete() -> None:
    """A command without rows, or a row of a command that does not exist, fails here."""
    rows = table()
    assert {(name, kind) for name in NAMES for kind in KINDS} == set(rows)
    assert all(len(cells) == len(MOMENTS) for cells in rows.values())
    facilitator_rows = {line.split()[0] for line in TABLE.splitlines() if " facilitator " in line}
    assert facilitator_rows == set(NAMES)
    phases = {phase.key for phase in a_room().plan.phases}
    assert set(MOMENTS) == {"waiting", *phases, "ended"}


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_names_what_was_asked_by_whom_and_where(name: str) -> None:
    """Whoever is refused reads the command, their role and the phase."""
    room = a_room("reflection")
    label = RULES[NAMES[name]].label
    if Role.OBSERVER not in RULES[NAMES[name]].who:
        by_observer = refusal(room, command_for(name, room), "olu").sentence
        assert by_observer.startswith(f"{label}, asked by an observer in Group reflection: ")
    in_the_end = a_room("ended")
    rule = RULES[NAMES[name]]
    actor = next(s for s in in_the_end.seats if s.role in rule.who and s.id != "mei")
    sentence = refusal(in_the_end, command_for(name, in_the_end), actor.id).sentence
    assert sentence.startswith(f"{label}, asked by a {actor.role} after the end: ")


@pytest.mark.parametrize("name", NAMES)
def test_a_presenter_is_refused_as_the_presenter(name: str) -> None:
    """And before the start as much as after the end, the sentence says who asked and when."""
    command, rule = command_for(name, a_room()), RULES[NAMES[name]]
    ended = refusal(a_room("ended"), command, "mei").sentence
    assert ended.startswith(f"{rule.label}, asked by the presenter after the end: ")
    if Role.MEMBER not in rule.who:
        waiting = refusal(a_room(), command, "mei").sentence
        asked = f"{rule.label}, asked by the presenter before the start"
        assert waiting == f"{asked}: this is for facilitators."
