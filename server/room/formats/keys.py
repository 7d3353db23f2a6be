"""The keys of phases: a phase that has none is given one, made from its title.

The classic phases keep theirs, which pages and tests know them by.
"""

import re
import unicodedata

from msgspec.structs import replace

from server.room.formats.plan import Format, Phase

RESERVED = frozenset({"lobby", "waiting", "ended", "debrief"})
"""What a room calls the moments that are no phase."""
MAX_KEY = 40
USABLE = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{MAX_KEY - 1}}}")


def keyed(plan: Format) -> Format:
    """The format in which each phase has a key of its own that a room can use."""
    given = {phase.key for phase in plan.phases if usable(phase.key)}
    used: set[str] = set()
    phases = []
    for phase in plan.phases:
        key = phase.key
        if not usable(key) or key in used:
            key = _fresh(phase, used | given)
        used.add(key)
        phases.append(replace(phase, key=key))
    return replace(plan, phases=tuple(phases))


def usable(key: str) -> bool:
    """Whether a phase may have this key."""
    return USABLE.fullmatch(key) is not None and key not in RESERVED


def slug(title: str) -> str:
    """The title in small letters, digits and hyphens; may be empty."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: MAX_KEY - 4].strip("-")


def _fresh(phase: Phase, taken: set[str]) -> str:
    base = slug(phase.title) or "phase"
    wanted, number = base, 1
    while wanted in taken or wanted in RESERVED:
        number += 1
        wanted = f"{base}-{number}"
    return wanted
