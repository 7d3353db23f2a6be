"""Reads the POSIX footers of time zones, from the files that zoneinfo reads.

zoneinfo has them, but does not show them. circle/zone_rules.py explains them.
"""

import zoneinfo
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from server.circle.circle import TIME_ZONES

MAGIC = b"TZif"


@lru_cache(maxsize=1024)
def footer_of(zone: str) -> str:
    """The footer of this zone, such as `CET-1CEST,M3.5.0,M10.5.0/3`; empty if it has none."""
    if zone not in TIME_ZONES:
        return ""
    for path in _paths(zone):
        if path.is_file():
            return _footer(path.read_bytes())
    return ""


def _paths(zone: str) -> Iterator[Traversable]:
    """The files of this zone in the order of zoneinfo: the machine's, then those of tzdata."""
    for folder in zoneinfo.TZPATH:
        yield Path(folder, *zone.split("/"))
    yield resources.files("tzdata").joinpath("zoneinfo", *zone.split("/"))


def _footer(file: bytes) -> str:
    """What stands in the last line (RFC 9636, 3.3); files of version 1 have no such line."""
    before, _, line = file.removesuffix(b"\n").rpartition(b"\n")
    is_whole = before.startswith(MAGIC) and file.endswith(b"\n") and line.isascii()
    return line.decode() if is_whole else ""
