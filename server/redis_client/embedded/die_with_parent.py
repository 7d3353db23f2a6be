"""Runs a command that is ended with its parent process, however that ends.

It is a program of its own, since running Python between fork and exec is not safe in a process with
threads. Systems other than Linux have no such signal: the command just runs, and the supervisor of
the next server shuts down what a killed one has left behind.

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
        # The kernel's "parent" is the thread that started us, so that thread must stay alive.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):
            sys.exit()  # it died before prctl
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted: the request outlives an exec


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
