"""The documents for operators are true: settings, files, and the Redis samples."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from server.circle.circle import Circle
from server.config import Settings
from server.http.protocol import LARGEST_BODY
from server.identity import new_circle_id
from server.live.deadlines import DueRooms
from server.operate.commands import run
from server.operate.find_left import FOUND
from server.pages.format_editor import LARGEST_FORM
from server.redis_client import topology_of
from server.room.commands import Enter
from server.room.state import Role
from server.store.store import Store
from tests.support.client import Caller, ask, call, join, start_circle
from tests.support.processes import ROOT, Running, StartServer, wait_until
from tests.support.redis_servers import Login, Node, client_at, url_of

SAMPLES = ROOT / "docs" / "operations"
COMPOSE = (ROOT / "compose.yaml").read_text()
NOT_OURS = {"FORWARDED_ALLOW_IPS"}  # uvicorn's
ANY = {"PORT": "0", "HOST": "127.0.0.1"}


def settings() -> set[str]:
    """The variables that config.py reads."""
    source = (ROOT / "server" / "config.py").read_text()
    return set(re.findall(r'environ, "([A-Z_]+)"', source))


def test_every_setting_has_its_row() -> None:
    """It is in the operators' table, and the table has no row of a removed setting."""
    guide = (ROOT / "docs" / "operations.md").read_text()
    table = re.findall(r"^\| (`[A-Z].*?) \|", guide, re.MULTILINE)
    assert set(re.findall(r"`([A-Z_]+)`", " ".join(table))) == settings() | NOT_OURS


def test_compose_sets_what_the_app_reads() -> None:
    """A misspelt variable would be silently ignored."""
    app = COMPOSE.partition("\n  app:")[2].partition("\n  redis:")[0]
    given = set(re.findall(r"^      ([A-Z_]+):", app, re.MULTILINE))
    assert {"REDIS_URL", "PUBLIC_URL", "SECRET_KEY"} <= given <= settings() | NOT_OURS


def test_what_goes_into_the_image_is_there() -> None:
    """Every COPY from the checkout names an existing path that .dockerignore lets in."""
    lines = re.findall(r"^COPY (?!--)(\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(lines) == sorted(let_in)
    assert all((ROOT / name).exists() for name in lines)


def test_every_image_is_named_by_its_digest() -> None:
    """A tag may move to another image; a digest cannot."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    stages = set(re.findall(r"^FROM .* AS (\S+)$", dockerfile, re.MULTILINE))
    based_on = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    built_here = re.findall(r"^    build: \.\n    image: (\S+)$", COMPOSE, re.MULTILINE)
    named = {*based_on, *re.findall(r"^    image: (.*)$", COMPOSE, re.MULTILINE)}
    named -= {*stages, *built_here}
    assert {name.partition(":")[0] for name in named} == {
        "python",
        "valkey/valkey",
        "coturn/coturn",
    }
    for name in named:
        assert re.fullmatch(r"[a-z/]+:[\w.-]+@sha256:[0-9a-f]{64}", name), name


def test_files_that_are_named_are_there() -> None:
    """These are the mounts of compose.yaml, and the samples that the guide links to."""
    mounted = re.findall(r'"\./([^:"]+):', COMPOSE)
    guide = (ROOT / "docs" / "operations.md").read_text()
    linked = [f"docs/{name}" for name in re.findall(r"\]\((operations/[^)]+)\)", guide)]
    assert mounted
    assert {Path(name).name for name in linked} == {path.name for path in SAMPLES.iterdir()}
    assert all((ROOT / name).is_file() for name in mounted + linked)


def test_what_compose_leaves_out_of_coturns_file_stands_in_it() -> None:
    """It replaces these lines by its own; a renamed line would pass unnoticed."""
    left_out = re.search(r"grep -vE '\^\(([a-z|-]+)\)='", COMPOSE)
    assert left_out
    sample = (SAMPLES / "turnserver.conf").read_text()
    for name in left_out[1].split("|"):
        assert re.search(rf"^{name}=", sample, re.MULTILINE), name


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("nginx.conf", r"^ *client_max_body_size (\d+)m;$"),
        ("Caddyfile", r"^\s*max_size (\d+)MiB$"),
    ],
)
def test_a_proxy_lets_through_whatever_form_the_app_takes(name: str, line: str) -> None:
    """A smaller limit would refuse the format editor's form with the proxy's own page."""
    found = re.findall(line, (SAMPLES / name).read_text(), re.MULTILINE)
    assert [int(mebibytes) << 20 for mebibytes in found] == [LARGEST_BODY]
    assert LARGEST_FORM < LARGEST_BODY


def login(user: str) -> Login:
    """One of the users of users.acl, with the password of the sample."""
    found = re.search(rf"^user {user} on >(\S+)", (SAMPLES / "users.acl").read_text(), re.MULTILINE)
    assert found
    return Login(user, found[1])


def sample(folder: Path, *, replicas: bool = False) -> str:
    """redis.conf with its users, except folder and address; with the settings of replicas."""
    users = (SAMPLES / "users.acl").read_text()
    text = (SAMPLES / "redis.conf").read_text()
    if replicas:
        users += (SAMPLES / "users-replicas.acl").read_text()
        for_replicas = r"^# ((masteruser|masterauth|min-replicas\S+) \S+)$"
        text, found = re.subn(for_replicas, r"\1", text, flags=re.MULTILINE)
        assert found == 4
    (folder / "users.acl").write_text(users)
    text = text.replace("/etc/redis/users.acl", str(folder / "users.acl"))
    return re.sub(r"^dir .*\n", "", text, flags=re.MULTILINE)


class Guarded:
    """A Redis with the sample's settings and users."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def url(self, user: str) -> str:
        """The URL for one of the users, with the password of the sample."""
        return url_of(self.node.address, login(user))

    def asked(self, user: str, *command: str) -> Any:
        """The answer of Redis. Any: it depends on the command."""
        with client_at(self.node.address, login(user)) as client:
            return client.execute_command(*command)


@pytest.fixture
def guarded(short_dir: Path) -> Iterator[Guarded]:
    """The sample's redis.conf and users.acl; only folder and address are ours."""
    node = Node(short_dir, 0, sample(short_dir), login("admin"))
    yield Guarded(node)
    node.close()


def test_the_apps_user_may_do_what_the_app_does(
    guarded: Guarded, start_server: StartServer
) -> None:
    """A server and the store run a whole circle, and Redis rejects no command."""

    def due(circle_id: str) -> float:
        return float(guarded.asked("admin", "ZSCORE", "due", circle_id) or 0)

    hold_a_circle(start_server, guarded.url("circle"), due)
    log = guarded.asked("admin", "ACL", "LOG")
    assert [entry["object"] for entry in log] == []


def test_a_user_who_may_not_ask_how_full_redis_is_starts_circles(
    guarded: Guarded, start_server: StartServer
) -> None:
    """The rights are those of an earlier release; the log says so once."""
    guarded.asked("admin", "ACL", "SETUSER", "circle", "-info")
    server = start_server(guarded.url("circle"))
    for _ in range(2):
        start_circle(server.url)
    assert server.log.count("Redis does not tell how full it is") == 1


def hold_a_circle(start_server: StartServer, redis_url: str, due: Callable[[str], float]) -> None:
    """A circle from start to deletion; `due` returns the deadline of a room."""
    server = start_server(redis_url)
    wait_until(lambda: ask(f"{server.url}/readyz").status == 200)
    fay = start_circle(server.url)
    ben = join(fay, "Ben")

    async def scene() -> None:
        async with AsyncExitStack() as stack:
            one = Caller(await stack.enter_async_context(call(fay)))
            two = Caller(await stack.enter_async_context(call(ben)))
            await two.until(lambda me: "seat" in me.state)
            await one.send(do="start", **{"from": "waiting"})
            await two.until(lambda me: me.state.get("phase") == "arrival")
            await one.send(do="remove", seat=two.state["seat"])
            assert await two.closed() == 4401
            await one.send(do="end")
            await one.until(lambda me: me.state.get("phase") == "ended")
            # The server does this half a minute later.
            store = Store(topology_of(redis_url))
            room = await store.rooms.load(fay.circle_id)
            assert room is not None
            await DueRooms(store).forget(room)
            assert await one.closed() == 4410
            await DueRooms(store).run(fay.circle_id, int(due(fay.circle_id)))
            assert due(fay.circle_id) == 0
            await store.close()

    asyncio.run(scene())
    erase = f"{server.url}/circles/{fay.circle_id}/erase"
    for what in ("absent", "me"):
        assert ask(erase, {"what": what}, cookie=fay.cookie).status == 200
    ann = join(fay, "Ann")
    yes = {"confirmed": "yes"}
    assert ask(erase, {"what": "me", **yes}, cookie=ann.cookie).status == 200
    assert ask(f"{server.url}/circles/{fay.circle_id}/kept", cookie=fay.cookie).status == 200
    asked = {"what": "circle", "circle_name": "Tuesday"}
    assert ask(erase, asked, cookie=fay.cookie).status == 303
    asyncio.run(erased(redis_url, fay.circle_id))


async def erased(redis_url: str, circle_id: str) -> None:
    """A process erases this circle, as in a week, and tries again where a replica lags."""
    store = Store(topology_of(redis_url))
    await store.deadlines.due()
    async with asyncio.timeout(60):
        while not await _is_erased(store, circle_id):
            pass
    assert await store.look.keys_of(circle_id) == []
    assert await store.tombstones.has(circle_id)
    await store.tombstones.spread()
    await store.close()


async def _is_erased(store: Store, circle_id: str) -> bool:
    try:
        await store.circle_erasure.erase(circle_id)
    except ResponseError as error:
        if "NOREPLICAS" not in str(error):
            raise
        return False
    return True


@pytest.mark.parametrize("key", ["", "a key of our own, long enough"])
@pytest.mark.parametrize(
    ("user", "password", "said"),
    [
        ("circle", "wrong", "Redis does not let us in: the user or the password in REDIS_URL"),
        ("nobody", "wrong", "Redis does not let us in: the user or the password in REDIS_URL"),
        ("backup", "", "Redis lets us in, but its user may not do all that is needed"),
    ],
)
def test_a_redis_that_does_not_let_us_work_says_why(
    guarded: Guarded, user: str, password: str, said: str, key: str
) -> None:
    """The sentence comes at once and without the password, with or without a SECRET_KEY."""
    url = guarded.url("circle" if user == "nobody" else user)
    if password:
        _, at, place = url.partition("@")
        url = f"unix://{user}:{password}{at}{place}"
    process = Running([sys.executable, "-m", "server"], {"REDIS_URL": url, "SECRET_KEY": key} | ANY)
    try:
        assert process.ended() == 1
        assert process.log.splitlines()[-1].startswith(said)
        assert "Traceback" not in process.log
        assert "wrong" not in process.log
    finally:
        process.close()


def test_a_password_that_was_changed_is_told(guarded: Guarded, start_server: StartServer) -> None:
    """/readyz reports it while the process goes on; restoring the password mends it."""
    server = start_server(guarded.url("circle"))
    ready = f"{server.url}/readyz"
    wait_until(lambda: ask(ready).status == 200)
    guarded.asked("admin", "ACL", "SETUSER", "circle", "resetpass", ">another")
    guarded.asked("admin", "CLIENT", "KILL", "USER", "circle")
    wait_until(lambda: "does not let us in" in ask(ready).text)
    assert ask(ready).status == 503
    guarded.asked("admin", "ACL", "LOAD")
    wait_until(lambda: ask(ready).status == 200)


def test_a_redis_that_lets_nobody_listen_is_told(
    guarded: Guarded, start_server: StartServer
) -> None:
    """/readyz and the log report it; restoring the right to subscribe mends it."""
    server = start_server(guarded.url("circle"))
    ready = f"{server.url}/readyz"
    wait_until(lambda: ask(ready).status == 200)
    guarded.asked("admin", "ACL", "SETUSER", "circle", "resetchannels")
    guarded.asked("admin", "CLIENT", "KILL", "USER", "circle")
    wait_until(lambda: "no subscription to Redis" in ask(ready).text)
    wait_until(lambda: "may not do all that is needed" in server.log)
    guarded.asked("admin", "ACL", "LOAD")
    wait_until(lambda: ask(ready).status == 200)


REFUSED = [
    *(
        "FLUSHALL",
        "KEYS *",
        "CONFIG GET dir",
        "EVAL return 1 0",
        "SLOWLOG GET",
        "MONITOR",
    ),
    *("SHUTDOWN", "ACL LIST", "CLIENT LIST", "REPLICAOF NO ONE", "PSYNC ? -1"),
    *("GET elsewhere", "SET elsewhere 1", "DEL elsewhere", "PUBLISH elsewhere 1"),
]


def test_an_operator_looks_for_a_word_as_the_apps_user(guarded: Guarded) -> None:
    """Keys that this user may not read are listed, and are no find."""
    guarded.asked("admin", "SET", "elsewhere", "a-word")
    guarded.asked("admin", "SET", "circle:{x}:y", "a-word")
    lines: list[str] = []
    settings = Settings(redis_url=guarded.url("circle"))
    assert run(["find-left", "a-word"], settings, lines.append) == FOUND
    assert "the key circle:{x}:y" in lines
    assert "the key elsewhere may not be read by this user of Redis" in lines
    assert lines[-1].endswith("Not read: 1. Found: 1.")


def test_the_apps_user_may_do_nothing_else(guarded: Guarded) -> None:
    """Unnamed users have no rights, and the backup user reads no key."""
    for command in REFUSED:
        with pytest.raises(NoPermissionError):
            guarded.asked("circle", *command.split())
    with pytest.raises(NoPermissionError):
        guarded.asked("backup", "GET", "secret")
    with (
        redis.Redis.from_url(url_of(guarded.node.address)) as nobody,
        pytest.raises(AuthenticationError),
    ):
        nobody.ping()


def test_the_sample_redis_comes_back_with_all_it_had(guarded: Guarded) -> None:
    """Writes of scripts too: they are replayed as a transaction, by a user with that right.

    After a rewrite of the file, the first transaction selects the database as well.
    """

    async def scene() -> None:
        store = Store(topology_of(guarded.url("circle")))
        roles = {"fay": Role.FACILITATOR}
        circle = Circle(new_circle_id(), "Tuesday", "classic-60", "UTC", roles=roles)
        await store.circles.create(circle)
        guarded.asked("admin", "BGREWRITEAOF")
        wait_until(lambda: not guarded.asked("admin", "INFO")["aof_rewrite_in_progress"])
        room = await store.arrivals.seated(circle, Enter("fay", "Fay", Role.FACILITATOR))
        guarded.node.process.kill()
        guarded.node.start()
        assert await store.rooms.load(circle.id) == room
        assert (await store.circles.get_with_role(circle.id, "fay"))[1] is Role.FACILITATOR
        assert [entry["object"] for entry in guarded.asked("admin", "ACL", "LOG")] == []
        await store.close()

    asyncio.run(scene())


def test_the_sample_redis_keeps_what_it_acknowledges(guarded: Guarded) -> None:
    """It keeps nothing that people typed outside the keys."""
    wanted = {
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "slowlog-max-len": "0",
    }
    assert guarded.asked("admin", "CONFIG", "GET", *wanted) == wanted
