"""The modules of the pages: folders, few steps of imports, and a preload for those needed first."""

from __future__ import annotations

import re

from server.views.templates import WEB

STATIC = WEB / "static"
MODULES = [
    path.relative_to(STATIC).as_posix()
    for path in STATIC.rglob("*.js")
    if path.parent.name != "vendor"
]
MAY_IMPORT = {"room": {"room"}, "voice": {"voice", "room"}, "pages": {"pages"}}
"""The folders whose modules a module may import at its start."""
FOR_ALL = {"room/words.js", "voice/in_app.js"}
"""Import nothing, and are for the modules of any page."""
VOICE_STEPS = 3
"""A file is requested only once the file that imports it is there."""
IMPORT = re.compile(r'^import .*?"(\.{1,2}/[\w/.]+)";$', re.MULTILINE)
LATE = re.compile(r'"(\.{1,2}/[\w/.]+)"[,\])]')


def resolved(module: str, address: str) -> str:
    """The path of an import, from the folder of static files."""
    return (STATIC / module).parent.joinpath(address).resolve().relative_to(STATIC).as_posix()


def imported(module: str) -> set[str]:
    """The static imports of this module."""
    text = (STATIC / module).read_text()
    return {resolved(module, address) for address in IMPORT.findall(text)}


def needed(module: str) -> set[str]:
    """This module and its static imports, recursively."""
    return {module}.union(*(needed(name) for name in imported(module)))


def test_what_the_rooms_page_needs_is_preloaded_and_nothing_else() -> None:
    """Without preloading, a file is found only in its importer; too much of it delays the page."""
    source = (WEB / "templates" / "pages" / "room.html").read_text()
    listed = re.search(r"for module in \((.*?)\)", source)
    assert listed
    names = re.findall(r'"(\w+)"', listed[1])
    assert {f"room/{name}.js" for name in names} == needed("room/room.js") - {"room/room.js"}


def test_what_voices_need_is_found_in_few_steps() -> None:
    """No file of theirs is preloaded, so each step is a journey to the server and back."""
    found = {"voice/voice.js"}
    for _ in range(VOICE_STEPS - 1):
        found = found.union(*(imported(module) for module in found))
    assert found == needed("voice/voice.js")


def test_a_folder_imports_only_what_it_may() -> None:
    """The room works before its voices have loaded, and no other page loads the room."""
    assert set().union(*map(imported, FOR_ALL)) == set()
    for module in MODULES:
        folder, _, _ = module.partition("/")
        folders = {path.partition("/")[0] for path in imported(module) - FOR_ALL}
        assert folders <= MAY_IMPORT[folder], module


def test_every_address_of_a_file_is_right() -> None:
    """A wrong one shows only when that module is needed."""
    late = {
        resolved("room/room.js", path)
        for path in LATE.findall((STATIC / "room/room.js").read_text())
    }
    assert len(late) > 8
    assert late <= set(MODULES)
    for template in (WEB / "templates").rglob("*.html"):
        for path in re.findall(r"/static/([\w/.-]+)\"", template.read_text()):
            assert (STATIC / path).is_file(), (template.name, path)
