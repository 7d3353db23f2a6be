"""The register of a circle as it changes: by the end of a session, by time, and by its people.

register.py owns the register itself, which has neither a time zone nor a clock.
"""

from datetime import date, datetime, time

from msgspec.structs import replace

from server.circle import register
from server.circle.circle import Circle
from server.circle.register import Register, row_of
from server.circle.rhythm import instant, local_time
from server.room.due import KEPT_UNCHANGED_MS
from server.room.state import Room


def ends_registered(before: Room, after: Room) -> bool:
    """Whether the session that the register counts ends by this change."""
    return before.registers and before.is_live and not after.is_live


def with_row(circle: Circle, before: Room, after: Room) -> Circle:
    """The circle with a row for the session that ends by this change, if it keeps a register.

    The row has the local date on which the session began.
    """
    entered = _entered(circle, before, after)
    return circle if entered is None else replace(circle, register=entered)


def has_row(circle: Circle, before: Room, after: Room) -> bool:
    """Whether the register keeps a row of the session that ends by this change."""
    return _entered(circle, before, after) is not None


def today_in(circle: Circle, now: int) -> date:
    """The local date of this circle."""
    return _day(now, circle)


def pruned_at(circle: Circle, now: int) -> Circle:
    """The circle without the rows whose months are over, and without people whom it no longer
    knows: a process of a release without registers may have forgotten them."""
    unknown = register.seats_in(circle.register) - circle.roles.keys()
    kept = register.without(circle.register, unknown) if unknown else circle.register
    return replace(circle, register=register.pruned(kept, _day(now, circle)))


def next_pruning(circle: Circle) -> int | None:
    """When the months of its oldest row are over (epoch ms); None without rows."""
    over = register.first_over(circle.register)
    return None if over is None else instant(datetime.combine(over, time()), circle.time_zone)


def switched(circle: Circle, months: str, now: int, *, on: bool) -> Circle:
    """The circle with its register switched; raises Refused for unusable months."""
    changed = register.switched(circle.register, months, _day(now, circle), on=on)
    return replace(circle, register=changed)


def taken_out(circle: Circle, seat: str) -> Circle:
    """The circle whose register leaves this person out, now and later."""
    return replace(circle, register=register.taken_out(circle.register, seat))


def let_back(circle: Circle, seat: str) -> Circle:
    """The circle whose register enters this person again from the next session on."""
    return replace(circle, register=register.let_back(circle.register, seat))


def _entered(circle: Circle, before: Room, after: Room) -> Register | None:
    """The register with a row of the session that ends by this change; None if it gets none."""
    if not ends_registered(before, after) or before.began_at is None:
        return None
    ended_at = _ended_at(before, after)
    row = row_of(before, _day(before.began_at, circle), ended_at)
    if row is None:
        return None
    held = pruned_at(circle, ended_at).register
    entered = register.entered(held, row, _day(ended_at, circle))
    return None if entered is held else entered


def _ended_at(before: Room, after: Room) -> int:
    """When the session was over: its last activity if it ended because nobody ended it."""
    if after.ended_at is None:
        return after.changed_at  # A person has begun the debrief.
    was_left = after.ended_at - before.changed_at >= KEPT_UNCHANGED_MS
    return before.changed_at if was_left else after.ended_at


def _day(at: int, circle: Circle) -> date:
    return local_time(at, circle.time_zone).date()
