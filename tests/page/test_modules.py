"""The page's pure modules, tested without a browser by the Node that Playwright brings along."""

from __future__ import annotations

import subprocess
from pathlib import Path

import playwright
import pytest
from rjsmin import jsmin

NODE = Path(playwright.__file__).parent / "driver" / "node"
TESTS = sorted(Path(__file__).parent.glob("*.test.mjs"))
MODULES = sorted((Path(__file__).parents[2] / "web" / "static").glob("*.js"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_the_tests_of_a_module_pass(path: Path) -> None:
    """What Node says of them is shown where they fail."""
    run = subprocess.run(
        [NODE, "--test", "--test-reporter=tap", path], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "# tests 0" not in run.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_minified_module_is_still_one(path: Path, tmp_path: Path) -> None:
    """A minifier that knows a language only in part may take a piece of code for a comment."""
    module = tmp_path / f"{path.stem}.mjs"
    module.write_text(jsmin(path.read_text()))
    run = subprocess.run([NODE, "--check", module], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
