"""The changes of a circle, as pure functions; kept.py has those that a change of its room causes.

None of them raises the version: the store does, when it commits a value that differs.
"""

import hashlib
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from server.circle import feed, register
from server.circle.circle import FOUNDER_GONE, Circle, known_format
from server.circle.schedule_changes import with_length
from server.room.formats import plan as plans
from server.room.formats.plan import Format
from server.room.refused import Refused
from server.room.state import Role


def with_founder(circle: Circle, seat: str) -> Circle:
    """The new circle with its founder, who leads it and is alone in it."""
    return replace(circle, founder=seat, roles={seat: Role.FACILITATOR})


def choose_format(circle: Circle, key: str, now: int) -> Circle:
    """The circle with this format from its next session on; raises Refused for an unknown one."""
    return with_length(circle, replace(circle, format=known_format(key, circle.own)), now)


def format_mark(circle: Circle) -> str:
    """A mark of its format, by which an editor tells which one it began with."""
    return hashlib.sha256(plans.encode(circle.plan)).hexdigest()[:16]


def keep_format(circle: Circle, plan: Format, now: int, seen: str | None = None) -> Circle:
    """The circle with a format of its own, from its next session on.

    `seen` is the mark of the format that the person began with; without it the latest one counts.
    Raises Refused if the circle has another one by now.
    """
    if circle.plan == plan:
        return circle
    if seen not in (None, format_mark(circle)):
        raise Refused("stale", "format_changed", title=circle.plan.title)
    return with_length(circle, replace(circle, format=plan.key, own=plan), now)


def renew_feed(circle: Circle, seat: str, seen: str | None = None) -> Circle:
    """The circle after this person has asked for a new address of their feed.

    `seen` is the serial number of the one that they saw: a repeated form does not make the new one
    useless. Without it there is a new one in any case.
    """
    is_repeated = seen not in (None, str(feed.feed_of(circle.feeds, seat).serial))
    if seat not in circle.roles or is_repeated:
        return circle
    return replace(circle, feeds=feed.renewed(circle.feeds, seat))


def name_feed(circle: Circle, seat: str, *, neutral: bool) -> Circle:
    """The circle after this person has chosen what it is called in their calendar."""
    known = seat in circle.roles
    feeds = feed.named(circle.feeds, seat, neutral=neutral)
    return replace(circle, feeds=feeds) if known else circle


def forgetting(circle: Circle, seats: Iterable[str], *, renews_link: bool = False) -> Circle:
    """The circle without these people, perhaps with a new facilitator link.

    Their rows in the register go as well.
    """
    leaving = set(seats)
    return replace(
        circle,
        roles={seat: role for seat, role in circle.roles.items() if seat not in leaving},
        presented={seat: at for seat, at in circle.presented.items() if seat not in leaving},
        absent={seat: days for seat, days in circle.absent.items() if seat not in leaving},
        feeds=feed.without(circle.feeds, leaving),
        seen={seat: month for seat, month in circle.seen.items() if seat not in leaving},
        facilitator_links=circle.facilitator_links + renews_link,
        founder=FOUNDER_GONE if circle.founder in leaving else circle.founder,
        register=register.without(circle.register, leaving),
    )


def with_role_alone(circle: Circle, seat: str) -> Circle:
    """The circle that keeps nothing of this person but their role; their feed is closed, and the
    session that goes on enters nothing of them in the register."""
    if seat not in circle.roles:
        return circle
    return replace(
        forgetting(circle, [seat]),
        roles=circle.roles,
        founder=circle.founder,
        feeds=feed.closed(circle.feeds, seat),
        register=register.taken_out(circle.register, seat),
    )


def with_roles(circle: Circle, roles: Mapping[str, str]) -> Circle:
    """The circle with the roles of these seats; of a seat without one nothing stays.

    The facilitator link is renewed as a facilitator is removed, so a circle without one could never
    have one again: raises Refused if nobody would lead it any more. The second seat makes the
    circle of a founder permanent.
    """
    leaving = {seat for seat, role in roles.items() if not role}
    changed = replace(
        circle,
        roles={seat: role for seat, role in {**circle.roles, **roles}.items() if role},
        presented={seat: at for seat, at in circle.presented.items() if seat not in leaving},
        absent={seat: days for seat, days in circle.absent.items() if seat not in leaving},
        feeds=feed.without(circle.feeds, leaving),
        register=register.without(circle.register, leaving),
        seen={seat: month for seat, month in circle.seen.items() if seat not in leaving},
    )
    if circle.leading and not changed.leading:
        raise Refused("not_now", "nobody_else_leads")
    return lasting(changed)


def passed_on(circle: Circle, chairs: Mapping[str, str]) -> Circle:
    """The circle in which absences and hours of the old seats are the new ones' (old seat → new).

    Reminders by mail and the calendar feed stay the old device's, and end with its seat.
    """
    if circle.roles.keys().isdisjoint(chairs):
        return circle
    absent = {chairs.get(seat, seat): days for seat, days in circle.absent.items()}
    return replace(circle, absent=absent, register=register.passed_on(circle.register, chairs))


def lasting(circle: Circle) -> Circle:
    """The circle, permanent if somebody else than its founder has a seat."""
    others = (seat for seat, role in circle.roles.items() if role != Role.GUEST)
    return replace(circle, founder="") if any(s != circle.founder for s in others) else circle
