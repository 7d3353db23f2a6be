"""Invariants of the room under any sequence of commands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from server.room import commands as c
from server.room.due import next_due
from server.room.formats.plan import Heard
from server.room.formats.shipped import FORMATS
from server.room.hearing import heard, may_take_floor, sitting_back
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import ENDED, WAITING, Role, Room, decode, encode
from server.views.refusals import sentence
from tests.support.factories import NOW, OPEN_DOOR, PHASES

pytestmark = pytest.mark.unmeasured

IDS = ("fay", "gil", "ann", "ben", "cem", "olu", "gone")
seats = st.sampled_from(IDS)
members = st.sampled_from(("ann", "ben", "cem"))
KEYS = sorted({phase.key for plan in FORMATS.values() for phase in plan.phases} - {*PHASES})
phases = st.sampled_from(("waiting", *PHASES, "presentation", "reflection", "reflection", *KEYS))

OF_MEMBERS = [
    c.RaiseHand(), c.LowerHand(), c.Yield(), c.Pass(),
    c.OfferCase(), c.WithdrawCase(), c.AskReturn(), c.AskReturn(on=False),
    c.Seen("loss"), c.Rename("Name-ben"), c.Spoke(20_000),
    c.Sound("page1"), c.Mute(), c.Unmute(), c.Line(bad=True),
    c.Camera(on=True), c.Camera(on=False),
    c.Present(yes=True), c.Present(yes=False), c.NotNow(), c.HoldRoom(),
]  # fmt: skip
OF_FACILITATORS: list[st.SearchStrategy[c.Command]] = [
    st.sampled_from(
        [
            c.Pause(), c.Resume(), c.ClearFloor(), c.Recall(), c.Recall(on=False), c.RenewLinks(),
            c.OneVoice(on=True), c.OneVoice(on=False), c.Lock(on=True), c.Lock(on=False),
            c.Prompt("Zweifel"), c.Prompt(""), c.Silence(30), c.Silence(0),
            c.Silence(0, open=True), c.Seen("sign"), c.Seen("answer"), c.Rename("Name-gil"),
            c.MuteAll(), c.Pictures(on=False), c.Pictures(on=True),
            c.TalkElsewhere("https://calls.example.org"), c.TalkElsewhere(""),
            c.Admit(seats=IDS), c.Decline(seats=IDS),
            c.Lobby(on=True), c.Lobby(on=False), c.SetDoor(knows=False, holds_late=True),
            c.Whisper("Zweifel"), c.KeepTime("gil"), c.KeepTime(),
        ]
    ),
    st.sampled_from([c.SeatPresenter, c.GiveFloor]).flatmap(lambda kind: members.map(kind)),
    st.sampled_from(
        [
            c.SeatPresenter, c.GiveFloor, c.MakeFacilitator, c.MakeMember, c.MakeObserver, c.Remove,
            c.Admit, c.Decline, c.GoOn, c.Invite,
        ]
    ).flatmap(lambda kind: seats.map(kind)),
    st.builds(c.OuterCircle, members, st.booleans()),
    st.builds(c.Admit, seats, as_role=st.just("observer")),
    st.builds(c.Admit, seats, chair=seats),
    st.sampled_from([c.GiveFloor, c.MakeFacilitator, c.MakeMember]).flatmap(
        lambda kind: st.sampled_from(("gil", "ann")).map(kind)
    ),
    st.builds(c.Go, to=phases, from_phase=phases),
]  # fmt: skip


ENDS = st.sampled_from((c.End(), c.Debrief()))
AROUND: list[st.SearchStrategy[tuple[c.Command, str | None]]] = [
    st.tuples(st.one_of(*OF_FACILITATORS, st.sampled_from(OF_MEMBERS), ENDS), seats),
    st.tuples(st.builds(c.NotePresence, st.frozensets(seats, min_size=4)), st.none()),
    st.tuples(st.builds(c.Forget, st.frozensets(seats, max_size=3)), st.none()),
    st.tuples(
        st.builds(
            c.Enter,
            seats,
            st.just("Ida"),
            st.sampled_from(Role),
            st.sampled_from((Role.MEMBER, Role.FACILITATOR)),
        ),
        st.none(),
    ),
    st.tuples(st.builds(c.Extend, st.integers(-70, 70), st.just(0)), st.just("fay")),
]


def rises_unasked(before: Room, after: Room, command: c.Command) -> bool:
    """Whether the facilitator link alone promoted somebody past a facilitator who is here."""
    if not isinstance(command, c.Enter) or command.role is Role.FACILITATOR:
        return False
    led, leads = (
        {seat.id: seat for seat in room.seats if seat.role is Role.FACILITATOR}
        for room in (before, after)
    )
    is_here = any(seat.away_since is None for seat in led.values())
    return before.door.lobby and is_here and leads.keys() != led.keys()


class Session(RuleBasedStateMachine):
    """A session in which people send arbitrary commands."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room(id="circle", format="classic-60")
        self.now = NOW

    @initialize(plan=st.sampled_from(sorted(FORMATS)), phase=phases, lobby=st.booleans())
    def opens(self, plan: str, phase: str, lobby: bool) -> None:
        self.room = Room(id="circle", format=plan, door=OPEN_DOOR)
        for seat_id in IDS[:-1]:
            role = Role.FACILITATOR if seat_id in ("fay", "gil") else Role.MEMBER
            self.do(c.Enter(seat_id, f"Name-{seat_id}", role), None)
        self.do(c.MakeObserver("olu"), "fay")
        self.do(c.Lobby(on=lobby), "fay")
        if phase != "waiting":
            self.do(c.Start("waiting"), "fay")
            self.do(c.Go(to=phase, from_phase=self.room.phase), "fay")

    def do(self, command: c.Command, actor: str | None) -> None:
        """Tries a command: a refusal changes nothing, and a success increments the version."""
        before = encode(self.room)
        try:
            changed = decide(self.room, command, actor, self.now)
        except Refused as refused:
            said = sentence(refused)
        else:
            assert changed.version == self.room.version + 1
            assert not rises_unasked(self.room, changed, command)
            self.room = changed
            return
        assert said.endswith(".")
        assert encode(self.room) == before

    @rule(command=st.one_of(OF_FACILITATORS), actor=st.sampled_from(("fay", "gil")))
    def a_facilitator_presses(self, command: c.Command, actor: str) -> None:
        self.do(command, actor)

    @rule(command=st.sampled_from(OF_MEMBERS), actor=members)
    def a_member_presses(self, command: c.Command, actor: str) -> None:
        self.do(command, actor)

    @precondition(lambda self: self.room.phase != ENDED)
    @rule(actor=st.sampled_from(("fay", "gil", "ann")), kind=st.sampled_from((c.Advance, c.Back)))
    def somebody_moves_on(self, actor: str, kind: Any) -> None:
        """Any: mypy does not see that both kinds are built alike."""
        self.do(
            c.Start(self.room.phase) if self.room.step is None else kind(self.room.phase), actor
        )

    @precondition(lambda self: self.room.holder is not None)
    @rule(command=st.sampled_from((c.Yield(), c.Pass())))
    def the_holder_hands_on(self, command: c.Command) -> None:
        self.do(command, self.room.holder)

    @rule(seat=seats, role=st.sampled_from((Role.MEMBER, Role.GUEST)))
    def somebody_opens_the_facilitator_link(self, seat: str, role: Role) -> None:
        self.do(c.Enter(seat, f"Name-{seat}", role, Role.FACILITATOR), None)

    @rule(happens=st.one_of(AROUND), ms=st.sampled_from((0, 5_000, 40_000, 150_000)))
    def time_passes(self, happens: tuple[c.Command, str | None], ms: int) -> None:
        """People come and go, send forbidden commands, move the clock and end the session."""
        self.now += ms
        self.do(c.FallDue(), None)
        due = next_due(self.room)
        assert due is None or due > self.now or self.room.phase == ENDED
        command, actor = happens
        if isinstance(command, c.Extend) and self.room.clock:
            command = c.Extend(command.seconds, self.room.clock.ends_at)
        self.do(command, actor)

    @invariant()
    def the_floor_has_one_holder_who_may_have_it(self) -> None:
        room = self.room
        ids = [seat.id for seat in room.seats]
        assert len(set(ids)) == len(ids)
        assert len(set(room.hands)) == len(room.hands)
        assert room.holder not in room.hands
        for asking in (*room.hands, *([room.holder] if room.holder else [])):
            seat = room.seat(asking)
            assert seat is not None
            assert may_take_floor(room, seat)

    @invariant()
    def only_people_who_do_not_lead_ask_to(self) -> None:
        room = self.room
        asking = [seat for seat in room.seats if seat.by_facilitator_link]
        assert room.is_live or not asking
        assert all(seat.role in (Role.MEMBER, Role.OBSERVER) for seat in asking)
        assert all((seat.knocked, seat.put_out) == (0, None) for seat in room.seats)
        assert all(0 < seat.knocked <= room.version for seat in room.lobby)

    @invariant()
    def whoever_sits_back_is_silent(self) -> None:
        sitter = sitting_back(self.room)
        assert sitter is None or sitter not in {self.room.holder, *self.room.hands}
        assert sitter is None or sitter not in heard(self.room)
        presenter = self.room.seat(self.room.presenter)
        assert self.room.presenter is None or presenter
        if presenter and not self.room.plan.peers:
            assert presenter.role is Role.MEMBER

    @invariant()
    def observers_are_never_heard(self) -> None:
        observers = {s.id for s in self.room.seats if s.role is Role.OBSERVER}
        assert not observers & {*heard(self.room), self.room.holder, *self.room.hands}

    @invariant()
    def nobody_is_heard_but_by_design(self) -> None:
        """A second statement of who may be heard in each phase, independent of hearing.py."""
        room, people = self.room, {seat.id: seat.role for seat in self.room.seats}
        leads = {who for who, role in people.items() if role is Role.FACILITATOR}
        leads |= {room.stand_in} if room.stand_in else set()
        speakers = {who for who, role in people.items() if role is not Role.OBSERVER}
        presenter = {room.presenter} if room.presenter else set()
        holder = {room.holder} if room.holder else set()
        talk = holder if room.one_voice else speakers
        sits = set() if room.recalled else presenter
        outer = {seat.id for seat in room.seats if seat.outer}
        by_phase: dict[Heard, set[str]] = {
            Heard.EVERYBODY: talk,
            Heard.PRESENTER: presenter,
            Heard.PRESENTER_AND_FLOOR: presenter | holder,
            Heard.PRESENTER_FIRST: (presenter if presenter == holder != set() else talk) - outer,
            Heard.ALL_BUT_PRESENTER: talk - sits,
            Heard.INNER: talk - outer,
            Heard.INNER_BUT_PRESENTER: talk - outer - sits,
            Heard.OUTER: talk & (outer | presenter) - sits,
        }
        others = by_phase[room.step.heard] if room.step else speakers
        if room.silence_until is not None:
            others = set()
        leads = set() if room.plan.peers else leads
        assert heard(room) == (set() if room.phase == ENDED else others | leads)

    @invariant()
    def the_clock_waits_only_for_whom_it_says(self) -> None:
        room = self.room
        missed = room.seat(room.wait.seat) if room.wait else None
        unled = room.wait is not None and room.wait.seat == "" and room.wait.asks
        assert room.wait is None or unled or (missed and missed.away_since is not None)
        assert room.wait is None or (room.clock and room.clock.paused_at is not None)
        led = any(s.role is Role.FACILITATOR and s.away_since is None for s in room.seats)
        assert room.stand_in is None or not led
        assert room.asked != room.presenter or room.asked is None
        assert not {s.id for s in room.lobby} & {s.id for s in room.seats}

    @invariant()
    def no_two_people_look_alike(self) -> None:
        shown = [seat.shown_name for seat in self.room.people if seat.name]
        assert len(set(shown)) == len(shown)

    @invariant()
    def a_session_has_a_facilitator(self) -> None:
        """Otherwise the circle forgot the last one, and a member holds the room or is asked to."""
        room = self.room
        leads = any(room.leads(seat) for seat in room.seats)
        members = any(seat.role is Role.MEMBER for seat in room.seats)
        asks = room.wait is not None and room.wait.asks
        by_itself = room.plan.peers and room.plan.auto_advance
        assert leads or asks or by_itself or not members or room.phase in (WAITING, ENDED)
        assert all(seat.role is not Role.GUEST for seat in self.room.seats)

    @invariant()
    def the_value_is_whole(self) -> None:
        assert decode(encode(self.room)) == self.room
        assert all(seat.spoken_ms >= 0 for seat in self.room.seats)
        if self.room.phase == ENDED:
            assert not any(seat.name for seat in self.room.seats)
            assert not any(typed in encode(self.room) for typed in (b"Zweifel", b"Name-", b"Ida"))


TestSession = Session.TestCase
TestSession.settings = settings(max_examples=400, stateful_step_count=50, print_blob=True)
