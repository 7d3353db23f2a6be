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
from server.identity import COOKIE_SECONDS
from server.redis_client import Topology, topology_of
from server.redis_client.embedded import embedded_redis
from server.redis_client.embedded.process import answers
from server.store import find
from server.store.store import Store
from server.views import kept_words
from server.views.language import ENGLISH

USAGE = """\
python -m server                            runs the server
python -m server kept CIRCLE                prints what Redis holds of a circle, by its id
python -m server find-left WORD [FOLDER]    looks for a word in all keys and in the files of Redis
                                            in FOLDER (DATA_DIR, where the server starts its own)"""
FOUND = 3
"""The exit code of `find-left` if the word is anywhere."""


class Usage(ConfigError):
    """The command is not one of ours. Its sentence is the list of them."""

    def __init__(self) -> None:
        super().__init__(USAGE)


def run(words: Sequence[str], settings: Settings, tell: Callable[[str], None]) -> int:
    """Runs a command of an operator; returns the exit code. Raises CannotStart."""
    match words:
        case ["kept", circle_id]:
            return _with_redis(
                settings, lambda topology: _kept(topology, circle_id, settings, tell)
            )
        case ["find-left", word, *folders] if word.strip() and len(folders) <= 1:
            folder = Path(folders[0]) if folders else None
            if folder is None and settings.redis_url is None:
                folder = settings.data_dir
            return _with_redis(settings, lambda topology: _find(topology, word, folder, tell))
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


async def _kept(
    topology: Topology, circle_id: str, settings: Settings, tell: Callable[[str], None]
) -> int:
    store = Store(topology)
    await store.deadlines.due()  # sets its clock
    held = await store.look.held(circle_id)
    deadlines = await store.look.deadlines_of(circle_id)
    if not held and not deadlines:
        was_erased = await store.tombstones.has(circle_id)
        tell("Nothing is held of this circle." + (" It was erased." if was_erased else ""))
        return 0
    for row in kept_words.rows(ENGLISH, circle_id, held, [due.kind for due in deadlines]):
        tell(f"{row.number:5}  {row.words}")
        tell(f"       {' · '.join(filter(None, [row.since, row.until]))}")
    circle = await store.circles.get(circle_id)
    if circle:
        has_room = any(one.key.endswith("}:room") for one in held)
        if expires_on := kept_words.expiry(ENGLISH, circle_id, held, circle.time_zone):
            tell(f"\nThe circle goes on {expires_on}, unless somebody comes before.")
        if last := kept_words.last_session(ENGLISH, circle, has_room=has_room):
            tell(f"\nThe last session. {last}")
    tell("\nOutside this list:")
    days = COOKIE_SECONDS // (24 * 3600)
    for sentence in kept_words.outside(
        ENGLISH, settings.retention_note, days, settings.erased_days
    ):
        tell(f"- {sentence}")
    return 0


async def _find(
    topology: Topology, word: str, folder: Path | None, tell: Callable[[str], None]
) -> int:
    found, unread = await find.in_keys(topology, word)
    if folder is None:
        looked = "in all keys. The files of this Redis were not looked at: name their folder"
    else:
        paths = await asyncio.to_thread(find.files_in, folder)
        found += await asyncio.to_thread(find.in_files, folder, word)
        looked = f"in all keys, and in {len(paths)} files of Redis in {folder}"
    for line in (*found, *unread):
        tell(line)
    tell(f"Looked {looked}. Not read: {len(unread)}. Found: {len(found) or 'nothing'}.")
    return FOUND if found else 0
