"""The only renderer: a room becomes regions, each rendered once per audience of viewer.

The page, a change and a reconnect all use it. It decides nothing about the room. The sentences
are in words.py, turn.py and the templates.
"""

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec.structs import replace

from server.circle.circle import INVITED_ROLES
from server.room.arrival import comes_in_later
from server.room.attention.table import Attention, attention
from server.room.coming import Coming
from server.room.company import is_led
from server.room.ending import ended
from server.room.hearing import sitting_back
from server.room.state import Role, Room, Seat
from server.views.attention.labels import buttons
from server.views.attention.offered import Pressed, offered_on_stage, unless_offered
from server.views.attention.voice import voice
from server.views.buttons import Buttons
from server.views.coming_words import session_date
from server.views.dependencies import (
    DEPENDS_ON,
    FIELDS,
    HEARD,
    PERSONAL,
    changed_fields,
)
from server.views.language import Language
from server.views.moment import moment
from server.views.partials import PARTIAL_ENDS, Partial, begins, partial
from server.views.state_region import LOBBY_STATE, own_attributes, shared_attributes
from server.views.templates import environment, region_template
from server.views.turn import my_turn

Invite = Callable[[str, str, Role, int], str]
"""(base URL, circle id, role, serial) -> the whole invitation link."""


class Viewer(NamedTuple):
    """Who sees the regions: their seat, the base URL of their links, and their language."""

    seat: str
    base: str
    language: Language


class Audience(NamedTuple):
    """Viewers with equal values see the same regions, except #state, #attention and #turn."""

    owns: bool
    """A facilitator, who sees more than a member who holds the room."""
    base: str
    """The base URL of links, for people who lead; else empty."""
    language: Language
    offered: frozenset[Pressed]
    """What the stage offers to somebody who leads, and the dock does not offer again."""


class Rendering:
    """The regions of one value of a room, at one moment (epoch ms).

    `before` is the rendering of an earlier value of the same room; regions whose fields have not
    changed since are reused.
    """

    def __init__(
        self, room: Room, now: int, invite: Invite, before: "Rendering | None" = None
    ) -> None:
        self.room = room
        self._invite = invite
        if before and before.room.opened_at != room.opened_at:
            before = None  # Another session, perhaps with another format.
        self._shared: dict[Hashable, dict[str, Partial]] = {}
        changed = changed_fields(before.room, room) if before else FIELDS
        stale = {name for name, fields in DEPENDS_ON.items() if not changed.isdisjoint(fields)}
        self._sits = sitting_back(room)
        self.moment = moment(room, now)
        self.seats: dict[str, Seat] = {seat.id: seat for seat in room.seats}
        shared = shared_attributes(room, now)
        self._state_start = (
            f'{begins("state")}<div id="state" hidden data-version="{room.version}"{shared}'
        ).encode()
        self.mine: dict[str, bytes] = before.mine if before and changed.isdisjoint(HEARD) else {}
        is_same = before is not None and before.moment == self.moment
        self.audiences: dict[Viewer, tuple[Partial, Partial, Audience]] = (
            before.audiences if before and is_same and stale.isdisjoint(PERSONAL) else {}
        )
        self.buttons: Buttons = before.buttons if before else Buttons()
        self.drawn: dict[str, dict[Hashable, Partial]] = {
            name: before.drawn[name] if before and name not in stale else {} for name in DEPENDS_ON
        }

    def is_of(self, room: Room, now: int) -> bool:
        """Whether this value would be rendered the same at this moment."""
        return self.room is room and self.moment == moment(room, now)

    def regions(self, viewer: Viewer) -> dict[str, Partial] | None:
        """All regions for this viewer, by the id of their element; None for outsiders."""
        mine = self.audiences.get(viewer)
        if mine is None:
            seat = self.seats.get(viewer.seat)
            if seat is None:
                return self._outside(viewer)
            mine = self.audiences[viewer] = self._personal(viewer, seat)
        turn, said, audience = mine
        shared = self._shared.get(audience)
        if shared is None:
            language = viewer.language
            shared = self._shared[audience] = {
                "top": self._region("top", language),
                "phases": self._region("phases", language),
                "stage": self._region("stage", language),
                "circle": self._region("circle", language),
                "hands": self._region("hands", language),
                "dock": self._dock(audience),
            }
        return {"state": self._my_state(viewer.seat), "attention": said, "turn": turn, **shared}

    def _audience(self, viewer: Viewer, seat: Seat, now: Attention) -> Audience:
        leads = self.room.leads(seat)
        return Audience(
            seat.role is Role.FACILITATOR,
            viewer.base if leads else "",
            viewer.language,
            offered_on_stage(now) if leads else frozenset(),
        )

    def _outside(self, viewer: Viewer) -> dict[str, Partial] | None:
        if waits := self.room.waiting(viewer.seat):
            mine = f' data-seat="{viewer.seat}" data-role="{Role.GUEST}"'
            comes_later = comes_in_later(self.room, waits)
            lobby = _lobby(
                viewer.language,
                comes_later=comes_later,
                session=self.moment.session,
                is_early=self.moment.is_early,
                registers=self.room.registers,
                is_led=is_led(self.room),
            )
            return {"state": partial("state", LOBBY_STATE.format(mine)), **lobby}
        if viewer.seat in self.room.gone:
            return Rendering(_last_page(self.room, viewer.seat), 0, self._invite).regions(viewer)
        return None

    def _region(
        self, name: str, language: Language, audience: Hashable = None, **more: Any
    ) -> Partial:
        # Any: StrictUndefined checks the template's variables when it renders.
        drawn, drawn_for = self.drawn[name], (language, audience)
        if drawn_for not in drawn:
            template = region_template(name, language)
            more.setdefault("press", self.buttons.press)
            html = template.render(room=self.room, **more)
            drawn[drawn_for] = partial(name, html.strip())
        return drawn[drawn_for]

    def _my_state(self, seat_id: str) -> Partial:
        # Without a template, since it differs for each person at each change.
        mine = self.mine.get(seat_id)
        if mine is None:
            seat = self.seats[seat_id]
            attributes = own_attributes(self.room, seat, sits=self._sits == seat_id)
            mine = self.mine[seat_id] = f"{attributes}></div>".encode() + PARTIAL_ENDS
        return self._state_start + mine

    def _personal(self, viewer: Viewer, seat: Seat) -> tuple[Partial, Partial, Audience]:
        """The regions that address this person, and the audience for all others."""
        language, room = viewer.language, self.room
        now = attention(room, seat, over=self.moment.is_over)
        turn = my_turn(language, room, seat, now)
        spoken = voice(language, room, seat, now, self.moment.days)
        said = self.drawn["attention"].get((language, spoken))
        if said is None:
            made = buttons(language, room, now, self.buttons.press)
            said = self._region("attention", language, spoken, voice=spoken, buttons=made)
        turned = self._region("turn", language, turn, turn=turn)
        return turned, said, self._audience(viewer, seat, now)

    def _dock(self, audience: Audience) -> Partial:
        language = audience.language
        if not audience.base:
            return self._region("dock", language, leads=False, links={}, prompted=False, owns=False)
        room, owns, prompted = self.room, audience.owns, self.room.prompt != ""
        drawn_for = (audience.base, owns, prompted, audience.offered)
        if (drawn := self.drawn["dock"].get((language, drawn_for))) is not None:
            return drawn
        roles = INVITED_ROLES if owns else ()
        links = {
            role: self._invite(audience.base, room.id, role, room.serial(role)) for role in roles
        }
        press = unless_offered(self.buttons.press, audience.offered)
        facts = {"leads": True, "links": links, "prompted": prompted, "owns": owns}
        return self._region("dock", language, drawn_for, press=press, **facts)


@lru_cache
def _lobby(
    language: Language,
    *,
    comes_later: bool,
    session: Coming | None,
    is_early: bool,
    registers: bool,
    is_led: bool,
) -> dict[str, Partial]:
    """The regions for people in the lobby: the same in every circle for all who wait for a
    facilitator, and for all whom a later phase lets in. They read of the next session, whether
    the circle keeps a register, and whether anybody is here who could let them in."""
    template = environment(language).get_template("regions/lobby.html")
    when = session_date(language, session) if session else ""
    facts = {
        "comes_later": comes_later,
        "session": session,
        "is_early": is_early,
        "when": when,
        "registers": registers,
        "is_led": is_led,
    }
    blocks, context = template.blocks, template.new_context(facts)
    return {name: partial(name, "".join(block(context)).strip()) for name, block in blocks.items()}


def _last_page(room: Room, seat: str) -> Room:
    """The ended room for a person who has left it, without anybody else; `ended_at` stays, since a
    debrief may go on."""
    alone = (Seat(seat, "", Role.MEMBER),)
    return replace(ended(room, 0), seats=alone, ended_at=room.ended_at)
