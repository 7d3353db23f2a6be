"""People without a browser: HTTP by the standard library, the socket by websockets."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as connect_at_once
from websockets.sync.connection import Connection
from websockets.typing import Origin

from tests.support.page import Page

PATIENCE_S = 30.0


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        """Redirects are left to the test. Any: urllib's own signature."""


class Answer:
    """The answer of a page."""

    def __init__(self, status: int, headers: Any, text: str) -> None:
        """Any: an email.message.Message or similar."""
        self.status = status
        self.headers = headers
        self.text = text

    @property
    def cookie(self) -> str:
        """The cookie that was set, in the form in which a browser returns it."""
        return str(self.headers["Set-Cookie"]).partition(";")[0]

    @property
    def message(self) -> str:
        """What a page with one message is about, as docs/protocol.md lists it; '' of others."""
        return self._fact("message")

    @property
    def refused(self) -> str:
        """The code with which the form or the page was refused, or ''."""
        return self._fact("refused")

    def _fact(self, name: str) -> str:
        found = re.search(rf' data-{name}="(\w+)"', self.text)
        return found[1] if found else ""


def ask(
    url: str,
    form: dict[str, str] | None = None,
    *,
    cookie: str = "",
    origin: str | None = None,
    forwarded_for: str = "",
) -> Answer:
    """GET, or POST of a form; Origin is the page's own, or the given one ('' for none)."""
    base = "/".join(url.split("/")[:3])
    headers = {"Cookie": cookie} if cookie else {}
    if form is not None and origin != "":
        headers["Origin"] = origin or base
    if forwarded_for:
        headers["X-Forwarded-For"] = forwarded_for
    body = None if form is None else urlencode(form).encode()
    request = Request(url, body, headers)  # noqa: S310 - always http, to a server of the test's
    try:
        with build_opener(Stay).open(request, timeout=PATIENCE_S) as response:
            return Answer(response.status, response.headers, response.read().decode())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read().decode())


class Visit:
    """A person's cookie for one circle, and the addresses that it opens."""

    def __init__(self, url: str, circle_id: str, cookie: str) -> None:
        self.url = url
        self.circle_id = circle_id
        self.cookie = cookie

    @property
    def room(self) -> str:
        """The address of the room's page."""
        return f"{self.url}/circles/{self.circle_id}/room"

    @property
    def seat(self) -> str:
        """Their seat, read from their page."""
        return Page(ask(self.room, cookie=self.cookie).text).state["seat"]

    def token(self, role: str = "member") -> str:
        """The token of an invitation, read from a facilitator's page."""
        token = Page(ask(self.room, cookie=self.cookie).text).token(role)
        assert token, "this page shows no invitation"
        return token

    def at(self, url: str) -> Visit:
        """The same person at another process."""
        return Visit(url, self.circle_id, self.cookie)


def led_to(visit: Visit, answer: Answer) -> Answer:
    """The page to which this answer leads a browser."""
    assert answer.status == 303, answer.text
    address = answer.headers["Location"].partition("#")[0]
    return ask(f"{visit.url}{address}", cookie=visit.cookie)


def start_circle(url: str, name: str = "Fay", *, door: str = "open") -> Visit:
    """Somebody starts a circle; its door is open, or `closed`, which is the default."""
    answer = ask(f"{url}/circles", {"circle_name": "Tuesday", "your_name": name})
    assert answer.status == 303, answer.text
    visit = Visit(url, answer.headers["Location"].split("/")[2], answer.cookie)
    if door == "open":
        open_door(visit)
    return visit


def open_door(host: Visit) -> None:
    """Admits everybody at once from now on, and never locks."""
    settings = [
        {"do": "lobby", "on": False},
        {"do": "door", "locks_with_case": False, "holds_late": False},
    ]
    with connect_at_once(
        f"ws{host.room.removeprefix('http').removesuffix('room')}socket",
        additional_headers={"Cookie": host.cookie},
        origin=Origin(host.url),
        compression=None,
    ) as connection:
        version = _version(connection)
        for setting in settings:
            connection.send(json.dumps(setting))
        while _version(connection) < version + len(settings):
            pass


def _version(connection: Connection) -> int:
    """The next version on the page."""
    page = Page()
    while "state" not in page.take(str(connection.recv(PATIENCE_S))):
        pass
    return int(page.state["version"])


def join(host: Visit, name: str, role: str = "member", *, cookie: str = "") -> Visit:
    """Somebody joins by the link on the host's page."""
    form = {"token": host.token(role), "your_name": name, "agree": "yes"}
    answer = ask(f"{host.url}/join", form, cookie=cookie)
    assert answer.status == 303, answer.text
    return Visit(host.url, host.circle_id, answer.cookie)


def circle_page(visit: Visit) -> str:
    """The circle's page, as this person sees it."""
    return ask(f"{visit.url}/circles/{visit.circle_id}", cookie=visit.cookie).text


class Caller(Page):
    """A person on the socket, with the latest of each region."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__()
        self.socket = connection
        self.versions: list[int] = []
        self.answers: list[dict[str, Any]] = []
        self.received: list[str] = []
        """Every frame, unchanged."""

    async def send(self, **command: Any) -> None:
        """Sends one command. Any: JSON values."""
        await self.socket.send(json.dumps(command))

    async def until(self, seen: Callable[[Caller], bool], seconds: float = PATIENCE_S) -> None:
        """Reads until the condition holds."""
        async with asyncio.timeout(seconds):
            while not seen(self):
                self.take(str(await self.socket.recv()))

    async def reaches(self, version: int) -> None:
        """Reads until the page shows this version or a later one."""
        await self.until(lambda me: bool(me.versions) and me.versions[-1] >= version)

    async def refused(self) -> str:
        """Reads until a command of this person is refused; returns the code."""
        await self.until(lambda me: me.code != "")
        return self.code

    async def closed(self, seconds: float = PATIENCE_S) -> int | None:
        """Reads until the connection ends; returns the close code, or None if it was cut."""
        with pytest.raises(ConnectionClosed) as ended:
            await self.until(lambda _me: False, seconds)
        return ended.value.rcvd.code if ended.value.rcvd else None

    def take(self, frame: str) -> dict[str, str]:
        """Records the content of a frame, which may be an answer instead of regions."""
        self.received.append(frame)
        if frame.startswith("{"):
            self.answers.append(json.loads(frame))
            return {}
        fresh = super().take(frame)
        if "state" in fresh:
            self.versions.append(int(self.state["version"]))
        return fresh


def call(visit: Visit, *, origin: str | None = None, sock: socket.socket | None = None) -> connect:
    """The connection of this visit: `async with call(visit) as connection: Caller(connection)`."""
    return connect(
        f"ws{visit.room.removeprefix('http').removesuffix('room')}socket",
        additional_headers={"Cookie": visit.cookie} if visit.cookie else {},
        origin=None if origin == "" else (origin or visit.url),  # type: ignore[arg-type]  # a NewType of str
        compression=None,
        max_size=None,
        # A full queue would stop reading, and a test that has read enough would then wait ten
        # seconds for the server's close. A test that needs a full line pauses the transport.
        max_queue=None,
        sock=sock,
    )


async def both(stack: AsyncExitStack, fay: Visit, ben: Visit) -> tuple[Caller, Caller]:
    """Two people who see each other."""
    one = Caller(await stack.enter_async_context(call(fay)))
    two = Caller(await stack.enter_async_context(call(ben)))
    await two.until(lambda me: "seat" in me.state)
    seat = two.state["seat"]
    await one.until(lambda me: bool(me.chair(seat)) and "data-away" not in me.chair(seat))
    return one, two


def narrow_line(url: str) -> socket.socket:
    """A connected socket with small buffers. The server's own follows the size of a segment."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
    host, _, port = url.removeprefix("http://").partition(":")
    line.connect((host, int(port)))
    return line
