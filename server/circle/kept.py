"""What a circle keeps when its room changes: people's roles, their presentations, the settings, and
a row of its register when a session ends."""

from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec.structs import replace

from server.circle.changes import passed_on, with_roles
from server.circle.circle import Circle, Last
from server.circle.registering import ends_registered, with_row
from server.room.state import WAITING, Door, Role, Room, Seat


def lasts(before: Room | None, after: Room) -> bool:
    """Whether the circle changes with its room. Most changes of a room change nothing in it."""
    if before is not None:
        if _settings(before) != _settings(after):
            return True
        if _ends(before, after) or ends_registered(before, after):
            return True
        if (before.seats, before.lobby, before.lapsed) == (after.seats, after.lobby, after.lapsed):
            return False
    return any(_roles(before, after)) or any(_presentations(before, after))


def only_presentations(before: Room | None, after: Room) -> bool:
    """Whether no role and no setting changes, so that the circle would only lose dates."""
    is_settled = before is not None and _settings(before) == _settings(after)
    is_settled = is_settled and not (before and _ends(before, after))
    return is_settled and not any(_roles(before, after))


def after(circle: Circle, before: Room | None, room: Room) -> Circle:
    """The circle after its room has changed from `before` to `room`; None: it has just opened.

    Raises Refused if nobody would lead the circle any more.
    """
    # The row first: of people who are forgotten by the same change nothing stays in it.
    known = passed_on(circle, {seat.took: seat.id for seat in room.seats if seat.took})
    registered = with_row(known, before, room) if before else known
    changed = with_roles(registered, dict(_roles(before, room)))
    presented = dict(_presentations(before, room))
    if presented:
        changed = replace(changed, presented={**changed.presented, **presented})
    if before is None:
        return changed
    if _ends(before, room):
        changed = _met(changed, before, room)
    return _with_settings(changed, before, room)


def people(room: Room | None) -> dict[str, Seat]:
    """All people seated in this room or in its lobby, by seat id."""
    return {seat.id: seat for seat in room.people} if room else {}


def names_in(room: Room) -> int:
    """How many names this session has had, with those of people who were sent out."""
    return len({*people(room), *room.gone})


def _ends(before: Room, after: Room) -> bool:
    return before.ended_at is None and after.ended_at is not None


def _met(circle: Circle, before: Room, ended: Room) -> Circle:
    """The circle after this session: when it met, and how much has gone."""
    ended_at = ended.ended_at or 0
    last = Last(ended_at, names_in(before), ended.prompts, ended.turns)
    circle = replace(circle, last=last)
    if before.phase == WAITING:
        return circle  # It has not begun.
    return replace(circle, met_on=datetime.fromtimestamp(ended_at // 1000, UTC).date())


def _settings(room: Room) -> tuple[int, int, str, Door]:
    """What circle and room share, and commands of the room change."""
    return room.links, room.facilitator_links, room.elsewhere, room.door


def _with_settings(circle: Circle, before: Room, after: Room) -> Circle:
    """The circle with the settings that differ between these rooms."""
    return replace(
        circle,
        links=_risen(circle.links, before.links, after.links),
        facilitator_links=_risen(
            circle.facilitator_links, before.facilitator_links, after.facilitator_links
        ),
        elsewhere=after.elsewhere if before.elsewhere != after.elsewhere else circle.elsewhere,
        door=after.door if before.door != after.door else circle.door,
    )


def _risen(held: int, before: int, after: int) -> int:
    """The circle's serial number after the room's has risen. Each renewal makes older links void,
    even if the circle's number is ahead, as where a process stopped between circle and room."""
    return held if before == after else max(held + 1, after)


def _presentations(before: Room | None, after: Room) -> Iterator[tuple[str, int]]:
    """The seats of those who have presented meanwhile, each with the time."""
    old = people(before)
    for seat in after.people:
        known = old.get(seat.id)
        if seat.presented_at and not (known and known.presented_at == seat.presented_at):
            yield seat.id, seat.presented_at


def _roles(before: Room | None, after: Room) -> Iterator[tuple[str, str]]:
    """The seats whose role changes, each with its new one; empty for people who are forgotten."""
    old, new = people(before), people(after)
    for seat in {**old, **new}:
        if seat in new:
            if seat not in old or old[seat].role is not new[seat].role:
                yield seat, new[seat].role
        elif before and not _stays_known(before, old[seat], after):
            yield seat, ""
    for seat in before.lapsed if before else ():
        if seat not in after.lapsed and seat not in new:
            yield seat, ""


def _stays_known(before: Room, seat: Seat, after: Room) -> bool:
    """Whether the circle still knows a person who no longer has a place in the room.

    It knows members who left before the debrief or were not let in today, and guests whose place
    in the lobby has lapsed, since a locked phone may wake up.
    """
    comes_again = seat.id in after.gone or seat.id in after.lapsed
    return comes_again or (seat in before.lobby and seat.role is not Role.GUEST)
