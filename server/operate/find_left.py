"""`find-left WORD [FOLDER]`: where Redis has a word, such as a name that was erased."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from server.redis_client import Topology
from server.store import find

FOUND = 3
"""The exit code if the word is anywhere."""


async def find_left(
    topology: Topology, word: str, folder: Path | None, write_line: Callable[[str], None]
) -> int:
    """Looks in all keys and the files of this folder, and prints each place; returns the exit
    code."""
    found, unread = await find.in_keys(topology, word)
    if folder is None:
        looked = "in all keys. The files of this Redis were not looked at: name their folder"
    else:
        paths = await asyncio.to_thread(find.files_in, folder)
        found += await asyncio.to_thread(find.in_files, folder, word)
        looked = f"in all keys, and in {len(paths)} files of Redis in {folder}"
    for line in (*found, *unread):
        write_line(line)
    write_line(f"Looked {looked}. Not read: {len(unread)}. Found: {len(found) or 'nothing'}.")
    return FOUND if found else 0
