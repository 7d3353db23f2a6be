"""Minified modules are the same programs, according to the parser of Playwright's Node."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from rjsmin import jsmin

from tests.support.node import NODE

SAME_PROGRAM = Path(__file__).parent / "same_program.mjs"
STATIC = Path(__file__).parents[2] / "web" / "static"
MODULES = sorted(path for path in STATIC.rglob("*.js") if path.parent.name != "vendor")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_minified_module_is_the_same_program(path: Path, tmp_path: Path) -> None:
    """A minifier that does not know all of a language may change text, or drop code."""
    assert difference(path, jsmin(path.read_text()), tmp_path) == ""


def test_a_changed_text_is_another_program(tmp_path: Path) -> None:
    """White space and apparent comments count inside a template literal."""
    source = tmp_path / "source.mjs"
    source.write_text("export const say = (name) => `Dear  ${name}, see // below`; // A letter.")
    assert difference(source, source.read_text().replace(" // A letter.", ""), tmp_path) == ""
    for changed in ("`Dear ${name}, see // below`", "`Dear  ${name}, see`"):
        text = f"export const say = (name) => {changed};"
        assert "AssertionError" in difference(source, text, tmp_path)


def difference(source: Path, text: str, folder: Path) -> str:
    """The reported difference between the programs of this text and of the source."""
    module = folder / "minified.mjs"
    module.write_text(text)
    command = [NODE, "--no-warnings", "--expose-internals", str(SAME_PROGRAM)]
    command += [str(source), str(module)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr
