"""Makes a message of a mail: its headers, and both forms of its text."""

import hashlib
from datetime import UTC, datetime
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime

from server.views.language import Language
from server.views.mails import Mail


class _Whole(UnstructuredHeader, BaseHeader):
    """A field on a single line: the library makes encoded words of what is too long for one, and
    mail programs decode none of them in an address (RFC 2047, 5)."""

    def fold(self, *, policy: Policy) -> str:
        # Without PUBLIC_URL the host is what a browser has sent.
        if not self.isascii():
            return super().fold(policy=policy)
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Whole)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def message(
    mail: Mail, language: Language, sender: Address, to: str, now: int, *, stop: str = "", id: str
) -> bytes:
    """The message as it is sent, with a single recipient.

    `stop` is the address of one-click unsubscription (RFC 8058). `id` is the same for the same
    mail; only a digest of it is shown. A line break in a header is an error of the library.
    """
    made = EmailMessage(policy=_POLICY)
    made["From"] = sender
    made["To"] = Address(addr_spec=to)
    made["Subject"] = mail.subject
    made["Date"] = format_datetime(datetime.fromtimestamp(now // 1000, UTC))
    digest = hashlib.sha256(id.encode()).hexdigest()[:32]
    made["Message-ID"] = f"<{digest}@{sender.domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made["Content-Language"] = language.code
    if stop:
        made["List-Unsubscribe"] = f"<{stop}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(mail.text, cte="quoted-printable")
    made.add_alternative(mail.html(language), subtype="html", cte="quoted-printable")
    return made.as_bytes()
