"""The HTTP pages: start a circle, join by a link, the room, the circle's own page."""

import hmac
from collections.abc import Mapping

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from server.circle.circle import (
    FOUNDER_KEEPS_DAYS,
    INVITED_ROLES,
    Circle,
    described,
    known_format,
    person_name,
)
from server.config import Settings
from server.identity import (
    COOKIE_SECONDS,
    Identity,
    Person,
    base_url,
    circle_of,
    is_whole,
    new_attempt,
    new_circle_id,
    new_seat_id,
    token_in,
)
from server.pages import compression as compressed
from server.pages.cookies import Cookies
from server.pages.errors import ONE_MOMENT, NoSeat, message
from server.pages.requests import Member, Reception
from server.practice.rooms import Practice, TooManyOfOne, TooManyPractise
from server.room.door import OLD_LINK
from server.room.formats.shipped import DEFAULT_FORMAT, GROUPS, PRACTICE
from server.room.refused import Refused
from server.room.state import Role, Room
from server.store.arrivals import SeatGone
from server.store.limits import RateLimit
from server.store.memory import NoRoom
from server.store.store import Store
from server.views.partials import inner, notice
from server.views.rendering import Rendering, Viewer
from server.views.templates import render_page

# A hospital's people all come from one address, so these are for floods alone.
STARTS = RateLimit("start", 20, 600_000)
"""Circles that are started. START_TRIES counts their forms, valid or not."""
START_TRIES = RateLimit("start_try", 60, 2_000)
JOINS = RateLimit("join", 60, 2_000)
PRACTICES = RateLimit("practice", 10, 60_000)

CUT_LINK = "Part of the link is missing. Please open it again from the message."

NO_ROOM = (
    "There is no room for new circles right now; circles that exist go on as ever. Please try "
    "again later, or tell whoever runs this server."
)

MANY_PRACTISE = "Several people are practising just now. Please try again in a few minutes."
TWO_PRACTISE = (
    "Two practice rooms are open from your network. Please try again when one of them is over, in"
    " 20 minutes at the latest."
)


def leads_alone(role: Role, known: Mapping[Role, int] | None) -> bool:
    """Whether nobody else leads the circle, of whom it knows so many."""
    return role is Role.FACILITATOR and known is not None and known.get(role) == 1


class Pages:
    """The endpoints, and what they need."""

    def __init__(
        self, settings: Settings, identity: Identity, store: Store, practice: Practice
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._store = store
        self._reception = Reception(settings, identity, store)
        self._cookies = Cookies(identity, settings.public_url)
        self._practice = practice

    def routes(self) -> list[Route]:
        """All pages; docs/protocol.md lists them."""
        return [
            Route("/", self.landing, methods=["GET"]),
            Route("/circles", self.start_circle, methods=["POST"]),
            Route("/practice", self.practise, methods=["POST"]),
            Route("/join", self.invitation, methods=["GET"]),
            # Mail filters encode the `#` of a link, some of them twice.
            Route("/join#{token:path}", self.invitation, methods=["GET"]),
            Route("/join%23{token:path}", self.invitation, methods=["GET"]),
            Route("/join", self.join, methods=["POST"]),
            Route("/circles/{circle_id}", self.circle, methods=["GET"]),
            Route("/circles/{circle_id}", self.choose_format, methods=["POST"]),
            Route("/circles/{circle_id}/room", self.room, methods=["GET"]),
        ]

    def invite(self, base: str, circle_id: str, role: Role, links: int) -> str:
        """The whole invitation link; the token stands in the fragment."""
        return f"{base}/join#{self._identity.token(circle_id, role, links)}"

    # Starting a circle

    async def landing(self, _request: Request) -> Response:
        return self._landing({}, "")

    async def start_circle(self, request: Request) -> Response:
        form = await self._reception.form(request)
        await self._reception.keep_to(START_TRIES, request)
        try:
            self._check_start_key(form.get("start_key", ""))
            name = person_name(form.get("your_name", ""))
            circle = described(
                new_circle_id(),
                form.get("circle_name", ""),
                form.get("format") or DEFAULT_FORMAT,
                form.get("time_zone", ""),
            )
        except Refused as refused:
            return self._landing(form, refused.sentence)
        try:
            circle, seat = await self._started(request, circle, name, form.get("attempt", ""))
        except NoRoom:
            return self._landing(form, NO_ROOM, 503)
        member = Member(Person(circle.id, seat, name), Role.FACILITATOR)
        return await self._into_room(request, circle, member)

    async def _started(
        self, request: Request, circle: Circle, name: str, attempt: str
    ) -> tuple[Circle, str]:
        """The circle that a form starts, and its facilitator's seat.

        A form that is sent again leads to the circle that it has started, and leaves it as it is.
        """
        seat = new_seat_id()
        if attempt:
            circle_id = self._identity.circle_id(attempt, circle.name, circle.format, name)
            same = self._identity.seat_id(attempt, circle_id)
            held, role = await self._store.circles.get_with_role(circle_id, same)
            if held and role is Role.FACILITATOR:
                return held, same
            if held is None:
                circle, seat = replace(circle, id=circle_id), same
        await self._store.circles.check_memory(circle.id)
        await self._reception.keep_to(STARTS, request)
        await self._store.circles.create(circle, seat)
        return circle, seat

    async def practise(self, request: Request) -> Response:
        form = await self._reception.form(request)
        await self._reception.keep_to(PRACTICES, request)
        try:
            self._check_start_key(form.get("start_key", ""))
            circle, person = await self._practice.open(self._identity.address_digest(request))
        except Refused as refused:
            return message("Nobody could be let in", refused.sentence, 400)
        except TooManyPractise:
            return message(ONE_MOMENT, MANY_PRACTISE, 503)
        except TooManyOfOne as error:
            answer = message(ONE_MOMENT, TWO_PRACTISE, 429)
            answer.headers["Retry-After"] = str(error.retry_after_s)
            return answer
        except NoRoom:
            return message("No new circles just now", NO_ROOM, 503)
        member = Member(person, Role.FACILITATOR)
        return await self._into_room(request, circle, member)

    def _check_start_key(self, typed: str) -> None:
        key = self._settings.start_key
        if key is not None and not hmac.compare_digest(typed.encode(), key.encode()):
            raise Refused(
                "not_allowed", "The start key is not right; whoever runs this server has it."
            )

    def _landing(self, typed: dict[str, str], refusal: str, status: int = 400) -> Response:
        fields = {"circle_name": "", "your_name": "", "format": DEFAULT_FORMAT, "time_zone": "UTC"}
        html = render_page(
            "landing",
            groups=GROUPS,
            typed=fields | typed,
            refusal=refusal,
            start_key=self._settings.start_key is not None,
            attempt=typed.get("attempt") or new_attempt(),
        )
        return HTMLResponse(html, status if refusal else 200)

    # Joining

    async def invitation(self, request: Request) -> Response:
        return self._invitation({"token": request.path_params.get("token", "")}, "")

    async def join(self, request: Request) -> Response:
        form = await self._reception.form(request)
        await self._reception.keep_to(JOINS, request)
        token = token_in(form.get("token", ""))
        circle, member = await self._reception.known(request, circle_of(token))
        invited = self._identity.invited_role(token, circle) if circle else None
        if circle is None or invited is None:
            return self._invitation(form, OLD_LINK if is_whole(token) else CUT_LINK, 403)
        try:
            if form.get("agree", "") != "yes":
                raise Refused("not_allowed", "Please agree to the ground rules first.")
            name = person_name(form.get("your_name", ""))
        except Refused as refused:
            return self._invitation(form, refused.sentence)
        if member is None:
            attempt = form.get("attempt", "")
            seat = self._identity.seat_id(attempt, circle.id) if attempt else new_seat_id()
            # Somebody who was put out joins anew; the room may know the seat of their dead cookie.
            before = self._identity.person(request, circle.id)
            former = before.seat if before else ""
            member = Member(Person(circle.id, seat, name), None, former=former)
        member = member._replace(person=member.person._replace(name=name), invited=invited)
        return await self._into_room(request, circle, member, typed=form)

    def _invitation(self, typed: dict[str, str], refusal: str, status: int = 400) -> Response:
        given = typed.get("token", "")
        token = token_in(given)
        html = render_page(
            "join",
            token=token if is_whole(token) else given,
            is_whole=is_whole(token),
            your_name=typed.get("your_name", ""),
            attempt=typed.get("attempt") or new_attempt(),
            refusal=refusal,
        )
        return HTMLResponse(html, status if refusal else 200)

    async def _into_room(
        self,
        request: Request,
        circle: Circle,
        member: Member,
        typed: dict[str, str] | None = None,
    ) -> Response:
        person = member.person
        try:
            await self._arrived(circle, member)
        except Refused as refused:
            return self._invitation(typed or {}, refused.sentence, 409)
        response = RedirectResponse(f"/circles/{circle.id}/room", status_code=303)
        self._cookies.remember(request, response, circle, person)
        return response

    async def _arrived(self, circle: Circle, member: Member) -> Room:
        """The room with this person in it, or at its door. Raises NoSeat, or Refused."""
        try:
            return await self._store.arrivals.arrived(circle, member.coming)
        except SeatGone:
            raise NoSeat from None

    # The room and the circle

    async def room(self, request: Request) -> Response:
        circle, member = await self._reception.circle_and_member(request)
        person = member.person
        try:
            room = await self._arrived(circle, member)
        except Refused as refused:
            return message("The room cannot take you in now", refused.sentence, 409)
        viewer = Viewer(person.seat, base_url(request, self._settings.public_url))
        now = self._store.clock.now()
        regions = Rendering(room, now, self.invite).regions(viewer) or {}
        regions["notice"] = notice()
        html = {name: inner(region) for name, region in regions.items()}
        page = render_page("room", circle=circle, now=now, regions=html)
        tokens = [self._identity.token(room.id, role, room.serial(role)) for role in INVITED_ROLES]
        response = compressed.page(request, page, tokens)
        self._cookies.renew(request, response, circle, person)
        return response

    async def circle(self, request: Request) -> Response:
        return await self.circle_page(request)

    async def choose_format(self, request: Request) -> Response:
        form = await self._reception.form(request)
        circle, member = await self._reception.circle_and_member(request)
        if member.role is not Role.FACILITATOR:
            return message("This is for facilitators", "Only facilitators choose the format.", 403)
        try:
            chosen = known_format(form.get("format", ""), circle.own)
        except Refused as refused:
            return message("This format is not known", refused.sentence, 400)
        await self._store.circles.choose_format(circle.id, chosen)
        return await self.circle_page(request, chosen=True)

    async def circle_page(
        self, request: Request, *, chosen: bool = False, forgotten: int | None = None
    ) -> Response:
        """The circle's own page, which may say what has just been done on it: that a format was
        chosen, or how many people were forgotten."""
        circle, member = await self._reception.circle_and_member(request)
        if member.role is Role.GUEST:
            raise NoSeat  # Not yet: whoever waits in the lobby knows the circle's name alone.
        leads = member.role is Role.FACILITATOR
        links = {}
        if leads:
            base = base_url(request, self._settings.public_url)
            links = {r: self.invite(base, circle.id, r, circle.serial(r)) for r in INVITED_ROLES}
        known = await self._store.circles.known(circle.id)
        html = render_page(
            "circle",
            circle=circle,
            plan=circle.plan,
            practice=circle.format == PRACTICE.key,
            groups=GROUPS,
            links=links,
            chosen=chosen,
            known=known,
            leads_alone=leads_alone(member.role, known),
            forgotten=forgotten,
            cookie_days=COOKIE_SECONDS // (24 * 3600),
            founder_days=FOUNDER_KEEPS_DAYS,
        )
        response = HTMLResponse(html)
        self._cookies.renew(request, response, circle, member.person)
        return response
