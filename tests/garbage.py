"""Garbage that only the collector finds, for tests that see whether any is left."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Meanwhile what refers to itself stays, and what was left before is gone."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
