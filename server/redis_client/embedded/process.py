"""One Redis process: how it is started, what it is told, asked and heard to say.

Owns the command line, and that the process dies with its parent. The supervisor decides when a
process is started, and how often.
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
    """It holds the lock as long as it lives, and ends with the thread that calls this."""
    command = [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), str(os.getpid())]
    try:
        return subprocess.Popen(  # noqa: S603 - our own file, and the Redis that was found
            command + _command(executable, folder, path),
            umask=0o077,  # names are in its files, and a folder made by others may be open to them
            stdin=subprocess.DEVNULL,
            # A pipe, not a file: it holds what Redis says even when the disk is full.
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=[lock.fileno()],
            start_new_session=True,  # Ctrl-C in a terminal is for us; Redis goes after us
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
        "--appendfsync", "always",  # what was acknowledged is on the disk
        "--aof-use-rdb-preamble", "no",  # plain commands, which any Redis or Valkey can go on with
        "--save", "",
        "--maxmemory-policy", "noeviction",
        "--slowlog-max-len", "0",  # it would keep what a slow command said
        "--daemonize", "no",
        "--loglevel", "warning",
    ]
    # fmt: on


def last_output(child: subprocess.Popen[str]) -> str:
    """Reads to the end, which is when the child is gone; the reason often stands last but one."""
    said: deque[str] = deque(maxlen=2)
    with child:
        for line in child.stdout or ():
            # "PID:ROLE DATE TIME # TEXT"; advice on the system is no reason to end
            text = line.strip().rpartition(" # ")[2]
            if text and not text.startswith("WARNING"):
                said.append(text)
    return f"{' '.join(said) or 'it said nothing'} (exit code {child.returncode})"


def could_not_write(last_words: str) -> bool:
    """Whether it ended since it could not keep what it was told: it then names its policy."""
    return "AOF fsync policy is 'always'" in last_words


def answers(path: Path) -> bool:
    return _asked(path, b"PING\r\n").startswith(b"+PONG")


def dismiss(path: Path) -> None:
    """Whoever holds the data while we hold the server's lock was left behind by a killed server."""
    _asked(path, b"SHUTDOWN NOSAVE\r\n")


def _asked(path: Path, command: bytes) -> bytes:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(os.fspath(path))
            connection.sendall(command)
            return connection.recv(64)
    except OSError:
        return b""
