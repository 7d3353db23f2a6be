"""`kept CIRCLE`: what Redis holds of a circle, as its page says it."""

from collections.abc import Callable

from server.config import Settings
from server.identity import COOKIE_DAYS
from server.redis_client import Topology
from server.store.store import Store
from server.views import kept_words
from server.views.language import ENGLISH


async def kept(
    topology: Topology, circle_id: str, settings: Settings, write_line: Callable[[str], None]
) -> int:
    """Prints it line by line; returns the exit code."""
    store = Store(topology)
    await store.deadlines.due()  # sets its clock
    held = await store.look.held(circle_id)
    deadlines = await store.look.deadlines_of(circle_id)
    if not held and not deadlines:
        was_erased = await store.tombstones.has(circle_id)
        write_line("Nothing is held of this circle." + (" It was erased." if was_erased else ""))
        return 0
    for row in kept_words.rows(ENGLISH, circle_id, held, [due.kind for due in deadlines]):
        write_line(f"{row.number:5}  {row.words}")
        write_line(f"       {' · '.join(filter(None, [row.since, row.until]))}")
    circle = await store.circles.get(circle_id)
    if circle:
        has_room = any(one.key.endswith("}:room") for one in held)
        if expires_on := kept_words.expiry(ENGLISH, circle_id, held, circle.time_zone):
            write_line(f"\nThe circle goes on {expires_on}, unless somebody comes before.")
        if last := kept_words.last_session(ENGLISH, circle, has_room=has_room):
            write_line(f"\nThe last session. {last}")
    write_line("\nOutside this list:")
    for sentence in kept_words.outside(
        ENGLISH, settings.retention_note, COOKIE_DAYS, settings.erased_days
    ):
        write_line(f"- {sentence}")
    return 0
