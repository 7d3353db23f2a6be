"""The sentences of the room's page: words on chairs, a person's turn, whether they are heard.

Pure functions of a room, for one language; the templates put their results into HTML.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from server.room.formats.plan import Heard, Turns
from server.room.hearing import (
    is_always_heard,
    may_be_heard,
    may_take_floor,
    sitting_back,
)
from server.room.rotation import may_present
from server.room.state import Role, Room, Seat
from server.room.turns import has_had_share
from server.views.language import N_, Language


class MyTurn(NamedTuple):
    """What a person can do now, and why not more. People with equal values see the same."""

    sentence: str
    phase: str
    may_yield: bool
    may_pass: bool
    hand: str
    """`raise`, `lower`, `later` (with its reason in `hand_reason`) or `` (no button)."""
    hand_reason: str
    case: str
    """`offer`, `withdraw` or ``."""
    may_return: bool
    return_asked: bool
    bad_line: bool = False
    elsewhere: str = ""
    """The address of the circle's own call, if it uses one."""
    asked: bool = False
    """Has been asked to present."""
    invited: bool = False
    """Has been asked privately whether they would like to say something."""
    asks_to_lead: bool = False
    """Came by the facilitator link, and a facilitator decides."""
    may_hold: bool = False
    """Nobody leads: may hold the room until a facilitator is back."""


def named(seat: Seat) -> Markup:
    """A name within a sentence, isolated because it may be right-to-left, and not translated."""
    name = f'<bdi translate="no">{escape(seat.name)}</bdi>'
    return Markup(name)  # noqa: S704 - the name is escaped, the rest is ours


def names(language: Language, seats: Iterable[Seat]) -> Markup:
    """The names of these people, one after another."""
    listed = language.listed(map(named, seats))
    return Markup(listed)  # noqa: S704 - the names are escaped, the rest is ours


def _about(sentence: str, seat: Seat) -> Markup:
    """A sentence with the name of this person."""
    words = sentence.format(name=named(seat))
    return Markup(words)  # noqa: S704 - the name is escaped, the rest is ours


def role_name(language: Language, role: Role) -> str:
    """The role of a person, as a word on their chair."""
    _ = language.gettext
    match role:
        case Role.FACILITATOR:
            return _("facilitator")
        case Role.MEMBER:
            return _("member")
        case Role.OBSERVER:
            return _("observer")
        case Role.GUEST:
            return _("guest")


def chair_words(language: Language, room: Room, seat: Seat) -> str:
    """The words on a chair about its person, except a raised hand."""
    _ = language.gettext
    words = [] if seat.role is Role.MEMBER else [role_name(language, seat.role)]
    if seat.id == room.timekeeper:
        words.append(_("keeps the time"))
    if seat.id == room.stand_in:
        words.append(_("holds the room"))
    if seat.id == room.presenter:
        words.append(_("sitting back") if sitting_back(room) == seat.id else _("presenter"))
    if seat.outer:
        words.append(_("outer circle"))
    if seat.id == room.holder:
        words.append(_("speaking") if may_be_heard(room, seat) else _("next to speak"))
    if seat.away_since is not None:
        words.append(_("away"))
    if seat.in_two_tabs:
        words.append(_("in two windows"))
    return language.listed(words)


def hand_words(language: Language, place: int) -> str:
    """The words on a chair about a raised hand."""
    return language.gettext("hand raised ({place})").format(place=ordinal(language, place))


def person_words(language: Language, seat: Seat) -> str:
    """The words in the dock's list of people about a person."""
    _ = language.gettext
    words = [role_name(language, seat.role)]
    if seat.outer:
        words.append(_("outer circle"))
    if seat.away_since is not None:
        words.append(_("away"))
    if seat.in_two_tabs:
        words.append(_("in two windows"))
    if seat.bad_line:
        words.append(_("bad line"))
    return language.listed(words)


def case_words(language: Language, seat: Seat) -> str:
    """The words about a person who may present: their case, and when they last presented."""
    _ = language.gettext
    words = [last_presented(language, seat.presented_at)]
    if seat.offers_case:
        words.insert(0, _("may have a case"))
    elif seat.not_today:
        words.insert(0, _("not today"))
    return language.listed(words)


def my_turn(language: Language, room: Room, seat_id: str) -> MyTurn:
    """What the person in this seat can do now."""
    me = room.seat(seat_id)
    if me is None or not room.is_live:
        return MyTurn("", room.phase, False, False, "", "", "", False, False)
    sits = sitting_back(room) == me.id
    holds = room.holder == me.id
    hand, reason = _hand(language, room, me, sits=sits)
    return MyTurn(
        sentence=_heard_sentence(language, room, me),
        phase=room.phase,
        may_yield=holds,
        may_pass=holds and _in_round(room),
        hand=hand,
        hand_reason=reason,
        case=_case(room, me),
        may_return=sits,
        return_asked=sits and room.return_asked,
        bad_line=me.bad_line,
        elsewhere=room.elsewhere,
        asked=room.asked == me.id,
        invited=me.invited,
        asks_to_lead=me.by_facilitator_link,
        may_hold=me.role is Role.MEMBER and room.wait is not None and room.wait.asks,
    )


def _hand(language: Language, room: Room, me: Seat, *, sits: bool) -> tuple[str, str]:
    asks = me.speaks and not is_always_heard(room, me)
    if not asks or room.step is None or sits or room.holder == me.id:
        return "", ""
    if me.id in room.hands:
        return "lower", ""
    if not may_take_floor(room, me):
        return "later", _until(language, room.step.heard)
    if room.presenter == me.id and room.step.heard is Heard.PRESENTER_AND_FLOOR:
        return "", ""
    if has_had_share(room, me.id):
        return "raise", language.gettext("You have asked as often as most; others come first.")
    return "raise", ""


def _until(language: Language, heard: Heard) -> str:
    _ = language.gettext
    if heard is Heard.OUTER:
        return _("after the outer circle")
    if heard.knows_circles:
        return _("when the outer circle is asked in")
    return _("after the presentation")


def _case(room: Room, me: Seat) -> str:
    if not may_present(room, me) or room.presenter is not None or room.asked == me.id:
        return ""
    return "withdraw" if me.offers_case else "offer"


def _heard_sentence(language: Language, room: Room, me: Seat) -> str:
    """Says whether the person is heard, and why."""
    _, step, holder = language.gettext, room.step, room.seat(room.holder)
    if me.role is Role.OBSERVER:
        return _("You observe: you see and hear everything, nobody hears you.")
    if sitting_back(room) == me.id:
        return _("You are listening: nobody hears you while you sit back.")
    if room.silence_until is not None:
        if is_always_heard(room, me):
            return _("A silence is held. Only facilitators would be heard.")
        return _("A silence is held. Nobody needs to say anything.")
    if not may_be_heard(room, me):
        return _not_heard(language, room, me, holder)
    if holder is not None and holder.id != me.id:
        return _about(_("You may be heard. {name} is speaking."), holder)
    # A muted person is not heard yet; in a call elsewhere we cannot know.
    is_heard = me.mic_on or room.elsewhere
    if holder is not None and _in_round(room):
        yours = (_("It is your turn: you are heard."), _("It is your turn: you may be heard."))
    elif holder is not None:
        yours = (
            _("You hold the floor: you are heard."),
            _("You hold the floor: you may be heard."),
        )
    elif step is not None:
        yours = (_("You are heard."), _("You may be heard."))
    else:
        yours = (
            _("You are heard. We have not begun yet."),
            _("You may be heard. We have not begun yet."),
        )
    return yours[0] if is_heard else yours[1]


def _not_heard(language: Language, room: Room, me: Seat, holder: Seat | None) -> str:
    _ = language.gettext
    if room.step is not None and room.step.heard is Heard.OUTER and not me.outer:
        return _("You are listening: the outer circle is heard in this phase.")
    if me.outer and not may_take_floor(room, me):
        return _("You are listening: the outer circle is asked in later.")
    if holder is not None:
        return _about(_("You are listening: {name} is heard now."), holder)
    if room.step is not None and room.step.heard is Heard.PRESENTER:
        return _("You are listening: the presenter is heard in this phase.")
    return _("You are listening: one voice at a time. Raise your hand to speak.")


def who_listens(language: Language, room: Room) -> str:
    """The first half of the stage's sentence: who speaks and who listens."""
    _ = language.gettext
    presenter, holder, step = room.seat(room.presenter), room.seat(room.holder), room.step
    if step is None or presenter is None:
        return ""
    if sitting_back(room):
        return _about(_("{name} listens."), presenter)
    if step.heard is Heard.PRESENTER or (holder is presenter and step.turns is Turns.PRESENTER):
        return _about(_("{name} speaks, the others listen."), presenter)
    return ""


def last_presented(language: Language, at: int | None) -> str:
    """Says in which month somebody last presented (epoch ms)."""
    if at is None:
        return language.gettext("has not presented here yet")
    day = datetime.fromtimestamp(at / 1000, UTC)
    return language.gettext(PRESENTED_IN[day.month - 1]).format(year=day.year)


PRESENTED_IN = (
    N_("presented in January {year}"),
    N_("presented in February {year}"),
    N_("presented in March {year}"),
    N_("presented in April {year}"),
    N_("presented in May {year}"),
    N_("presented in June {year}"),
    N_("presented in July {year}"),
    N_("presented in August {year}"),
    N_("presented in September {year}"),
    N_("presented in October {year}"),
    N_("presented in November {year}"),
    N_("presented in December {year}"),
)


def people_known(language: Language, known: Mapping[Role, int]) -> str:
    """Says how many people a circle knows, by role."""
    count = sum(known.values())
    sentence = language.ngettext(
        "This circle knows {count} person: {roles}.",
        "This circle knows {count} people: {roles}.",
        count,
    )
    parts = [_counted(language, role, known[role]) for role in Role if known.get(role)]
    roles = language.listed_in_full(parts or [language.gettext("nobody")])
    return sentence.format(count=count, roles=roles)


def _counted(language: Language, role: Role, count: int) -> str:
    ngettext = language.ngettext
    match role:
        case Role.FACILITATOR:
            words = ngettext("{count} facilitator", "{count} facilitators", count)
        case Role.MEMBER:
            words = ngettext("{count} member", "{count} members", count)
        case Role.OBSERVER:
            words = ngettext("{count} observer", "{count} observers", count)
        case Role.GUEST:
            words = ngettext("{count} guest", "{count} guests", count)
    return words.format(count=count)


def people_forgotten(language: Language, count: int) -> str:
    """Says how many people a circle has just forgotten."""
    if not count:
        return language.gettext("Done. There was nobody to forget.")
    sentence = language.ngettext(
        "Done. {count} person is forgotten.", "Done. {count} people are forgotten.", count
    )
    return sentence.format(count=count)


def ordinal(language: Language, number: int) -> str:
    """1st, 2nd, 3rd, 4th ..."""
    last = 0 if 10 <= number % 100 <= 20 else number % 10
    return language.gettext(ORDINALS.get(last, OTHER_ORDINALS)).format(number=number)


ORDINALS = {1: N_("{number}st"), 2: N_("{number}nd"), 3: N_("{number}rd")}
OTHER_ORDINALS = N_("{number}th")


def _in_round(room: Room) -> bool:
    return room.step is not None and room.step.turns is Turns.ROUND


# Any: each takes its own value.
WORDS: dict[str, Callable[[Language, Any], str]] = {
    "case_words": case_words,
    "hand_words": hand_words,
    "names": names,
    "people_forgotten": people_forgotten,
    "people_known": people_known,
    "person_words": person_words,
    "role_name": role_name,
}
"""The filters of templates that put a value into words."""
