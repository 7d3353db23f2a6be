"""A circle's meetings for other calendars: a file, and a feed for each person.

The file needs the cookie. The feed is read by programs without one: its secret address opens the
dates of one circle and nothing else, as long as its person has a seat.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from time import monotonic
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.circle import changes
from server.circle.calendar_file import (
    CalendarFacts,
    calendar_feed,
    calendar_file,
    etag,
    window,
)
from server.circle.circle import Circle
from server.circle.feed import feed_of, serials
from server.circle.meetings import meeting_on, meetings
from server.circle.schedule import Meeting
from server.identity import circle_of
from server.pages.assets import has_already
from server.pages.circle import circle_page
from server.pages.errors import AtTheDoor
from server.pages.feed_limit import EVERY_S, FeedLimit, is_well_formed
from server.pages.message import message
from server.pages.site import Facts, Site, Visit
from server.room.state import Role
from server.views.language import N_, language_of
from server.views.zone_footers import footer_of

CALENDAR = "text/calendar; charset=utf-8"
NEUTRAL = N_("Circle")
NAMES = {"circle": False, "neutral": True}
"""What a form says the meetings are called, and whether that is the neutral word."""


def routes(site: Site) -> list[Route]:
    path = "/circles/{circle_id}/feed"
    limit = FeedLimit()
    return [
        site.route("/circles/{circle_id}/calendar.ics", download),
        site.route("/calendar/{secret}.ics", partial(read_feed, limit)),
        site.route(path, change_feed, "POST"),
        site.back(path),
    ]


async def facts(visit: Visit) -> Facts:
    """The address of the person's own feed, and what the meetings are called in it."""
    circle, seat = visit.circle, visit.member.person.seat
    feed = feed_of(circle.feeds, seat)
    secret = visit.site.identity.feed_secret(circle.id, seat, feed.serial)
    address = f"{visit.site.base(visit.request)}/calendar/{secret}.ics"
    return {
        "feed": address,
        "feed_webcal": f"webcal:{address.partition(':')[2]}",
        "feed_serial": feed.serial,
        "feed_is_neutral": feed.neutral,
        "feed_did": "",
        "feed_fault": "",
    }


async def change_feed(site: Site, request: Request) -> Response:
    """`do=renew` gives the feed a new address, `name` says what its meetings are called."""
    form = await site.reception.form(request)
    circle, member = await site.reception.circle_and_member(request)
    if member.role is Role.GUEST:
        raise AtTheDoor
    seat = member.person.seat
    change: Callable[[Circle], Circle]
    if form.get("do") == "renew":
        seen, serial = form.get("seen"), feed_of(circle.feeds, seat).serial
        did = "renew_feed" if seen in (None, str(serial)) else "renewed_before"
        change = partial(changes.renew_feed, seat=seat, seen=seen)
    elif form.get("name") in NAMES:
        neutral = NAMES[form["name"]]
        did, change = "name_feed", partial(changes.name_feed, seat=seat, neutral=neutral)
    else:
        fault = language_of(request).gettext("Please choose one of these two names.")
        return await circle_page(site, request, status=400, feed_fault=fault)
    await site.store.circles.change(circle.id, change)
    return await circle_page(site, request, feed_did=did)


async def download(site: Site, request: Request) -> Response:
    """The file of all meetings, or of the one with the original date `date`."""
    circle, member = await site.reception.circle_and_member(request)
    if member.role is Role.GUEST:
        raise AtTheDoor
    now = site.store.clock.now()
    typed = request.query_params.get("date")
    found = _all(circle, now) if typed is None else _on(circle, typed)
    if not found and typed is not None:
        _ = language_of(request).gettext
        heading = _("There is no session on this day")
        sentence = _("The circle's page has the dates on which you meet.")
        return message(request, "no_session", heading, sentence, 404)
    held = _facts(site, request, circle, member.person.seat, found)
    # Writing a year of weekly meetings takes 30 ms, in which the event loop serves the rooms.
    body = await asyncio.to_thread(calendar_file, held, now)
    name = {"Content-Disposition": 'attachment; filename="circle.ics"'}
    return Response(body, headers={"Content-Type": f"{CALENDAR}; method=PUBLISH"} | name)


async def read_feed(limit: FeedLimit, site: Site, request: Request) -> Response:
    """The feed that this secret opens; every other one is answered alike."""
    secret = request.path_params["secret"]
    if not is_well_formed(secret):
        raise HTTPException(404)
    if not limit.allows(secret, site.identity.address_digest(request), monotonic()):
        return Response(status_code=429, headers={"Retry-After": str(EVERY_S)})
    circle_id = circle_of(secret)
    circle = await site.store.circles.get(circle_id)
    valid = serials(circle.roles, circle.feeds) if circle else {}
    seat = site.identity.feed_reader(secret, circle_id, valid)
    if circle is None or seat is None:
        limit.failed(secret)
        raise HTTPException(404)
    limit.opened(secret, monotonic())
    now = site.store.clock.now()
    held = _facts(site, request, circle, seat, _all(circle, now))
    body = await asyncio.to_thread(calendar_feed, held, now)
    headers = {"ETag": etag(body), "Content-Type": CALENDAR}
    if has_already(request.headers, headers["ETag"]):
        return Response(status_code=304, headers={"ETag": headers["ETag"]})
    return Response(body, headers=headers)


def _all(circle: Circle, now: int) -> Sequence[Meeting]:
    return meetings(circle, *window(now))


def _on(circle: Circle, typed: str) -> Sequence[Meeting]:
    try:
        found = meeting_on(circle, date.fromisoformat(typed))
    except ValueError:
        return ()
    return (found,) if found else ()


def _facts(
    site: Site, request: Request, circle: Circle, seat: str, found: Sequence[Meeting]
) -> CalendarFacts:
    """What the calendar of this person shows of these meetings."""
    base = site.base(request)
    is_neutral = feed_of(circle.feeds, seat).neutral
    return CalendarFacts(
        name=language_of(request).gettext(NEUTRAL) if is_neutral else circle.name,
        feed_id=circle.id,
        host=urlsplit(base).hostname or "localhost",
        time_zone=circle.time_zone,
        footer=footer_of(circle.time_zone),
        url=f"{base}/circles/{circle.id}/room",
        meetings=found,
        changed_at=circle.schedule.changed_at or circle.schedule.since,
    )
