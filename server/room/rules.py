"""decide(): the only place where a room changes.

RULES is the table of commands: its name in sentences, which roles may issue it, at which moments of
a session, and what it does. What depends on more than that (whose turn, which phase) is refused by
the function in the last column, in turns.py, phases.py and people.py.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec.structs import replace

from server.room import commands as c
from server.room import people, phases, sound, turns
from server.room.refused import Refused
from server.room.state import ENDED, WAITING, Role, Room, Seat

FACILITATORS = frozenset({Role.FACILITATOR})
MEMBERS = frozenset({Role.MEMBER})
SPEAKERS = FACILITATORS | MEMBERS
EVERYBODY = frozenset(Role)

RUNNING = "running"
BEFORE = frozenset({WAITING})
DURING = frozenset({RUNNING})
OPEN = BEFORE | DURING


class Rule(NamedTuple):
    """A row of the table."""

    label: str
    who: frozenset[Role]
    when: frozenset[str]
    # Any: each function takes the struct of its own row; the table is keyed by that type.
    then: Callable[[Room, Any, Seat, int], Room]


RULES: dict[type[c.Command], Rule] = {
    c.Start: Rule("Start session", FACILITATORS, BEFORE, phases.start),
    c.Advance: Rule("Next phase", FACILITATORS, DURING, phases.advance),
    c.Back: Rule("Previous phase", FACILITATORS, DURING, phases.back),
    c.Go: Rule("Go to a phase", FACILITATORS, DURING, phases.go),
    c.Pause: Rule("Pause", FACILITATORS, DURING, phases.pause),
    c.Resume: Rule("Resume", FACILITATORS, DURING, phases.resume),
    c.Extend: Rule("Move the clock", FACILITATORS, DURING, phases.extend),
    c.End: Rule("End session", FACILITATORS, OPEN, phases.end),
    c.Prompt: Rule("Prompt", FACILITATORS, OPEN, phases.prompt),
    c.OneVoice: Rule("One voice at a time", FACILITATORS, DURING, turns.one_voice),
    c.Silence: Rule("Hold a silence", FACILITATORS, DURING, turns.silence),
    c.SeatPresenter: Rule("Seat the presenter", FACILITATORS, OPEN, people.seat_presenter),
    c.GiveFloor: Rule("Give the floor", FACILITATORS, DURING, turns.give_floor),
    c.ClearFloor: Rule("Clear the floor", FACILITATORS, DURING, turns.clear_floor),
    c.Recall: Rule("Bring the presenter back", FACILITATORS, DURING, phases.recall),
    c.MakeFacilitator: Rule("Make a facilitator", FACILITATORS, OPEN, people.make_facilitator),
    c.MakeMember: Rule("Make a member", FACILITATORS, OPEN, people.make_member),
    c.MakeObserver: Rule("Make an observer", FACILITATORS, OPEN, people.make_observer),
    c.Remove: Rule("Remove", FACILITATORS, OPEN, people.remove),
    c.Lock: Rule("Lock the room", FACILITATORS, OPEN, people.lock),
    c.RenewLinks: Rule("Renew the links", FACILITATORS, OPEN, people.renew_links),
    c.OfferCase: Rule("Offer a case", MEMBERS, OPEN, people.offer_case),
    c.WithdrawCase: Rule("Withdraw the case", MEMBERS, OPEN, people.withdraw_case),
    c.RaiseHand: Rule("Raise hand", MEMBERS, DURING, turns.raise_hand),
    c.LowerHand: Rule("Lower hand", MEMBERS, DURING, turns.lower_hand),
    c.Yield: Rule("Yield", SPEAKERS, DURING, turns.yield_floor),
    c.Pass: Rule("Pass", SPEAKERS, DURING, turns.pass_turn),
    c.AskReturn: Rule("I need to come back", MEMBERS, DURING, phases.ask_return),
    c.Sound: Rule("Sound in this page", EVERYBODY, OPEN, sound.take_sound),
    c.Mute: Rule("Mute", SPEAKERS, OPEN, sound.mute),
    c.MuteAll: Rule("Mute all", FACILITATORS, OPEN, sound.mute_all),
    c.Unmute: Rule("Unmute", SPEAKERS, OPEN, sound.unmute),
    c.Camera: Rule("Camera", SPEAKERS, OPEN, sound.camera),
    c.Pictures: Rule("Pictures for all", FACILITATORS, OPEN, sound.pictures),
    c.Line: Rule("My line", EVERYBODY, OPEN, sound.line),
    c.TalkElsewhere: Rule("We talk elsewhere", FACILITATORS, OPEN, sound.talk_elsewhere),
}

# What the server asks: the same Any, for the same reason.
SERVER_RULES: dict[type[c.Command], Callable[[Room, Any, int], Room]] = {
    c.Enter: people.enter,
    c.NotePresence: people.note_presence,
    c.FallDue: people.fall_due,
}


def decide(room: Room, command: c.Command, actor: str | None, now: int) -> Room:
    """The room after this command, its version one higher.

    `actor` is the id of the seat that asks, or None for the server itself; `now` is epoch ms.
    Raises Refused, and then nothing has changed.
    """
    changed = (
        SERVER_RULES[type(command)](room, command, now)
        if actor is None
        else _decide_for_person(room, command, actor, now)
    )
    return replace(sound.unsurprised(changed), version=room.version + 1)


def _decide_for_person(room: Room, command: c.Command, actor: str, now: int) -> Room:
    rule = RULES[type(command)]
    me = room.seat(actor)
    if me is None:
        raise Refused("unknown_seat", f"{rule.label}: you have no seat in this room any more.")
    asked = f"{rule.label}, asked by {people.described(me.role)} {room.moment}"
    if me.id == room.presenter:
        asked = f"{rule.label}, asked by the presenter {room.moment}"
    if me.role not in rule.who:
        allowed = " and ".join(sorted(f"{role}s" for role in rule.who))
        raise Refused("not_allowed", f"{asked}: this is for {allowed}.")
    moment = room.phase if room.phase in (WAITING, ENDED) else RUNNING
    if moment not in rule.when:
        raise Refused("not_now", f"{asked}: {_WHY_NOT[moment]}")
    try:
        return rule.then(room, command, me, now)
    except Refused as refused:
        raise Refused(refused.code, f"{asked}: {refused.sentence}") from None


_WHY_NOT = {
    WAITING: "the session has not started yet.",
    RUNNING: "the session has started.",
    ENDED: "the session has ended.",
}
