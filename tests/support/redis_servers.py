"""Redis servers: embedded, nodes, a Cluster of three masters, and a client for each kind.

Owns starting and joining them. All listen on free ports of this machine, or on a Unix socket, and
end with their context.
Masters with replicas and Sentinels are in sentinel.py.
"""

from __future__ import annotations

import errno
import re
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import redis
from redis.cluster import RedisCluster

from server.redis_client.embedded import embedded_redis, find_executable
from tests.support.processes import Running, wait_until

SLOTS = 16384
AT_ONCE = "repl-diskless-sync-delay 0\n"
"""By default a master waits five seconds for further replicas before it sends its data."""
BALLAST = 32 * 1024 * 1024
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - our folder there has a name of its own
LEAST_MEMORY = 1 << 30
KEEPS = 'appendonly yes\nappendfsync always\nsave ""\n'
"""Everything that was acknowledged is on the disk."""


FIRST_PORT, PORTS = 10_000, 10_000
BUS_ABOVE = 10_000
"""A Cluster's bus listens so far above its port. Not less than PORTS, so no bus meets a port."""
RESERVING = "127.10.0.1"
"""A UDP socket here reserves its port. Redis listens by TCP, and coturn by UDP at 127.0.0.1."""
_reservations: list[socket.socket] = []


@contextmanager
def data_folder() -> Iterator[Path]:
    """An empty folder for a Redis, whose path is short enough for a socket.

    In memory, if there is enough: Redis answers nobody while the disk of a busy machine does not.
    """
    is_large = IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > LEAST_MEMORY
    with tempfile.TemporaryDirectory(prefix="bc-", dir=IN_MEMORY if is_large else None) as path:
        yield Path(path)


@contextmanager
def fresh_redis() -> Iterator[str]:
    """The URL of a new, empty, embedded Redis."""
    # The end of the context reports the loss; nothing ends this process earlier.
    with data_folder() as path, embedded_redis(path, when_lost=lambda: None) as url:
        yield url


class Login(NamedTuple):
    """A user of Redis; by default the unnamed one."""

    user: str = ""
    password: str = ""

    @property
    def in_url(self) -> str:
        """The part of a URL before its host."""
        return f"{self.user}:{self.password}@" if self.password else ""


NOBODY = Login()


def client_at(address: int | Path, login: Login) -> redis.Redis:
    """A client of a Redis or of a Sentinel, by its port or its Unix socket."""
    return redis.Redis.from_url(url_of(address, login), decode_responses=True, socket_timeout=2)


def url_of(address: int | Path, login: Login = NOBODY) -> str:
    """The URL of a Redis for this user."""
    if isinstance(address, int):
        return f"redis://{login.in_url}127.0.0.1:{address}"
    return f"unix://{login.in_url}{address}"


class Node:
    """One Redis process with data of its own; `login` is the tests' own user.

    Without a port it listens on a Unix socket in its folder.
    """

    options: tuple[str, ...] = ()
    env: Mapping[str, str] = MappingProxyType({})
    """Added to the environment of its process."""

    def __init__(self, folder: Path, port: int, config: str, login: Login = NOBODY) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.port = port
        self.address = port or folder / "redis.sock"
        listens = f"port {port}\n" if port else f"port 0\nunixsocket {self.address}\n"
        # In a file, because a Sentinel rewrites it when the node's role changes.
        self._config = folder / "redis.conf"
        self._config.write_text(f"{config}{AT_ONCE}{listens}dir {folder}\n")
        self.client = client_at(self.address, login)
        self.process = self._started()

    def start(self) -> None:
        """Restarts an ended process on its data."""
        self.process.close()
        self.process = self._started()

    def ask(self, *words: str | int) -> Any:
        """Its answer. Any: the type depends on the command."""
        return self.client.execute_command(*words)  # type: ignore[no-untyped-call]  # redis-py left it so

    def close(self) -> None:
        """Ends it in any state."""
        self.client.close()
        self.process.close()

    def _started(self) -> Running:
        process = Running([find_executable(), str(self._config), *self.options], self.env)
        try:
            wait_until(self._answers)
        except BaseException:
            process.close()
            raise
        return process

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


@contextmanager
def cluster(
    folder: Path, config: str = KEEPS, app: Login = NOBODY, admin: Login = NOBODY
) -> Iterator[tuple[str, list[Node]]]:
    """A Redis Cluster of three masters: its URL, and the nodes."""
    with ExitStack() as stack:
        nodes = []
        for port in free_ports(3):
            node = Node(folder / str(port), port, f"{config}cluster-enabled yes\n", admin)
            stack.callback(node.close)
            nodes.append(node)
        for number, node in enumerate(nodes):
            last = SLOTS * (number + 1) // 3 - 1
            node.ask("CLUSTER ADDSLOTSRANGE", SLOTS * number // 3, last)
            node.ask("CLUSTER MEET", "127.0.0.1", nodes[0].port)
        wait_until(lambda: all(_is_whole(node) for node in nodes), 30)
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes[:2])
        yield f"redis+cluster://{app.in_url}{hosts}", nodes


@contextmanager
def client_of(url: str) -> Iterator[redis.Redis | RedisCluster]:
    """A client of the topology that this URL names, for the commands that tests use."""
    parts = urlsplit(url)
    first = f"redis://{parts.netloc.partition(',')[0]}"
    if parts.scheme == "redis+cluster":
        with RedisCluster.from_url(first) as client:
            try:
                yield client
            finally:  # redis-py does not do this
                for node in client.get_nodes():
                    node.redis_connection.connection_pool.disconnect()
        return
    if parts.scheme == "redis+sentinel":
        with redis.Redis.from_url(first, decode_responses=True) as watching:
            found: Any = watching.sentinel_get_master_addr_by_name(parts.path.strip("/"))
            url = "redis://{}:{}".format(*found)
    with redis.Redis.from_url(url) as client:
        yield client


@contextmanager
def full(url: str) -> Iterator[None]:
    """Rejects all writes on every master while the context lasts."""
    with client_of(url) as client:
        # Any: redis-py's commands take the option, where the client is of a Cluster.
        everywhere: dict[str, Any] = {}
        if isinstance(client, RedisCluster):
            everywhere["target_nodes"] = RedisCluster.PRIMARIES
        client.config_set("maxmemory", 1, **everywhere)
        try:
            yield
        finally:
            client.config_set("maxmemory", 0, **everywhere)


@contextmanager
def nearly_full(url: str, only: int | None = None) -> Iterator[None]:
    """Fills every master, or the one on this port, to 90 % of its memory limit for the context.

    Most of it is ballast, so that allocations by connections and pages hardly change the share.
    """
    with client_of(url) as client, ExitStack() as stack:
        if isinstance(client, RedisCluster):
            primaries = client.get_primaries()  # type: ignore[no-untyped-call]  # redis-py left it so
            masters = [node.redis_connection for node in primaries if only in (None, node.port)]
        else:
            masters = [client]
        for master in masters:
            stack.callback(master.delete, _loaded(master))
            used = master.info("memory")["used_memory"]
            stack.callback(master.config_set, "maxmemory", 0)
            master.config_set("maxmemory", int(used / 0.9))
        yield


def _loaded(master: redis.Redis) -> str:
    """A key of this master that takes much memory, and little bandwidth on its way to a replica."""
    for number in range(1000):
        with suppress(redis.exceptions.MovedError):
            master.setrange(key := f"ballast:{number}", BALLAST - 1, "x")
            return key
    raise AssertionError("no key belongs to this master")


def free_ports(count: int) -> list[int]:
    """Ports that no other process of these tests gets until this one ends, nor those 10,000 above.

    They lie below those that Linux gives to outgoing connections. Otherwise the port of a Redis
    that a test has killed may go to the Redis of another test, which then answers the Sentinels of
    the first one.
    """
    return [_reserved_port() for _ in range(count)]


def _reserved_port() -> int:
    """A port that no other process of these tests reserves, and on which nothing listens."""
    while True:
        port = FIRST_PORT + secrets.randbelow(PORTS)
        reservation = socket.socket(type=socket.SOCK_DGRAM)
        try:
            reservation.bind((RESERVING, port))
        except OSError as error:
            reservation.close()
            if error.errno != errno.EADDRINUSE:
                raise
            continue
        _reservations.append(reservation)
        if not any(listens(each) for each in (port, port + BUS_ABOVE)):
            return port


def listens(port: int) -> bool:
    """Whether somebody listens on this port."""
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def _is_whole(node: Node) -> bool:
    is_up = re.search(r"cluster_state\W+ok", str(node.ask("CLUSTER INFO")))
    return len(node.ask("CLUSTER SLOTS")) == 3 and is_up is not None
