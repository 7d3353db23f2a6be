"""Several server processes and their Redis, to be killed, limited and started again.

A restarted process keeps its port, and a restarted Redis its data.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from urllib.error import URLError

import redis

from tests.support.client import ask
from tests.support.full_disk import fill
from tests.support.processes import ROOT, Server, wait_until
from tests.support.redis_servers import KEEPS, Node, data_folder, url_of
from tests.support.sentinel import SentinelNodes, sentinel


class Servers:
    """The processes that people connect to, on one Redis anywhere.

    Starting and ending block: call them from a thread.
    """

    def __init__(self, redis_url: str, processes: int, tree: Path = ROOT) -> None:
        self.redis_url = redis_url
        self._past: list[str] = []
        self.servers: list[Server] = []
        try:
            for _ in range(processes):
                self.servers.append(Server(self.redis_url, tree=tree, waits=False))
            for server in self.servers:
                server.opened()
        except BaseException:
            self.close()
            raise
        self.urls = [server.url for server in self.servers]

    @property
    def log(self) -> str:
        """The output of all servers, including those that have ended."""
        return "".join([*self._past, *(server.log for server in self.servers)])

    def start(self, index: int, tree: Path = ROOT) -> float:
        """Restarts an ended process on its port; returns the time at which it was open."""
        ended, port = self.servers[index], self.urls[index].rpartition(":")[2]
        ended.close()
        self._past.append(ended.log)
        self.servers[index] = Server(self.redis_url, tree=tree, PORT=port)
        opened = monotonic()
        wait_until(lambda: self.is_ready(index))
        return opened

    def is_ready(self, index: int) -> bool:
        """Whether a proxy would send people there."""
        with suppress(URLError, OSError):
            return ask(f"{self.urls[index]}/readyz").status == 200
        return False

    def memory(self, index: int) -> float:
        """The memory of this process, in MiB."""
        status = Path(f"/proc/{self.servers[index].process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def close(self) -> None:
        """Ends all processes."""
        for running in self.servers:
            running.close()


class Deployment(Servers):
    """Processes on a Redis of their own, which can be harmed as well."""

    def __init__(self, folder: Path, processes: int, tree: Path = ROOT) -> None:
        self._redis = Node(folder, 0, KEEPS)
        try:
            super().__init__(url_of(self._redis.address), processes, tree)
        except BaseException:
            self._redis.close()
            raise

    def redis(self) -> redis.Redis:
        """A client of Redis itself; the caller closes it."""
        return redis.Redis.from_url(self.redis_url)

    def kill_redis(self) -> None:
        """Kills Redis at once; the other processes detect it by themselves."""
        self._redis.process.kill()

    def fill_disk(self) -> None:
        """Leaves Redis no disk space, so that it ends at its next write."""
        fill(self._redis.folder, self._redis.process.process.pid)

    def redis_ends(self) -> str:
        """Waits until Redis has ended by itself; returns its output."""
        self._redis.process.ended()
        return self._redis.process.log

    def start_redis(self) -> float:
        """Starts Redis on its previous data; returns the time at which it answers."""
        self._redis.start()
        return monotonic()

    def close(self) -> None:
        """Ends all processes, including Redis."""
        super().close()
        self._redis.close()


@contextmanager
def deployment(processes: int = 2, tree: Path = ROOT) -> Iterator[Deployment]:
    """A temporary deployment with its data; its first processes run these sources."""
    with data_folder() as path:
        built = Deployment(path, processes, tree)
        try:
            yield built
        finally:
            built.close()


@contextmanager
def sentinel_deployment(
    replicas: int, processes: int = 2, *, hurried: bool = False
) -> Iterator[tuple[Servers, SentinelNodes]]:
    """Processes that find their Redis by Sentinel, and the nodes that the Sentinels watch."""
    with data_folder() as path, sentinel(path, replicas, hurried=hurried) as found:
        built = Servers(found.url, processes)
        try:
            yield built, found
        finally:
            built.close()
