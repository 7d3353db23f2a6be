"""All scenarios, by name, each with a small size that suffices for a test.

Their defaults are the sizes of the published figures.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from tests.faults.figures import Result
from tests.faults.scenarios.clocks import clocks_off
from tests.faults.scenarios.disk_full import disk_full
from tests.faults.scenarios.failover import failover
from tests.faults.scenarios.falls_due import silence_ends
from tests.faults.scenarios.floods import floods
from tests.faults.scenarios.kills import process_killed
from tests.faults.scenarios.practice import practice
from tests.faults.scenarios.redis_lost import redis_full, redis_killed
from tests.faults.scenarios.rolling import ends_in_time, rolling_restart
from tests.faults.scenarios.soak import everyday
from tests.faults.scenarios.stalled import stops_reading
from tests.faults.scenarios.subscriptions import redis_connection_cut, subscription_killed


class Scenario(NamedTuple):
    """How to run it, and how to run it small. Any: each scenario has its own sizes."""

    run: Callable[..., Coroutine[Any, Any, Result]]
    small: dict[str, Any]


SCENARIOS = {
    "stops_reading": Scenario(
        stops_reading, {"others": 1, "before_s": 1.0, "seconds": 30.0, "after_s": 1.0}
    ),
    "subscription_killed": Scenario(subscription_killed, {"kills": 4, "commands": 80, "count": 2}),
    "redis_connection_cut": Scenario(redis_connection_cut, {"commands": 200, "count": 5}),
    "process_killed": Scenario(process_killed, {"kills": 3, "count": 2, "stray_every": 3}),
    "redis_killed": Scenario(redis_killed, {"kills": 1, "count": 2, "away_s": (1.0,)}),
    "failover": Scenario(failover, {"ways": ("killed",), "count": 2, "hurried": True}),
    "redis_full": Scenario(redis_full, {"count": 2, "full_s": 1.0}),
    "disk_full": Scenario(disk_full, {"times": 1, "count": 2, "full_s": 1.0}),
    "rolling_restart": Scenario(rolling_restart, {"count": 2, "rounds": 1}),
    "ends_in_time": Scenario(ends_in_time, {}),
    "silence_ends": Scenario(silence_ends, {"kills": 5, "count": 2, "nobody_every": 2}),
    "floods": Scenario(
        floods,
        {"seconds": 1.0, "count": 2, "kinds": ("commands", "connections full of pings", "joins")},
    ),
    "clocks_off": Scenario(clocks_off, {"seconds": 4.0, "lines": ("near", "far")}),
    "practice": Scenario(practice, {"seconds": 8.0, "count": 2}),
    "everyday": Scenario(everyday, {"seconds": 8.0, "count": 3}),
}
