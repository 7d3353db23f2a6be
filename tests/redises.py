"""Redises beyond the one: a Cluster of three masters, and a master with a replica and Sentinels.

Owns starting and joining them. All listen on free ports of this machine and end with their context.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import redis

from server.own_redis import find_executable
from tests.processes import Running, wait_until

SLOTS = 16384
KEEPS = (*("--appendonly", "yes"), *("--appendfsync", "always"), *("--save", ""))
DOWN_AFTER_MS = 1000


class Node:
    """One Redis process."""

    def __init__(self, folder: Path, port: int, *options: str) -> None:
        folder.mkdir(exist_ok=True)
        self.port = port
        self.process = Running(
            [find_executable(), *options, "--port", str(port), "--dir", str(folder)], {}
        )
        self.client = redis.Redis(port=port, decode_responses=True, socket_timeout=2)

    def answers(self) -> bool:
        """Whether it is open."""
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False

    def ask(self, *words: str | int) -> Any:
        """What it answers. Any: whatever it says."""
        return self.client.execute_command(*words)  # type: ignore[no-untyped-call]  # redis-py left it so

    def close(self) -> None:
        """Ends it, whatever state it is in."""
        self.client.close()
        self.process.close()


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[Node]]]:
    """The URL of a Redis Cluster of three masters, and these."""
    with ExitStack() as stack:
        nodes = [
            _started(stack, folder / str(port), port, "--cluster-enabled", "yes", *KEEPS)
            for port in free_ports(3)
        ]
        for number, node in enumerate(nodes):
            last = SLOTS * (number + 1) // 3 - 1
            node.ask("CLUSTER ADDSLOTSRANGE", SLOTS * number // 3, last)
            node.ask("CLUSTER MEET", "127.0.0.1", nodes[0].port)
        wait_until(lambda: all(_is_whole(node) for node in nodes), 30)
        yield f"redis+cluster://127.0.0.1:{nodes[0].port},127.0.0.1:{nodes[1].port}", nodes


@contextmanager
def sentinel(folder: Path) -> Iterator[tuple[str, Node, Node]]:
    """The URL of a master that three Sentinels watch, the master, and its replica."""
    with ExitStack() as stack:
        ports = free_ports(5)
        master = _started(stack, folder / "master", ports[0], *KEEPS)
        replica = _started(
            stack, folder / "replica", ports[1], *KEEPS, "--replicaof", "127.0.0.1", str(ports[0])
        )
        for port in ports[2:]:
            _sentinel(stack, folder, port, master.port)
        watch = redis.Redis(port=ports[2], decode_responses=True)
        stack.callback(watch.close)

        def all_know_each_other() -> bool:
            told: Any = watch.sentinel_master("circle")
            return (told["num-slaves"], told["num-other-sentinels"]) == (1, 2)

        wait_until(all_know_each_other, 30)
        wait_until(lambda: bool(replica.client.info()["master_link_status"] == "up"), 30)
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports[2:])
        yield f"redis+sentinel://{hosts}/circle", master, replica


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on; a Cluster's bus takes the one 10,000 above."""
    with ExitStack() as stack:
        found: list[int] = []
        while len(found) < count:
            opened = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            port = opened.getsockname()[1] % 20_000 + 20_000
            with socket.socket() as trial:
                if port not in found and trial.connect_ex(("127.0.0.1", port)):
                    found.append(port)
        return found


def _started(stack: ExitStack, folder: Path, port: int, *options: str) -> Node:
    node = Node(folder, port, *options)
    stack.callback(node.close)
    wait_until(node.answers)
    return node


def _sentinel(stack: ExitStack, folder: Path, port: int, master: int) -> None:
    home = folder / f"sentinel-{port}"
    home.mkdir()
    config = home / "sentinel.conf"
    config.write_text(
        f"port {port}\n"
        f"sentinel monitor circle 127.0.0.1 {master} 2\n"
        f"sentinel down-after-milliseconds circle {DOWN_AFTER_MS}\n"
        "sentinel failover-timeout circle 5000\n"
    )
    process = Running([find_executable(), str(config), "--sentinel"], {})
    stack.callback(process.close)
    process.says("(?i)sentinel ID")


def _is_whole(node: Node) -> bool:
    is_up = re.search(r"cluster_state\W+ok", str(node.ask("CLUSTER INFO")))
    return len(node.ask("CLUSTER SLOTS")) == 3 and is_up is not None
