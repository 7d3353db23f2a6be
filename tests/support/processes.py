"""Real processes for tests: started, awaited, and always ended.

Owns starting `python -m server` and reading its output. Callers choose its Redis.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

ROOT = Path(__file__).parents[2]
DIE_WITH_PARENT = ROOT / "server" / "redis_client" / "embedded" / "die_with_parent.py"
OPEN_WITHIN = 90.0
ENDS_WITHIN = 20.0
# Servers of tests do not inherit a developer's settings.
OURS = (
    *("PORT", "HOST", "REDIS_URL", "DATA_DIR", "SECRET_KEY", "PUBLIC_URL", "START_KEY"),
    *("STUN_URLS", "TURN_URLS", "TURN_SECRET", "METRICS_KEY", "SMTP_URL", "MAIL_FROM"),
    *("FORWARDED_ALLOW_IPS", "WEB_CONCURRENCY"),
)


def wait_until(what: Callable[[], bool], seconds: float = 30.0) -> None:
    """Waits for a condition; on a timeout the test fails and names it."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """False for a process that has ended, even if it is still a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def redis_pid(redis_url: str) -> int:
    """The process id of the Redis behind a URL, for tests that harm it."""
    with redis.Redis.from_url(redis_url) as client:
        return int(client.info("server")["process_id"])


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """The machine's environment without our variables, plus the given ones."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**kept, "PYTHONUNBUFFERED": "1", **env}


class Running:
    """A child process, and its output so far."""

    def __init__(self, command: list[str], env: Mapping[str, str], tree: Path = ROOT) -> None:
        # So that it ends with the tests even if they are killed.
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), str(os.getpid()), *command],
            cwd=tree,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: list[str] = []
        self._silent = False  # it has ended, or closed its output
        self._said = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def log(self) -> str:
        return "".join(self._lines)

    def says(self, pattern: str, seconds: float = OPEN_WITHIN) -> re.Match[str]:
        """The first match in the output; fails with the output if the process ends or is late."""
        with self._said:
            self._said.wait_for(lambda: self._found(pattern) or self._silent, seconds)
        found = self._found(pattern)
        assert found, f"{pattern!r} was not said, but:\n{self.log}"
        return found

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """Waits for its end and returns the exit code."""
        code = self.process.wait(ENDS_WITHIN)
        self._reader.join(ENDS_WITHIN)
        return code

    def stop(self) -> int:
        """Ends it in order and returns the exit code."""
        self.send(signal.SIGTERM)
        return self.ended()

    def kill(self) -> None:
        """Kills it, without a chance to clean up."""
        self.process.kill()
        self.ended()

    def close(self) -> None:
        """For fixtures: ends it in any state."""
        if self.process.poll() is None:
            self.kill()
        assert self.process.stdout
        self.process.stdout.close()

    def _found(self, pattern: str) -> re.Match[str] | None:
        return re.search(pattern, self.log)

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._said:
                self._lines.append(line)
                self._said.notify_all()
        with self._said:
            self._silent = True
            self._said.notify_all()


class Server(Running):
    """`python -m server` on a free port of this machine; open when the constructor returns.

    `under`: a command that wraps it, such as a profiler. `tree`: other sources than ours. With
    `waits=False` it is open only after `opened()`, so that several can start in parallel.
    """

    url: str

    def __init__(
        self,
        redis_url: str | None,
        under: Sequence[str] = (),
        tree: Path = ROOT,
        *,
        waits: bool = True,
        **env: str,
    ) -> None:
        given = {"REDIS_URL": redis_url} if redis_url else {}
        super().__init__(
            [*under, sys.executable, "-m", "server"],
            {"PORT": "0", "HOST": "127.0.0.1", **given, **env},
            tree,
        )
        if waits:
            self.opened()

    def close(self) -> None:
        """Ends it in any state; in order if coverage is measured, which is saved at the end."""
        if "COVERAGE_PROCESS_START" in os.environ and self.process.poll() is None:
            self.send(signal.SIGTERM)
            self.send(signal.SIGCONT)  # it may be stopped
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(ENDS_WITHIN)
        super().close()

    def opened(self) -> None:
        """Waits until it is open, or closes it and fails."""
        try:
            self.url = self.says(r"open at (\S+)")[1]
        except BaseException:
            self.close()
            raise

    @property
    def port(self) -> int:
        """The port that it listens on, which differs from that of PUBLIC_URL.

        PORT=0 avoids the race between finding a free port and opening it.
        """
        [port] = _listening(_family(self.process.pid))
        return port

    @property
    def trouble(self) -> list[str]:
        """The lines of the log after the first, without the line about connections that are still
        open at a stop: a server may not have noticed yet that a test has closed its own."""
        return [line for line in self.log.splitlines()[1:] if "event=draining" not in line]


def _family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _listening(pids: list[int]) -> set[int]:
    """The TCP ports that these processes listen on."""
    sockets = set()
    for pid in pids:
        for file in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # It may have been closed meanwhile.
                sockets.add(str(file.readlink()))
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return {
        int(row[1].rpartition(":")[2], 16)
        for row in rows
        if row[3] == "0A" and f"socket:[{row[9]}]" in sockets
    }


@contextmanager
def two_servers_on(redis_url: str, **env: str) -> Iterator[tuple[Server, Server]]:
    """Two servers that start in parallel and end with this context."""
    # In this thread: a child ends with the thread that started it.
    started: list[Server] = []
    try:
        while len(started) < 2:
            started.append(Server(redis_url, (), ROOT, waits=False, **env))
        for server in started:
            server.opened()
        yield started[0], started[1]
    finally:
        for server in started:
            server.close()


StartServer = Callable[..., Server]  # the value of the fixture `start_server`


@contextmanager
def servers() -> Iterator[StartServer]:
    """Starts servers that all end with this context."""
    started: list[Server] = []

    def start(redis_url: str | None = None, **env: str) -> Server:
        server = Server(redis_url, (), ROOT, waits=True, **env)
        started.append(server)
        return server

    try:
        yield start
    finally:
        for server in started:
            server.close()
