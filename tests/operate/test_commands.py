"""The commands of operators: what is kept of a circle, and where a word is left."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import redis

from server.config import Settings
from server.operate.commands import Usage, run
from server.operate.find_left import FOUND
from server.store.find import in_files
from tests.support.client import ask, join, start_circle
from tests.support.processes import ROOT, Running, StartServer
from tests.support.redis_servers import client_of


def told(words: list[str], **settings: object) -> tuple[int, str]:
    """The exit code and the output of this command, in this process."""
    lines: list[str] = []
    code = run(words, Settings(**settings), lines.append)  # type: ignore[arg-type]  # of several types
    return code, "\n".join(lines)


def commanded(*words: str, **env: str) -> tuple[int, str]:
    """The same, of `python -m server` in a process of its own."""
    running = Running([sys.executable, "-m", "server", *words], env, ROOT)
    try:
        return running.ended(), running.log
    finally:
        running.close()


def test_an_operator_reads_what_the_page_says(short_dir: Path, start_server: StartServer) -> None:
    """While a server runs on the folder, and after it has ended; with the operator's own note."""
    server = start_server(None, DATA_DIR=str(short_dir))
    fay = start_circle(server.url)
    join(fay, "Ann")
    page = ask(fay.room.replace("/room", "/kept"), cookie=fay.cookie).text
    env = {"DATA_DIR": str(short_dir), "RETENTION_NOTE": "Backups go after a month."}
    code, text = commanded("kept", fay.circle_id, **env)
    assert code == 0
    assert "    2  Chairs: a random number with a role, and no name\n" in text
    assert "Chairs: a random number with a role, and no name" in page
    assert "- Backups go after a month.\n" in text
    assert "Fay" not in text
    server.stop()
    code, text = commanded("kept", fay.circle_id, **env)
    assert code == 0
    assert "    2  Chairs" in text
    assert commanded("kept", "a" * 16, **env) == (0, "Nothing is held of this circle.\n")


def test_a_word_is_found_wherever_it_is(short_dir: Path, start_server: StartServer) -> None:
    """In a key, a field, a member, each command of the append-only file; no value is told."""
    server = start_server(None, DATA_DIR=str(short_dir))
    fay = start_circle(server.url, "Marked by me")
    with redis.Redis.from_url(f"unix://{short_dir}/redis.sock") as client:
        client.set("circle:{x}:Marked", "by me")
        client.sadd("circle:{x}:set", "a Marked member")
        client.rpush("circle:{x}:list", "a Marked item")
        client.xadd("circle:{x}:stream", {"f": "Marked"})
        client.zadd("due", {"Marked:x": 9e12})
        client.hset("circle:{x}", "said", '"Mar\\"ked')
    code, text = told(["find-left", "Marked"], data_dir=short_dir)
    assert code == FOUND
    for place in (
        f"the key circle:{{{fay.circle_id}}}:room, its field value\n",
        "the key circle:{x}:Marked\n",
        "the key circle:{x}:set, a member\n",
        "the key circle:{x}:list, an item\n",
        "the key circle:{x}:stream\n",
        "the key due, a member\n",
        ": SADD circle:{x}:set\n",
        ": SET circle:{x}:Marked\n",
    ):
        assert place in text, place
    assert "by me" not in text
    assert told(["find-left", 'Mar"ked'], data_dir=short_dir)[0] == FOUND
    code, text = told(["find-left", "nobody-has-said-this"], data_dir=short_dir)
    assert code == 0
    assert text.endswith("Found: nothing.")


def test_a_file_that_is_no_list_of_commands_is_searched_as_it_is(tmp_path: Path) -> None:
    """A snapshot, a file that was cut short, and one with remarks between its commands."""
    command = b"*2\r\n$3\r\nSET\r\n$6\r\nMarked\r\n"
    (tmp_path / "dump.rdb").write_bytes(b"REDIS0011 Marked")
    (tmp_path / "appendonly.aof.1.incr.aof").write_bytes(b"*1\r\n$4\r\nPING\r\n" + command * 2)
    (tmp_path / "appendonly.aof.2.incr.aof").write_bytes(b"#TS:1\r\n" + command)
    (tmp_path / "appendonly.aof.3.incr.aof").write_bytes(command[:-1])
    (tmp_path / "other.txt").write_bytes(b"Marked")
    assert in_files(tmp_path, "Marked") == [
        "the file appendonly.aof.1.incr.aof, command 2: SET Marked",
        "the file appendonly.aof.1.incr.aof, command 3: SET Marked",
        "the file appendonly.aof.2.incr.aof",
        "the file appendonly.aof.3.incr.aof",
        "the file dump.rdb",
    ]


def test_a_word_is_found_on_every_kind_of_redis(each_redis: str) -> None:
    """Of a Redis elsewhere the files are looked at only where their folder is given."""
    with client_of(each_redis) as client:
        for number in range(9):
            client.set(f"circle:{{find{number}}}:x", "a-word-that-is-left")
        code, text = told(["find-left", "a-word-that-is-left"], redis_url=each_redis)
        for number in range(9):
            client.delete(f"circle:{{find{number}}}:x")
    assert code == FOUND
    assert text.count("the key circle:{find") == 9
    assert "The files of this Redis were not looked at" in text


@pytest.mark.parametrize(
    "words", [["keep"], ["kept"], ["find-left", " "], ["find-left", "a", "b", "c"]]
)
def test_another_command_prints_those_that_there_are(words: list[str]) -> None:
    """The same exit code as for other settings that are wrong."""
    with pytest.raises(Usage, match="find-left WORD"):
        told(words)


def test_a_mistake_is_told_in_a_sentence(short_dir: Path) -> None:
    """Without a traceback."""
    missing = str(short_dir / "missing")
    assert commanded("kept", "a", DATA_DIR=missing) == (
        1,
        f"There is no DATA_DIR {missing}, and REDIS_URL is not set.\n",
    )
    code, text = commanded("tidy")
    assert (code, text.count("python -m server")) == (2, 3)
    code, text = commanded("kept", "a", REDIS_URL="redis://localhost:1")
    assert code == 1
    assert text.startswith("Redis refuses this: ")
