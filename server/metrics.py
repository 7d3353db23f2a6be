"""The metrics for Prometheus (`GET /metrics`): numbers without any person.

Owns their names and meanings; docs/operations.md says which to watch. Other modules count.
"""

from typing import ClassVar

from prometheus_client import Counter, Gauge, Histogram, generate_latest

MILLISECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
MOST_BUFFERED = 1000


class Durations:
    """Buffers the observations of a histogram: one by one they would cost a quiet process a
    twentieth of its CPU."""

    all: ClassVar[list["Durations"]] = []

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._buffer: list[float] = []
        self.all.append(self)

    def observe(self, seconds: float) -> None:
        self._buffer.append(seconds)
        if len(self._buffer) >= MOST_BUFFERED:
            self.flush()

    def flush(self) -> None:
        """Passes the observations on to the histogram."""
        for seconds in self._buffer:
            self._histogram.observe(seconds)
        self._buffer.clear()


CONNECTIONS = Gauge("balint_connections", "Sockets that are open in this process")
ROOMS = Gauge("balint_rooms", "Rooms with a socket in this process")
COMMANDS = Counter(
    "balint_commands",
    "Commands of people: `accepted`, or the code with which they were refused",
    ("command", "outcome"),
)
SIGNALS = Counter("balint_signals", "What pages had for each other, to set up voices")
COMMIT_CONFLICTS = Counter(
    "balint_commit_conflicts", "Changes that were decided anew, since another one came first"
)
PRESS_TO_SEND = Durations(
    Histogram(
        "balint_press_to_send_seconds",
        "From reading a command to having sent its change to those connected here",
        buckets=MILLISECONDS,
    )
)
OUTBOX_CLOSES = Counter(
    "balint_outbox_closes", "Sockets that this process ended, by close code or reason", ("reason",)
)
REDIS = Histogram(
    "balint_redis_seconds",
    "Round trips to Redis, by script or command",
    ("asked",),
    buckets=MILLISECONDS,
)
CONNECTIONS_CLOSED = Counter(
    "balint_lines_closed",
    "Connections that were refused, or ended before their request",
    ("reason",),
)
RESUBSCRIPTIONS = Counter(
    "balint_resubscriptions", "Subscriptions to Redis, the first of the process not counted"
)
UNREADABLE = Counter(
    "balint_unreadable", "Values in Redis that could not be read, and were left alone", ("what",)
)
SIGNALS_DROPPED = Counter(
    "balint_signals_dropped", "Signals that were not delivered, since there were too many"
)
TURNED_AWAY = Counter(
    "balint_turned_away",
    "Requests over the limit of an address; `memory`: circles that Redis had no room for",
    ("what",),
)
MAILS = Counter(
    "balint_mails",
    "Mails by outcome: `sent`, `refused` for good, `later` (tried again), `unknown`, `dropped`",
    ("outcome",),
)
MAIL_SERVER_AWAY = Counter(
    "balint_mail_server_away", "Attempts to reach the mail server that failed"
)


def exposition() -> bytes:
    """All metrics in Prometheus' exposition format."""
    for durations in Durations.all:
        durations.flush()
    return generate_latest()
