"""The log of a process: faults, and nothing that people typed."""

from __future__ import annotations

import sys

import pytest

from tests.support.processes import Running

SAID = "Zweifel"
PROGRAM = """
import asyncio, gc, logging, sys
import structlog, uvloop
from server import log

log.set_up()
said = sys.argv[1]

def broken(words):
    raise ValueError(f"cannot make anything of {words!r}")

async def fails():
    broken(said)

async def never_asked_for():
    task = asyncio.create_task(fails())
    await asyncio.wait([task])
    del task
    gc.collect()

async def called_back():
    asyncio.get_running_loop().call_soon(broken, said)
    await asyncio.sleep(0)

async def of_a_library():
    library = logging.getLogger("library")
    library.warning("cannot read %r of %s", said, said)
    library.error(ValueError(said))
    try:
        broken(said)
    except ValueError:
        library.exception("it broke\\n")

async def of_ours():
    try:
        broken(said)
    except ValueError as error:
        structlog.stdlib.get_logger("server.live.hub").error("unexpected", exc_info=error)

with asyncio.Runner(loop_factory={loop}) as runner:
    runner.run({scene}())
"""
LOOPS = ("asyncio.new_event_loop", "uvloop.new_event_loop")


def logged(scene: str, loop: str = LOOPS[0]) -> list[str]:
    """The lines that a process logs during this scene."""
    source = PROGRAM.replace("{loop}", loop).replace("{scene}", scene)
    running = Running([sys.executable, "-c", source, SAID], {})
    try:
        assert running.ended() == 0, running.log
    finally:
        running.close()
    return running.log.splitlines()


@pytest.mark.parametrize("loop", LOOPS)
def test_a_failed_task_that_nobody_asks_for_is_told_without_its_words(loop: str) -> None:
    """asyncio quotes the task with its exception; the log has only type and place."""
    [line] = logged("never_asked_for", loop)
    assert SAID not in line
    assert 'event="Task exception was never retrieved" error=ValueError' in line
    assert 'place="broken:10 < fails:13"' in line
    assert "said_by=asyncio" in line


@pytest.mark.parametrize("loop", LOOPS)
def test_what_a_callback_was_given_is_not_told(loop: str) -> None:
    """asyncio quotes the arguments as well."""
    [line] = logged("called_back", loop)
    assert SAID not in line
    assert 'event="Exception in callback' in line
    assert "error=ValueError" in line


def test_libraries_are_quoted_without_values() -> None:
    """Their messages may contain input."""
    lines = logged("of_a_library")
    assert SAID not in "".join(lines)
    said = ('event="cannot read %r of %s"', "event=ValueError", 'event="it broke"')
    assert [words in line for words, line in zip(said, lines, strict=True)] == [True] * 3


def test_a_fault_of_ours_is_told_by_its_type_and_place() -> None:
    """That is enough to find it."""
    [line] = logged("of_ours")
    assert SAID not in line
    assert 'level=error event=unexpected error=ValueError place="broken:10 < of_ours:' in line
