"""The renderer: a region that is not rendered again would not have changed."""

from __future__ import annotations

import gc
import random
import re
from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace

from server.room import commands as c
from server.room.formats.shipped import FORMATS
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import DEBRIEF, ENDED, WAITING, Door, Floor, PutOut, Role, Room, Wait
from server.views.dependencies import DEPENDS_ON
from server.views.language import ENGLISH
from server.views.partials import inner
from server.views.rendering import Rendering, Viewer
from server.views.templates import WEB
from tests.support.factories import NOW, PHASES, a_room, a_seat
from tests.support.garbage import uncollected

STEPS = 60
FIELDS = sorted({*Room.__struct_fields__} - {"id", "format", "phase", "clock", "seats"})
"""Fields that can be cleared alone: phases need a clock, and presenters need a seat."""
BLANK = Room(id="circle", format="classic-60")
SEATS = ("fay", "ann", "ben", "mei", "cem", "gil", "olu")


def invite(base: str, circle_id: str, role: Role, links: int) -> str:
    """A link that shows its ingredients."""
    return f"{base}/{circle_id}/{role}/{links}"


def viewers(room: Room) -> list[Viewer]:
    """Everybody in the room, and a facilitator who comes by another address."""
    people = [seat.id for seat in (*room.seats, *room.lobby)]
    here = [Viewer(seat_id, "http://one", ENGLISH) for seat_id in (*people, *room.gone)]
    return [*here, Viewer("fay", "http://two", ENGLISH)] if room.seat("fay") else here


def regions_of(rendering: Rendering, viewer: Viewer) -> dict[str, bytes]:
    """The regions of this viewer, who has a place in the room."""
    regions = rendering.regions(viewer)
    assert regions is not None
    return regions


def a_press(chance: random.Random) -> tuple[c.Command, str | None]:
    """A random command, of a person or of the server."""
    seat, phase = chance.choice(SEATS), chance.choice(PHASES)
    mine: list[c.Command] = [
        c.RaiseHand(), c.LowerHand(), c.Yield(), c.Pass(), c.OfferCase(), c.WithdrawCase(),
        c.AskReturn(), c.Sound("page1"), c.Mute(), c.Unmute(),
        c.Camera(on=chance.random() < 0.5), c.Line(bad=chance.random() < 0.5),
        c.Present(yes=chance.random() < 0.7), c.NotNow(), c.HoldRoom(),
    ]  # fmt: skip
    theirs: list[c.Command] = [
        c.Pause(), c.Resume(), c.ClearFloor(), c.Recall(on=chance.random() < 0.5), c.RenewLinks(),
        c.OneVoice(on=chance.random() < 0.5), c.Lock(on=chance.random() < 0.5),
        c.Prompt(chance.choice(("", "Zweifel", "Mut"))), c.Silence(chance.choice((0, 30))),
        c.SeatPresenter(chance.choice((seat, ""))), c.GiveFloor(seat), c.MakeFacilitator(seat),
        c.MakeMember(seat), c.MakeObserver(seat), c.Mute(seat), c.MuteAll(),
        c.Pictures(on=chance.random() < 0.5),
        c.TalkElsewhere(chance.choice(("", "https://calls.example.org"))),
        c.Admit(), c.Lobby(on=chance.random() < 0.5), c.SetDoor(knows=chance.random() < 0.5),
        c.KeepTime(chance.choice(("fay", ""))), c.GoOn(seat), c.Invite(seat),
    ]  # fmt: skip
    theirs += [c.Go(to=phase, from_phase=here) for here in PHASES]
    if chance.random() < 0.1:
        here = frozenset(chance.sample(SEATS, 5))
        return c.NotePresence(here, frozenset(chance.sample(SEATS, 1))), None
    if chance.random() < 0.05:
        role = chance.choice((Role.GUEST, Role.MEMBER))
        return c.Enter(chance.choice(("dan", "eva", "flo")), "Dan", role), None
    if chance.random() < 0.6:
        return chance.choice(theirs), chance.choice(("fay", "gil"))
    return chance.choice(mine), seat


@pytest.mark.parametrize("plan", sorted(FORMATS))
def test_what_is_kept_from_an_earlier_value_is_what_would_be_drawn_now(plan: str) -> None:
    """All kinds of viewers are compared while everybody sends commands."""
    chance = random.Random(plan)
    room = replace(a_room("arrival"), format=plan)
    now, changes, sames = NOW, 0, 0
    before: Rendering | None = None
    for _ in range(STEPS):
        now += chance.choice((0, 900, 40_000))
        command, actor = a_press(chance)
        with suppress(Refused):
            room = decide(room, command, actor, now)
            changes += 1
        same = before is not None and before.is_of(room, now)
        kept = before if before and same else Rendering(room, now, invite, before)
        sames += same
        fresh = Rendering(room, now, invite)
        for viewer in viewers(room):
            assert regions_of(kept, viewer) == regions_of(fresh, viewer), (command, viewer)
        before = kept
    assert changes > STEPS / 10
    assert sames > STEPS / 10


def test_what_was_drawn_leaves_no_garbage() -> None:
    """There is no reference cycle: they took megabytes between two runs of the collector."""
    rooms = [a_room(phase) for phase in (WAITING, *PHASES)]
    for room in rooms:
        regions_of(Rendering(room, NOW, invite), Viewer("fay", "http://one", ENGLISH))
    with uncollected():
        for room in rooms:
            for viewer in viewers(room):
                regions_of(Rendering(room, NOW, invite), viewer)
        assert gc.collect() == 0


FULL: dict[str, Any] = {
    "recalled": True,
    "return_asked": True,
    "floor": Floor("ann", NOW),
    "hands": ("ben", "cem"),
    "turns_taken": ("gil",),
    "one_voice": True,
    "silence_until": NOW + 1,
    "prompt": "Zweifel",
    "voices_only": True,
    "locked": True,
    "locked_by_case": True,
    "links": 3,
    "asked": "ann",
    "questions": ("ben",),
    "timekeeper": "gil",
    "stand_in": "cem",
    "wait": Wait("olu", NOW + 1),
    "without": ("ben",),
    "lapsed": ("eve",),
    "put_out": (("flo", PutOut.REMOVED),),
    "came_again": (("hua", "flo"),),
    "lobby": (
        a_seat("dan", Role.GUEST),
        a_seat("eva"),
        a_seat("ida", Role.GUEST, put_out=PutOut.DECLINED),
    ),
    "door": Door(knows=False),
}
"""A room in which every field is set. Any: each field has its own type."""


def unprompted(stage: bytes) -> bytes:
    """The stage without the prompt."""
    return re.sub(rb'<p class="prompt".*</p>\n', b"", stage)


@pytest.mark.parametrize("field", FIELDS)
def test_a_region_says_all_that_it_is_drawn_from(field: str) -> None:
    """Clearing one field of a full room changes only regions whose DEPENDS_ON names it."""
    for phase in PHASES:
        # The person who asks to come back is here.
        full = FULL | {"return_asked": field != "presenter"}
        for more in (full, full | {"recalled": False}, full | {"silence_until": None}):
            for room in (a_room(phase, **more), a_room(phase, **more, elsewhere="https://a.org")):
                other = replace(room, **{field: getattr(BLANK, field)})
                for viewer in set(viewers(room)) & set(viewers(other)):
                    one, two = (
                        regions_of(Rendering(r, NOW, invite), viewer) for r in (room, other)
                    )
                    changed = {name for name in DEPENDS_ON if one[name] != two[name]}
                    if field == "prompt":  # The prompt is spliced into the cached regions.
                        changed -= {"dock", "stage"}
                        assert unprompted(one["stage"]) == unprompted(two["stage"])
                    assert all(field in DEPENDS_ON[name] for name in changed), (changed, viewer)


NAME = "שלום"
ISOLATED = re.compile(rf'<(bdi|span class="name" dir="auto") translate="no">{NAME}</\w+>')


@pytest.mark.parametrize("phase", [WAITING, *PHASES])
def test_a_name_turns_no_sentence_and_is_not_translated(phase: str) -> None:
    """Right-to-left names are isolated wherever they are shown."""
    full = a_room(phase, **FULL)
    called = {"seats": tuple(replace(seat, name=NAME) for seat in full.seats)}
    called["lobby"] = tuple(replace(seat, name=NAME) for seat in full.lobby)
    away = {"seats": tuple(replace(seat, away_since=NOW) for seat in called["seats"])}
    changes: tuple[dict[str, Any], ...] = (
        {}, {"silence_until": None}, {"wait": None}, {"wait": None, "silence_until": None}, away,
        {"lobby": called["lobby"][:1]},
    )  # fmt: skip
    for change in changes:
        room = replace(full, **(called | change))
        for seat in room.seats:
            regions = regions_of(
                Rendering(room, NOW, invite), Viewer(seat.id, "http://one", ENGLISH)
            )
            shown = ISOLATED.sub("", b"".join(regions.values()).decode())
            assert NAME not in re.sub(r"<[^>]*>", "", shown)
            tags = "".join(re.findall(r"<[^>]*>", shown))
            assert NAME not in tags.replace(f"\u2068{NAME}\u2069", "")


@pytest.mark.parametrize("phase", [WAITING, *PHASES, DEBRIEF, ENDED])
def test_the_page_and_the_socket_show_the_same(phase: str) -> None:
    """Every viewer gets each region as one whole element with the region's name as its id."""
    room = replace(a_room(phase), lobby=(a_seat("dan", Role.GUEST),))
    rendering = Rendering(room, NOW, invite)
    for viewer in viewers(room):
        regions = regions_of(rendering, viewer)
        assert regions.keys() == {"state", *DEPENDS_ON}
        for name, region in regions.items():
            html = inner(region)
            assert region.decode() == (
                f'<hx-partial hx-target="#{name}" hx-swap="outerMorph">{html}</hx-partial>'
            )
            tag = re.match(rf'<(\w+) id="{name}"', html)
            assert tag
            assert html.endswith(f"</{tag[1]}>")


def test_another_session_of_the_circle_is_drawn_anew() -> None:
    """It may have another format, whose phases have the same keys."""
    old = a_room("questions")
    drawn = Rendering(old, NOW, invite)
    drawn.regions(Viewer("ann", "http://one", ENGLISH))
    same = Rendering(replace(old, version=2), NOW, invite, drawn)
    other = Rendering(replace(old, opened_at=2), NOW, invite, drawn)
    assert same.drawn == drawn.drawn
    assert not any(other.drawn.values())


def test_a_silence_is_offered_for_a_minute() -> None:
    """The button that holds a silence offers it."""
    rendering = Rendering(a_room("reflection"), NOW, invite)
    dock = regions_of(rendering, Viewer("fay", "http://one", ENGLISH))["dock"]
    assert b'{"do":"silence","seconds":60}' in dock


def test_a_question_says_what_becomes_of_guests_and_of_which_links_it_was_asked() -> None:
    """It is shown only if there are guests, and only to people who may renew the links."""

    def dock(viewer: str, *guests: str, **more: Any) -> str:
        lobby = (*(a_seat(guest, Role.GUEST) for guest in guests), a_seat("flo"))
        room = a_room("call", links=3, lobby=lobby, **more)
        return regions_of(Rendering(room, NOW, invite), Viewer(viewer, "http://one", ENGLISH))[
            "dock"
        ].decode()

    renewal = '{"do":"renew_links","links":3}'
    removal = '{"do":"remove","seat":"ann","renew":true,"links":3}'
    for sent in (renewal, removal):
        assert sent in dock("fay")
    assert "new link" not in dock("fay")
    assert dock("fay", "dan").lower().count("the guest at the door will need the new link.") == 8
    two = dock("fay", "dan", "eva").lower()
    assert two.count("the 2 guests at the door will need the new link.") == 1 + len(a_room().seats)
    away = tuple(
        replace(seat, away_since=NOW) if seat.role is Role.FACILITATOR else seat
        for seat in a_room().seats
    )
    stand_in = dock("cem", "dan", seats=away, stand_in="cem")
    assert "2 people are at the door" in stand_in
    assert "new link" not in stand_in


def a_dock(room: Room, viewer: str) -> str:
    """The dock of this viewer, without tags."""
    dock = regions_of(Rendering(room, NOW, invite), Viewer(viewer, "http://one", ENGLISH))[
        "dock"
    ].decode()
    return re.sub(r"<[^>]*>", "", dock)


def test_a_mark_is_shown_to_facilitators_and_not_to_a_member_who_holds_the_room() -> None:
    """A stand-in still admits people by name."""
    lobby = (a_seat("eve", Role.GUEST, put_out=PutOut.REMOVED), a_seat("dan", Role.GUEST))
    room = a_room("questions", lobby=lobby, stand_in="cem")
    assert "was removed before" in a_dock(room, "fay")
    assert "was removed before" not in a_dock(room, "cem")
    assert "Admit all leaves out Eve." in a_dock(room, "cem")


def test_all_are_named_whom_admit_all_leaves_out() -> None:
    """This includes people who are away."""
    lobby = (
        a_seat("dan", Role.GUEST),
        a_seat("eva", Role.GUEST, away_since=NOW),
        a_seat("lea", Role.GUEST, by_facilitator_link=True),
    )
    assert "Admit all leaves out Eva, Lea." in a_dock(a_room("call", lobby=lobby), "fay")
    assert "leaves out" not in a_dock(a_room("call", lobby=lobby[:1] * 2), "fay")
    assert "leaves out" not in a_dock(a_room("call", lobby=lobby[1:]), "fay")


def test_a_member_who_holds_the_room_is_not_shown_who_came_by_the_facilitator_link() -> None:
    """A stand-in admits that person as a member, so the sentence would be false."""
    lobby = (a_seat("lea", Role.GUEST, by_facilitator_link=True),)
    room = a_room("questions", lobby=lobby, stand_in="cem")
    assert "to lead with you" in a_dock(room, "fay")
    assert "to lead with you" not in a_dock(room, "cem")


def test_facilitators_see_who_asks_to_lead_and_so_does_that_person_alone() -> None:
    """The sign has both answers; a stand-in cannot change roles."""
    room = a_room("questions", stand_in="cem")
    seats = (replace(s, by_facilitator_link=s.id in ("ann", "olu")) for s in room.seats)
    room = replace(room, seats=tuple(seats))
    said = "came by the facilitator link and would like to lead with you"
    assert a_dock(room, "fay").count(said) == 2
    assert said not in a_dock(room, "cem")
    drawn = Rendering(room, NOW, invite)
    dock = regions_of(drawn, Viewer("fay", "http://one", ENGLISH))["dock"].decode()
    for button, do in (("lead-ann", "make_facilitator"), ("not-lead-ann", "make_member")):
        assert f'id="{button}"' in dock
        assert re.search(rf'id="{button}"[^>]*data-do="{do}"', dock)
    assert re.search(r'id="not-lead-olu"[^>]*data-do="make_observer"', dock)
    drawn_anew = Rendering(replace(room, presenter="ann"), NOW, invite)
    presents = regions_of(drawn_anew, Viewer("fay", "http://one", ENGLISH))["dock"]
    assert b'id="lead-ann"' not in presents
    assert b'id="not-lead-ann"' in presents
    for seat in ("ann", "ben"):
        turn = regions_of(drawn, Viewer(seat, "", ENGLISH))["turn"].decode()
        assert ("once a facilitator agrees" in turn) == (seat == "ann")


AT_THE_DOOR = decide(
    a_room("call", door=Door(knows=False)), c.Enter("dan", "Dan", Role.MEMBER), None, NOW
)
UNSEEN: dict[str, tuple[c.Command, str | None, Room]] = {
    "an offer": (c.OfferCase(), "ann", a_room("call", presenter=None)),
    "its withdrawal": (
        c.WithdrawCase(),
        "ann",
        decide(a_room("call", presenter=None), c.OfferCase(), "ann", NOW),
    ),
    "a question to present": (c.SeatPresenter("ann"), "fay", a_room("call", presenter=None)),
    "a no to it": (c.Present(yes=False), "ann", a_room("call", presenter=None, asked="ann")),
    "a wish to come back": (c.AskReturn(), "mei", a_room("reflection")),
    "an invitation to speak": (c.Invite("ann"), "fay", a_room("call")),
    "not now": (c.NotNow(), "ann", decide(a_room("call"), c.Invite("ann"), "fay", NOW)),
    "a bad line": (c.Line(bad=True), "ann", a_room("call")),
    "somebody at the door": (
        c.Enter("dan", "Dan", Role.MEMBER),
        None,
        a_room("call", door=Door(knows=False)),
    ),
    "a decline": (c.Decline("dan"), "fay", AT_THE_DOOR),
    "somebody away from the door": (
        c.NotePresence(frozenset(seat.id for seat in AT_THE_DOOR.seats)),
        None,
        AT_THE_DOOR,
    ),
    "a new name there": (c.Enter("dan", "Daniel", Role.MEMBER), None, AT_THE_DOOR),
    "a lobby": (c.Lobby(on=True), "fay", a_room("call")),
    "a setting of the door": (c.SetDoor(holds_late=True), "fay", a_room("call")),
    "a lock": (c.Lock(on=True), "fay", a_room("call")),
    "new links": (c.RenewLinks(), "fay", a_room("call")),
}
"""Changes that do not concern a bystander, of each kind that CONTRIBUTING.md names."""


@pytest.mark.parametrize("what", UNSEEN)
def test_a_bystander_sees_of_it_that_the_version_rises_and_no_more(what: str) -> None:
    """Neither the content nor the size of a region reveals them."""
    command, actor, before = UNSEEN[what]
    after = decide(before, command, actor, NOW)
    assert after != replace(before, version=after.version)
    viewer = Viewer("ben", "http://one", ENGLISH)
    one, two = (regions_of(Rendering(room, NOW, invite), viewer) for room in (before, after))
    assert {name for name in one if one[name] != two[name]} == {"state"}
    old, new = (f'data-version="{room.version}"'.encode() for room in (before, after))
    assert one["state"].replace(old, new) == two["state"]


CONTROL = re.compile(
    r"""<(?:a|button|input|select|summary|textarea)\b(?:"[^"]*"|\{\{.*?\}\}|\{%.*?%\}|[^>])*>"""
)
SENT_WITH_A_FORM = re.compile(r'<(?:input|select|textarea)\b(?=.* name=")(?!.* type="file")')
"""A button with the form's action sends its value."""
LINK_TO_COPY = re.compile(r' readonly data-(?:invite|copied)="')


def test_every_control_of_every_page_says_what_it_does() -> None:
    """Programs and translations find controls by data-do; `press` sets it on command buttons."""
    controls = [
        (path.name, control)
        for path in (WEB / "templates").rglob("*.html")
        for control in CONTROL.findall(path.read_text())
        if not (SENT_WITH_A_FORM.match(control) or LINK_TO_COPY.search(control))
    ]
    assert len(controls) > 40
    assert [c for c in controls if not re.search(r' data-do="[^"]+"', c[1])] == []


def test_scripts_make_no_controls() -> None:
    """All controls are in the templates, so the test of the templates finds them all."""
    made = re.compile(r"""createElement\(["'](?:a|button|input|select|summary|textarea)["']""")
    scripts = [path for path in (WEB / "static").rglob("*.js") if path.parent.name != "vendor"]
    assert len(scripts) > 10
    assert [path.name for path in scripts if made.search(path.read_text())] == []


def test_each_control_about_a_person_names_their_seat() -> None:
    """Every command with a seat that is sent by a button is about that seat."""
    for phase in (WAITING, *PHASES):
        for room in (a_room(phase), a_room(phase, **FULL)):
            for viewer in viewers(room):
                html = b"".join(regions_of(Rendering(room, NOW, invite), viewer).values()).decode()
                for tag in re.findall(r"<button[^>]*>", html):
                    seat = re.search(r'"seat":"(\w+)"', tag)
                    about = re.search(r' data-about="(\w+)"', tag)
                    assert (about and about[1]) == (seat and seat[1]), tag


def test_a_session_whose_last_facilitator_has_left_says_so() -> None:
    """Everybody sees it; people who may hold the room are asked to."""
    room = decide(a_room("reflection"), c.Forget(frozenset({"fay", "gil"})), None, NOW)
    seen = {v.seat: regions_of(Rendering(room, NOW, invite), v) for v in viewers(room)}
    assert all(b"Nobody leads just now." in regions["stage"] for regions in seen.values())
    asked = {seat for seat, regions in seen.items() if b"Hold the room" in regions["turn"]}
    assert asked == {"ann", "ben", "mei", "cem"}
