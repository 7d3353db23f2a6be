"""A backup of Redis that is put back: what was erased since is erased again."""

from __future__ import annotations

import shutil
from pathlib import Path

import redis

from tests.support.client import ask, join, start_circle
from tests.support.processes import StartServer, wait_until
from tests.support.stored import everything_in, stands_in_files


def test_yesterdays_backup_brings_back_nobody_who_was_erased(
    short_dir: Path, start_server: StartServer
) -> None:
    """A person and a circle; the file outside Redis stays as it is, as operations.md says."""
    server = start_server(None, DATA_DIR=str(short_dir))
    redis_url = f"unix://{short_dir}/redis.sock"
    fay, gil = start_circle(server.url), start_circle(server.url, "Gil")
    ann = join(fay, "Ann")
    seat = ann.seat
    with redis.Redis.from_url(redis_url) as client:
        for visit in (fay, gil):
            key = f"circle:{{{visit.circle_id}}}"
            client.delete(f"{key}:room", f"{key}:here")
        shutil.copytree(short_dir / "appendonlydir", short_dir / "backup")
        base = fay.room.removesuffix("/room")
        form = {"what": "me", "confirmed": "yes"}
        assert ask(f"{base}/erase", form, cookie=ann.cookie).status == 200
        client.hset(f"circle:{{{gil.circle_id}}}", "erase_at", 1)
        client.zadd("due", {f"erase:{gil.circle_id}": 1})
        wait_until(lambda: gil.circle_id not in everything_in(redis_url))
        wait_until(lambda: not stands_in_files(short_dir / "appendonlydir", seat.encode()), 60)
    assert server.stop() == 0
    shutil.rmtree(short_dir / "appendonlydir")
    shutil.move(short_dir / "backup", short_dir / "appendonlydir")
    assert stands_in_files(short_dir, seat.encode())
    again = start_server(None, DATA_DIR=str(short_dir))

    def is_back() -> bool:
        held = everything_in(redis_url)
        return seat in held or gil.circle_id in held

    wait_until(lambda: not is_back(), 30)
    for word in (seat, gil.circle_id):
        wait_until(lambda word=word: not stands_in_files(short_dir, word.encode()), 60)  # type: ignore[misc]
    assert ask(ann.at(again.url).room, cookie=ann.cookie).status == 401
    gone = ask(gil.at(again.url).room, cookie=gil.cookie)
    assert (gone.status, gone.message) == (404, "circle_erased")
    assert ask(fay.at(again.url).room, cookie=fay.cookie).status == 200
