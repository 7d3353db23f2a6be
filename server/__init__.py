"""Balint Circle: a real-time session room for Balint groups."""

VERSION = "0.2.0"
"""Of this release; the same in pyproject.toml and CHANGELOG.md (tests/test_release.py)."""
