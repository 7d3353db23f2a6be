"""Where a word is in Redis: in the name or the value of any key, and in its append-only file.

For operators. Reads everything, and writes nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import hiredis
import msgspec
from redis.exceptions import ResponseError

from server.redis_client import Topology

CHUNK = 1 << 20
FILES = ("appendonly.aof.*", "*.aof", "*.rdb", "temp-*")
NOT_ENOUGH = object()


def forms_of(word: str) -> list[bytes]:
    """The word as Redis may hold it: plain, and within JSON."""
    plain = word.encode()
    in_json = msgspec.json.encode(word)[1:-1]
    return [plain] if in_json == plain else [plain, in_json]


def is_in(forms: list[bytes], value: bytes) -> bool:
    return any(form in value for form in forms)


class InKeys(NamedTuple):
    """One line for each place, and for each key whose value this user of Redis may not read."""

    found: list[str]
    unread: list[str]


async def in_keys(topology: Topology, word: str) -> InKeys:
    """Where it is in the keys of each Redis that keeps any."""
    forms = forms_of(word)
    found: list[str] = []
    unread: list[str] = []
    for node in await topology.masters():
        redis = topology.library_at(node)
        async for key in redis.scan_iter(count=1000):
            name = key.decode(errors="replace")
            if is_in(forms, key):
                found.append(f"the key {name}")
            try:
                parts = await _parts(redis, key)
            except ResponseError:
                unread.append(f"the key {name} may not be read by this user of Redis")
                continue
            found += [f"the key {name}{where}" for where, part in parts if is_in(forms, part)]
    return InKeys(found, unread)


async def _parts(redis: Any, key: bytes) -> list[tuple[str, bytes]]:
    """The parts of a value, each with its place in it. Any: redis-py's client."""
    kind = (await redis.type(key)).decode()
    match kind:
        case "hash":
            fields = cast("dict[bytes, bytes]", await redis.hgetall(key))
            named = [(n.decode(errors="replace"), n, v) for n, v in fields.items()]
            return [(f", its field {text}", name + b"\0" + value) for text, name, value in named]
        case "zset":
            return [(", a member", one) for one in await redis.zrange(key, 0, -1)]
        case "set":
            return [(", a member", one) for one in await redis.smembers(key)]
        case "list":
            return [(", an item", one) for one in await redis.lrange(key, 0, -1)]
        case "string":
            return [("", await redis.get(key) or b"")]
        case "none":
            return []  # It has gone meanwhile.
    return [("", await redis.dump(key) or b"")]


def in_files(folder: Path, word: str) -> list[str]:
    """Where it is in the files of a Redis in this folder: one line for each place."""
    forms = forms_of(word)
    return [line for path in files_in(folder) for line in _in_file(folder, path, forms)]


def files_in(folder: Path) -> list[Path]:
    """The files that `in_files` reads."""
    found = {path for pattern in FILES for path in folder.rglob(pattern)}
    return sorted(path for path in found if path.is_file())


def _in_file(folder: Path, path: Path, forms: list[bytes]) -> list[str]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []  # It was replaced meanwhile.
    if not is_in(forms, data):
        return []
    name = path.relative_to(folder)
    commands = [
        f"the file {name}, command {number}: {_command_and_key(words)}"
        for number, words in _commands(data)
        if any(is_in(forms, word) for word in words)
    ]
    return commands or [f"the file {name}"]


def _command_and_key(words: list[bytes]) -> str:
    """Without the values of the command."""
    return " ".join(word.decode(errors="replace") for word in words[:2])


def _commands(data: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """The commands of an append-only file, numbered from 1, as far as it can be read as such."""
    reader = hiredis.Reader(notEnoughData=NOT_ENOUGH)
    number = 0
    for start in range(0, len(data), CHUNK):
        reader.feed(data[start : start + CHUNK])
        try:
            while (words := reader.gets()) is not NOT_ENOUGH:
                number += 1
                if isinstance(words, list):
                    yield number, [word for word in words if isinstance(word, bytes)]
        except hiredis.HiredisError:
            return  # Another kind of file, such as a snapshot.
