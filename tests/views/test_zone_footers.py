"""The POSIX footers of time zones, read from their files."""

from __future__ import annotations

import zoneinfo
from pathlib import Path

import pytest

from server.views.zone_footers import footer_of

FOOTER = "CET-1CEST,M3.5.0,M10.5.0/3"


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    """What other tests have read is read again."""
    footer_of.cache_clear()


def only_in(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    """The machine has its zones in these folders."""
    monkeypatch.setattr(zoneinfo, "TZPATH", tuple(map(str, folders)))


def test_a_zone_has_the_footer_of_its_file() -> None:
    """The last line of it."""
    assert footer_of("Europe/Berlin") == FOOTER
    assert footer_of("UTC") == "UTC0"
    assert footer_of("America/Argentina/Ushuaia") == "<-03>3"


def test_a_machine_without_zones_has_those_of_tzdata(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As zoneinfo has them then."""
    only_in(monkeypatch, tmp_path, tmp_path / "none")
    assert footer_of("Europe/Berlin") == FOOTER


@pytest.mark.parametrize(
    ("file", "footer"),
    [
        (b"TZif2 data\nCET-1\n", "CET-1"),
        (b"TZif2 data\n\n", ""),
        (b"TZif data", ""),
        (b"TZif data\nCET-1", ""),
        (b"TZif2\n\xff\n", ""),
        (b"no zone\nCET-1\n", ""),
        (b"", ""),
        (b"\n", ""),
    ],
)
def test_a_file_without_a_footer_has_none(
    file: bytes, footer: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Files of the first version have none. As in zoneinfo, the first folder with it counts."""
    second = tmp_path / "second"
    for folder, content in ((tmp_path, file), (second, b"TZif2\nX1\n")):
        path = folder / "Europe" / "Berlin"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    only_in(monkeypatch, tmp_path, second)
    assert footer_of("Europe/Berlin") == footer


@pytest.mark.parametrize("zone", ["", "..", "../etc/passwd", "/etc/passwd", "Etc/Unknown", "\x00"])
def test_what_is_no_zone_on_offer_is_not_looked_for(zone: str) -> None:
    """No path leads elsewhere."""
    assert footer_of(zone) == ""
