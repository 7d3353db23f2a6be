"""The one voice of the stage in words: what the page tells a person now, and its buttons.

room/attention.py decides what it tells; this module has the sentences of each kind and the label of
each action. Pure functions of a room, for one language.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from markupsafe import Markup

from server.room import commands as c
from server.room.attention import Attention
from server.room.attention_actions import CIRCLE_PAGE, Action
from server.room.attention_facts import next_phase
from server.room.state import Lost, PutOut, Room, Seat
from server.room.typed import isolated
from server.views.coming_words import news, next_session
from server.views.language import N_, Language
from server.views.turn import who_listens
from server.views.words import names

Press = Callable[..., Markup]
"""Makes a button, as views/buttons.press does."""

Said = tuple[str, ...]
"""A sentence, and the lines below it. Texts, or Markup with names in it."""


class Voice(NamedTuple):
    """What the stage tells one person. People with equal values see the same."""

    attention: Attention
    lines: Said
    call: str
    """Why the page rings and its title says so: `mine` (it concerns this person), `door`, or ``."""
    asks_to_lead: bool
    """This person came by the facilitator link and waits for an answer."""
    session: str
    """When the next session is, while it is too early for it."""


class Speaker:
    """What the sentences of one attention are made of."""

    def __init__(self, language: Language, room: Room, attention: Attention) -> None:
        self.language = language
        self.room = room
        self.facts = attention.facts
        self.gettext = language.gettext

    def name(self, seat_id: str) -> Markup:
        """The name of this person, for a sentence."""
        return self.names((seat_id,))

    def plain(self, seat_id: str) -> str:
        """The name of this person for an attribute."""
        return next((isolated(s.shown_name) for s in self.room.people if s.id == seat_id), "")

    def names(self, seat_ids: tuple[str, ...]) -> Markup:
        """The names of these people, one after another."""
        seats = [seat for seat in self.room.people if seat.id in seat_ids]
        return names(self.language, seats)

    def about(self, sentence: str, name: Markup | None = None) -> Markup:
        """A translated sentence of ours with this name, or that of the person it is about."""
        whom = self.name(self.facts.seat) if name is None else name
        return Markup(sentence.format(name=whom))  # noqa: S704 - ours, with an escaped name

    def ngettext(self, one: str, many: str, number: int) -> str:
        """A translated sentence with this number."""
        return self.language.ngettext(one, many, number).format(number=number)

    @property
    def is_last(self) -> bool:
        return self.room.step is not None and self.room.step is self.room.plan.phases[-1]


def voice(language: Language, room: Room, me: Seat, attention: Attention, days: int = 0) -> Voice:
    """The sentences of this attention, for this person; `days` as in Moment."""
    its = Speaker(language, room, attention)
    if (simple := SIMPLE.get(attention.kind)) is not None:
        lines: Said = tuple(its.about(its.gettext(line)) for line in simple)
    else:
        lines = tuple(line for line in SENTENCES[attention.kind](its) if line)
    asks = me.by_facilitator_link and room.is_live
    coming = its.facts.coming
    session = next_session(language, coming, days) if coming else ""
    return Voice(attention, lines, CALLS.get(attention.kind, ""), asks, session)


CALLS = {
    "presenter_returns": "mine",
    "dropped_out": "mine",
    "will_you_present": "mine",
    "invited": "mine",
    "your_turn": "mine",
    "may_hold_room": "mine",
    "would_lead": "mine",
    "door": "door",
}
"""The kinds that call a person who looks elsewhere."""

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
    "debrief": (
        N_("You are among yourselves"),
        N_("The members have left, and none of this is kept."),
    ),
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
    _, hands = its.gettext, its.facts.seats
    if its.facts.tells:
        told = _("Tell your case")
        return told, _("Take your time. Nobody will interrupt you."), _meanwhile(its)
    return _("You hold the floor"), _hands_up(its, hands) if hands else "", _meanwhile(its)


def _you_sit_back(its: Speaker) -> Said:
    _ = its.gettext
    alone = _("Nobody hears you. The group speaks as if you were not here.")
    return _("You sit back and listen"), alone, _meanwhile(its)


def _sign_given(its: Speaker) -> Said:
    _ = its.gettext
    until = _("Nobody hears you until they bring you back.")
    return _("Your sign is with the facilitators"), until, _meanwhile(its)


def _sign_seen(its: Speaker) -> Said:
    _ = its.gettext
    until = _("Nobody hears you until you are brought back.")
    return its.about(_("{name} has seen your sign")), until, _meanwhile(its)


def _door(its: Speaker) -> Said:
    _, facts = its.gettext, its.facts
    people = len(facts.seats)
    if people > 1:
        return (
            its.ngettext(
                "{number} person is at the door", "{number} people are at the door", people
            ),
        )
    more = ""
    if facts.put_out is PutOut.REMOVED:
        more = its.about(_("{name} was removed from this session."))
    elif facts.put_out is PutOut.DECLINED:
        more = its.about(_("{name} was declined before."))
    elif facts.leads:
        more = _("They have the facilitator link, and will lead once they are in.")
    return its.about(_("{name} is at the door")), more


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
    _ = its.gettext
    if its.facts.lost is Lost.HAND:
        return _("Good to have you back"), _("While you were away, your hand was lowered.")
    return _("Good to have you back"), _("While you were away, the floor was passed on.")


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
        return _("We have not begun yet"), _("Settle in, and take your time.")
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
    late = its.facts.seats
    sentence = its.language.ngettext(
        "{name} comes in with the next phase.", "{name} come in with the next phase.", len(late)
    )
    return *_phase(its), its.about(sentence, its.names(late)) if late else ""


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
    "invite_group": _invite_group,
    "may_start": _may_start,
    "waiting": _waiting,
    "guidance": _guidance,
    "phase": _phase,
}
"""The sentences of all other kinds."""


# The labels of actions.


def buttons(language: Language, room: Room, attention: Attention, press: Press) -> list[Markup]:
    """The buttons of this attention; `press` makes one (views/buttons.py)."""
    its = Speaker(language, room, attention)
    return [_button(its, attention.kind, action, press) for action in attention.actions]


def _button(its: Speaker, kind: str, action: Action, press: Press) -> Markup:
    label, more = _label(its, kind, action)
    look = "primary" if action.is_primary else ""
    if action.does == CIRCLE_PAGE:
        link = '<a class="primary" href="/circles/{}" data-do="circle_page">{}</a>'
        return Markup(link).format(its.room.id, label)  # noqa: S704 - ours
    if isinstance(action.does, str):
        copied = {"copy_link": "member", "copy_mail": "mail"}.get(action.does, "")
        copies = Markup(' data-copy="{}"').format(copied) if copied else ""
        button = Markup('<button type="button" class="{}" data-do="{}"{}>{}</button>')
        return button.format(look, action.does, copies, label)
    return press(label, action.frame, **{"class": look}, **more)


def _label(its: Speaker, kind: str, action: Action) -> tuple[str, dict[str, str]]:
    """The label of a button, and what else `press` takes for it."""
    _, about = its.gettext, its.facts.seat
    name = its.plain(about) if about else ""
    match action.does:
        case c.Recall() if kind == "you_sit_back":
            return _("Come back in"), {}
        case c.Recall():
            return its.about(_("Bring {name} back")), {}
        case c.GoOn():
            return its.about(_("Go on without {name}")), {}
        case c.Admit(seat=""):
            return _("Let all in"), {}
        case c.Admit():
            return its.about(_("Let {name} in")), {}
        case c.MakeFacilitator():
            return its.about(_("Make {name} a facilitator")), {}
        case c.SeatPresenter(seat=""):
            return _("Withdraw the question"), {}
        case c.SeatPresenter():
            return its.about(_("Ask {name}")), {}
        case c.Advance() if kind == "nobody_presents":
            return _("Go on all the same"), {}
        case c.Advance():
            upcoming = next_phase(its.room)
            phase = upcoming.short if upcoming else ""
            return _("On to {phase}").format(phase=phase), {}
        case c.End():
            return _("End session"), {"confirm": _("End the session for everybody?")}
        case c.GiveFloor() if kind == "presenter_finished":
            return _("Give the floor back"), {}
        case c.GiveFloor():
            full = _("Give the floor to {name}").format(name=name)
            return _("Give the floor"), {"name": full}
        case c.Extend(seconds=60):
            return _("+ 1 min"), {"name": _("Add 1 minute")}
        case c.Yield() if its.facts.seats:
            return _("Pass it on"), {}
        case c.Seen():
            return _(SEEN[kind]), {}
        case c.Present(yes=yes):
            return (_("Yes, I will") if yes else _("Not today")), {}
        case c.AskReturn(on=on):
            return (_("I need to come back") if on else _("Take my sign back")), {}
        case "choose" if kind == "says_not_today":
            return _("Choose somebody else"), {}
    return _(LABELS[action.do]), {}


SEEN = {
    "presenter_returns": N_("Not yet"),
    "says_yes": N_("Good"),
    "says_not_today": N_("Not now"),
    "welcome_back": N_("All right"),
}
"""What *Seen* says, by the kind that it answers."""

LABELS = {
    "choose": N_("Choose"),
    "circle_page": N_("The circle’s page"),
    "copy_link": N_("Copy the link"),
    "copy_mail": N_("Copy a text for mail"),
    "extend": N_("Add 5 minutes"),
    "hold_room": N_("Hold the room"),
    "make_member": N_("Not now"),
    "make_observer": N_("Not now"),
    "not_now": N_("Not now"),
    "one_voice": N_("Voices in turns"),
    "pass": N_("Pass"),
    "prompt": N_("Show"),
    "raise_hand": N_("Raise hand"),
    "resume": N_("Resume"),
    "see_who": N_("See who"),
    "show_qr": N_("Show a QR code"),
    "silence": N_("End the silence"),
    "start": N_("Start"),
    "yield": N_("I’m done"),
}
"""The labels of all other actions, by what they do."""


Pressed = tuple[str, object, object, object, object, object]
"""What tells a button from others: its command, the seat, whether or how long, as what, and which
chair."""

OFTEN_TWICE = {"advance", "end", "prompt", "start"}
"""The dock keeps its first button and its list of prompts, whatever the stage offers."""


def offered_on_stage(attention: Attention) -> frozenset[Pressed]:
    """The buttons of this attention that the dock leaves out."""
    return frozenset(
        _pressed(action.frame)
        for action in attention.actions
        if action.frame and action.do not in OFTEN_TWICE
    )


def unless_offered(press: Press, offered: frozenset[Pressed]) -> Press:
    """Makes the same buttons as `press`, and nothing for those that are offered already.

    Any: whatever a field of a command and an argument of `press` is.
    """

    def press_once(label: str, command: Mapping[str, Any], **more: Any) -> Markup:
        return Markup() if _pressed(command) in offered else press(label, command, **more)

    return press_once if offered else press


def _pressed(fields: Mapping[str, Any]) -> Pressed:
    seat, on = fields.get("seat", ""), fields.get("on", True)
    return fields["do"], seat, fields.get("seconds"), on, fields.get("as"), fields.get("chair")
