"""`python -m tests.faults [NAME ...]`: the scenarios at full size, and one table of figures."""

from __future__ import annotations

import asyncio
import sys
from time import monotonic

from server.views.format_files import hand_in_formats
from tests.faults.figures import Result, table
from tests.faults.scenarios.every import SCENARIOS


async def _run(name: str) -> Result:
    return await SCENARIOS[name].run()


def main(names: list[str]) -> int:
    """Runs these, or all; the exit code says whether every figure was reached."""
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        print(f"There is no {', '.join(unknown)}; there are {', '.join(SCENARIOS)}.")
        return 2
    hand_in_formats()
    results: dict[str, Result] = {}
    try:
        for name in names or SCENARIOS:
            begun = monotonic()
            results[name] = asyncio.run(_run(name))
            print(f"{name}: {monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    finally:  # the failure of one scenario does not lose the figures of the others
        print(table(results), flush=True)
    return int(any(not result.is_reached for result in results.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
