"""Sets and expires cookies in responses. identity.py owns their contents.

A cookie lives from the last visit on, so each page of a circle renews it, once a day.
"""

from starlette.requests import Request
from starlette.responses import Response

from server.circle.circle import Circle
from server.http.cookies import sent_cookies
from server.http.origin import base_url
from server.identity import (
    COOKIE_NAME,
    COOKIE_SECONDS,
    HOST,
    MOST_OF_ONE_NAME,
    Identity,
    Person,
    cookie_name,
    sent_names,
)
from server.practice.rooms import KEPT_S
from server.room.formats.shipped import PRACTICE

LARGEST_COOKIES = 6 * 1024
"""Of all circles together, since many proxies accept no header above 8 KiB."""
MOST_EXPIRED = 20
"""In one response, whose head a proxy must accept as well."""


class Cookies:
    def __init__(self, identity: Identity, public_url: str | None) -> None:
        self._identity = identity
        self._public_url = public_url

    def remember(
        self, request: Request, response: Response, circle: Circle, person: Person
    ) -> None:
        """Sets the cookie that makes this browser this person in the circle.

        A cookie without prefix stays beside a new one, since a process of the release before reads
        no other. It does not live longer because of that.
        """
        secure = self._is_secure(request)
        name = cookie_name(circle.id, secure=secure)
        response.set_cookie(
            name,
            self._identity.cookie(person, secure=secure),
            max_age=KEPT_S if circle.format == PRACTICE else COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=secure,
        )
        for surplus in self._surplus(request, name):
            _expire(response, surplus)

    def renew(self, request: Request, response: Response, circle: Circle, person: Person) -> None:
        """The same at a visit, at most once a day.

        Else a page that is still loading would set again the cookie that *Erase me
        here* has just expired.
        """
        name = cookie_name(circle.id, secure=self._is_secure(request))
        if not self._identity.is_recent(request, circle.id, name):
            self.remember(request, response, circle, person)

    def _surplus(self, request: Request, mine: str) -> list[str]:
        """The names of the cookies that no longer fit into a request beside `mine`, the oldest
        ones."""
        others: list[tuple[float, str, int]] = []
        for name, values in sent_cookies(request).items():
            if COOKIE_NAME.fullmatch(name) and name != mine:
                signed = [
                    self._identity.signed(name, value) for value in values[-MOST_OF_ONE_NAME:]
                ]
                at = max(one.at if one else 0.0 for one in signed)
                others.append((at, name, sum(len(name) + len(value) for value in values)))
        room_left = LARGEST_COOKIES
        surplus = []
        for _, name, size in sorted(others, reverse=True):
            room_left -= size
            if room_left < 0:
                surplus.append(name)
        return surplus[-MOST_EXPIRED:]

    def _is_secure(self, request: Request) -> bool:
        return base_url(request, self._public_url).startswith("https:")

    def forget(self, request: Request, response: Response, circle_id: str) -> None:
        """Expires all cookies of this browser for the circle."""
        for name in sent_names(request, circle_id):
            _expire(response, name)


def _expire(response: Response, name: str) -> None:
    # Browsers refuse to change a cookie of this name by one that is not Secure.
    response.delete_cookie(name, httponly=True, samesite="lax", secure=name.startswith(HOST))
