"""The HTTP pages: start a circle, join by a link, the room, the circle's own page."""

import hmac
import math
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from server import metrics, views
from server.answers import NoSeat, NoSuchCircle, WrongOrigin, message
from server.circle.circle import INVITED_ROLES, Circle, described, known_format, person_name
from server.config import Settings
from server.identity import (
    COOKIE_SECONDS,
    Identity,
    Person,
    base_url,
    circle_of,
    cookie_name,
    new_circle_id,
    new_seat_id,
    same_origin,
)
from server.room.formats import DEFAULT_FORMAT, FORMATS
from server.room.refused import Refused
from server.room.state import Role
from server.store import Limit, Store

FORM = "application/x-www-form-urlencoded"
"""What our forms send; a multipart body may name a charset whose text is none."""
LARGEST_FORM = 64 * 1024

# A hospital's people all come from one address, so these are for floods alone.
STARTS = Limit("start", 20, 30_000)
JOINS = Limit("join", 60, 2_000)

OLD_LINK = "This invitation is not valid any more. Please ask your facilitator for a new link."


class Member(NamedTuple):
    """A person whose cookie and role have been checked."""

    person: Person
    role: Role


class Pages:
    """The endpoints, and what they need."""

    def __init__(self, settings: Settings, identity: Identity, store: Store) -> None:
        self._settings = settings
        self._identity = identity
        self._store = store

    def routes(self) -> list[Route]:
        """All pages; CONTRACT.md lists them."""
        return [
            Route("/", self.landing, methods=["GET"]),
            Route("/circles", self.start_circle, methods=["POST"]),
            Route("/join", self.invitation, methods=["GET"]),
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
        form = await self._form(request)
        await self._keep_to(STARTS, request)
        try:
            self._check_start_key(form.get("start_key", ""))
            name = person_name(form.get("your_name", ""))
            circle = described(
                new_circle_id(),
                form.get("circle_name", ""),
                form.get("format") or DEFAULT_FORMAT,
                form.get("time_zone") or "UTC",
            )
        except Refused as refused:
            return self._landing(form, refused.sentence)
        person = Person(circle.id, new_seat_id(), name)
        await self._store.found(circle, person.seat)
        return await self._into_room(request, circle, Member(person, Role.FACILITATOR))

    def _check_start_key(self, typed: str) -> None:
        key = self._settings.start_key
        if key is not None and not hmac.compare_digest(typed.encode(), key.encode()):
            raise Refused(
                "not_allowed", "The start key is not right; whoever runs this server has it."
            )

    def _landing(self, typed: dict[str, str], refusal: str) -> Response:
        fields = {"circle_name": "", "your_name": "", "format": DEFAULT_FORMAT, "time_zone": "UTC"}
        html = views.page(
            "landing",
            formats=FORMATS.values(),
            typed=fields | typed,
            refusal=refusal,
            start_key=self._settings.start_key is not None,
        )
        return HTMLResponse(html, 400 if refusal else 200)

    # Joining

    async def invitation(self, _request: Request) -> Response:
        return self._invitation({}, "")

    async def join(self, request: Request) -> Response:
        form = await self._form(request)
        await self._keep_to(JOINS, request)
        token = form.get("token", "")
        circle, member = await self._known(request, circle_of(token))
        invited = self._identity.invited_role(token, circle) if circle else None
        if circle is None or invited is None:
            return self._invitation(form, OLD_LINK, 403)
        try:
            if form.get("agree", "") != "yes":
                raise Refused("not_allowed", "Please agree to the ground rules first.")
            name = person_name(form.get("your_name", ""))
        except Refused as refused:
            return self._invitation(form, refused.sentence)
        if member is None:
            member = Member(Person(circle.id, new_seat_id(), name), invited)
        elif invited is Role.FACILITATOR:
            member = member._replace(role=invited)
        member = member._replace(person=member.person._replace(name=name))
        return await self._into_room(request, circle, member, typed=form)

    def _invitation(self, typed: dict[str, str], refusal: str, status: int = 400) -> Response:
        fields = {"token": "", "your_name": ""}
        html = views.page("join", typed=fields | typed, refusal=refusal)
        return HTMLResponse(html, status if refusal else 200)

    async def _into_room(
        self,
        request: Request,
        circle: Circle,
        member: Member,
        typed: dict[str, str] | None = None,
    ) -> Response:
        person, role = member
        try:
            await self._store.seated(circle, person.seat, person.name, role)
        except Refused as refused:
            return self._invitation(typed or {}, refused.sentence, 409)
        await self._store.expect(circle.id, person.seat)
        response = RedirectResponse(f"/circles/{circle.id}/room", status_code=303)
        response.set_cookie(
            cookie_name(circle.id),
            self._identity.cookie(person),
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=base_url(request, self._settings.public_url).startswith("https:"),
        )
        return response

    # The room and the circle

    async def room(self, request: Request) -> Response:
        circle, (person, role) = await self._circle_and_member(request)
        try:
            room = await self._store.seated(circle, person.seat, person.name, role)
        except Refused as refused:
            return message("The room cannot take you in now", refused.sentence, 409)
        await self._store.expect(circle.id, person.seat)
        viewer = views.Viewer(person.seat, role, base_url(request, self._settings.public_url))
        now = self._store.now()
        regions = views.Rendering(room, now, self.invite).regions(viewer)
        regions["notice"] = views.notice()
        html = {name: views.inner(region) for name, region in regions.items()}
        return HTMLResponse(views.page("room", circle=circle, now=now, regions=html))

    async def circle(self, request: Request) -> Response:
        return await self._circle_page(request)

    async def choose_format(self, request: Request) -> Response:
        form = await self._form(request)
        circle, member = await self._circle_and_member(request)
        if member.role is not Role.FACILITATOR:
            return message("This is for facilitators", "Only facilitators choose the format.", 403)
        try:
            chosen = known_format(form.get("format", ""))
        except Refused as refused:
            return message("This format is not known", refused.sentence, 400)
        await self._store.choose_format(circle.id, chosen)
        return await self._circle_page(request, chosen=True)

    async def _circle_page(self, request: Request, *, chosen: bool = False) -> Response:
        circle, member = await self._circle_and_member(request)
        links = {}
        if member.role is Role.FACILITATOR:
            base = base_url(request, self._settings.public_url)
            links = {r: self.invite(base, circle.id, r, circle.links) for r in INVITED_ROLES}
        html = views.page(
            "circle",
            circle=circle,
            plan=FORMATS[circle.format],
            formats=FORMATS.values(),
            links=links,
            chosen=chosen,
        )
        return HTMLResponse(html)

    # What all of them ask

    async def _circle_and_member(self, request: Request) -> tuple[Circle, Member]:
        """Whose cookie is good for the circle that is asked for, and whose seat is still theirs."""
        circle_id = request.path_params["circle_id"]
        circle, member = await self._known(request, circle_id)
        if circle is None:
            raise NoSuchCircle
        if member is None:
            raise NoSeat
        return circle, member

    async def _known(self, request: Request, circle_id: str) -> tuple[Circle | None, Member | None]:
        person = self._identity.person(request, circle_id)
        seat = person.seat if person else ""
        circle, role = await self._store.circle_and_role(circle_id, seat)
        return circle, Member(person, role) if person and role else None

    async def _keep_to(self, limit: Limit, request: Request) -> None:
        """Counts this against the address that it comes from, which is kept as a digest alone."""
        if who := self._identity.address_digest(request):
            waits_ms = await self._store.take(limit, who)
            if waits_ms:
                metrics.TURNED_AWAY.labels(limit.what).inc()
                raise HTTPException(429, headers={"Retry-After": str(math.ceil(waits_ms / 1000))})

    async def _form(self, request: Request) -> dict[str, str]:
        if not same_origin(request, self._settings.public_url):
            raise WrongOrigin
        if not request.headers.get("content-type", "").startswith(FORM):
            raise HTTPException(415)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_FORM:
                raise HTTPException(413)
        text = body.decode(errors="replace")
        return dict(parse_qsl(text, keep_blank_values=True))
