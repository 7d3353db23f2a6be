"""The log: one line an event, in logfmt, on standard output.

Owns its form. No line bears a name, a circle, an address, a token or what somebody said; an
exception is told by its type and place alone, since its words may quote what somebody sent. For the
same reason libraries are quoted without values: asyncio quotes whole tasks with their exceptions.
"""

import logging
import re
import sys
import traceback

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

A_VALUE_BEGINS = re.compile(r"""[\n<(\[{'"]""")


def set_up() -> None:
    """From now on everything that is logged, by us or by a library, goes this way."""
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
            use_get_message=False,  # what a library puts into its sentences stays out
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
    """A library's own words, up to where they may name a thing; and which library it is."""
    said = event["_record"].msg
    words = said if isinstance(said, str) else type(said).__name__
    event["event"] = A_VALUE_BEGINS.split(words, maxsplit=1)[0].strip()
    event["said_by"] = event["_record"].name
    return event
