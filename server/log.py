"""The log: one event a line, in logfmt, on standard output.

Owns its format. No line contains a name, a circle, an address, a token or what somebody said. An
exception is logged only by its type and place, since its text may quote what somebody sent. For the
same reason messages of libraries are logged without values: asyncio's contain whole tasks with
their exceptions.
"""

import logging
import re
import sys
import traceback

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

VALUE_START = re.compile(r"""[\n<(\[{'"]""")


def set_up() -> None:
    """Configures logging for this program and all libraries."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _place_of_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _without_values],
            use_get_message=False,  # omits the arguments of a library's message
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.LogfmtRenderer(key_order=["at", "level", "event"]),
            ],
            keep_exc_info=False,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("server").setLevel(logging.INFO)


def _place_of_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    error = sys.exception() if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["error"] = type(error).__name__
        event["place"] = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(frames[-5:]))
    return event


def _without_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A library's message up to the first possible value, and the name of its logger."""
    message = event["_record"].msg
    text = message if isinstance(message, str) else type(message).__name__
    event["event"] = VALUE_START.split(text, maxsplit=1)[0].strip()
    event["said_by"] = event["_record"].name
    return event
