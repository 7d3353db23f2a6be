"""The number of open connections: of one address, and of this process in all.

TCP connections, HTTP or WebSocket. Each takes a file descriptor. A process without free ones
accepts nobody and cannot reach Redis.
"""

import resource
from collections import Counter

OTHER_FILES = 64
"""Kept free for connections to Redis and the log."""
MOST_OF_ONE = 512
"""All people of a hospital share one address; each has a socket, and up to six connections for
pages."""
NO_LIMIT = 1 << 20


class OpenConnections:
    """Counts connections as they open and close. `files`: the limit of file descriptors."""

    def __init__(self, files: int) -> None:
        unlimited = files == resource.RLIM_INFINITY
        self._most = NO_LIMIT if unlimited else max(files - OTHER_FILES, files // 2)
        # At most half, so that no single address shuts out the others.
        self._most_of_one = min(MOST_OF_ONE, self._most // 2)
        self._of: Counter[bytes] = Counter()
        self._open = 0

    def take(self, network: bytes) -> str:
        """Counts one more connection, or returns why it is refused: `full` or `address`.

        Connections of an empty network (addresses.py) count for the process alone.
        """
        if self._open >= self._most:
            return "full"
        if network and self._of[network] >= self._most_of_one:
            return "address"
        self._open += 1
        self._of[network] += 1
        return ""

    def release(self, network: bytes) -> None:
        self._open -= 1
        self._of[network] -= 1
        if not self._of[network]:
            del self._of[network]


def files_of_this_process() -> int:
    """The soft limit of its file descriptors."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
