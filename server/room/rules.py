"""decide(): the only place where a room changes.

RULES is the table of commands: its name in sentences, which roles may issue it, at which moments of
a session, and its function. That function checks all other conditions (whose turn, which phase).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec.structs import replace

from server.room import (
    case,
    clock,
    company,
    door,
    due,
    ending,
    forgetting,
    people,
    phases,
    rotation,
    sound,
    turns,
    two_circles,
)
from server.room import commands as c
from server.room.refused import Refused
from server.room.state import DEBRIEF, ENDED, WAITING, Role, Room, Seat

FACILITATORS = frozenset({Role.FACILITATOR})
MEMBERS = frozenset({Role.MEMBER})
SPEAKERS = FACILITATORS | MEMBERS
EVERYBODY = SPEAKERS | {Role.OBSERVER}

RUNNING = "running"
BEFORE = frozenset({WAITING})
DURING = frozenset({RUNNING})
OPEN = BEFORE | DURING
LATER = DURING | {DEBRIEF}
ALWAYS = OPEN | LATER


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
    c.Pause: Rule("Pause", FACILITATORS, LATER, clock.pause),
    c.Resume: Rule("Resume", FACILITATORS, LATER, clock.resume),
    c.Extend: Rule("Move the clock", FACILITATORS, LATER, clock.extend),
    c.End: Rule("End session", FACILITATORS, ALWAYS, ending.end),
    c.Debrief: Rule("Stay for a debrief", FACILITATORS, DURING, ending.debrief),
    c.Prompt: Rule("Prompt", FACILITATORS, OPEN, phases.prompt),
    c.OneVoice: Rule("One voice at a time", FACILITATORS, DURING, turns.one_voice),
    c.Silence: Rule("Hold a silence", FACILITATORS, DURING, turns.silence),
    c.SeatPresenter: Rule("Seat the presenter", FACILITATORS, OPEN, case.seat_presenter),
    c.Present: Rule("Present", MEMBERS, OPEN, case.present),
    c.GiveFloor: Rule("Give the floor", FACILITATORS, DURING, turns.give_floor),
    c.ClearFloor: Rule("Clear the floor", FACILITATORS, DURING, turns.clear_floor),
    c.Recall: Rule("Bring the presenter back", FACILITATORS, DURING, phases.recall),
    c.MakeFacilitator: Rule("Make a facilitator", FACILITATORS, OPEN, people.make_facilitator),
    c.MakeMember: Rule("Make a member", FACILITATORS, OPEN, people.make_member),
    c.MakeObserver: Rule("Make an observer", FACILITATORS, OPEN, people.make_observer),
    c.OuterCircle: Rule("Outer circle", FACILITATORS, OPEN, two_circles.outer_circle),
    c.Admit: Rule("Admit", FACILITATORS, OPEN, door.admit),
    c.Decline: Rule("Decline", FACILITATORS, OPEN, door.decline),
    c.Remove: Rule("Remove", FACILITATORS, OPEN, door.remove),
    c.Lobby: Rule("Lobby", FACILITATORS, OPEN, door.lobby),
    c.SetDoor: Rule("The door", FACILITATORS, OPEN, door.set_door),
    c.Lock: Rule("Lock the room", FACILITATORS, OPEN, door.lock),
    c.RenewLinks: Rule("Renew the links", FACILITATORS, OPEN, door.renew_links),
    c.Whisper: Rule("A word between you", FACILITATORS, ALWAYS, company.whisper),
    c.KeepTime: Rule("Keep the time", FACILITATORS, ALWAYS, company.keep_time),
    c.GoOn: Rule("Go on without", FACILITATORS, DURING, company.go_on),
    c.HoldRoom: Rule("Hold the room", MEMBERS, DURING, company.hold_room),
    c.Invite: Rule("Invite to speak", FACILITATORS, DURING, company.invite),
    c.NotNow: Rule("Not now", MEMBERS, DURING, company.not_now),
    c.OfferCase: Rule("Offer a case", MEMBERS, OPEN, case.offer_case),
    c.WithdrawCase: Rule("Withdraw the case", MEMBERS, OPEN, case.withdraw_case),
    c.RaiseHand: Rule("Raise hand", MEMBERS, DURING, turns.raise_hand),
    c.LowerHand: Rule("Lower hand", MEMBERS, DURING, turns.lower_hand),
    c.Yield: Rule("Yield", SPEAKERS, DURING, turns.yield_floor),
    c.Pass: Rule("Pass", SPEAKERS, DURING, turns.pass_turn),
    c.AskReturn: Rule("I need to come back", MEMBERS, DURING, phases.ask_return),
    c.Sound: Rule("Sound in this page", EVERYBODY, ALWAYS, sound.take_sound),
    c.Mute: Rule("Mute", SPEAKERS, ALWAYS, sound.mute),
    c.MuteAll: Rule("Mute all", FACILITATORS, ALWAYS, sound.mute_all),
    c.Unmute: Rule("Unmute", SPEAKERS, ALWAYS, sound.unmute),
    c.Camera: Rule("Camera", SPEAKERS, ALWAYS, sound.camera),
    c.Pictures: Rule("Pictures for all", FACILITATORS, ALWAYS, sound.pictures),
    c.Line: Rule("My line", EVERYBODY, ALWAYS, sound.line),
    c.TalkElsewhere: Rule("We talk elsewhere", FACILITATORS, ALWAYS, sound.talk_elsewhere),
}

# The server's own commands. Any: as in Rule.
SERVER_RULES: dict[type[c.Command], Callable[[Room, Any, int], Room]] = {
    c.Enter: door.enter,
    c.NotePresence: people.note_presence,
    c.Forget: forgetting.forget,
    c.FallDue: due.fall_due,
}


NOT_FOR_STAND_INS = {
    c.MakeFacilitator,
    c.MakeMember,
    c.MakeObserver,
    c.RenewLinks,
    c.Lobby,
    c.SetDoor,
    c.Whisper,
    c.KeepTime,
    c.Debrief,
    c.TalkElsewhere,
}
"""Commands that a member who holds the room may not issue: their effects would last longer."""


def decide(room: Room, command: c.Command, actor: str | None, now: int) -> Room:
    """The room after this command, its version one higher.

    `actor` is the seat that issues it, or None for the server itself; `now` is epoch ms. Raises
    Refused.
    """
    changed = (
        SERVER_RULES[type(command)](room, command, now)
        if actor is None
        else _decide_for_person(room, command, actor, now)
    )
    changed = company.with_wait(sound.with_camera_off(changed), now)
    # The server's own commands do not count, except a new person on a chair: a forgotten tab on a
    # laptop that sleeps and wakes each day would keep the session for ever.
    by_somebody = actor is not None or _seats(changed) > _seats(room)
    changed_at = now if by_somebody or not room.changed_at else room.changed_at
    return replace(changed, version=room.version + 1, changed_at=changed_at)


def _seats(room: Room) -> frozenset[str]:
    return frozenset(seat.id for seat in room.seats)


def _who(rule: Rule, room: Room) -> frozenset[Role]:
    """The roles that may issue it; among peers, facilitators act as members, too."""
    return rule.who | FACILITATORS if room.plan.peers and Role.MEMBER in rule.who else rule.who


def _decide_for_person(room: Room, command: c.Command, actor: str, now: int) -> Room:
    rule = RULES[type(command)]
    me = room.seat(actor)
    if me is None:
        raise _refused_outside(room, rule, actor)
    roles = {me.role, Role.FACILITATOR} if room.leads(me) else {me.role}
    who = _who(rule, room)
    moment = room.phase if room.phase in (WAITING, DEBRIEF, ENDED) else RUNNING
    try:
        if roles.isdisjoint(who):
            allowed = " and ".join(sorted(f"{role}s" for role in who))
            raise Refused("not_allowed", f"this is for {allowed}.")
        if me.role not in who and type(command) in NOT_FOR_STAND_INS:
            raise Refused("not_allowed", "what lasts beyond this session is for facilitators.")
        if moment not in rule.when:
            raise Refused("not_now", _WHY_NOT[moment])
        return rule.then(room, command, me, now)
    except Refused as refused:
        prefix = f"{rule.label}, asked by {_described(room, me)} {room.moment}"
        raise Refused(refused.code, f"{prefix}: {refused.sentence}") from None


def _described(room: Room, me: Seat) -> str:
    if me.id == room.stand_in:
        return "the member who holds the room"
    return "the presenter" if me.id == room.presenter else rotation.described(me.role)


def _refused_outside(room: Room, rule: Rule, actor: str) -> Refused:
    """The refusal for people without a seat; it reveals nothing of the room, not even its phase."""
    if room.waiting(actor):
        lobby = f"{rule.label}, asked by {rotation.described(Role.GUEST)}"
        return Refused("not_allowed", f"{lobby}: a facilitator lets you in first.")
    return Refused("unknown_seat", f"{rule.label}: you have no seat in this room any more.")


_WHY_NOT = {
    WAITING: "the session has not started yet.",
    RUNNING: "the session has started.",
    DEBRIEF: "the session is over; the facilitators are among themselves.",
    ENDED: "the session has ended.",
}
