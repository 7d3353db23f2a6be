"""People without a browser: HTTP by the standard library, the socket by websockets."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Callable
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

PATIENCE_S = 15.0
PARTIAL = re.compile(
    r'<hx-partial hx-target="#(\w+)" hx-swap="outerMorph">(.*?)</hx-partial>', re.DOTALL
)


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        """Where an answer leads to is for the test to see. Any: urllib's own signature."""


class Answer:
    """What a page answered."""

    def __init__(self, status: int, headers: Any, text: str) -> None:
        """Any: an email.message.Message or its like."""
        self.status = status
        self.headers = headers
        self.text = text

    @property
    def cookie(self) -> str:
        """The cookie that was set, as a browser sends it back."""
        return str(self.headers["Set-Cookie"]).partition(";")[0]


def ask(
    url: str,
    form: dict[str, str] | None = None,
    *,
    cookie: str = "",
    origin: str | None = None,
    forwarded_for: str = "",
) -> Answer:
    """GET, or POST of a form; its Origin is the page's own, or the one given ('' for none)."""
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
    """A person's cookie for one circle, and the ways that it opens."""

    def __init__(self, url: str, circle_id: str, cookie: str) -> None:
        self.url = url
        self.circle_id = circle_id
        self.cookie = cookie

    @property
    def room(self) -> str:
        """The address of the room's page."""
        return f"{self.url}/circles/{self.circle_id}/room"

    def token(self, role: str = "member") -> str:
        """The token of an invitation, as a facilitator's page shows it."""
        page = ask(self.room, cookie=self.cookie).text
        found = re.search(rf'data-invite="{role}" value="[^"]+#([^"]+)"', page)
        assert found, "this page shows no invitation"
        return found[1]

    def at(self, url: str) -> Visit:
        """The same person at another process."""
        return Visit(url, self.circle_id, self.cookie)


def start_circle(url: str, name: str = "Fay", *, door: str = "open") -> Visit:
    """Somebody starts a circle; its door is open, or `closed`, as it is by itself."""
    answer = ask(f"{url}/circles", {"circle_name": "Tuesday", "your_name": name})
    assert answer.status == 303, answer.text
    visit = Visit(url, answer.headers["Location"].split("/")[2], answer.cookie)
    if door == "open":
        open_door(visit)
    return visit


def open_door(host: Visit) -> None:
    """From now on whoever comes is in the room at once, and it never locks itself."""
    settings = [
        {"do": "lobby", "on": False},
        {"do": "door", "locks_with_case": False, "holds_late": False},
    ]
    with connect_at_once(
        f"ws{host.room.removeprefix('http').removesuffix('room')}socket",
        additional_headers={"Cookie": host.cookie},
        origin=Origin(host.url),
        compression=None,
    ) as line:
        version = _version(line)
        for setting in settings:
            line.send(json.dumps(setting))
        while _version(line) < version + len(settings):
            pass


def _version(line: Connection) -> int:
    """The next version that is shown."""
    while True:
        if found := re.search(r'data-version="(\d+)"', str(line.recv(PATIENCE_S))):
            return int(found[1])


def join(host: Visit, name: str, role: str = "member", *, cookie: str = "") -> Visit:
    """Somebody joins by the link that the host's page shows."""
    form = {"token": host.token(role), "your_name": name, "agree": "yes"}
    answer = ask(f"{host.url}/join", form, cookie=cookie)
    assert answer.status == 303, answer.text
    return Visit(host.url, host.circle_id, answer.cookie)


class Caller:
    """A person on the socket, with the newest of each region."""

    def __init__(self, line: ClientConnection) -> None:
        self.socket = line
        self.regions: dict[str, str] = {}
        self.versions: list[int] = []
        self.answers: list[dict[str, Any]] = []
        self.received: list[str] = []
        """Every frame, as it came."""

    async def send(self, **command: Any) -> None:
        """Sends one command. Any: whatever JSON can say."""
        await self.socket.send(json.dumps(command))

    async def until(self, seen: Callable[[Caller], bool], seconds: float = PATIENCE_S) -> None:
        """Reads until it is so."""
        async with asyncio.timeout(seconds):
            while not seen(self):
                self.take(str(await self.socket.recv()))

    async def reaches(self, version: int) -> None:
        """Reads until the page shows this version or a later one."""
        await self.until(lambda me: bool(me.versions) and me.versions[-1] >= version)

    async def refused(self) -> str:
        """Reads until this person is refused something; the code."""
        await self.until(lambda me: me.code != "")
        return self.code

    async def closed(self, seconds: float = PATIENCE_S) -> int | None:
        """Reads until the connection ends; the close code, or None where it was cut."""
        with pytest.raises(ConnectionClosed) as ended:
            await self.until(lambda _me: False, seconds)
        return ended.value.rcvd.code if ended.value.rcvd else None

    def take(self, frame: str) -> None:
        """Notes what a frame holds."""
        self.received.append(frame)
        if frame.startswith("{"):
            self.answers.append(json.loads(frame))
            return
        self.regions.update(PARTIAL.findall(frame))
        if 'id="state"' in frame:
            self.versions.append(int(self.state["version"]))

    @property
    def state(self) -> dict[str, str]:
        """The data attributes of #state."""
        return dict(re.findall(r'data-([a-z-]+)="([^"]*)"', self.regions.get("state", "")))

    @property
    def code(self) -> str:
        """The code with which the last command was refused, or ''."""
        found = re.search(r'data-refused="(\w+)"', self.regions.get("notice", ""))
        return found[1] if found else ""

    def chair(self, seat: str) -> str:
        """What this page shows of a seat."""
        found = re.search(
            rf'<li id="seat-{seat}".*?</li>', self.regions.get("circle", ""), re.DOTALL
        )
        return found[0] if found else ""


def call(visit: Visit, *, origin: str | None = None, sock: socket.socket | None = None) -> connect:
    """The connection of this visit: `async with call(visit) as line: Caller(line)`."""
    return connect(
        f"ws{visit.room.removeprefix('http').removesuffix('room')}socket",
        additional_headers={"Cookie": visit.cookie} if visit.cookie else {},
        origin=None if origin == "" else (origin or visit.url),  # type: ignore[arg-type]  # a NewType of str
        compression=None,
        max_size=None,
        # A full queue would stop reading, and the end of a test that has read enough would wait ten
        # seconds for the server's close. A test that wants a full line pauses the transport.
        max_queue=None,
        sock=sock,
    )


def narrow_line(url: str) -> socket.socket:
    """A connected socket that takes in little before it is full."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    host, _, port = url.removeprefix("http://").partition(":")
    line.connect((host, int(port)))
    return line
