"""The samples for a Redis Cluster and for Sentinel, run with users, passwords and a failover."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import redis

from tests.support.client import ask
from tests.support.processes import StartServer, wait_until
from tests.support.redis_servers import Node, cluster
from tests.support.sentinel import sentinel
from tests.test_operations import SAMPLES, hold_a_circle, login, sample


def due_at(nodes: list[Node], circle_id: str) -> float:
    """The deadline of this room on whichever master has it; 0 without one."""
    for node in nodes:
        with suppress(redis.RedisError):
            return float(node.ask("ZSCORE", "due", circle_id) or 0)
    raise AssertionError("no node keeps what falls due")


def refused(one: Node) -> set[str]:
    """The rejected commands of this Redis or Sentinel, for all users."""
    log: Any = one.client.acl_log()
    return {entry["object"] for entry in log}


def test_the_apps_user_may_do_what_the_app_does_on_a_cluster(
    short_dir: Path, start_server: StartServer
) -> None:
    """A whole circle runs, and no node rejects a command."""
    app, admin = login("circle"), login("admin")
    with cluster(short_dir, sample(short_dir), app, admin) as (url, nodes):
        hold_a_circle(start_server, url, lambda circle_id: due_at(nodes, circle_id))
        for node in nodes:
            assert refused(node) == set()


def watching(folder: Path, port: int) -> str:
    """sentinel.conf, except the master's address and the path of its users.

    The time after which a master counts as dead stays. In the one second of other tests, busy
    Sentinels may not have connected to the new master, and replace it again.
    """
    shutil.copy(SAMPLES / "sentinel.acl", folder)
    text = (SAMPLES / "sentinel.conf").read_text()
    text = text.replace("192.0.2.1 6379", f"127.0.0.1 {port}")
    text = text.replace("/etc/redis/sentinel.acl", str(folder / "sentinel.acl"))
    return re.sub(r"^(dir|port) .*\n", "", text, flags=re.MULTILINE)


def takes_circles(url: str) -> bool:
    """Whether a circle can be created: the master has a replica that answers in time."""
    return ask(f"{url}/circles", {"circle_name": "First", "your_name": "Fay"}).status == 303


def test_the_apps_user_may_do_what_the_app_does_behind_sentinel(
    short_dir: Path, start_server: StartServer
) -> None:
    """A whole circle runs before and after it; neither Redis nor Sentinel rejects a command."""

    def due(circle_id: str) -> float:
        return due_at([watched.master], circle_id)

    with sentinel(
        short_dir,
        replicas=2,
        config=sample(short_dir, replicas=True),
        watching=lambda port: watching(short_dir, port),
        app=login("circle"),
        admin=login("admin"),
    ) as watched:
        hold_a_circle(start_server, watched.url, due)
        first = watched.master
        first.process.kill()
        wait_until(lambda: watched.master is not first, 30)
        server = start_server(watched.url)
        wait_until(lambda: takes_circles(server.url), 60)
        hold_a_circle(start_server, watched.url, due)
        first.start()
        wait_until(watched.is_whole, 60)
        for node in watched.nodes:
            assert refused(node) == set()
        for one in watched.sentinels:
            assert refused(one) == set()
