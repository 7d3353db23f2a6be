"""Sets and expires cookies in responses. identity.py owns their contents.

A cookie lives from the last visit on, so each page of a circle renews it, once a day.
"""

from starlette.requests import Request
from starlette.responses import Response

from server.circle.circle import Circle
from server.identity import (
    COOKIE_SECONDS,
    HOST,
    Identity,
    Person,
    base_url,
    cookie_name,
    sent_names,
)
from server.practice.rooms import KEPT_S
from server.room.formats.shipped import PRACTICE


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
        for surplus in self._identity.surplus_cookies(request, name):
            _expire(response, surplus)

    def renew(self, request: Request, response: Response, circle: Circle, person: Person) -> None:
        """The same at a visit, at most once a day.

        Else a page that is still loading would set again the cookie that *Leave this circle on this
        device* has just expired.
        """
        name = cookie_name(circle.id, secure=self._is_secure(request))
        if not self._identity.is_recent(request, circle.id, name):
            self.remember(request, response, circle, person)

    def _is_secure(self, request: Request) -> bool:
        return base_url(request, self._public_url).startswith("https:")

    def forget(self, request: Request, response: Response, circle_id: str) -> None:
        """Expires all cookies of this browser for the circle."""
        for name in sent_names(request, circle_id):
            _expire(response, name)


def _expire(response: Response, name: str) -> None:
    # Browsers refuse to change a cookie of this name by one that is not Secure.
    response.delete_cookie(name, httponly=True, samesite="lax", secure=name.startswith(HOST))
