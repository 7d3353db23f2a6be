"""The checks of every request: its circle, the person's cookie, and the origin of a form."""

import asyncio
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from server import metrics
from server.circle.circle import Circle
from server.config import Settings
from server.http.origin import same_origin
from server.identity import Identity, Person, sent_names
from server.pages.errors import (
    CircleErased,
    CircleGone,
    CircleLost,
    NoCookie,
    NoSeat,
    NoSuchCircle,
    SeatLost,
    TooOften,
    WrongOrigin,
)
from server.room.commands import Enter
from server.room.formats.shipped import PRACTICE
from server.room.state import Role
from server.store.limits import RateLimit
from server.store.store import Store
from server.store.unreadable import Unreadable

FORM = "application/x-www-form-urlencoded"
"""The encoding of our forms. A multipart body may name a charset that is not one of text."""
FORMS = ("/", "/circles", "/join", "/device")
"""The pages whose forms set a cookie."""
LARGEST_FORM = 64 * 1024
MOST_FIELDS = 1000
"""The format editor, the largest form, sends some five hundred."""


MOST_CIRCLES = 20
"""On the first page. Each costs a look-up."""


class Member(NamedTuple):
    """A person with a valid cookie and a seat in the circle."""

    person: Person
    role: Role

    @property
    def enter(self) -> Enter:
        """The command by which they come into the room again."""
        return Enter(self.person.seat, self.person.name, self.role)


class Known(NamedTuple):
    """A circle that a browser has a seat in."""

    circle: Circle
    person: Person
    role: Role


class Reception:
    """Checks requests; raises the exceptions that errors.py has pages for."""

    def __init__(self, settings: Settings, identity: Identity, store: Store) -> None:
        self._settings = settings
        self._identity = identity
        self._circles = store.circles
        self._limits = store.limits
        self._secret = store.secret
        self._tombstones = store.tombstones

    async def circle_and_member(self, request: Request) -> tuple[Circle, Member]:
        """The circle in the URL, and the member whom the cookie names; raises without either."""
        circle, person, role = await self.circle_and_person(request)
        if role is None:
            raise SeatLost
        await self._circles.visited(circle, role)
        await self._circles.seen(circle, person.seat)
        return circle, Member(person, role)

    async def circle_and_person(self, request: Request) -> tuple[Circle, Person, Role | None]:
        """The circle in the URL, and the person whom the cookie names; their role is None if the
        circle no longer knows their seat."""
        circle_id = request.path_params["circle_id"]
        circle, person, role = await self._look_up(request, circle_id)
        if circle is None:
            if person is None:
                raise NoSuchCircle
            if await self._tombstones.has(circle_id):
                raise CircleErased
            raise CircleLost if await self._secret.has_lost() else CircleGone
        if person is None:
            raise NoCookie if _has_lost_cookie(request, circle_id) else NoSeat
        return circle, person, role

    async def known(self, request: Request, circle_id: str) -> tuple[Circle | None, Member | None]:
        """The circle with this id, and the member whom the cookie names; None if missing."""
        circle, person, role = await self._look_up(request, circle_id)
        return circle, Member(person, role) if person and role else None

    async def circles(self, request: Request) -> list[Known]:
        """The circles that this browser has a seat in, the latest visit first; no rehearsals.

        Empty while Redis does not answer: the first page is there all the same.
        """
        people = self._identity.people(request)[:MOST_CIRCLES]
        try:
            found = await asyncio.gather(*map(self._circle_of, people))
        except RedisError:
            return []
        return [known for known in found if known]

    async def _circle_of(self, person: Person) -> Known | None:
        try:
            circle, role = await self._circles.get_with_role(person.circle, person.seat)
        except Unreadable:
            return None
        if circle is None or role is None or circle.format == PRACTICE:
            return None
        return Known(circle, person, role)

    async def _look_up(
        self, request: Request, circle_id: str
    ) -> tuple[Circle | None, Person | None, Role | None]:
        person = self._identity.person(request, circle_id)
        circle, role = await self._circles.get_with_role(circle_id, person.seat if person else "")
        return circle, person, role

    async def keep_to(self, limit: RateLimit, request: Request) -> None:
        """Takes a token of the address's bucket; only a digest of the address is stored."""
        if who := self._identity.address_digest(request):
            waits_ms = await self._limits.count(limit, who)
            if waits_ms:
                metrics.TURNED_AWAY.labels(limit.what).inc()
                raise TooOften(limit.what, waits_ms)

    async def form(self, request: Request, largest: int = LARGEST_FORM) -> dict[str, str]:
        """The fields of a form from our own origin, of at most `largest` bytes."""
        if not same_origin(request, self._settings.public_url):
            raise WrongOrigin
        if not request.headers.get("content-type", "").startswith(FORM):
            raise HTTPException(415)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > largest:
                raise HTTPException(413)
        text = body.decode(errors="replace")
        try:
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
        except ValueError:
            raise HTTPException(413) from None


def _has_lost_cookie(request: Request, circle_id: str) -> bool:
    """Whether a response to a form has just set the cookie that is missing."""
    if sent_names(request, circle_id):
        return False
    is_ours = request.headers.get("sec-fetch-site") == "same-origin"
    return is_ours and urlsplit(request.headers.get("referer", "/join")).path in FORMS
