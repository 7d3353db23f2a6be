"""Environment variables: defaults, formats, and errors that reveal no secret."""

from __future__ import annotations

from email.headerregistry import Address
from pathlib import Path

import pytest

from server.config import ConfigError, MailServer, Settings


def refusal(**environ: str) -> str:
    """The error message for an environment."""
    with pytest.raises(ConfigError) as caught:
        Settings.from_environ(environ)
    return str(caught.value)


def test_an_empty_environment_gives_the_defaults() -> None:
    """No variable is needed to start a circle."""
    assert Settings.from_environ({}) == Settings()
    assert Settings().data_dir == Path("data")
    assert Settings().port == 8000


def test_an_empty_variable_is_an_unset_one() -> None:
    """Compose files pass unset variables as empty strings."""
    names = ["PORT", "HOST", "REDIS_URL", "DATA_DIR", "SECRET_KEY", "PUBLIC_URL", "START_KEY"]
    names += ["STUN_URLS", "TURN_URLS", "TURN_SECRET", "SMTP_URL", "MAIL_FROM"]
    assert Settings.from_environ(dict.fromkeys(names, " ")) == Settings()


def test_all_variables_reach_their_settings() -> None:
    """The server reads every variable of the documented table."""
    environ = {
        "PORT": "0",
        "HOST": "::1",
        "REDIS_URL": "rediss://user:pass@redis.example:6380/1",
        "DATA_DIR": "/var/lib/circle",
        "SECRET_KEY": "0123456789abcdef",
        "PUBLIC_URL": "https://circle.example.org",
        "START_KEY": "colleagues",
        "STUN_URLS": "stun:stun.example.org",
        "TURN_URLS": "turn:turn.example.org:3478, turns:turn.example.org",
        "TURN_SECRET": "shared",
        "SMTP_URL": "smtp+starttls://circle:p%40ss@mail.example.org",
        "MAIL_FROM": "Balint Circle <circle@example.org>",
        "ERASED_DAYS": "14",
        "RETENTION_NOTE": "Backups go after 14 days.",
    }
    assert Settings.from_environ(environ) == Settings(
        port=0,
        host="::1",
        redis_url="rediss://user:pass@redis.example:6380/1",
        data_dir=Path("/var/lib/circle"),
        secret_key="0123456789abcdef",
        public_url="https://circle.example.org",
        start_key="colleagues",
        stun_urls=("stun:stun.example.org",),
        turn_urls=("turn:turn.example.org:3478", "turns:turn.example.org"),
        turn_secret="shared",
        mail_server=MailServer("mail.example.org", 587, "smtp+starttls", "circle", "p@ss"),
        mail_from=Address("Balint Circle", addr_spec="circle@example.org"),
        erased_in=Path("/var/lib/circle"),
        erased_days=14,
        retention_note="Backups go after 14 days.",
    )


def test_what_was_erased_is_kept_in_a_folder_that_is_the_apps() -> None:
    """With a Redis elsewhere only in a folder that was named."""
    elsewhere = {"REDIS_URL": "redis://localhost"}
    assert Settings.from_environ({"DATA_DIR": "/d"}).erased_in == Path("/d")
    assert Settings.from_environ(elsewhere).erased_in is None
    assert Settings.from_environ({**elsewhere, "DATA_DIR": "/d"}).erased_in == Path("/d")


@pytest.mark.parametrize("days", ["0", "-1", "3661", "1e3", "²", "9" * 5000])
def test_a_number_of_days_that_is_none_is_refused(days: str) -> None:
    """The message has the bounds."""
    told = f"ERASED_DAYS should be a number from 1 to 3660, but is {days!r}."
    assert refusal(ERASED_DAYS=days) == told


@pytest.mark.parametrize("port", ["eighty", "-1", "65536", "80.0", "²"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    """The message names the variable, and the expected and received values."""
    assert refusal(PORT=port) == f"PORT should be a number from 0 to 65535, but is {port!r}."


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "rediss://:pass@redis.example:6380/0",
        "unix:///run/redis.sock?db=1",
    ],
)
def test_each_kind_of_redis_is_accepted_as_it_is(url: str) -> None:
    """The store interprets the rest of the address."""
    assert Settings.from_environ({"REDIS_URL": url}).redis_url == url


@pytest.mark.parametrize(
    ("url", "got"),
    [
        ("http://:hidden@redis.example", "but is http://…."),
        ("redis+tls://:hidden@redis.example", "but is redis+tls://…."),
        ("user:hidden@redis.example:6379", "but names no scheme."),
        ("user:hidden@redis://redis.example", "but names no scheme."),
        ("redis://", "but ends after its scheme."),
    ],
)
def test_another_kind_of_address_is_refused_without_its_password(url: str, got: str) -> None:
    """No message on a screen or in a log contains a secret."""
    sentence = refusal(REDIS_URL=url)
    assert sentence.startswith("REDIS_URL should")
    assert sentence.endswith(got)
    assert "hidden" not in sentence


def test_a_short_secret_key_is_refused_without_being_shown() -> None:
    """Anybody could forge cookies that were signed with a guessable key."""
    sentence = refusal(SECRET_KEY="hunter2")
    assert "at least 16 characters, but has 7" in sentence
    assert "hunter2" not in sentence


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://circle.example.org", "https://circle.example.org"),
        ("https://circle.example.org/", "https://circle.example.org"),
        ("HTTPS://Circle.Example.org:443", "https://circle.example.org"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_the_public_url_is_spelled_as_browsers_spell_an_origin(given: str, origin: str) -> None:
    """It is compared with the Origin that browsers send."""
    assert Settings.from_environ({"PUBLIC_URL": given}).public_url == origin


@pytest.mark.parametrize(
    "url",
    [
        "circle.example.org",
        "ftp://circle.example.org",
        "https://",
        "https://circle.example.org/rooms",
        "https://circle.example.org/?a=b",
        "https://circle.example.org/#a",
        "https://circle.example.org:99999",
        "https://circle example.org",
        "https://[::1",
    ],
)
def test_a_public_url_that_is_no_origin_is_refused(url: str) -> None:
    """Invitations begin with it, so a wrong one is reported at start."""
    assert refusal(PUBLIC_URL=url).endswith(f"without a path, but is {url!r}.")


def test_a_password_in_the_public_url_is_refused_and_not_shown() -> None:
    """Every invited person would read it."""
    sentence = refusal(PUBLIC_URL="https://me:hidden@circle.example.org")
    assert "PUBLIC_URL" in sentence
    assert "hidden" not in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [("STUN_URLS", "turn:a.example"), ("STUN_URLS", "stun:"), ("TURN_URLS", "https://a.example")],
)
def test_other_addresses_than_stun_and_turn_are_refused(name: str, value: str) -> None:
    """Browsers would reject them one by one, in the middle of a session."""
    assert refusal(**{name: value, "TURN_SECRET": "shared"}).startswith(f"{name} should hold")


@pytest.mark.parametrize(
    "environ",
    [{"TURN_URLS": "turn:a.example"}, {"TURN_SECRET": "hidden"}],
    ids=lambda e: next(iter(e)),
)
def test_turn_needs_both_its_address_and_its_secret(environ: dict[str, str]) -> None:
    """Half of it would look configured and connect nobody."""
    sentence = refusal(**environ)
    assert "TURN_URLS" in sentence
    assert "TURN_SECRET" in sentence
    assert "hidden" not in sentence


def test_settings_show_no_secret() -> None:
    """Their repr may end up in a traceback."""
    shown = repr(
        Settings.from_environ(
            {
                "REDIS_URL": "redis://:hidden@localhost",
                "SECRET_KEY": "hidden-hidden-hidden",
                "START_KEY": "hidden",
                "TURN_URLS": "turn:a.example",
                "TURN_SECRET": "hidden",
            }
        )
    )
    assert "hidden" not in shown


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://localhost", MailServer("localhost", 25, "smtp")),
        ("smtp://127.0.0.1:2525/", MailServer("127.0.0.1", 2525, "smtp")),
        ("smtps://a:b@mail.example.org", MailServer("mail.example.org", 465, "smtps", "a", "b")),
        ("smtp+starttls://[::1]:26", MailServer("::1", 26, "smtp+starttls")),
    ],
)
def test_a_mail_server_has_the_port_of_its_scheme(url: str, server: MailServer) -> None:
    """A port in the URL comes first."""
    settings = Settings.from_environ({"SMTP_URL": url, "MAIL_FROM": "circle@example.org"})
    assert settings.mail_server == server
    assert "mail.example.org" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        *("mail.example.org", "http://hunter2@mail", "smtp://", "smtp://mail:port"),
        *("smtp://user:hunter2@", "smtp://hunter2@mail", "smtp://mail:25/hunter2"),
        *("smtp://mail?x=hunter2", "hunter2@smtp://mail"),
    ],
)
def test_a_mail_server_that_cannot_be_read_is_refused_without_its_password(url: str) -> None:
    """The sentence says what is expected."""
    said = refusal(SMTP_URL=url, MAIL_FROM="circle@example.org")
    assert said.startswith("SMTP_URL should be like smtp+starttls://USER:PASSWORD@HOST:PORT")
    assert "hunter2" not in said


@pytest.mark.parametrize("name", ["Balint Circle", '"Balint Circle"'])
def test_a_sender_may_have_a_name_in_quotes(name: str) -> None:
    """As mail programs write it."""
    settings = Settings.from_environ(
        {"SMTP_URL": "smtp://mail", "MAIL_FROM": f"{name} <circle@example.org>"}
    )
    assert settings.mail_from == Address("Balint Circle", addr_spec="circle@example.org")


@pytest.mark.parametrize(
    "sender",
    [
        *("nobody", "a@b.example, c@d.example", "<>", "A <a@b.example", "a@b.example\nBcc: c@d.ee"),
        *("ü@example.org", "Friends: a@b.example;"),
    ],
)
def test_a_sender_is_one_address(sender: str) -> None:
    """Also with a name before it, but nothing else."""
    assert "MAIL_FROM should be" in refusal(SMTP_URL="smtp://mail", MAIL_FROM=sender)


def test_a_mail_server_and_a_sender_come_together() -> None:
    """One alone is a mistake."""
    assert "MAIL_FROM should be set" in refusal(SMTP_URL="smtp://mail")
    assert "SMTP_URL should be set" in refusal(MAIL_FROM="circle@example.org")
