"""How many lines are open: to one address, and to this process in all.

Each line takes a file of the process, and at the limit of files nobody comes in any more, nor is
Redis reached. A line is a connection of TCP, whatever is spoken on it.
"""

import resource
from collections import Counter
from collections.abc import Container
from ipaddress import ip_address

OTHER_FILES = 64
"""What the process has open besides: lines to Redis, files of the page, the log."""
MOST_OF_ONE = 512
"""A hospital's people come from one address, each with a socket and at most six lines for pages."""
NO_LIMIT = 1 << 20


class Lines:
    """Counts lines as they come and go. `files`: how many the process may have open."""

    def __init__(self, files: int) -> None:
        unlimited = files == resource.RLIM_INFINITY
        self._most = NO_LIMIT if unlimited else max(files - OTHER_FILES, files // 2)
        # Half at most: whoever takes all that one may have keeps nobody else out.
        self._most_of_one = min(MOST_OF_ONE, self._most // 2)
        self._of: Counter[str] = Counter()
        self._open = 0

    def take(self, who: str) -> str:
        """Counts one more; or why it is not taken: `full`, or `address`."""
        if self._open >= self._most:
            return "full"
        if who and self._of[who] >= self._most_of_one:
            return "address"
        self._open += 1
        self._of[who] += 1
        return ""

    def release(self, who: str) -> None:
        """One that was taken is gone."""
        self._open -= 1
        self._of[who] -= 1
        if not self._of[who]:
            del self._of[who]


def files_of_this_process() -> int:
    """How many it may have open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def who_is_at(host: str, proxies: Container[str]) -> str:
    """Whose lines are counted together; empty for this machine's own and for a proxy, which stand
    for many people."""
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback or host in proxies or str(address) in proxies:
        return ""
    # Whoever has one address of IPv6 has the whole /64.
    return (address.packed[:8] if address.version == 6 else address.packed).hex()
