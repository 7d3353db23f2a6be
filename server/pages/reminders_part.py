"""Reminders by mail on the circle's page: what the form shows, and its results."""

from typing import NamedTuple

from server.circle.circle import Circle
from server.pages.requests import Member
from server.pages.site import Facts, Site, Visit
from server.room.formats.shipped import PRACTICE
from server.room.state import Role
from server.store.unreadable import Unreadable


class Result(NamedTuple):
    """What a form has just done, and what was typed in it."""

    did: str = ""
    """`ask`, `stop`, or nothing."""
    status: str = ""
    fault: str = ""
    """Beside the address."""
    address: str = ""
    day_before: bool = True
    hour_before: bool = True


NOTHING = Result()


class Shown(NamedTuple):
    is_offered: bool
    is_on: bool
    result: Result
    says_why: bool
    """Whether this person reads why it is not offered."""


async def facts(visit: Visit) -> Facts:
    return {"reminders": await shown(visit.site, visit.circle, visit.member)}


async def shown(site: Site, circle: Circle, member: Member, result: Result = NOTHING) -> Shown:
    """What the template shows. The address is not among it."""
    try:
        held = await site.store.reminders.of(circle.id, member.person.seat)
    except Unreadable:
        held = None
    if held and not result.fault:
        result = result._replace(day_before=held.day_before, hour_before=held.hour_before)
    if held:
        # A failover may have lost the deadline.
        await site.store.reminders.look_soon(circle.id)
    is_rehearsal = circle.format == PRACTICE
    offered = site.asking is not None and not is_rehearsal
    leads = member.role is Role.FACILITATOR
    return Shown(offered, held is not None, result, leads and not is_rehearsal)
