"""The commands of operators: `kept CIRCLE` and `find-left WORD`.

Reads the Redis of the settings, also that of a server that runs on DATA_DIR.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from redis.exceptions import RedisError

from server.config import CannotStart, ConfigError, Settings
from server.operate.find_left import find_left
from server.operate.kept import kept
from server.redis_client import Topology, topology_of
from server.redis_client.embedded import embedded_redis
from server.redis_client.embedded.process import answers

USAGE = """\
python -m server                            runs the server
python -m server kept CIRCLE                prints what Redis holds of a circle, by its id
python -m server find-left WORD [FOLDER]    looks for a word in all keys and in the files of Redis
                                            in FOLDER (DATA_DIR, where the server starts its own)"""


class Usage(ConfigError):
    """The command is not one of ours. Its sentence is the list of them."""

    def __init__(self) -> None:
        super().__init__(USAGE)


def run(words: Sequence[str], settings: Settings, write_line: Callable[[str], None]) -> int:
    """Runs a command of an operator; returns the exit code. Raises CannotStart."""
    match words:
        case ["kept", circle_id]:
            return _with_redis(
                settings, lambda topology: kept(topology, circle_id, settings, write_line)
            )
        case ["find-left", word, *folders] if word.strip() and len(folders) <= 1:
            folder = Path(folders[0]) if folders else None
            if folder is None and settings.redis_url is None:
                folder = settings.data_dir
            return _with_redis(
                settings, lambda topology: find_left(topology, word, folder, write_line)
            )
        case _:
            raise Usage


def _with_redis(settings: Settings, act: Callable[[Topology], Awaitable[int]]) -> int:
    async def with_topology(url: str) -> int:
        topology = topology_of(url)
        try:
            return await act(topology)
        except RedisError as error:
            raise CannotStart(f"Redis refuses this: {error}") from None
        finally:
            await topology.close()

    with _redis_of(settings) as url:
        return asyncio.run(with_topology(url))


@contextmanager
def _redis_of(settings: Settings) -> Iterator[str]:
    """The URL of the Redis: the given one, that of a server that runs, or one started for this."""
    if settings.redis_url is not None:
        yield settings.redis_url
        return
    folder = settings.data_dir.absolute()
    if not folder.is_dir():
        raise CannotStart(f"There is no DATA_DIR {folder}, and REDIS_URL is not set.")
    if answers(folder / "redis.sock"):
        yield f"unix://{quote(str(folder / 'redis.sock'))}"
    else:
        with embedded_redis(folder) as url:
            yield url
