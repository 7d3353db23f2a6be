"""The sentences of refusals, made for one person from the codes and facts of the core.

A name or another text among the facts is isolated, since a refusal is plain text.
"""

from collections.abc import Callable

from server.room.formats.validation import Fault, InvalidFormat
from server.room.refused import PRESENTER, STAND_IN, Fact, Reason, Refused, Sent
from server.room.state import DEBRIEF, ENDED, WAITING, Role
from server.room.typed import isolated
from server.views import form_refusals, room_refusals
from server.views.language import N_

Gettext = Callable[[str], str]


def sentence(refused: Refused, gettext: Gettext = str) -> str:
    """What a person reads about this refusal."""
    if isinstance(refused, InvalidFormat):
        return fault_sentence(refused.faults[0], gettext)
    because = worded(refused.reason, gettext)
    return because if refused.sent is None else _prefixed(refused.sent, because, gettext)


def fault_sentence(fault: Fault, gettext: Gettext = str) -> str:
    """What a person reads about this fault of a format."""
    why = worded(fault.reason, gettext)
    if not fault.is_prefixed:
        return why
    if fault.phase is None:
        return gettext(N_("The format: {fault}")).format(fault=why)
    number = fault.phase + 1
    if not fault.title:
        return gettext(N_("Phase {number}: {fault}")).format(number=number, fault=why)
    text = gettext(N_("Phase {number} (“{title}”): {fault}"))
    return text.format(number=number, title=isolated(fault.title), fault=why)


def worded(reason: Reason, gettext: Gettext = str) -> str:
    """The sentence of this reason alone, as for a field of a form."""
    facts = {name: _fact(fact, gettext) for name, fact in reason.facts.items()}
    return gettext(SENTENCES[reason.id]).format(**facts)


def _prefixed(sent: Sent, because: str, gettext: Gettext) -> str:
    """The sentence after the name of the command, who sent it, and when."""
    words = {"command": gettext(COMMANDS[sent.do]), "because": because}
    if not sent.by:
        return gettext(N_("{command}: {because}")).format(**words)
    words["sender"] = gettext(SENDERS[sent.by])
    if sent.phase:
        return gettext(IN_PHASE).format(phase=isolated(sent.phase), **words)
    return gettext(AT_MOMENT.get(sent.moment, AT_MOMENT[ENDED])).format(**words)


def _fact(fact: Fact, gettext: Gettext) -> Fact:
    if isinstance(fact, Role):
        return gettext(ROLES[fact])
    return isolated(fact) if isinstance(fact, str) else fact


IN_PHASE = N_("{command}, asked by {sender} in {phase}: {because}")
AT_MOMENT = {
    "": N_("{command}, asked by {sender}: {because}"),
    WAITING: N_("{command}, asked by {sender} before the start: {because}"),
    DEBRIEF: N_("{command}, asked by {sender} in the debrief: {because}"),
    ENDED: N_("{command}, asked by {sender} after the end: {because}"),
}
ROLES: dict[str, str] = {
    Role.FACILITATOR: N_("a facilitator"),
    Role.MEMBER: N_("a member"),
    Role.OBSERVER: N_("an observer"),
    Role.GUEST: N_("somebody in the lobby"),
}
SENDERS = {
    **ROLES,
    PRESENTER: N_("the presenter"),
    STAND_IN: N_("the member who holds the room"),
}

COMMANDS = {
    "start": N_("Start session"),
    "advance": N_("Next phase"),
    "back": N_("Previous phase"),
    "go": N_("Go to a phase"),
    "pause": N_("Pause"),
    "resume": N_("Resume"),
    "extend": N_("Move the clock"),
    "end": N_("End session"),
    "debrief": N_("Stay for a debrief"),
    "prompt": N_("Prompt"),
    "one_voice": N_("One voice at a time"),
    "silence": N_("Hold a silence"),
    "seat_presenter": N_("Seat the presenter"),
    "present": N_("Present"),
    "give_floor": N_("Give the floor"),
    "clear_floor": N_("Clear the floor"),
    "recall": N_("Bring the presenter back"),
    "make_facilitator": N_("Make a facilitator"),
    "make_member": N_("Make a member"),
    "make_observer": N_("Make an observer"),
    "outer_circle": N_("Outer circle"),
    "admit": N_("Admit"),
    "decline": N_("Decline"),
    "remove": N_("Remove"),
    "lobby": N_("Lobby"),
    "door": N_("The door"),
    "lock": N_("Lock the room"),
    "renew_links": N_("Renew the links"),
    "whisper": N_("A word between you"),
    "keep_time": N_("Keep the time"),
    "go_on": N_("Go on without"),
    "hold_room": N_("Hold the room"),
    "invite": N_("Invite to speak"),
    "not_now": N_("Not now"),
    "offer_case": N_("Offer a case"),
    "withdraw_case": N_("Withdraw the case"),
    "raise_hand": N_("Raise hand"),
    "lower_hand": N_("Lower hand"),
    "yield": N_("Yield"),
    "pass": N_("Pass"),
    "ask_return": N_("I need to come back"),
    "seen": N_("Seen"),
    "rename": N_("Change my name"),
    "sound": N_("Sound in this page"),
    "spoke": N_("I have spoken"),
    "mute": N_("Mute"),
    "mute_all": N_("Mute all"),
    "unmute": N_("Unmute"),
    "camera": N_("Camera"),
    "pictures": N_("Pictures for all"),
    "line": N_("My line"),
    "talk_elsewhere": N_("We talk elsewhere"),
}
"""The names of commands, by their `do`."""

SENTENCES = dict(**room_refusals.SENTENCES, **form_refusals.SENTENCES)
"""By the id of the reason. An id in both files is an error at the start."""
