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
from server.room.state import DEBRIEF, ENDED, WAITING, Role, Room
from server.views import dependencies
from server.views.dependencies import DEPENDS_ON
from server.views.language import ENGLISH
from server.views.partials import inner
from server.views.rendering import Audience, Rendering, Viewer
from tests.support.factories import NOW, PHASES, a_room, a_seat
from tests.support.garbage import no_garbage_collection
from tests.support.rendered import FULL, invite, regions_of, viewers

pytestmark = pytest.mark.unmeasured

STEPS = 60
FIELDS = sorted({*Room.__struct_fields__} - {"id", "format", "phase", "clock", "seats"})
"""Fields that can be cleared alone: phases need a clock, and presenters need a seat."""
BLANK = Room(id="circle", format="classic-60")
SEATS = ("fay", "ann", "ben", "mei", "cem", "gil", "olu")


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
    with no_garbage_collection():
        for room in rooms:
            for viewer in viewers(room):
                regions_of(Rendering(room, NOW, invite), viewer)
        assert gc.collect() == 0


def audience(rendering: Rendering, viewer: Viewer) -> Audience | None:
    """The audience of this viewer; None for people who have no place in the room."""
    drawn = rendering.audiences.get(viewer)
    return drawn[2] if drawn else None


def test_another_prompt_on_the_stage_is_followed_by_another_one_to_come() -> None:
    """A prompt of the facilitator's own changes nothing of what the stage tells."""
    room = a_room("reflection", hands=())
    assert room.step
    first, *_ = room.step.prompts
    before = Rendering(room, NOW, invite)
    fay = Viewer("fay", "https://example.org", ENGLISH)
    shown = {text: replace(room, prompt=text) for text in (first, "Zweifel")}
    told = {}
    for text, after in shown.items():
        assert before.regions(fay)
        told[text] = (Rendering(after, NOW, invite, before).regions(fay) or {})["attention"]
        assert told[text] == (Rendering(after, NOW, invite).regions(fay) or {})["attention"]
    assert told[first] != told["Zweifel"] == (before.regions(fay) or {})["attention"]


def test_every_field_that_a_region_depends_on_is_set_in_the_full_room() -> None:
    """A field that is not set is not checked below, which adds the circle's own call by itself."""
    full = a_room("reflection", **FULL)
    unset = {f for f in dependencies.FIELDS if getattr(full, f) == getattr(BLANK, f)}
    assert unset == {"elsewhere"}


@pytest.mark.parametrize("field", FIELDS)
def test_a_region_says_all_that_it_is_drawn_from(field: str) -> None:
    """Clearing one field of a full room changes only regions whose DEPENDS_ON names it."""
    for phase in PHASES:
        # The person who asks to come back is here.
        full = FULL | {"return_asked": field != "presenter"}
        for more in (full, full | {"recalled": False}, full | {"silence_until": None}):
            for room in (a_room(phase, **more), a_room(phase, **more, elsewhere="https://a.org")):
                other = replace(room, **{field: getattr(BLANK, field)})
                drawn = [Rendering(r, NOW, invite) for r in (room, other)]
                for viewer in set(viewers(room)) & set(viewers(other)):
                    one, two = (regions_of(rendering, viewer) for rendering in drawn)
                    changed = {name for name in DEPENDS_ON if one[name] != two[name]}
                    if audience(drawn[0], viewer) != audience(drawn[1], viewer):
                        changed -= {"dock"}  # It is cached by what the stage offers.
                    if field == "coming" and viewer.seat not in drawn[0].seats:
                        changed -= {"stage"}  # The lobby reuses no region of an earlier value.
                    if field == "prompt":
                        changed -= {"dock"}  # It is cached by whether there is one.
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
