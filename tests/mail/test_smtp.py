"""Mail servers with TLS and a login: what is sent to them, and what is never sent without TLS."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.config import MailServer as Settings
from server.mail.smtp import Away, Outcome, Smtp
from tests.support.mail_server import LOGIN, MailServer, mail_server

TO = "ann@example.org"
MESSAGE = b"Subject: hello\r\n\r\nhello\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate of `localhost`, signed by nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """TLS of the mail server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


async def sent(
    scheme: str, server: MailServer, login: tuple[str, str] = LOGIN, host: str = "localhost"
) -> Outcome:
    """What has become of a mail to Ann."""
    port = urlsplit(server.url).port
    assert port
    smtp = Smtp(Settings(host, port, scheme, *login), Address("Circle", "circle", "example.org"))
    before = open_sockets()
    try:
        async with smtp.connected() as connection:
            return await connection.send(TO, MESSAGE)
    finally:
        # TLS says goodbye in this loop, which ends after us.
        while open_sockets() > before:  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0)


def open_sockets() -> int:
    """How many sockets this process has open."""
    return sum("socket:" in str(path.resolve()) for path in Path("/proc/self/fd").iterdir())


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_a_mail_is_sent_after_tls_and_a_login(scheme: str, tls: ssl.SSLContext) -> None:
    """A wrong password is no way in, and no refusal of the recipient either."""
    with mail_server(tls=tls, starts_with_tls=scheme == "smtps") as server:
        assert asyncio.run(sent(scheme, server)) is Outcome.SENT
        assert [to for to, _ in server.received] == [[TO]]
        with pytest.raises(Away):
            asyncio.run(sent(scheme, server, (LOGIN[0], "wrong")))
        assert len(server.received) == 1


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_nothing_is_sent_to_a_server_that_nobody_vouches_for(
    scheme: str, tls: ssl.SSLContext
) -> None:
    """Its certificate is signed by itself."""
    with mail_server(tls=tls, starts_with_tls=scheme == "smtps") as server:
        with pytest.raises(Away):
            asyncio.run(sent(scheme, server))
        assert server.attempts == []


@pytest.mark.usefixtures("trusted")
def test_nothing_is_sent_to_a_server_of_another_name(tls: ssl.SSLContext) -> None:
    """The certificate is trusted, but not of the server that was asked for."""
    with mail_server(tls=tls, starts_with_tls=True) as server, pytest.raises(Away):
        asyncio.run(sent("smtps", server, host="127.0.0.1"))


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_a_server_without_tls_gets_neither_the_login_nor_the_mail(scheme: str) -> None:
    """Somebody between us and the mail server could have taken STARTTLS out of its answer."""
    with mail_server() as server:
        with pytest.raises(Away):
            asyncio.run(sent(scheme, server))
        assert (server.attempts, server.mails) == ([], [])
