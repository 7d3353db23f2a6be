"""Vendored files match VERSIONS."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

TREE = Path(__file__).parent.parent


@pytest.mark.parametrize("folder", ["web/static/vendor", "tests/circle/vendor"])
def test_every_vendored_file_has_its_checksum(folder: str) -> None:
    """No unlisted file is there, and no file was changed."""
    vendor = TREE / folder
    rows = (vendor / "VERSIONS").read_text().splitlines()
    written = {row.split()[1]: row.split()[0] for row in rows if not row.startswith("#")}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.iterdir()
        if path.name != "VERSIONS"
    }
    assert found == written
