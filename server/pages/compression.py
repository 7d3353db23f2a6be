"""A page, compressed so that its length tells nothing of the secrets in it.

Compressed together with a secret, text that somebody else chose (a name) would make the page
shorter wherever it repeats a part of that secret (the BREACH attack). So each secret stands in a
block of its own, and nothing refers across.
"""

import re
import zlib
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

GZIP = 31
"""zlib's name for the gzip format with the largest window."""


def gzipped(html: str, secrets: Iterable[str]) -> bytes:
    """The text in gzip's format (RFC 1952); `secrets` are parts of it, none of them empty."""
    apart = "|".join(re.escape(secret) for secret in secrets)
    parts = re.split(f"({apart})", html) if apart else [html]
    deflate = zlib.compressobj(wbits=GZIP)
    blocks = [deflate.compress(part.encode()) + deflate.flush(zlib.Z_FULL_FLUSH) for part in parts]
    return b"".join([*blocks, deflate.flush()])


def page(request: Request, html: str, secrets: Iterable[str]) -> Response:
    """The answer to this request, compressed where the browser takes it so."""
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return HTMLResponse(html, headers={"Vary": "Accept-Encoding"})
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return HTMLResponse(gzipped(html, secrets), headers=headers)
