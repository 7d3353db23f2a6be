"""A full disk for some processes alone, simulated by a resource limit that needs no privileges.

A small file system would need them. Redis sees the same in both cases: a short write, and then
failing ones. The Python that starts it ignores the limit's signal, and Redis inherits that.
"""

from __future__ import annotations

import resource
from pathlib import Path

LAST_BYTES = 100


def fill(folder: Path, *pids: int) -> None:
    """Stops files of the folder from growing, for these processes and their future children."""
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    _limit(max(sizes) + LAST_BYTES, *pids)


def make_room(*pids: int) -> None:
    """Lifts the limit for these processes and their future children."""
    _limit(resource.RLIM_INFINITY, *pids)


def _limit(size: int, *pids: int) -> None:
    for pid in pids:
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))
