"""Every command in every phase by every kind of person, allowed or refused, in one table.

Columns: wa(iting), the phases ar(rival) ca(ll) pr(esentation) qu(estions) re(flection)
rs (response) cl(osing), de(brief), en(ded). A cell is `ok` or a refusal: `na` not_allowed,
`nn` not_now, `st` stale, `us` unknown_seat. Each command carries what its sender would see (the
current phase, the current deadline, a member as its target), so that a refusal is due to the role,
the phase or the turn. Until the presentation only the rows `presenter` have a presenter. The kinds
of person:

  facilitator, member     with no turn and no hand
  presenter               a member whose case it is
  holder                  a member who has been given the floor, where the phase lets them have it
  stand_in                a member who holds the room, both facilitators having dropped out
  observer                never heard
  guest, stranger         waiting in the lobby; with no seat in the room
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.hearing import may_take_floor
from server.room.rules import RULES
from server.room.state import Floor, Role, Room
from tests.support.factories import MOMENTS, NOW, a_room, a_seat, outcome, said

#                        wa ar ca pr qu re rs cl de en
TABLE = """
start           facilitator ok nn nn nn nn nn nn nn nn nn
advance         facilitator nn ok ok ok ok ok ok nn nn nn
back            facilitator nn nn ok ok ok ok ok ok nn nn
go              facilitator nn ok ok ok ok ok ok ok nn nn
pause           facilitator nn ok ok ok ok ok ok ok ok nn
resume          facilitator nn st st st st st st st st nn
extend          facilitator nn ok ok ok ok ok ok ok ok nn
end             facilitator ok ok ok ok ok ok ok ok ok nn
debrief         facilitator nn ok ok ok ok ok ok ok nn nn
prompt          facilitator ok ok ok ok ok ok ok ok nn nn
one_voice       facilitator nn ok ok nn nn ok ok ok nn nn
silence         facilitator nn ok ok ok ok ok ok ok nn nn
seat_presenter  facilitator ok ok ok ok ok ok ok ok nn nn
present         facilitator na na na na na na na na na na
give_floor      facilitator nn ok ok nn ok ok ok ok nn nn
clear_floor     facilitator nn ok nn ok nn nn ok ok nn nn
recall          facilitator nn nn nn nn nn ok nn nn nn nn
make_facilitator facilitator ok ok ok ok ok ok ok ok nn nn
make_member     facilitator st st st st st st st st nn nn
make_observer   facilitator ok ok ok ok ok ok ok ok nn nn
outer_circle    facilitator nn nn nn nn nn nn nn nn nn nn
admit           facilitator ok ok ok ok ok ok ok ok nn nn
decline         facilitator ok ok ok ok ok ok ok ok nn nn
remove          facilitator ok ok ok ok ok ok ok ok nn nn
lobby           facilitator ok ok ok ok ok ok ok ok nn nn
door            facilitator ok ok ok ok ok ok ok ok nn nn
lock            facilitator ok ok ok ok ok ok ok ok nn nn
renew_links     facilitator ok ok ok ok ok ok ok ok nn nn
whisper         facilitator ok ok ok ok ok ok ok ok ok nn
keep_time       facilitator ok ok ok ok ok ok ok ok ok nn
go_on           facilitator nn st st st st st st st nn nn
hold_room       facilitator na na na na na na na na na na
invite          facilitator nn ok ok nn ok ok ok ok nn nn
not_now         facilitator na na na na na na na na na na
offer_case      facilitator na na na na na na na na na na
withdraw_case   facilitator na na na na na na na na na na
raise_hand      facilitator na na na na na na na na na na
lower_hand      facilitator na na na na na na na na na na
yield           facilitator nn ok nn nn nn nn nn ok nn nn
pass            facilitator nn ok nn nn nn nn nn ok nn nn
ask_return      facilitator na na na na na na na na na na
seen            facilitator st st st st st st st st nn nn
rename          facilitator ok ok ok ok ok ok ok ok ok nn
sound           facilitator ok ok ok ok ok ok ok ok ok nn
spoke           facilitator nn nn ok ok ok ok ok nn nn nn
mute            facilitator st st st st st st st st us nn
mute_all        facilitator st st st st st st st st st nn
unmute          facilitator ok ok ok ok ok ok ok ok ok nn
camera          facilitator ok ok ok ok ok ok ok ok ok nn
pictures        facilitator st st st st st st st st st nn
line            facilitator ok ok ok ok ok ok ok ok ok nn
talk_elsewhere  facilitator ok ok ok ok ok ok ok ok ok nn

start           stand_in    us nn nn nn nn nn nn nn us us
advance         stand_in    us ok ok ok ok ok ok nn us us
back            stand_in    us nn ok ok ok ok ok ok us us
go              stand_in    us ok ok ok ok ok ok ok us us
pause           stand_in    us ok ok ok ok ok ok ok us us
resume          stand_in    us st st st st st st st us us
extend          stand_in    us ok ok ok ok ok ok ok us us
end             stand_in    us ok ok ok ok ok ok ok us us
prompt          stand_in    us ok ok ok ok ok ok ok us us
one_voice       stand_in    us ok ok nn nn ok ok ok us us
silence         stand_in    us ok ok ok ok ok ok ok us us
seat_presenter  stand_in    us ok ok ok ok ok ok ok us us
present         stand_in    us nn nn nn nn nn nn nn us us
give_floor      stand_in    us ok ok nn ok ok ok ok us us
clear_floor     stand_in    us ok nn ok nn nn ok ok us us
recall          stand_in    us nn nn nn nn ok nn nn us us
outer_circle    stand_in    us nn nn nn nn nn nn nn us us
admit           stand_in    us ok ok ok ok ok ok ok us us
decline         stand_in    us ok ok ok ok ok ok ok us us
remove          stand_in    us ok ok ok ok ok ok ok us us
lock            stand_in    us ok ok ok ok ok ok ok us us
go_on           stand_in    us st st st st st st st us us
hold_room       stand_in    us nn nn nn nn nn nn nn us us
invite          stand_in    us ok ok nn ok ok ok ok us us
not_now         stand_in    us st st st st st st st us us
offer_case      stand_in    us ok ok nn nn nn nn nn us us
withdraw_case   stand_in    us st st st st st st st us us
raise_hand      stand_in    us ok ok ok ok ok ok ok us us
lower_hand      stand_in    us nn nn nn nn nn nn nn us us
yield           stand_in    us nn nn nn nn nn nn nn us us
pass            stand_in    us nn nn nn nn nn nn nn us us
ask_return      stand_in    us nn nn nn nn nn nn nn us us
seen            stand_in    us st st st st st st st us us
rename          stand_in    us ok ok ok ok ok ok ok us us
sound           stand_in    us ok ok ok ok ok ok ok us us
spoke           stand_in    us ok ok ok ok ok ok ok us us
mute            stand_in    us st st st st st st st us us
mute_all        stand_in    us st st st st st st st us us
unmute          stand_in    us ok ok ok ok ok ok ok us us
camera          stand_in    us ok ok ok ok ok ok ok us us
pictures        stand_in    us st st st st st st st us us
line            stand_in    us ok ok ok ok ok ok ok us us
talk_elsewhere  stand_in    us na na na na na na na us us

present         member      nn nn nn nn nn nn nn nn us nn
hold_room       member      nn nn nn nn nn nn nn nn us nn
not_now         member      nn st st st st st st st us nn
offer_case      member      ok ok ok nn nn nn nn nn us nn
withdraw_case   member      st st st st st st st st us nn
raise_hand      member      nn ok ok nn ok ok ok ok us nn
lower_hand      member      nn nn nn nn nn nn nn nn us nn
yield           member      nn nn nn nn nn nn nn nn us nn
pass            member      nn nn nn nn nn nn nn nn us nn
ask_return      member      nn nn nn nn nn nn nn nn us nn
seen            member      na na na na na na na na us nn
rename          member      ok ok ok ok ok ok ok ok us nn
sound           member      ok ok ok ok ok ok ok ok us nn
spoke           member      nn ok ok nn nn ok nn ok us nn
mute            member      na na na na na na na na us nn
unmute          member      ok ok ok ok ok ok ok ok us nn
camera          member      ok ok ok ok ok ok ok ok us nn
line            member      ok ok ok ok ok ok ok ok us nn

present         presenter   nn nn nn nn nn nn nn nn us nn
hold_room       presenter   nn nn nn nn nn nn nn nn us nn
not_now         presenter   nn st st st st st st st us nn
offer_case      presenter   nn nn nn nn nn nn nn nn us nn
withdraw_case   presenter   st st st st st st st st us nn
raise_hand      presenter   nn ok ok nn ok nn nn ok us nn
lower_hand      presenter   nn nn nn nn nn nn nn nn us nn
yield           presenter   nn nn nn ok nn nn ok nn us nn
pass            presenter   nn nn nn nn nn nn nn nn us nn
ask_return      presenter   nn nn nn nn nn ok nn nn us nn
seen            presenter   na na na na na na na na us nn
rename          presenter   ok ok ok ok ok ok ok ok us nn
sound           presenter   ok ok ok ok ok ok ok ok us nn
spoke           presenter   nn ok ok nn ok nn nn ok us nn
mute            presenter   na na na na na na na na us nn
unmute          presenter   ok ok ok ok ok ok ok ok us nn
camera          presenter   ok ok ok ok ok nn ok ok us nn
line            presenter   ok ok ok ok ok ok ok ok us nn

present         holder      nn nn nn nn nn nn nn nn us nn
hold_room       holder      nn nn nn nn nn nn nn nn us nn
not_now         holder      nn st st st st st st st us nn
offer_case      holder      ok ok ok nn nn nn nn nn us nn
withdraw_case   holder      st st st st st st st st us nn
raise_hand      holder      nn nn nn nn nn nn nn nn us nn
lower_hand      holder      nn nn nn nn nn nn nn nn us nn
yield           holder      nn ok ok nn ok ok ok ok us nn
pass            holder      nn ok nn nn nn nn nn ok us nn
ask_return      holder      nn nn nn nn nn nn nn nn us nn
seen            holder      na na na na na na na na us nn
rename          holder      ok ok ok ok ok ok ok ok us nn
sound           holder      ok ok ok ok ok ok ok ok us nn
spoke           holder      nn nn nn nn nn nn nn nn us nn
mute            holder      na na na na na na na na us nn
unmute          holder      ok ok ok ok ok ok ok ok us nn
camera          holder      ok ok ok ok ok ok ok ok us nn
line            holder      ok ok ok ok ok ok ok ok us nn

sound           observer    ok ok ok ok ok ok ok ok us nn
line            observer    ok ok ok ok ok ok ok ok us nn
rename          observer    ok ok ok ok ok ok ok ok us nn
"""
CODES = {"na": "not_allowed", "nn": "not_now", "st": "stale", "us": "unknown_seat", "ok": "ok"}
KINDS = (
    "facilitator", "stand_in", "member", "presenter", "holder", "observer", "guest", "stranger",
)  # fmt: skip
SEATS = {
    "facilitator": "fay",
    "member": "ann",
    "presenter": "mei",
    "holder": "ben",
    "observer": "olu",
    "guest": "gus",
    "stand_in": "dan",
    "stranger": "nobody",
}
NAMES = {str(kind.__struct_config__.tag): kind for kind in RULES}


def table() -> dict[tuple[str, str], list[str]]:
    """The table, completed by the rows that follow from the roles."""
    rows = {}
    for line in TABLE.split("\n"):
        if line:
            command, kind, *cells = line.split()
            rows[command, kind] = cells
    for command in NAMES:
        rows[command, "stranger"] = ["us"] * len(MOMENTS)
        rows[command, "guest"] = ["na"] * len(MOMENTS)
        # Everybody but the facilitators has left before the debrief.
        for kind in ("member", "presenter", "holder", "observer"):
            rows.setdefault((command, kind), ["na"] * 8 + ["us", "na"])
        rows.setdefault((command, "stand_in"), ["us", *["na"] * 7, "us", "us"])
    return rows


def command_for(name: str, room: Room) -> c.Command:
    """The command as somebody who sees this room would send it."""
    seen = {"from_phase": room.phase, "ends_at": room.clock.ends_at if room.clock else 0}
    fresh = {
        "from_role": "member",
        "to": "closing" if room.phase != "closing" else "arrival",
        "seconds": 60,
        "text": "What does it feel like?",
        "on": True,  # also for `pictures`, which are on
        "seat": "cem",
        "seats": (),
        "page": "page1",
        "what": "sign",
        "name": "Bea",
        "ms": 20_000,
        "open": False,
        "as_role": None,
        "chair": None,
        "bad": True,
        "yes": True,
        "renew": False,
        "links": room.links,
        "seen": room.version,
        "knows": False,
        "locks_with_case": True,
        "holds_late": True,
        "url": "https://calls.example.org/tuesday",
    }
    if name in ("admit", "decline"):
        fresh["seat"] = "gus"
    if name == "keep_time":
        fresh["seat"] = "gil"
    kind = NAMES[name]
    return kind(**{f: (seen | fresh)[f] for f in kind.__struct_fields__})


def room_for(kind: str, moment: str) -> Room:
    """The room in this phase; a holder has the floor where the phase allows it."""
    early = moment in ("waiting", "arrival", "call") and kind != "presenter"
    room = a_room(moment, presenter=None if early else "mei")
    room = replace(room, lobby=(a_seat("gus", Role.GUEST),))
    seat = room.seat("ben")
    if kind == "holder" and seat and may_take_floor(room, seat):
        return replace(room, floor=Floor("ben", NOW))
    if kind == "stand_in" and room.step:
        led = [replace(s, away_since=NOW) if s.role is Role.FACILITATOR else s for s in room.seats]
        return replace(room, seats=(*led, a_seat("dan")), stand_in="dan")
    return room


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_command_is_allowed_or_refused_as_the_table_says(name: str, kind: str) -> None:
    """One row: one command by one kind of person, from waiting to ended."""
    found = []
    for moment in MOMENTS:
        room = room_for(kind, moment)
        found.append(outcome(room, command_for(name, room), SEATS[kind]))
    assert found == [CODES[cell] for cell in table()[name, kind]]


def test_the_table_is_complete() -> None:
    """Fails for a command without rows, and for rows of an unknown command."""
    rows = table()
    assert {(name, kind) for name in NAMES for kind in KINDS} == set(rows)
    assert all(len(cells) == len(MOMENTS) for cells in rows.values())
    facilitator_rows = {line.split()[0] for line in TABLE.splitlines() if " facilitator " in line}
    assert facilitator_rows == set(NAMES)
    phases = {phase.key for phase in a_room().plan.phases}
    assert set(MOMENTS) == {"waiting", *phases, "debrief", "ended"}


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_by_role_or_moment_says_so(name: str) -> None:
    """Its sentence says for whom the command is, or when; it does not name the command."""
    room, ended, rule = a_room("reflection"), a_room("ended"), RULES[NAMES[name]]
    if Role.OBSERVER not in rule.who:
        by_observer = said(room, command_for(name, room), "olu")
        allowed = [f"{role}s" for role in (Role.FACILITATOR, Role.MEMBER) if role in rule.who]
        assert by_observer == f"Only {' and '.join(allowed)} can do this."
    actor = next(seat for seat in ended.seats if seat.role in rule.who)
    assert said(ended, command_for(name, ended), actor.id) == "The session has ended."
