"""What is said stays in the circle: no code could store it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.processes import ROOT

OURS = sorted(
    path
    for folder in ("server", "web")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".js", ".html", ".lua") and "vendor" not in path.parts
)
KEEPS = re.compile(
    r"MediaRecorder|getDisplayMedia|captureStream|MediaStreamTrackProcessor|createEncodedStreams"
    r"|RTCRtpScriptTransform|ScriptProcessorNode|AudioWorklet|SpeechRecognition|drawImage|toDataURL"
    r"|indexedDB|sessionStorage|caches\.",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_records(path: Path) -> None:
    """No recorder, screen capture, frames, samples, transcript, or browser database is used."""
    assert not KEEPS.search(path.read_text())
