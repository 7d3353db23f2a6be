"""`python -m server`: starts the server, and shuts it down in order; with words, runs a command
of operators (operate/).

Owns the order of start and shutdown, the signals, the exit code and the sentence that says why the
server does not start.

Exit codes: 0 ended by a signal, 1 cannot start or continue, 2 invalid settings or command; 3
`find-left` has found the word.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from socket import socket
    from types import FrameType

    from server.config import CannotStart, Settings

ENDING = (signal.SIGINT, signal.SIGTERM)


def main() -> int:
    # Before uvicorn, which restores these handlers and raises the signal again when it is done. The
    # default handlers would then kill the process, without any `finally`.
    for number in ENDING:
        signal.signal(number, _end_in_order)
    gc.disable()  # until all is imported: modules are no garbage, and it took a tenth of the start
    # All other imports are later: they take a while, and a signal may come meanwhile.
    from server.config import CannotStart, ConfigError, Settings

    try:
        settings = Settings.from_environ(os.environ)
        if words := sys.argv[1:]:
            from server.operate.commands import run

            gc.enable()
            return run(words, settings, print)
        _run(settings)
    except ConfigError as error:
        return _refused(error, 2)
    except CannotStart as error:
        return _refused(error, 1)
    return 0


def _end_in_order(_number: int, _frame: FrameType | None) -> None:
    """Exits; further signals are ignored, since the shutdown is bounded in time."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


def _refused(error: CannotStart, code: int) -> int:
    print(error, file=sys.stderr)
    return code


def _run(settings: Settings) -> None:
    from server import log
    from server.listen import open_port

    log.set_up()
    with open_port(settings.host, settings.port) as listening:
        if settings.redis_url is None:
            _run_with_embedded_redis(settings, listening)
        else:
            _serve(settings, listening)


def _run_with_embedded_redis(settings: Settings, listening: socket) -> None:
    # Imported only here, since a server with REDIS_URL does not need it.
    from server.redis_client.embedded import embedded_redis

    with embedded_redis(settings.data_dir) as url:
        _serve(replace(settings, redis_url=url), listening)


def _serve(settings: Settings, listening: socket) -> None:
    from server.app import create_app
    from server.listen import serve

    # The actual port, since 0 means any.
    settings = replace(settings, port=listening.getsockname()[1])
    app = create_app(settings)
    gc.enable()
    try:
        serve(app.asgi, app.drain, settings, listening)
    finally:
        app.check()


if __name__ == "__main__":
    sys.exit(main())
