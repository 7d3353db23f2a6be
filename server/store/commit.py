"""The commit of a room and its circle: both or neither, by one script (lua/commit.lua).

Owns the part of its arguments that is about the circle; rooms.py has that of the room.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from server.circle import stored
from server.circle.circle import Circle
from server.redis_client.connection import Word
from server.store.keys import circle_key, here_key, mail_key, room_key
from server.store.scripts import Scripts
from server.store.unreadable import reading

TRIES = 50
"""How often a change is decided, each time on a newer value, before it is refused."""
ANY_ROOM = "*"
"""Stands for a stamp where only the circle changes, whatever its room is."""
SAME_ROOM = ("", "", 0, "")
"""The new stamp, value, expiry and channel where the room stays as it is."""


class CircleChanged(Exception):
    """The circle on which a change rests has another value by now, or has expired."""


class IsHere(Exception):
    """A person whom the circle was about to forget has a lease by now."""


class CircleChange(NamedTuple):
    """The circle on which a change rests, and its next value, which may be the same."""

    before: Circle
    after: Circle
    seats: Collection[str] = ()
    """The seats whose roles the change rests on."""
    forgotten: Collection[str] = ()
    """The people who are forgotten; they may have no lease."""
    not_here: Collection[str] = ()
    """The connections whose leases do not count."""

    @property
    def words(self) -> list[Word]:
        changed = stored.difference(self.before, self.after)
        compared = stored.compared(self.before, changed, self.seats)
        words: list[Word] = [2 * len(compared), *flat(compared)]
        words += [len(self.forgotten), *self.forgotten, f" {' '.join(self.not_here)} "]
        return [*words, *flat(changed)]


async def run_commit(
    scripts: Scripts, circle_id: str, room: Sequence[Word], change: CircleChange | None
) -> bool:
    """Stores the values, once replicated; False if the room has another stamp.

    `room` is the stamp that it must have, then its new stamp, value, expiry, and channel. Raises
    CircleChanged, and IsHere if somebody who is to be forgotten has a lease.
    """
    keys = [room_key(circle_id), circle_key(circle_id)]
    args = room
    if change is not None:
        keys += [mail_key(circle_id), *([here_key(circle_id)] if change.forgotten else [])]
        args = [*room, *change.words]
    with reading(keys[0]):
        outcome = await scripts.run_replicated("commit", keys, args)
    if outcome == -1:
        raise CircleChanged
    if outcome == -2:
        raise IsHere
    return bool(outcome)


def flat(fields: dict[str, str]) -> list[str]:
    """The fields as words of a command: name, value, name, value ..."""
    return [word for field in fields.items() for word in field]
