"""The sentences that translators get, as Babel extracts them."""

from __future__ import annotations

import tomllib
from pathlib import Path

from babel.messages.extract import extract_from_dir

from tests.support.processes import ROOT


def messages() -> list[tuple[str, ...]]:
    """Of templates and Python: the message, or its singular and plural."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    found = extract_from_dir(
        ROOT,
        [(mapping["pattern"], mapping["method"]) for mapping in mappings],
        {mapping["pattern"]: mapping for mapping in mappings},
        directory_filter=lambda path: Path(path).relative_to(ROOT).parts[0] in ("server", "web"),
    )
    return [(m,) if isinstance(m, str) else tuple(m) for _, _, m, _, _ in found]
