"""The sentences of refusals, made for one person from the codes and facts of the core.

A name or another text among the facts is isolated, since a refusal is plain text.
"""

from collections.abc import Callable

from server.room.formats.validation import Fault, InvalidFormat
from server.room.refused import Fact, Reason, Refused
from server.room.state import Role
from server.room.typed import isolated
from server.views import form_refusals, room_refusals
from server.views.language import N_

Gettext = Callable[[str], str]


def sentence(refused: Refused, gettext: Gettext = str) -> str:
    """What a person reads about this refusal."""
    if isinstance(refused, InvalidFormat):
        return fault_sentence(refused.faults[0], gettext)
    return worded(refused.reason, gettext)


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


def _fact(fact: Fact, gettext: Gettext) -> Fact:
    if isinstance(fact, Role):
        return gettext(ROLES[fact])
    return isolated(fact) if isinstance(fact, str) else fact


ROLES: dict[str, str] = {
    Role.FACILITATOR: N_("a facilitator"),
    Role.MEMBER: N_("a member"),
    Role.OBSERVER: N_("an observer"),
    Role.GUEST: N_("somebody in the lobby"),
}

SENTENCES = dict(**room_refusals.SENTENCES, **form_refusals.SENTENCES)
"""By the id of the reason. An id in both files is an error at the start."""
