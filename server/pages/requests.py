"""What every page asks first: which circle, whose cookie, and whether a form was sent from here."""

from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from server import metrics
from server.circle.circle import Circle
from server.config import Settings
from server.identity import Identity, Person, same_origin, sent_names
from server.pages.errors import (
    CircleGone,
    CircleLost,
    NoCookie,
    NoSeat,
    NoSuchCircle,
    TooOften,
    WrongOrigin,
)
from server.room.commands import Enter
from server.room.state import Role
from server.store.limits import RateLimit
from server.store.store import Store

FORM = "application/x-www-form-urlencoded"
"""What our forms send; a multipart body may name a charset whose text is none."""
FORMS = ("/", "/circles", "/join")
"""The pages by whose forms people come into a room."""
LARGEST_FORM = 64 * 1024
MOST_FIELDS = 1000
"""The editor of a format, which has the most, sends some five hundred."""


class Member(NamedTuple):
    """A person whose cookie has been checked, and whose seat is still theirs."""

    person: Person
    role: Role

    @property
    def enter(self) -> Enter:
        """How they come into the room again."""
        return Enter(self.person.seat, self.person.name, self.role)


class Reception:
    """Lets a request in, or raises what errors.py has a kind page for."""

    def __init__(self, settings: Settings, identity: Identity, store: Store) -> None:
        self._settings = settings
        self._identity = identity
        self._circles = store.circles
        self._limits = store.limits
        self._secret = store.secret

    async def circle_and_member(self, request: Request) -> tuple[Circle, Member]:
        """Whose cookie is good for the circle that is asked for, and whose seat is still theirs."""
        circle, person, role = await self.circle_and_person(request)
        if role is None:
            raise NoSeat
        await self._circles.visited(circle, role)
        return circle, Member(person, role)

    async def circle_and_person(self, request: Request) -> tuple[Circle, Person, Role | None]:
        """Whose cookie is good for the circle that is asked for; without a role where the circle
        knows their seat no more."""
        circle_id = request.path_params["circle_id"]
        circle, person, role = await self._found(request, circle_id)
        if circle is None:
            if person is None:
                raise NoSuchCircle
            raise CircleLost if await self._secret.has_lost() else CircleGone
        if person is None:
            raise NoCookie if _has_lost_cookie(request, circle_id) else NoSeat
        return circle, person, role

    async def known(self, request: Request, circle_id: str) -> tuple[Circle | None, Member | None]:
        """The circle with this id and who in it has sent this; None for what is not there."""
        circle, person, role = await self._found(request, circle_id)
        return circle, Member(person, role) if person and role else None

    async def _found(
        self, request: Request, circle_id: str
    ) -> tuple[Circle | None, Person | None, Role | None]:
        person = self._identity.person(request, circle_id)
        circle, role = await self._circles.get_with_role(circle_id, person.seat if person else "")
        return circle, person, role

    async def keep_to(self, limit: RateLimit, request: Request) -> None:
        """Counts this against the address that it comes from, which is kept as a digest alone."""
        if who := self._identity.address_digest(request):
            waits_ms = await self._limits.count(limit, who)
            if waits_ms:
                metrics.TURNED_AWAY.labels(limit.what).inc()
                raise TooOften(limit.what, waits_ms)

    async def form(self, request: Request, largest: int = LARGEST_FORM) -> dict[str, str]:
        """What a form of ours has sent, of at most so many bytes."""
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
    """Whether this comes straight from a form whose answer has set the cookie that is missing."""
    if sent_names(request, circle_id):
        return False
    is_ours = request.headers.get("sec-fetch-site") == "same-origin"
    return is_ours and urlsplit(request.headers.get("referer", "/join")).path in FORMS
