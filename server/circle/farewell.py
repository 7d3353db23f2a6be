"""What the last page of a session tells its people: who is asked, what is gone, when they meet."""

from server.circle.circle import Circle
from server.circle.kept import names_in
from server.circle.meetings import year_ahead
from server.circle.pulse import answers
from server.circle.registering import has_row
from server.circle.schedule import CANCELLED, Meeting
from server.room.state import WAITING, Farewell, Room


def says_farewell(before: Room | None, after: Room) -> bool:
    """Whether the session ends for its members with this change, and its last page lacks this.

    It ends with the debrief, which sends them out, or else with the session itself.
    """
    return before is not None and before.is_live and not after.is_live and after.farewell is None


def farewell(circle: Circle, before: Room, after: Room, number: int, now: int) -> Farewell:
    """The farewell to the people of the room whose session ends by this change; `number` counts the
    sessions after which people were asked, with this one.

    Nobody is asked where the session has not begun.
    """
    asks: tuple[str, ...] = ()
    if before.phase != WAITING:
        asks = tuple(seat.id for seat in before.seats if answers(seat.role))
    meets = following(circle, now)
    return Farewell(
        at=now,
        zone=circle.time_zone,
        names=names_in(before),
        registers=has_row(circle, before, after),
        asks=asks,
        number=number if asks else 0,
        next_on=meets.date.isoformat() if meets else "",
        next_at=meets.starts_at if meets else 0,
    )


def following(circle: Circle, now: int) -> Meeting | None:
    """The next meeting that starts after now and takes place; the one in progress is over."""
    ahead = (meeting for meeting in year_ahead(circle, now) if meeting.starts_at > now)
    return next((meeting for meeting in ahead if meeting.state != CANCELLED), None)
