"""The sentences of each kind of attention: pure functions of a room, for one language."""

from collections.abc import Callable

from markupsafe import Markup

from server.circle.rhythm import MINUTE_MS
from server.room.arrival import phase_for_latecomers
from server.room.company import is_led
from server.room.state import Lost, PutOut
from server.views.attention.speaker import Speaker
from server.views.coming_words import news
from server.views.language import N_
from server.views.turn import who_listens

Said = tuple[str, ...]
"""A sentence, and the lines below it. Texts, or Markup with names in it."""

SIMPLE: dict[str, Said] = {
    "presenter_returns": (
        N_("{name} needs to come back"),
        N_("Only those who lead see this."),
    ),
    "presenter_waits": (N_("{name} still needs to come back"),),
    "dropped_out": (N_("{name} has dropped out"),),
    "will_you_present": (
        N_("Will you present today?"),
        N_("Tell it so that nobody can be recognised: no names, no places."),
    ),
    "invited": (
        N_("Would you like to say something?"),
        N_("Only you and the facilitators know about this."),
    ),
    "would_lead": (
        N_("{name} would like to lead with you"),
        N_("They opened the facilitator link."),
    ),
    "says_yes": (N_("{name} will present"),),
    "says_not_today": (N_("{name} would rather not present today"),),
    "presenter_finished": (N_("{name} has finished"),),
    "paused": (N_("Paused"), N_("The clock stands still.")),
    "we_wait": (N_("We are waiting for {name}"),),
    "nobody_presents": (N_("Nobody is presenting yet"),),
    "waits_for_answer": (N_("{name} has been asked to present"),),
    "round_stopped": (N_("{name} is next in the round"),),
    "round_over": (N_("The round is over"),),
    "time_over": (N_("The time for this phase is up"),),
    "ended": (
        N_("Thank you for being here."),
        N_("What was said here stays here, and none of it is kept."),
        N_("You can close this page now. Next time, come in from the circle’s page."),
    ),
}
"""The sentences of the kinds that always say the same, about one person at most."""


# One function for each other kind: the sentence, and the lines below it.


def _your_turn(its: Speaker) -> Said:
    _ = its.gettext
    following = its.facts.other
    after = its.about(_("{name} is next."), its.name(following)) if following else ""
    return _("It is your turn"), after, _meanwhile(its)


def _you_are_next(its: Speaker) -> Said:
    return its.about(its.gettext("You are next, after {name}")), _meanwhile(its)


def _you_hold_floor(its: Speaker) -> Said:
    _, step, hands = its.gettext, its.room.step, its.facts.seats
    if not its.facts.tells or step is None:
        return _("You hold the floor"), _hands_up(its, hands) if hands else "", _meanwhile(its)
    alone = _("Take your time. Nobody will interrupt you.") if step.is_for_presenter else ""
    if its.room.plan.tells_case(step.key):
        return _("Tell your case"), alone, _meanwhile(its)
    return _("The floor is yours"), step.purpose, alone, _meanwhile(its)


def _you_sit_back(its: Speaker) -> Said:
    _ = its.gettext
    alone = _("Nobody hears you. The group speaks as if you were not here.")
    if its.room.elsewhere:
        alone = _("Stay muted in our call. The group speaks as if you were not here.")
    return _("You sit back and listen"), alone, _meanwhile(its)


def _sign_given(its: Speaker) -> Said:
    _ = its.gettext
    until = _("Nobody hears you until they bring you back.")
    if its.room.elsewhere:
        until = _("Stay muted in our call until they bring you back.")
    return _("Your sign is with the facilitators"), until, _meanwhile(its)


def _sign_seen(its: Speaker) -> Said:
    _ = its.gettext
    until = _("Nobody hears you until you are brought back.")
    if its.room.elsewhere:
        until = _("Stay muted in our call until you are brought back.")
    return its.about(_("{name} has seen your sign")), until, _meanwhile(its)


def _door(its: Speaker) -> Said:
    _, facts = its.gettext, its.facts
    people = len(facts.seats)
    if people > 1:
        return (
            its.ngettext(
                "{number} person is at the door", "{number} people are at the door", people
            ),
            _left_out(its),
        )
    more = ""
    if facts.put_out is PutOut.REMOVED:
        more = its.about(_("{name} was removed from this session."))
    elif facts.put_out is PutOut.DECLINED:
        more = its.about(_("{name} was declined before."))
    elif facts.leads:
        more = _("They have the facilitator link, and will lead once they are in.")
    return its.about(_("{name} is at the door")), more


def _left_out(its: Speaker) -> str:
    """The people at the door whom *Let all in* does not let in."""
    apart = tuple(seat for seat in its.facts.seats if seat not in its.facts.together)
    if not apart or "admit" not in its.offers:
        return ""
    return its.about(its.gettext("“Let all in” leaves out {name}."), its.names(apart))


def _would_present(its: Speaker) -> Said:
    people = len(its.facts.seats)
    if people == 1:
        return (its.about(its.gettext("{name} may have a case")),)
    return (
        its.ngettext("{number} person may have a case", "{number} people may have a case", people),
    )


def _silence(its: Speaker) -> Said:
    _, missing = its.gettext, its.facts.seats
    held = _("We are holding a silence")
    if missing:
        return held, its.about(_("Not connected just now: {name}."), its.names(missing))
    return held, _("Everybody is here. Nothing needs to be said.")


def _may_hold_room(its: Speaker) -> Said:
    _ = its.gettext
    gone = its.about(_("{name} is not back yet"))
    who = gone if its.facts.seat else _("Nobody leads just now")
    return who, _("Anyone may hold the room meanwhile.")


def _welcome_back(its: Speaker) -> Said:
    _, minutes = its.gettext, round(its.facts.away_ms / MINUTE_MS)
    if its.facts.lost is Lost.HAND:
        soon = _("While you were away, your hand was lowered.")
        later = its.ngettext(
            "You were away for {number} minute; your hand was lowered.",
            "You were away for {number} minutes; your hand was lowered.",
            minutes,
        )
    else:
        soon = _("While you were away, the floor was passed on.")
        later = its.ngettext(
            "You were away for {number} minute; the floor was passed on.",
            "You were away for {number} minutes; the floor was passed on.",
            minutes,
        )
    return _("Good to have you back"), later if minutes else soon


def _hand(its: Speaker) -> Said:
    hands = its.facts.seats
    more = _hands_up(its, hands) if len(hands) > 1 else ""
    return its.about(its.gettext("{name} raises a hand")), more


def _hands_up(its: Speaker, hands: tuple[str, ...]) -> str:
    return its.ngettext("{number} hand is up.", "{number} hands are up.", len(hands))


def _bad_lines(its: Speaker) -> Said:
    said = its.ngettext(
        "{number} line is bad just now", "{number} lines are bad just now", len(its.facts.seats)
    )
    return said, its.gettext("It is easier to follow when voices take turns.")


def _debrief(its: Speaker) -> Said:
    _ = its.gettext
    gone = _("The members have left, and none of this is kept.")
    if its.room.elsewhere:
        gone = _("The members have left this room, but not our call. None of this is kept.")
    return _("You are among yourselves"), gone


def _invite_group(its: Speaker) -> Said:
    _ = its.gettext
    once = _("Send the link once: it leads to the door of this room, month after month.")
    return _("Invite your group"), _news(its), once


def _may_start(its: Speaker) -> Said:
    said = its.ngettext(
        "{number} more person is here", "{number} more people are here", len(its.facts.seats)
    )
    return said, _news(its), its.gettext("Start when everybody has arrived.")


def _waiting(its: Speaker) -> Said:
    _ = its.gettext
    if its.facts.coming is None:
        alone = "" if is_led(its.room) else _("Nobody who could begin is here just now.")
        return _("We have not begun yet"), alone, _("Settle in, and take your time.")
    until = _("Until then you can try your sound and picture here, under Sound.")
    return _news(its) or _("You are early"), until if its.facts.coming.starts_at else ""


def _news(its: Speaker) -> str:
    """What was changed shortly before a session."""
    return news(its.language, its.facts.coming) if its.facts.coming else ""


def _phase(its: Speaker) -> Said:
    room, _ = its.room, its.gettext
    if room.step is None:
        return (_("You are here"),)
    thanks = ""
    if its.is_last and room.presenter:
        thanked = _("Thank you, {name}, for what you brought.")
        thanks = its.about(thanked, its.name(room.presenter))
    return room.step.purpose, who_listens(its.language, room), thanks, *_besides(its)


def _guidance(its: Speaker) -> Said:
    late, phase = its.facts.seats, phase_for_latecomers(its.room)
    if not late or phase is None:
        return _phase(its)
    sentence = its.language.ngettext(
        "{name} comes in with “{phase}”.", "{name} come in with “{phase}”.", len(late)
    )
    return *_phase(its), Markup(sentence).format(name=its.names(late), phase=phase.short)  # noqa: S704 - ours


def _besides(its: Speaker) -> Said:
    """What is good to know beside the purpose of a phase."""
    room, _ = its.room, its.gettext
    said: list[str] = []
    if room.plan.auto_advance:
        ends = _("The session ends by itself when the time is up.")
        goes_on = _("The next phase begins by itself when the time is up.")
        said.append(ends if its.is_last else goes_on)
    if room.stand_in:
        holds = _("{name} holds the room until a facilitator is back.")
        said.append(its.about(holds, its.name(room.stand_in)))
    if room.without:
        gone = _("We are going on without {name}. The chair stays.")
        said.append(its.about(gone, its.names(room.without)))
    return tuple(said)


def _meanwhile(its: Speaker) -> str:
    """What else holds for everybody."""
    _, wait = its.gettext, its.room.wait
    match its.facts.meanwhile:
        case "paused":
            return _("The clock is paused.")
        case "silence":
            return _("We are holding a silence.")
        case "we_wait" | "may_hold_room" if wait and wait.seat:
            return its.about(_("We are waiting for {name}."), its.name(wait.seat))
        case "may_hold_room":
            return _("Nobody leads just now.")
    return ""


SENTENCES: dict[str, Callable[[Speaker], Said]] = {
    "your_turn": _your_turn,
    "you_are_next": _you_are_next,
    "you_hold_floor": _you_hold_floor,
    "sign_seen": _sign_seen,
    "sign_given": _sign_given,
    "you_sit_back": _you_sit_back,
    "door": _door,
    "would_present": _would_present,
    "silence": _silence,
    "may_hold_room": _may_hold_room,
    "welcome_back": _welcome_back,
    "hand": _hand,
    "bad_lines": _bad_lines,
    "debrief": _debrief,
    "invite_group": _invite_group,
    "may_start": _may_start,
    "waiting": _waiting,
    "guidance": _guidance,
    "phase": _phase,
}
"""The sentences of all other kinds."""
