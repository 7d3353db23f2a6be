"""The shipped formats: by key, and in the groups of the choice of formats.

Their plans are the TOML files of this folder, and their words those of web/locale. The core does no
I/O: views/format_files.py reads both at start and hands them in, once.
"""

from collections.abc import Iterable

from server.room.formats.plan import Format

Group = tuple[str, tuple[Format, ...]]
"""A heading of the choice of formats, and the formats under it."""

GROUPS: list[Group] = []
FORMATS: dict[str, Format] = {}
"""The formats that a circle can choose, by key."""

DEFAULT_FORMAT = "classic-60"
PRACTICE = "practice-3"
"""The format of rehearsals, which no circle can choose."""

_PLANS: dict[str, Format] = {}


def hand_in(groups: Iterable[Group], practice: Format) -> None:
    """Sets the shipped formats. Until then there are none."""
    GROUPS[:] = groups
    FORMATS.clear()
    FORMATS.update({plan.key: plan for _, plans in GROUPS for plan in plans})
    _PLANS.clear()
    _PLANS.update(FORMATS)
    _PLANS[practice.key] = practice


def plan_of(key: str) -> Format:
    """The format with this key, also that of rehearsals; the default one for an unknown key."""
    return _PLANS.get(key) or _PLANS[DEFAULT_FORMAT]
