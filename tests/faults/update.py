"""`python -m tests.faults.update TREE`: a rolling update from the sources in TREE, and back.

TREE is a checkout of an earlier release (`git worktree add TREE COMMIT`); it runs with the
libraries of this one.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.faults.figures import table
from tests.faults.scenarios.rolling import rolling_update


def main(former: Path) -> int:
    """Runs it at full size and prints its figures; the exit code is 0 if nothing is wrong."""
    result = asyncio.run(rolling_update(former))
    print(table({"rolling_update": result}))
    return int(not result.is_reached)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Which sources? python -m tests.faults.update TREE")
    sys.exit(main(Path(sys.argv[1]).resolve()))
