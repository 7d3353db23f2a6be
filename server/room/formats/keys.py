"""The keys of phases. A phase without one gets a key from its title.

The classic phases keep theirs, on which pages and tests depend.
"""

import re
import unicodedata

from msgspec.structs import replace

from server.room.formats.plan import Format, Phase

RESERVED = frozenset({"lobby", "waiting", "ended", "debrief"})
"""The names of the moments that are no phase."""
MAX_KEY = 40
USABLE = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{MAX_KEY - 1}}}")


def keyed(plan: Format) -> Format:
    """The format with a valid, unique key for each phase."""
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
    """Whether this is a valid key of a phase."""
    return USABLE.fullmatch(key) is not None and key not in RESERVED


def slug(title: str) -> str:
    """The title in lower-case letters, digits and hyphens; may be empty."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: MAX_KEY - 4].strip("-")


def _fresh(phase: Phase, taken: set[str]) -> str:
    base = slug(phase.title) or "phase"
    wanted, number = base, 1
    while wanted in taken or wanted in RESERVED:
        number += 1
        wanted = f"{base}-{number}"
    return wanted
