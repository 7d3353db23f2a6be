"""The files of the page under /static/: read once, without comments, compressed.

A room loads two dozen of them, often over a slow connection, so comments are removed.
"""

import gzip
import hashlib
import mimetypes
import re
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from rcssmin import cssmin
from rjsmin import jsmin
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.pages.compression import accepts_gzip

VENDOR = "vendor"
"""Files in this folder are served byte for byte, to match their checksums."""
WORTH_COMPRESSING = 200
"""Below this many bytes, gzip's own frame costs more than it saves."""
ETAG_DIGITS = 16
"""64 bits distinguish the versions of one file, and each response carries them."""
RELOADS = b"location.reload();"
REMOVED = ("room/seat.js",)
"""Modules of earlier releases. Remove each in the release after the one that has removed it."""
OPAQUE_TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
"""RFC 9110, 8.8.3: an entity tag without its weakness mark. It may contain commas."""


class Asset(NamedTuple):
    """A file, ready to be sent."""

    plain: bytes
    gzipped: bytes
    """Empty if compression saves nothing."""
    media_type: str
    etag: str


class Assets:
    """The files below a folder, by their paths in it."""

    def __init__(self, folder: Path) -> None:
        self._assets = {
            path.relative_to(folder).as_posix(): _read(path, minified=path.parent.name != VENDOR)
            for path in folder.rglob("*")
            if path.is_file()
        }
        # Before 0.2 all modules were in one folder, and a page that was opened before the update
        # imports some of them later. They would not fit its other modules, or be second copies with
        # a state of their own, so the page reloads. Remove this in the release after 0.2. So it
        # does when it imports a module that is there no more.
        former = [PurePosixPath(path).name for path in (*self._assets, *REMOVED) if _is_ours(path)]
        reloads = ready(RELOADS, "text/javascript")
        self._assets |= dict.fromkeys((*former, *REMOVED), reloads)

    async def serve(self, request: Request) -> Response:
        """Answers GET and HEAD of /static/{path}: 200, 304 for the same ETag, or 404."""
        asset = self._assets.get(request.path_params["path"])
        if asset is None:
            raise HTTPException(404)
        return answer(request, asset)


def answer(request: Request, asset: Asset) -> Response:
    """The asset, or 304 if the browser has it already."""
    headers = {"ETag": asset.etag, "Vary": "Accept-Encoding"}
    if has_already(request.headers, asset.etag):
        return Response(status_code=304, headers=headers)
    body = asset.plain
    if asset.gzipped and accepts_gzip(request.headers):
        body = asset.gzipped
        headers["Content-Encoding"] = "gzip"
    # Set here, so that no charset is added: files are UTF-8, as the pages that load them.
    return Response(body, headers=headers | {"Content-Type": asset.media_type})


def has_already(headers: Headers, etag: str) -> bool:
    """Whether the client has this already, by If-None-Match (RFC 9110, 13.1.2).

    The comparison is weak, since proxies that compress a file change the weakness of its tag.
    """
    known = ",".join(headers.getlist("if-none-match"))
    return known.strip(" \t") == "*" or etag.removeprefix("W/") in OPAQUE_TAG.findall(known)


def _is_ours(path: str) -> bool:
    return path.endswith(".js") and not path.startswith(f"{VENDOR}/")


def _read(path: Path, *, minified: bool) -> Asset:
    text = path.read_bytes()
    if minified and path.suffix == ".js":
        text = str(jsmin(text.decode())).encode()
    elif minified and path.suffix == ".css":
        text = str(cssmin(text.decode())).encode()
    return ready(text, mimetypes.guess_type(path.name)[0] or "application/octet-stream")


def ready(content: bytes, media_type: str) -> Asset:
    """This content, ready to be sent."""
    gzipped = gzip.compress(content, mtime=0) if len(content) >= WORTH_COMPRESSING else b""
    if len(gzipped) >= len(content):  # A picture is compressed already.
        gzipped = b""
    etag = f'W/"{hashlib.sha256(content).hexdigest()[:ETAG_DIGITS]}"'
    return Asset(content, gzipped, media_type, etag)
