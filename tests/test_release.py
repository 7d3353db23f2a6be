"""A release has one version, with its changes and what to know before the update."""

import re
import tomllib

from server import VERSION
from tests.support.processes import ROOT


def test_the_version_is_the_same_everywhere() -> None:
    """/healthz reports it, so an operator finds its notes in the changelog."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert VERSION == project["version"] == newest[1]
