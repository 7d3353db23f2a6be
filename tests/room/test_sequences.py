"""Whatever people press, in whatever order: what must never happen does not happen."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from server.room import commands as c
from server.room.formats import FORMATS
from server.room.hearing import heard, may_take_floor, sitting_back
from server.room.people import next_due
from server.room.refused import Refused
from server.room.rules import decide
from server.room.state import ENDED, Role, Room, decode, encode
from tests.factories import NOW, PHASES

IDS = ("fay", "gil", "ann", "ben", "cem", "olu", "gone")
seats = st.sampled_from(IDS)
phases = st.sampled_from(("waiting", *PHASES))

COMMANDS: list[st.SearchStrategy[c.Command]] = [
    st.sampled_from(
        [
            c.Pause(), c.Resume(), c.ClearFloor(), c.Recall(), c.Recall(on=False), c.RenewLinks(),
            c.OfferCase(), c.WithdrawCase(), c.RaiseHand(), c.LowerHand(), c.Yield(), c.Pass(),
            c.AskReturn(), c.OneVoice(on=True), c.OneVoice(on=False), c.Lock(on=True),
            c.Lock(on=False), c.Prompt("Zweifel"), c.Prompt(""), c.Silence(30), c.Silence(0),
        ]
    ),
    st.sampled_from(
        [c.SeatPresenter, c.GiveFloor, c.MakeFacilitator, c.MakeMember, c.MakeObserver, c.Remove]
    ).flatmap(lambda kind: seats.map(kind)),
    st.builds(c.Go, to=phases, from_phase=phases),
    st.builds(c.Extend, seconds=st.integers(-4000, 4000), ends_at=st.integers(0, 2 * NOW)),
]  # fmt: skip


class Session(RuleBasedStateMachine):
    """A session in which everybody presses whatever they like."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room(id="circle", format="classic-60")
        self.now = NOW

    @initialize(plan=st.sampled_from(sorted(FORMATS)))
    def opens(self, plan: str) -> None:
        self.room = Room(id="circle", format=plan)
        for seat_id in IDS[:-1]:
            role = Role.FACILITATOR if seat_id in ("fay", "gil") else Role.MEMBER
            self.do(c.Enter(seat_id, f"Name-{seat_id}", role), None)
        self.do(c.MakeObserver("olu"), "fay")

    def do(self, command: c.Command, actor: str | None) -> None:
        """Tries it; a refusal changes nothing, and everything else counts the version up by one."""
        before = encode(self.room)
        try:
            changed = decide(self.room, command, actor, self.now)
        except Refused as refused:
            assert refused.sentence.endswith((".", "?"))
            assert encode(self.room) == before
            return
        assert changed.version == self.room.version + 1
        self.room = changed

    @rule(command=st.one_of(COMMANDS), actor=seats)
    def somebody_presses(self, command: c.Command, actor: str) -> None:
        self.do(command, actor)

    @precondition(lambda self: self.room.phase != ENDED)
    @rule(actor=st.sampled_from(("fay", "gil", "ann")), kind=st.sampled_from((c.Advance, c.Back)))
    def somebody_moves_on(self, actor: str, kind: Any) -> None:
        """Any: mypy does not see that both kinds are built alike."""
        self.do(c.Start(self.room.phase) if self.room.step is None else kind(self.room.phase), actor)

    @precondition(lambda self: self.room.holder is not None)
    @rule(command=st.sampled_from((c.Yield(), c.Pass())))
    def the_holder_hands_on(self, command: c.Command) -> None:
        self.do(command, self.room.holder)

    @rule(seconds=st.integers(-70, 70))
    def the_clock_is_moved(self, seconds: int) -> None:
        if self.room.clock:
            self.do(c.Extend(seconds, self.room.clock.ends_at), "fay")

    @rule(seat=seats, role=st.sampled_from(Role), name=st.sampled_from(("Ida", "Udo")))
    def somebody_enters(self, seat: str, role: Role, name: str) -> None:
        self.do(c.Enter(seat, name, role), None)

    @rule(here=st.frozensets(seats))
    def presence_is_noted(self, here: frozenset[str]) -> None:
        self.do(c.NotePresence(here), None)

    @rule(ms=st.integers(0, 150_000))
    def time_passes(self, ms: int) -> None:
        self.now += ms
        self.do(c.FallDue(), None)
        due = next_due(self.room)
        assert due is None or due > self.now or self.room.phase == ENDED

    @rule(actor=seats, surely=st.integers(0, 9))
    def somebody_ends_it(self, actor: str, surely: int) -> None:
        if surely == 0:
            self.do(c.End(), actor)

    @invariant()
    def the_floor_has_one_holder_who_may_have_it(self) -> None:
        room = self.room
        ids = [seat.id for seat in room.seats]
        assert len(set(ids)) == len(ids)
        assert len(set(room.hands)) == len(room.hands)
        assert {*room.hands, *room.turns_taken} <= {*ids, *room.turns_taken}
        assert room.holder not in room.hands
        for asking in (*room.hands, *([room.holder] if room.holder else [])):
            seat = room.seat(asking)
            assert seat is not None
            assert may_take_floor(room, seat)

    @invariant()
    def whoever_sits_back_is_silent(self) -> None:
        sitter = sitting_back(self.room)
        assert sitter is None or sitter not in {self.room.holder, *self.room.hands}
        assert sitter is None or sitter not in heard(self.room)
        presenter = self.room.seat(self.room.presenter)
        assert self.room.presenter is None or (presenter and presenter.role is Role.MEMBER)

    @invariant()
    def observers_are_never_heard(self) -> None:
        observers = {s.id for s in self.room.seats if s.role is Role.OBSERVER}
        assert not observers & {*heard(self.room), self.room.holder, *self.room.hands}

    @invariant()
    def a_room_has_a_facilitator(self) -> None:
        leads = [s for s in self.room.seats if s.role is Role.FACILITATOR]
        assert leads or not self.room.seats

    @invariant()
    def the_value_is_whole(self) -> None:
        assert decode(encode(self.room)) == self.room
        assert all(seat.spoken_ms >= 0 for seat in self.room.seats)
        if self.room.phase == ENDED:
            assert not any(seat.name for seat in self.room.seats)
            assert b"Zweifel" not in encode(self.room)


TestSession = Session.TestCase
TestSession.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, print_blob=True
)
