"""Runs a command that ends when the process that started it ends, however that ended.

Is run as a file of its own before the command: between fork and exec of a process with threads,
running Python is not safe. Where the system has no such signal (anything but Linux), the command
simply runs, and the supervisor dismisses what a killed server left behind when the next one starts.

    python -I -S die_with_parent.py PARENT_PID COMMAND [ARGUMENT...]
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: str, command: list[str]) -> None:
    if sys.platform == "linux":
        # The kernel's "parent" is the thread that started us, so that thread has to live on.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):
            sys.exit()  # it died before the signal was asked for
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted: the request outlives an exec


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
