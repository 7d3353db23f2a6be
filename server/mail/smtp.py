"""The mail server: connects to it and hands over messages, each within a time limit.

Owns what its answers mean. No error is passed on or logged with its text, which may quote an
address.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.headerregistry import Address
from enum import StrEnum

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPException, SMTPRecipientRefused, SMTPResponseException

from server.config import MailServer, Settings

ANSWERS_WITHIN_S = 10.0
"""Each answer of the mail server."""
CONNECTS_WITHIN_S = 15.0
"""With TLS and the login."""
SENDS_WITHIN_S = 30.0
QUITS_WITHIN_S = 2.0
PERMANENT = range(550, 600)
"""What lies below says that the session is wrong, such as 530 without a login, and not the
recipient."""

FAULTS = (SMTPException, OSError, ValueError)
"""Of the connection. The last for answers that are none."""


class Away(Exception):
    """The mail server cannot be reached, or has closed the connection before the message."""


class Outcome(StrEnum):
    """What has become of a message."""

    SENT = "sent"
    REFUSED = "refused"
    """For good."""
    LATER = "later"
    """Not now."""
    UNKNOWN = "unknown"
    """The connection ended after the message had begun: the mail server may have it."""


def smtp_of(settings: Settings) -> "Smtp | None":
    """The mail server of these settings; None if this server sends no mail."""
    if settings.mail_server is None or settings.mail_from is None:
        return None
    return Smtp(settings.mail_server, settings.mail_from)


class Smtp:
    def __init__(self, server: MailServer, sender: Address) -> None:
        self._server = server
        self.sender = sender

    @asynccontextmanager
    async def connected(self) -> AsyncIterator["SmtpSession"]:
        """A connection that is ready for messages. Raises Away."""
        client = SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.user or None,
            password=self._server.password or None,
            use_tls=self._server.scheme == "smtps",
            start_tls=self._server.scheme == "smtp+starttls",
            local_hostname=self.sender.domain,  # The library would look up ours, and wait for it.
            timeout=ANSWERS_WITHIN_S,
        )
        try:
            try:
                async with asyncio.timeout(CONNECTS_WITHIN_S):
                    await client.connect()
            except FAULTS as error:
                raise Away(type(error).__name__) from None
            yield SmtpSession(client, self.sender)
            with suppress(*FAULTS):
                async with asyncio.timeout(QUITS_WITHIN_S):
                    await client.quit()
        finally:
            client.close()


class SmtpSession:
    """One connection, for one message after another."""

    def __init__(self, client: SMTP, sender: Address) -> None:
        self._client = client
        self._sender = sender

    async def send(self, to: str, message: bytes) -> Outcome:
        """Hands over one message to one recipient. Raises Away."""
        try:
            async with asyncio.timeout(SENDS_WITHIN_S):
                await self._client.mail(self._sender.addr_spec)
                await self._client.rcpt(to)
        except SMTPResponseException as refusal:
            await self._reset()
            permanent = isinstance(refusal, SMTPRecipientRefused) and refusal.code in PERMANENT
            return Outcome.REFUSED if permanent else Outcome.LATER
        except FAULTS as error:
            raise Away(type(error).__name__) from None
        try:
            async with asyncio.timeout(SENDS_WITHIN_S):
                await self._client.data(message)
        except SMTPResponseException as refusal:
            await self._reset()
            return Outcome.REFUSED if refusal.code in PERMANENT else Outcome.LATER
        except FAULTS:
            self._client.close()
            return Outcome.UNKNOWN
        return Outcome.SENT

    async def _reset(self) -> None:
        """Readies the connection for the next message; if that fails, sending that raises Away."""
        try:
            await self._client.rset()
        except FAULTS:
            self._client.close()
