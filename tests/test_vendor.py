"""Vendored files match VERSIONS."""

from __future__ import annotations

import hashlib
from pathlib import Path

VENDOR = Path(__file__).parent.parent / "web" / "static" / "vendor"


def test_every_vendored_file_has_its_checksum() -> None:
    """No unlisted file is there, and no file was changed."""
    rows = (VENDOR / "VERSIONS").read_text().splitlines()
    written = {row.split()[1]: row.split()[0] for row in rows if not row.startswith("#")}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "VERSIONS"
    }
    assert found == written
