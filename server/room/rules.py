"""decide(): the only place where a room changes.

RULES is the table of commands: which roles may issue it, at which moments of a session, and its
function. That function checks all other conditions (whose turn, which phase).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec.structs import replace

from server.room import (
    arrival,
    attendance,
    case,
    clock,
    company,
    door,
    due,
    ending,
    forgetting,
    names,
    news,
    people,
    phases,
    renew_coming,
    sound,
    turns,
    two_circles,
)
from server.room import commands as c
from server.room.refused import Refused
from server.room.refusing import not_at, not_for, refused_outside
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

    who: frozenset[Role]
    when: frozenset[str]
    # Any: each function takes the struct of its own row; the table is keyed by that type.
    then: Callable[[Room, Any, Seat, int], Room]


RULES: dict[type[c.Command], Rule] = {
    c.Start: Rule(FACILITATORS, BEFORE, phases.start),
    c.Advance: Rule(FACILITATORS, DURING, phases.advance),
    c.Back: Rule(FACILITATORS, DURING, phases.back),
    c.Go: Rule(FACILITATORS, DURING, phases.go),
    c.Pause: Rule(FACILITATORS, LATER, clock.pause),
    c.Resume: Rule(FACILITATORS, LATER, clock.resume),
    c.Extend: Rule(FACILITATORS, LATER, clock.extend),
    c.End: Rule(FACILITATORS, ALWAYS, ending.end),
    c.Debrief: Rule(FACILITATORS, DURING, ending.debrief),
    c.Prompt: Rule(FACILITATORS, OPEN, phases.prompt),
    c.OneVoice: Rule(FACILITATORS, DURING, turns.one_voice),
    c.Silence: Rule(FACILITATORS, DURING, turns.silence),
    c.SeatPresenter: Rule(FACILITATORS, OPEN, case.seat_presenter),
    c.Present: Rule(MEMBERS, OPEN, case.present),
    c.GiveFloor: Rule(FACILITATORS, DURING, turns.give_floor),
    c.ClearFloor: Rule(FACILITATORS, DURING, turns.clear_floor),
    c.Recall: Rule(FACILITATORS, DURING, phases.recall),
    c.MakeFacilitator: Rule(FACILITATORS, OPEN, people.make_facilitator),
    c.MakeMember: Rule(FACILITATORS, OPEN, people.make_member),
    c.MakeObserver: Rule(FACILITATORS, OPEN, people.make_observer),
    c.OuterCircle: Rule(FACILITATORS, OPEN, two_circles.outer_circle),
    c.Admit: Rule(FACILITATORS, OPEN, door.admit),
    c.Decline: Rule(FACILITATORS, OPEN, door.decline),
    c.Remove: Rule(FACILITATORS, OPEN, door.remove),
    c.Lobby: Rule(FACILITATORS, OPEN, door.lobby),
    c.SetDoor: Rule(FACILITATORS, OPEN, door.set_door),
    c.Lock: Rule(FACILITATORS, OPEN, door.lock),
    c.RenewLinks: Rule(FACILITATORS, OPEN, door.renew_links),
    c.Whisper: Rule(FACILITATORS, ALWAYS, company.whisper),
    c.KeepTime: Rule(FACILITATORS, ALWAYS, company.keep_time),
    c.GoOn: Rule(FACILITATORS, DURING, company.go_on),
    c.HoldRoom: Rule(MEMBERS, DURING, company.hold_room),
    c.Invite: Rule(FACILITATORS, DURING, company.invite),
    c.NotNow: Rule(MEMBERS, DURING, company.not_now),
    c.OfferCase: Rule(MEMBERS, OPEN, case.offer_case),
    c.WithdrawCase: Rule(MEMBERS, OPEN, case.withdraw_case),
    c.RaiseHand: Rule(MEMBERS, DURING, turns.raise_hand),
    c.LowerHand: Rule(MEMBERS, DURING, turns.lower_hand),
    c.Yield: Rule(SPEAKERS, DURING, turns.yield_floor),
    c.Pass: Rule(SPEAKERS, DURING, turns.pass_turn),
    c.AskReturn: Rule(MEMBERS, DURING, phases.ask_return),
    c.Seen: Rule(SPEAKERS, OPEN, news.seen),
    c.Rename: Rule(EVERYBODY, ALWAYS, names.rename),
    c.Sound: Rule(EVERYBODY, ALWAYS, sound.take_sound),
    c.Spoke: Rule(SPEAKERS, DURING, sound.spoke),
    c.Mute: Rule(SPEAKERS, ALWAYS, sound.mute),
    c.MuteAll: Rule(FACILITATORS, ALWAYS, sound.mute_all),
    c.Unmute: Rule(SPEAKERS, ALWAYS, sound.unmute),
    c.Camera: Rule(SPEAKERS, ALWAYS, sound.camera),
    c.Pictures: Rule(FACILITATORS, ALWAYS, sound.pictures),
    c.Line: Rule(EVERYBODY, ALWAYS, sound.line),
    c.TalkElsewhere: Rule(FACILITATORS, ALWAYS, sound.talk_elsewhere),
}

# The server's own commands. Any: as in Rule.
SERVER_RULES: dict[type[c.Command], Callable[[Room, Any, int], Room]] = {
    c.Enter: arrival.enter,
    c.NotePresence: arrival.note_presence,
    c.Forget: forgetting.forget,
    c.RenewComing: renew_coming.renew_coming,
    c.StopRegister: attendance.stop,
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
    changed = names.told_apart(room, company.with_wait(sound.with_camera_off(changed), now))
    changed = attendance.noted(room, changed, now)
    # The server's own commands do not count, except a new person on a chair: a forgotten tab on a
    # laptop that sleeps and wakes each day would keep the session for ever.
    by_somebody = actor is not None or _seats(changed) > _seats(room)
    changed_at = now if by_somebody or not room.changed_at else room.changed_at
    return replace(
        changed,
        version=room.version + 1,
        changed_at=changed_at,
        prompts=room.prompts + (changed.prompt not in ("", room.prompt)),
        turns=room.turns + (changed.holder not in (None, room.holder)),
    )


def _seats(room: Room) -> frozenset[str]:
    return frozenset(seat.id for seat in room.seats)


def _who(rule: Rule, room: Room) -> frozenset[Role]:
    """The roles that may issue it; among peers, facilitators act as members, too."""
    return rule.who | FACILITATORS if room.plan.peers and Role.MEMBER in rule.who else rule.who


def _decide_for_person(room: Room, command: c.Command, actor: str, now: int) -> Room:
    rule = RULES[type(command)]
    me = room.seat(actor)
    if me is None:
        raise refused_outside(room, actor)
    roles = {me.role, Role.FACILITATOR} if room.leads(me) else {me.role}
    who = _who(rule, room)
    moment = room.phase if room.phase in (WAITING, DEBRIEF, ENDED) else RUNNING
    if roles.isdisjoint(who):
        raise not_for(who)
    if me.role not in who and type(command) in NOT_FOR_STAND_INS:
        raise Refused("not_allowed", "lasts_beyond_session")
    if moment not in rule.when:
        raise not_at(moment)
    changed = rule.then(room, command, me, now)
    return news.read_by(changed, command, me.id, leading=rule.who == FACILITATORS)
