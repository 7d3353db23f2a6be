"""The buttons of an attention, and the label of each."""

from collections.abc import Callable

from markupsafe import Markup

from server.room import commands as c
from server.room.attention.actions import CIRCLE_PAGE, Action
from server.room.attention.facts import next_phase
from server.room.attention.table import Attention
from server.room.state import Room
from server.views.attention.speaker import Speaker
from server.views.language import N_, Language

Press = Callable[..., Markup]
"""Makes a button, as views/buttons.press does."""


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
        case c.Yield() if its.facts.seats and not its.facts.tells:
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
