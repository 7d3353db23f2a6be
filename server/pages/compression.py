"""Compresses a page so that its length reveals nothing of the secrets in it.

Compressed together with a secret, text that somebody else chose (a name) would make the page
shorter wherever it repeats a part of that secret (the BREACH attack). So each secret has a block
of its own, and no block refers to another one.

Pages and static files use the same check whether a browser accepts gzip.
"""

import re
import zlib
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

GZIP = 31
"""zlib's name for the gzip format with the largest window."""
LEVEL = 2
"""Level 6, the default, takes twice as long, and saves a tenth of the bytes."""
WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
"""RFC 9110, 12.4.2."""


def accepts_gzip(headers: Headers) -> bool:
    """Whether a request accepts gzip and weighs it at least as high as identity (RFC 9110, 12.5.3).

    A coding with an invalid weight counts as not accepted: every client reads uncompressed data.
    """
    weights: dict[str, float] = {}
    for member in ",".join(headers.getlist("accept-encoding")).split(","):
        coding, _, parameter = (part.strip(" \t") for part in member.partition(";"))
        weight = WEIGHT.fullmatch(parameter or "q=1")
        weights[coding.lower()] = float(weight[1]) if weight else 0.0
    gzip, identity = (weights.get(coding, weights.get("*", 0.0)) for coding in ("gzip", "identity"))
    return gzip > 0 and gzip >= identity


def gzipped(html: str, secrets: Iterable[str]) -> bytes:
    """The page as gzip (RFC 1952); `secrets` are parts of it, none of them empty."""
    parts = [html]
    for secret in secrets:
        parts = [piece for part in parts for piece in _apart(part, secret)]
    deflate = zlib.compressobj(LEVEL, wbits=GZIP)
    blocks = [deflate.compress(part.encode()) + deflate.flush(zlib.Z_FULL_FLUSH) for part in parts]
    return b"".join([*blocks, deflate.flush()])


def _apart(part: str, secret: str) -> list[str]:
    """The part in pieces, with each occurrence of the secret alone."""
    first, *others = part.split(secret)
    return [first, *(piece for other in others for piece in (secret, other))]


def page(request: Request, html: str, secrets: Iterable[str]) -> Response:
    """The response with this page, compressed if the browser accepts it."""
    if not accepts_gzip(request.headers):
        return HTMLResponse(html, headers={"Vary": "Accept-Encoding"})
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return HTMLResponse(gzipped(html, secrets), headers=headers)
