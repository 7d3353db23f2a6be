"""One Redis process: its command line, its output, and commands to it.

The process dies with its parent. The supervisor decides when a process is started.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import IO

from server.redis_client.embedded.errors import EmbeddedRedisError

DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")


def spawn(executable: str, folder: Path, path: Path, lock: IO[bytes]) -> subprocess.Popen[str]:
    """Starts Redis, which inherits the lock and ends with the calling thread."""
    command = [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), str(os.getpid())]
    try:
        return subprocess.Popen(  # noqa: S603 - our own file, and the Redis that was found
            command + _command(executable, folder, path),
            umask=0o077,  # its files contain names, and others may read a folder that they made
            stdin=subprocess.DEVNULL,
            # A pipe, not a file: it works even if the disk is full.
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=[lock.fileno()],
            start_new_session=True,  # Ctrl-C in a terminal is for us; we end Redis later
        )
    except OSError as error:
        raise EmbeddedRedisError(f"Redis could not be started: {error.strerror}.") from None


def _command(executable: str, folder: Path, path: Path) -> list[str]:
    # fmt: off
    return [
        executable,
        "--port", "0",  # nobody but us reaches it
        "--unixsocket", str(path),
        "--unixsocketperm", "700",
        "--dir", str(folder),
        "--appendonly", "yes",
        "--appendfsync", "always",  # what is acknowledged is on disk
        "--aof-use-rdb-preamble", "no",  # plain commands, which any Redis or Valkey can load
        "--save", "",
        "--maxmemory-policy", "noeviction",
        "--slowlog-max-len", "0",  # it would keep the arguments of slow commands
        "--daemonize", "no",
        "--loglevel", "warning",
    ]
    # fmt: on


def last_output(child: subprocess.Popen[str]) -> str:
    """Waits for the end of the child; returns its last two lines, which hold the reason."""
    last: deque[str] = deque(maxlen=2)
    with child:
        for line in child.stdout or ():
            # "PID:ROLE DATE TIME # TEXT"; warnings about the system are no reason to end
            text = line.strip().rpartition(" # ")[2]
            if text and not text.startswith("WARNING"):
                last.append(text)
    return f"{' '.join(last) or 'it said nothing'} (exit code {child.returncode})"


def could_not_write(output: str) -> bool:
    """Whether it ended because a write to disk failed: it then names its fsync policy."""
    return "AOF fsync policy is 'always'" in output


def answers(path: Path) -> bool:
    return _reply(path, b"PING\r\n").startswith(b"+PONG")


def shut_down(path: Path) -> None:
    """Shuts down the Redis that a killed server has left behind."""
    _reply(path, b"SHUTDOWN NOSAVE\r\n")


def _reply(path: Path, command: bytes) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(os.fspath(path))
            connection.sendall(command)
            return connection.recv(64)
    except OSError:
        return b""
