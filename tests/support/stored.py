"""Everything that a Redis has stored, in its memory and in its files."""

from __future__ import annotations

from pathlib import Path

import redis


def stands_in_files(folder: Path, mark: bytes) -> bool:
    """Whether any file of Redis contains this; a file that a rewrite deletes meanwhile does not."""
    for path in folder.rglob("*"):
        try:
            if path.is_file() and mark in path.read_bytes():
                return True
        except FileNotFoundError:
            continue
    return False


def everything_in(redis_url: str) -> str:
    """All keys and values of a Redis."""
    read = []
    with redis.Redis.from_url(redis_url) as client:
        for key in client.scan_iter():
            kind = client.type(key)
            value = {
                b"hash": client.hgetall,
                b"zset": lambda k: client.zrange(k, 0, -1),
                b"string": client.get,
                b"none": lambda _gone: "",  # it has expired meanwhile
            }[kind](key)
            read.append(f"{key!r} {value!r}")
    return "\n".join(read)
