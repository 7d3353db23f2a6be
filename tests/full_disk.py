"""A disk that is full for some processes alone, by a limit that needs no rights.

A small file system of one's own would need them. Redis sees the same of both: a write that is cut
short, and then none. It hears nothing of the signal that goes with the limit: the Python that
starts it has it ignored.
"""

from __future__ import annotations

import resource
from pathlib import Path

LAST_BYTES = 100


def fill(folder: Path, *pids: int) -> None:
    """For these processes, and those that they start from now on, no file of the folder grows."""
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    _limit(max(sizes) + LAST_BYTES, *pids)


def make_room(*pids: int) -> None:
    """What these start from now on can write again."""
    _limit(resource.RLIM_INFINITY, *pids)


def _limit(size: int, *pids: int) -> None:
    for pid in pids:
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))
