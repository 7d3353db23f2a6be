"""A master with replicas, watched by three Sentinels, which replace it when it dies.

Owns starting and joining them. All listen on free ports of this machine and end with their context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.support.processes import Running, wait_until
from tests.support.redis_servers import KEEPS, NOBODY, Login, Node, free_ports

NAME = "circle"
DOWN_AFTER_MS = 1000
HURRIED = ("info-period", 1000, "publish-period", 500, "tilt-trigger", 60_000)
"""In ms. By default Sentinel asks a node for its role every ten seconds, and waits eight before it
corrects one that has come back and still considers itself the master; and after a standstill of
two seconds it replaces nobody for thirty."""
JOINS_WITHIN_S = 60


class Watching(Node):
    """One Sentinel process, with its persistent state."""

    options = ("--sentinel",)

    def __init__(
        self, folder: Path, port: int, config: str, login: Login = NOBODY, *, hurried: bool = True
    ) -> None:
        self._hurried = hurried
        super().__init__(folder, port, config, login)

    def _started(self) -> Running:
        process = super()._started()
        if self._hurried:
            self.ask("SENTINEL DEBUG", *HURRIED)
        return process


class SentinelNodes:
    """The nodes, the current master, and the URL that leads to it."""

    def __init__(self, url: str, nodes: list[Node], sentinels: list[Watching]) -> None:
        self.url = url
        self.nodes = nodes
        self.sentinels = sentinels
        """The app asks the first one, and the tests ask the last one."""
        self._watch = sentinels[-1]

    @property
    def master(self) -> Node:
        """The node that Sentinel names."""
        told = self._told()
        [master] = [node for node in self.nodes if node.port == int(told["port"])]
        return master

    @property
    def replicas(self) -> list[Node]:
        """All the other nodes, in any state."""
        master = self.master
        return [node for node in self.nodes if node is not master]

    def is_whole(self) -> bool:
        """Whether every node is running, in sync, and known to Sentinel."""
        told = self._told()
        if (told["num-slaves"], told["num-other-sentinels"]) != (len(self.nodes) - 1, 2):
            return False
        known: Any = self._watch.client.sentinel_slaves(NAME)
        return told["flags"] == "master" and all(
            one["flags"] == "slave" and one["master-link-status"] == "ok" for one in known
        )

    def fail_over(self) -> None:
        """Has Sentinel promote a replica in place of a healthy master."""
        self._watch.ask("SENTINEL FAILOVER", NAME)

    def watch_instead(self, other: Node) -> None:
        """Makes Sentinel watch another node as the master, without demoting the previous one."""
        for one in self.sentinels:
            one.client.sentinel_remove(NAME)
            one.client.sentinel_monitor(NAME, "127.0.0.1", other.port, 2)

    def _told(self) -> Any:
        """Sentinel's description of the master. Any: redis-py's own type is less specific."""
        return self._watch.client.sentinel_master(NAME)


def monitors(port: int, down_after_ms: int = DOWN_AFTER_MS) -> str:
    """The configuration of a Sentinel for a master at this port."""
    return (
        f"sentinel monitor {NAME} 127.0.0.1 {port} 2\n"
        f"sentinel down-after-milliseconds {NAME} {down_after_ms}\n"
        f"sentinel failover-timeout {NAME} 5000\n"
    )


def replaces_nobody(port: int) -> str:
    """The configuration for tests in which no master dies. On a busy machine a healthy one may be
    silent for a second."""
    return monitors(port, down_after_ms=600_000)


@contextmanager
def sentinel(
    folder: Path,
    replicas: int = 1,
    config: str = KEEPS,
    watching: Callable[[int], str] = monitors,
    app: Login = NOBODY,
    admin: Login = NOBODY,
    *,
    hurried: bool = True,
) -> Iterator[SentinelNodes]:
    """A master, its replicas, and three Sentinels, with the given configuration for each kind.

    All of them have the same users. Unless `hurried`, Sentinel takes its usual time to notice a
    returning node; the time until it replaces a dead master is the same.
    """
    with ExitStack() as stack:
        first, *ports = free_ports(1 + replicas + 3)
        nodes = [Node(folder / "redis-0", first, config, admin)]
        stack.callback(nodes[0].close)
        follows = f"{config}replicaof 127.0.0.1 {first}\n"
        for number in range(replicas):
            nodes.append(Node(folder / f"redis-{number + 1}", ports[number], follows, admin))
            stack.callback(nodes[-1].close)
        sentinels = []
        for port in ports[replicas:]:
            home = folder / f"sentinel-{port}"
            sentinels.append(Watching(home, port, watching(first), admin, hurried=hurried))
            stack.callback(sentinels[-1].close)
        hosts = ",".join(f"127.0.0.1:{one.port}" for one in sentinels)
        url = f"redis+sentinel://{app.in_url}{hosts}/{NAME}"
        if app.password:
            url += f"?sentinel_username={app.user}&sentinel_password={app.password}"
        watched = SentinelNodes(url, nodes, sentinels)
        wait_until(watched.is_whole, JOINS_WITHIN_S)
        yield watched
