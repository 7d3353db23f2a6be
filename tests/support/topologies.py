"""Each kind of Redis that a URL can name, for tests that run on all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.redis_servers import cluster, data_folder, fresh_redis
from tests.support.sentinel import replaces_nobody, sentinel

KINDS = ("one", "cluster", "sentinel")


@contextmanager
def redis_of_kind(kind: str) -> Iterator[str]:
    """The URL of a single Redis, of a Cluster, or of a master that Sentinels watch."""
    if kind == "one":
        with fresh_redis() as url:
            yield url
        return
    with data_folder() as path:
        if kind == "cluster":
            with cluster(path) as (url, _nodes):
                yield url
        else:
            with sentinel(path, watching=replaces_nobody) as watched:
                yield watched.url
