"""A mail server for tests: a real one, in a thread of its own, which keeps what it receives."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from tests.support.processes import wait_until

SENDER = "Balint Circle <circle@example.org>"


class MailServer:
    """What it has received, and how it answers; the answers may be changed at any time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.url = ""
        self.received: list[tuple[list[str], EmailMessage]] = []
        """The recipients of each message, and the message itself."""
        self.attempts: list[str] = []
        """The recipients that were named, accepted or not."""
        self.on_recipient = "250 OK"
        self.on_message = "250 OK"
        """Answered after the message has been kept."""
        self.holds = ""
        """`recipient` or `message`: it answers this no more, until `release`."""
        self.is_held = threading.Event()
        self._released = asyncio.Event()

    @property
    def env(self) -> dict[str, str]:
        """The settings of a server that sends by this one."""
        return {"SMTP_URL": self.url, "MAIL_FROM": SENDER}

    @property
    def mails(self) -> list[EmailMessage]:
        """The messages received."""
        return [message for _, message in self.received]

    def waits_for(self, count: int, seconds: float = 15) -> list[EmailMessage]:
        """The messages, once there are so many."""
        wait_until(lambda: len(self.received) >= count, seconds)
        return self.mails

    def release(self) -> None:
        """Answers again."""
        self.holds = ""
        self._loop.call_soon_threadsafe(self._released.set)

    async def _hold(self, what: str) -> None:
        if self.holds == what:
            self.is_held.set()
            await self._released.wait()

    # The names of aiosmtpd. Any: its types of sessions and envelopes.

    async def handle_RCPT(  # noqa: N802 - its name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        self.attempts.append(address)
        await self._hold("recipient")
        if self.on_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.on_recipient

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - its name
        message = message_from_bytes(envelope.content, _class=EmailMessage, policy=default)
        if self.on_message.startswith("250"):
            self.received.append((list(envelope.rcpt_tos), message))
        await self._hold("message")
        return self.on_message


LOGIN = ("circle", "p@ss:word")
"""What a mail server with TLS asks for, and nothing else."""


@contextmanager
def mail_server(
    port: int = 0, *, tls: ssl.SSLContext | None = None, starts_with_tls: bool = False
) -> Iterator[MailServer]:
    """A running mail server, on a free port or on this one.

    With `tls` it takes a mail only after TLS and LOGIN: by STARTTLS, or from the beginning.
    """
    loop = asyncio.new_event_loop()
    handler = MailServer(loop)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def made() -> SMTP:
        by_starttls = None if starts_with_tls else tls
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a login without TLS: it knows TLS by STARTTLS only
            return SMTP(
                handler,
                hostname="mail.example.org",
                loop=loop,
                tls_context=by_starttls,
                require_starttls=by_starttls is not None,
                auth_required=tls is not None,
                auth_require_tls=by_starttls is not None,
                authenticator=_logged_in,
            )

    async def begin() -> asyncio.Server:
        at_once = tls if starts_with_tls else None
        return await loop.create_server(made, "127.0.0.1", port, ssl=at_once)

    server = asyncio.run_coroutine_threadsafe(begin(), loop).result()
    handler.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def end() -> None:
        handler.release()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    try:
        yield handler
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _logged_in(
    _server: SMTP, _session: object, _envelope: object, _mechanism: str, data: Any
) -> AuthResult:
    # Any: its type of what a client has sent.
    name, password = (word.decode() for word in (data.login, data.password))
    return AuthResult(success=(name, password) == LOGIN, handled=False)


@contextmanager
def silent_server() -> Iterator[str]:
    """The URL of a mail server that accepts connections and never says anything."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"
