"""Garbage that only the cycle collector frees, for tests that check that none is left."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Collects once, and then disables collection, so that cycles stay to be counted."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
