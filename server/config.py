"""Settings from environment variables, checked once at the start.

Owns the names, defaults and formats of the variables. It opens nothing: others find out whether
Redis answers or a folder is writable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

REDIS_SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "redis+cluster")
SHORTEST_SECRET = 16
DEFAULT_PORTS = {"http": 80, "https": 443}
SMTP_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
"""The schemes of SMTP_URL, with their ports."""
_SPEC = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+"
SENDER = re.compile(rf'(?:"?([^"<>@,;:]*)"? ?<({_SPEC})>|({_SPEC}))')


class CannotStart(Exception):
    """The server cannot start. Its sentence is all that the operator sees."""


class ConfigError(CannotStart):
    """A variable is invalid. Its sentence has its name, the expected value and the actual one."""


class MailServer(NamedTuple):
    """The mail server that takes our mails."""

    host: str
    port: int
    scheme: str
    """One of SMTP_PORTS: without TLS, with STARTTLS, or with TLS from the beginning."""
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings. Secrets are not in the repr, and so not in logs."""

    port: int = 8000
    # Not 127.0.0.1: the people of a circle come from other machines.
    host: str = "0.0.0.0"  # noqa: S104 - a server for others has to be reachable by them
    redis_url: str | None = field(default=None, repr=False)
    data_dir: Path = Path("data")
    secret_key: str | None = field(default=None, repr=False)
    public_url: str | None = None
    start_key: str | None = field(default=None, repr=False)
    metrics_key: str | None = field(default=None, repr=False)
    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str | None = field(default=None, repr=False)
    mail_server: MailServer | None = field(default=None, repr=False)
    mail_from: Address | None = None
    """The sender; set if the mail server is."""
    erased_in: Path | None = Path("data")
    """The folder that keeps what was erased (store/tombstones.py): DATA_DIR, if it is given or the
    app's own Redis is there."""
    erased_days: int = 35
    retention_note: str | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        settings = cls(
            port=_port(_text(environ, "PORT")),
            host=_text(environ, "HOST") or cls().host,
            redis_url=_redis_url(_text(environ, "REDIS_URL")),
            data_dir=Path(_text(environ, "DATA_DIR") or "data"),
            secret_key=_secret_key(_text(environ, "SECRET_KEY")),
            public_url=_public_url(_text(environ, "PUBLIC_URL")),
            start_key=_text(environ, "START_KEY"),
            metrics_key=_text(environ, "METRICS_KEY"),
            stun_urls=_ice_urls(environ, "STUN_URLS", ("stun:", "stuns:")),
            turn_urls=_ice_urls(environ, "TURN_URLS", ("turn:", "turns:")),
            turn_secret=_text(environ, "TURN_SECRET"),
            mail_server=_mail_server(_text(environ, "SMTP_URL")),
            mail_from=_mail_from(_text(environ, "MAIL_FROM")),
            erased_in=_erased_in(environ),
            erased_days=_days(_text(environ, "ERASED_DAYS")),
            retention_note=_text(environ, "RETENTION_NOTE"),
        )
        _check_turn(settings)
        _check_mail(settings)
        return settings


def _text(environ: Mapping[str, str], name: str) -> str | None:
    """The variable's value; an empty one counts as unset, since compose files leave it so."""
    return environ.get(name, "").strip() or None


def _port(value: str | None) -> int:
    if value is None:
        return 8000
    if value.isascii() and value.isdigit() and int(value) < 65536:
        return int(value)
    raise ConfigError(f"PORT should be a number from 0 to 65535, but is {value!r}.")


def _erased_in(environ: Mapping[str, str]) -> Path | None:
    given = _text(environ, "DATA_DIR")
    if given is None and _text(environ, "REDIS_URL"):
        return None
    return Path(given or "data")


def _days(value: str | None) -> int:
    if value is None:
        return 35
    if value.isascii() and value.isdigit() and len(value) <= 4 and 1 <= int(value) <= 3660:
        return int(value)
    raise ConfigError(f"ERASED_DAYS should be a number from 1 to 3660, but is {value!r}.")


def _redis_url(value: str | None) -> str | None:
    """Errors quote only the scheme, since the rest may contain a password."""
    if value is None:
        return None
    scheme, separator, rest = value.partition("://")
    expected = ", ".join(f"{known}://" for known in REDIS_SCHEMES)
    if not separator or "@" in scheme:
        raise ConfigError(f"REDIS_URL should begin with one of {expected}, but names no scheme.")
    if scheme not in REDIS_SCHEMES:
        raise ConfigError(f"REDIS_URL should begin with one of {expected}, but is {scheme}://….")
    if not rest.strip("/"):
        raise ConfigError("REDIS_URL should say where Redis is, but ends after its scheme.")
    return value


def _secret_key(value: str | None) -> str | None:
    if value is not None and len(value) < SHORTEST_SECRET:
        raise ConfigError(
            f"SECRET_KEY should have at least {SHORTEST_SECRET} characters,"
            f" but has {len(value)}; leave it unset to have one made."
        )
    return value


def _public_url(value: str | None) -> str | None:
    """The URL as a browser would write it in Origin, with which it is compared."""
    if value is None:
        return None
    try:
        return _origin(urlsplit(value))
    except ValueError:  # urlsplit and the IDNA codec raise it, too
        raise ConfigError(
            "PUBLIC_URL should be like https://circle.example.org, without a path,"
            f" but is {_without_password(value)!r}."
        ) from None


def _origin(url: SplitResult) -> str:
    bare = url.path in ("", "/") and not (url.query or url.fragment or "@" in url.netloc)
    if url.scheme not in DEFAULT_PORTS or not url.hostname or not bare:
        raise ValueError
    host = url.hostname.encode("idna").decode("ascii")
    if not all(char.isalnum() or char in "-._:" for char in host):
        raise ValueError
    host = f"[{host}]" if ":" in host else host
    port = "" if url.port in (None, DEFAULT_PORTS[url.scheme]) else f":{url.port}"
    return f"{url.scheme}://{host}{port}"


def _without_password(url: str) -> str:
    before, at, after = url.rpartition("@")
    return f"{before.partition('//')[0]}//…@{after}" if at else url


def _ice_urls(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> tuple[str, ...]:
    """Several URLs, separated by commas or spaces."""
    urls = tuple((_text(environ, name) or "").replace(",", " ").split())
    for url in urls:
        if not url.startswith(schemes) or url in schemes:
            expected = " or ".join(f"{scheme}HOST" for scheme in schemes)
            raise ConfigError(f"{name} should hold addresses like {expected}, but has {url!r}.")
    return urls


def _check_turn(settings: Settings) -> None:
    """URLs and secret must come together: each person's credentials are made from the secret."""
    if settings.turn_urls and not settings.turn_secret:
        raise ConfigError("TURN_SECRET should be set when TURN_URLS is, but it is not.")
    if settings.turn_secret and not settings.turn_urls:
        raise ConfigError("TURN_URLS should be set when TURN_SECRET is, but it is not.")


def _mail_server(value: str | None) -> MailServer | None:
    """Errors quote only the scheme, since the rest may contain a password."""
    if value is None:
        return None
    scheme = value.partition("://")[0]
    try:
        url = urlsplit(value)
        found = scheme in SMTP_PORTS and url.hostname and url.path in ("", "/")
        if not found or url.query or url.fragment or bool(url.username) != bool(url.password):
            raise ValueError
        port = SMTP_PORTS[scheme] if url.port is None else url.port
    except ValueError:
        expected = "smtp+starttls://USER:PASSWORD@HOST:PORT"
        begun = f"begins with {scheme}://" if "://" in value and "@" not in scheme else "does not"
        raise ConfigError(
            f"SMTP_URL should be like {expected}, or with smtp:// or smtps://, but {begun}."
            " In user and password, write signs other than letters and digits as %XX."
        ) from None
    user, password = unquote(url.username or ""), unquote(url.password or "")
    return MailServer(url.hostname or "", port, scheme, user, password)


def _mail_from(value: str | None) -> Address | None:
    """One address, perhaps with a name before it."""
    if value is None:
        return None
    found = SENDER.fullmatch(value)
    try:
        if not found or not value.isprintable():
            raise ValueError
        name, in_brackets, bare = found.groups(default="")
        return Address(name.strip(), addr_spec=in_brackets or bare)
    except (ValueError, HeaderParseError):
        raise ConfigError(
            "MAIL_FROM should be an address like circle@example.org, or with a name like"
            f" Balint Circle <circle@example.org>, but is {value!r}."
        ) from None


def _check_mail(settings: Settings) -> None:
    """The server and the sender must come together."""
    if settings.mail_server and not settings.mail_from:
        raise ConfigError("MAIL_FROM should be set when SMTP_URL is, but it is not.")
    if settings.mail_from and not settings.mail_server:
        raise ConfigError("SMTP_URL should be set when MAIL_FROM is, but it is not.")
