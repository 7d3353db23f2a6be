"""The shipped formats: by key, and in the groups of the choice of formats."""

from server.room.formats.plan import Format
from server.room.formats.shipped.action_learning import ACTION_LEARNING
from server.room.formats.shipped.classic import CLASSICS, PRACTICE, TOGETHER
from server.room.formats.shipped.consultation import CONSULTATION
from server.room.formats.shipped.conversation import CONVERSATION
from server.room.formats.shipped.training import TRAINING
from server.room.formats.shipped.troika import TROIKA
from server.room.formats.shipped.two_circles import TWO_CIRCLES

GROUPS: tuple[tuple[str, tuple[Format, ...]], ...] = (
    ("Balint", (*CLASSICS, TOGETHER, TWO_CIRCLES)),
    ("Among peers", (TROIKA, CONSULTATION, ACTION_LEARNING)),
    ("For those who lead", (TRAINING,)),
    ("About a text", (CONVERSATION,)),
)
"""The headings of the choice of formats, and the formats under each."""

FORMATS: dict[str, Format] = {plan.key: plan for _, plans in GROUPS for plan in plans}
"""The shipped formats, by key."""

DEFAULT_FORMAT = "classic-60"

_PLANS = {**FORMATS, PRACTICE.key: PRACTICE}
_DEFAULT = FORMATS[DEFAULT_FORMAT]

__all__ = ["DEFAULT_FORMAT", "FORMATS", "GROUPS", "PRACTICE", "plan_of"]


def plan_of(key: str) -> Format:
    """The format with this key, also that of rehearsals; the default one for an unknown key."""
    return _PLANS.get(key, _DEFAULT)
