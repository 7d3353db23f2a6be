"""The arrows between packages: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SERVER = Path(__file__).parent.parent / "server"
CORE = {"room", "circle"}

ALLOWED: dict[str, set[str]] = {
    # the cores
    "room": set(),
    "circle": {"room"},
    # shared by all
    "config": set(),
    "log": set(),
    "metrics": set(),
    "cancelling": set(),
    "identity": {*CORE, "http"},
    # the shell, from the inside out
    "redis_client": {"config"},
    "views": CORE,
    "store": CORE | {"redis_client", "config", "metrics", "cancelling"},
    "live": CORE | {"store", "views", "redis_client", "identity", "metrics"},
    "http": {"metrics"},
    "mail": CORE | {"store", "views", "identity", "config", "metrics", "cancelling"},
    "websocket": {"room", "live", "store", "views", "http", "identity", "config", "metrics"},
    "practice": CORE | {"store", "identity", "config", "cancelling"},
    "pages": CORE
    | {"store", "views", "practice", "http", "redis_client", "identity", "config", "metrics"}
    | {"live", "mail"},
    # start and end
    "listen": {"config"},
    "operate": {"store", "views", "redis_client", "identity", "config"},
    "app": {"pages", "websocket", "live", "mail", "practice", "store", "views", "redis_client"}
    | {"http", "identity", "config", "cancelling"},
    "__main__": {"app", "operate", "listen", "redis_client", "config", "log"},
    "__init__": set(),
}
"""Our modules (or packages), and which of our others each may import."""

OF_THE_PACKAGE = {"VERSION"}
"""What `server` itself has, which any of them may import."""

PURE: dict[str, set[str]] = {
    "room": {
        *(
            "msgspec",
            "collections",
            "enum",
            "functools",
            "operator",
            "typing",
            "unicodedata",
            "re",
            "regex",
            "tomllib",
            "tomli_w",
            "json",
        )
    },
    "circle": {
        *(
            "base64",
            "collections",
            "csv",
            "datetime",
            "enum",
            "functools",
            "hashlib",
            "hmac",
            "icalendar",
            "io",
            "msgspec",
            "re",
            "typing",
            "unicodedata",
            "zoneinfo",
        )
    },
}
"""Other imports of the cores: no clock, no chance, no I/O, no logging, nothing asynchronous."""

OF_THE_CLOCK = {"now", "today", "utcnow"}
"""The methods of datetime that read the clock."""


def imports(path: Path) -> set[str]:
    """The dotted names of all imports in a file, at any level."""
    found = set()
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            module = node.module or ""
            deeper = module == "server"
            found |= {f"server.{a.name}" for a in node.names} if deeper else {module}
    return found


def ours(path: Path) -> str:
    """Our module or package that a file belongs to."""
    return path.relative_to(SERVER).parts[0].removesuffix(".py")


FILES = sorted(SERVER.rglob("*.py"))
TREES = {path: ast.parse(path.read_text()) for path in FILES}
"""Parsed before any test runs: in a process where Playwright has switched stacks, Python 3.11
occasionally miscounts the depth of a parse."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SERVER)))
def test_a_module_imports_only_what_it_may(path: Path) -> None:
    """Fails for a new module without a row in the table, and for a new arrow."""
    found = {name.split(".")[1] for name in imports(path) if name.startswith("server.")}
    assert found - {ours(path), *OF_THE_PACKAGE} <= ALLOWED[ours(path)]


@pytest.mark.parametrize("path", [p for p in FILES if ours(p) in CORE], ids=lambda p: str(p.name))
def test_the_cores_are_pure(path: Path) -> None:
    """No clock, no chance, no I/O, no logging."""
    assert {name.split(".")[0] for name in imports(path)} <= PURE[ours(path)] | {"server"}


@pytest.mark.parametrize("path", [p for p in FILES if ours(p) in CORE], ids=lambda p: str(p.name))
def test_the_cores_compute_with_dates_without_reading_the_clock(path: Path) -> None:
    """The module datetime can do both."""
    read = {node.attr for node in ast.walk(TREES[path]) if isinstance(node, ast.Attribute)}
    assert not read & OF_THE_CLOCK


@pytest.mark.parametrize("name", ["page", "member", "people"])
def test_what_a_simulated_member_does_is_decided_without_io(name: str) -> None:
    """Chance comes with the member, the time with the call; the client owns the socket."""
    found = imports(SERVER / "practice" / f"{name}.py")
    assert found <= {"json", "re", "typing", "math", "collections", "enum", "random"} | {
        *("server.practice.page", "server.practice.member", "server.room.state")
    }


def test_the_table_has_no_row_too_many() -> None:
    """Fails for a row, or for a name in one, whose module is gone."""
    modules = {ours(path) for path in FILES}
    assert set(ALLOWED) == modules
    assert set().union(*ALLOWED.values()) <= modules


def test_the_app_is_started_and_never_imported() -> None:
    """Only __main__ starts it; only the app and __main__ import pages and sockets."""
    importing = {name: {row for row, may in ALLOWED.items() if name in may} for name in ALLOWED}
    assert importing["app"] == {"__main__"}
    assert importing["pages"] == {"app"}
    assert importing["websocket"] == {"app"}
    assert importing["__main__"] == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SERVER)))
def test_what_is_private_stays_in_its_module(path: Path) -> None:
    """No file imports a name with a leading underscore from another, and none imports `*`."""
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("server"):
            assert not {a.name for a in node.names if a.name.startswith(("_", "*"))}


def test_nothing_is_imported_by_a_name_that_the_reader_cannot_see() -> None:
    """Otherwise these tests would not see it either."""
    for path in FILES:
        called = {n.id for n in ast.walk(TREES[path]) if isinstance(n, ast.Name)}
        assert not called & {"__import__", "importlib", "import_module"}, path


def test_redis_py_is_known_to_one_package_alone() -> None:
    """Other packages know only its errors; the embedded Redis checks whether it is installed."""
    knowing = {
        ours(path)
        for path in FILES
        if any(n.startswith("redis") and n != "redis.exceptions" for n in imports(path))
    }
    assert knowing == {"redis_client"}
