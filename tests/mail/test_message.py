"""The bytes of a message: a parser of the same library would decode what mail programs do not."""

from __future__ import annotations

from email.headerregistry import Address

import pytest

from server.mail.message import message
from server.views.language import ENGLISH
from server.views.mails import Mail, Paragraph

SENDER = Address("Balint Circle", "circle", "department.a-rather-long-name.example.org")
STOP = f"https://{SENDER.domain}/reminders/stop/{'c' * 16}.{'p' * 39}"


def header(name: str, *, to: str = "ann@example.org", stop: str = STOP) -> str:
    """The field as it is on the wire, unfolded."""
    mail = Mail("Tuesday", (Paragraph("Hello"),))
    raw = message(mail, ENGLISH, SENDER, to, 0, stop=stop, id="1").decode("ascii")
    head = raw.partition("\r\n\r\n")[0].replace("\r\n ", " ")
    return next(line for line in head.split("\r\n") if line.startswith(f"{name}: "))


def test_the_address_of_one_click_stands_as_it_is() -> None:
    """RFC 8058: programs read the field itself; none decodes encoded words in it (RFC 2047, 5)."""
    assert header("List-Unsubscribe").split() == ["List-Unsubscribe:", f"<{STOP}>"]
    assert header("List-Unsubscribe-Post") == "List-Unsubscribe-Post: List-Unsubscribe=One-Click"


@pytest.mark.parametrize("local", ["a" * 64, ".".join(["a" * 10] * 5), "o'brien+x"])
def test_long_addresses_stand_as_they_are(local: str) -> None:
    """Of the person, and of the sender."""
    to = f"{local}@{'.'.join(['d' * 60] * 3)}.example"
    assert header("To", to=to).split() == ["To:", to]
    assert header("From").endswith(f"<circle@{SENDER.domain}>")
    assert "=?" not in header("Message-ID")


def test_a_host_that_no_header_can_have_stops_no_mail() -> None:
    """As somebody may have sent it to a server without PUBLIC_URL."""
    assert "=?utf-8?" in header("List-Unsubscribe", stop=f"{STOP}/ö")
