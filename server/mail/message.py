"""Makes a message of a mail: its headers, and both forms of its text."""

import hashlib
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from server.views.language import Language
from server.views.mails import Mail


def message(
    mail: Mail, language: Language, sender: Address, to: str, now: int, *, stop: str = "", id: str
) -> bytes:
    """The message as it is sent, with a single recipient.

    `stop` is the address of one-click unsubscription (RFC 8058). `id` is the same for the same
    mail; only a digest of it is shown. A line break in a header is an error of the library.
    """
    made = EmailMessage(policy=SMTP)
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
