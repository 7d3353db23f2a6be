"""`python -m server`: its start, its end, and its messages when it cannot start."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
import redis

from tests.support.processes import Running, StartServer, is_running, redis_pid, wait_until


def refused(**env: str) -> tuple[int, str]:
    """The exit code and the output of a server that does not start."""
    running = Running([sys.executable, "-m", "server"], {"PORT": "0", "HOST": "127.0.0.1", **env})
    try:
        return running.ended(), running.log
    finally:
        running.close()


def healthy(url: str) -> bool:
    """Whether the server at this address reports that it is alive."""
    with urlopen(f"{url}/healthz", timeout=5) as response:  # noqa: S310 - our own server
        return int(response.status) == 200


def test_the_printed_address_is_open(start_server: StartServer, redis_url: str) -> None:
    """The address works at once, on any port."""
    server = start_server(redis_url)
    assert server.url.startswith("http://127.0.0.1:")
    assert healthy(server.url)


def test_the_public_address_is_printed_where_there_is_one(
    start_server: StartServer, redis_url: str
) -> None:
    """Behind a proxy, the local address would be useless to people."""
    server = start_server(redis_url, PUBLIC_URL="https://circle.example.org")
    assert server.url == "https://circle.example.org"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_and_its_redis_in_order(
    start_server: StartServer, short_dir: Path, number: signal.Signals
) -> None:
    """The exit code is 0, Redis has ended, and the folder of its socket is deleted."""
    temporary, data = short_dir / "tmp", short_dir / ("long" * 30)
    temporary.mkdir()
    server = start_server(None, DATA_DIR=str(data), TMPDIR=str(temporary))
    [private] = temporary.iterdir()
    pid = redis_pid(f"unix://{private}/redis.sock")
    server.send(number)
    assert server.ended() == 0
    assert not is_running(pid)
    assert not private.exists()
    assert len(server.log.splitlines()) == 1


def test_a_signal_during_the_start_ends_it_in_order(short_dir: Path) -> None:
    """This includes the time before uvicorn handles signals, while Redis starts."""
    running = Running(
        [sys.executable, "-m", "server"],
        {"PORT": "0", "HOST": "127.0.0.1", "DATA_DIR": str(short_dir)},
    )
    try:
        wait_until((short_dir / "redis.lock").exists)
        assert running.stop() == 0
    finally:
        running.close()
    assert not (short_dir / "redis.sock").exists()
    assert "Traceback" not in running.log


def test_a_killed_server_leaves_its_data_to_the_next(
    start_server: StartServer, short_dir: Path
) -> None:
    """The next server opens on the same folder without any cleaning up."""
    url = f"unix://{short_dir}/redis.sock"
    first = start_server(None, DATA_DIR=str(short_dir))
    with redis.Redis.from_url(url) as client:
        client.set("case", "kept")
    first.kill()
    second = start_server(None, DATA_DIR=str(short_dir))
    with redis.Redis.from_url(url, decode_responses=True) as client:
        assert client.get("case") == "kept"
    assert healthy(second.url)


def test_a_server_whose_redis_is_lost_for_good_says_so(
    start_server: StartServer, short_dir: Path
) -> None:
    """It prints the output of Redis, and its exit code makes a supervisor restart it."""
    server = start_server(None, DATA_DIR=str(short_dir))
    (short_dir / "appendonlydir" / "appendonly.aof.manifest").write_text("not a manifest\n")
    os.kill(redis_pid(f"unix://{short_dir}/redis.sock"), signal.SIGKILL)
    assert server.ended() == 1
    assert server.log.splitlines()[-1].startswith(f"Redis on DATA_DIR {short_dir} ended: ")
    assert "Traceback" not in server.log


def test_a_port_in_use_is_a_sentence(short_dir: Path) -> None:
    """Nothing else has been started by then."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = refused(PORT=str(port), DATA_DIR=str(short_dir / "data"))
    assert code == 1
    assert said == (
        f"Port {port} on 127.0.0.1 cannot be opened: Address already in use."
        " Set PORT, or HOST, to another.\n"
    )
    assert not (short_dir / "data").exists()


def test_a_redis_that_does_not_answer_is_a_sentence() -> None:
    """This is the most likely mistake in a set-up; the sentence omits the password."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    code, said = refused(REDIS_URL=f"redis://:hidden@127.0.0.1:{port}")
    assert code == 1
    assert said.endswith("Redis does not answer; REDIS_URL says where it is looked for.\n")
    assert "Traceback" not in said
    assert "hidden" not in said


def test_a_wrong_setting_is_a_sentence() -> None:
    """It has an exit code of its own, since a restart would not help."""
    assert refused(PORT="http") == (
        2,
        "PORT should be a number from 0 to 65535, but is 'http'.\n",
    )


def test_a_task_that_fails_ends_the_process_with_a_code_of_its_own(redis_url: str) -> None:
    """With 0 no supervisor would restart it; connections are closed in order."""
    broken = "import sys; from server.live import deadlines; deadlines.LOOK_S = 'soon'"
    running = Running(
        [sys.executable, "-c", f"{broken}; from server.__main__ import main; sys.exit(main())"],
        {"PORT": "0", "HOST": "127.0.0.1", "REDIS_URL": redis_url},
    )
    try:
        assert running.ended() == 1
    finally:
        running.close()
    assert "a task that must not end has failed" in running.log
    assert running.log.endswith("A part of the server has failed. Its log says which.\n")


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hid#den@127.0.0.1:6379",
        "redis://:hid/den@127.0.0.1:6379",
        "redis://:hid[den@127.0.0.1",
        "redis://:hidden@127.0.0.1:port",
        "redis+sentinel://:hidden@127.0.0.1:port,127.0.0.2:1/circle",
        "redis+cluster://:hidden@[::1:7000",
        "redis://:hidden@127.0.0.1?socket_timeout=den",
    ],
)
def test_a_redis_url_that_cannot_be_split_is_a_sentence(url: str) -> None:
    """The usual cause is a password with special characters, which is not quoted."""
    code, said = refused(REDIS_URL=url)
    assert (code, said.count("\n")) == (2, 1)
    assert said.startswith("REDIS_URL cannot be read")
    assert not any(part in said for part in ("hid", "den"))
