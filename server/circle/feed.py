"""Each person's own feed of a circle's calendar: which of its secrets is valid, and what it shows.

The secret is derived from circle, seat and serial number (`Identity.feed_secret`), so nothing is
kept of a person who has never renewed it. It opens dates and nothing else. With the seat it goes:
seat ids are random, and no seat comes back.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from server.room.state import Role


class Feed(Struct, frozen=True, omit_defaults=True):
    """One person's choices about their feed."""

    serial: int = 0
    """How often they have renewed its secret; earlier secrets are void."""
    neutral: bool = False
    """Whether it shows just "Circle" in place of the circle's name."""


Feeds = Mapping[str, Feed]
"""The feed of each seat, as far as it differs from a new one."""


def feed_of(feeds: Feeds, seat: str) -> Feed:
    """The feed of this seat."""
    return feeds.get(seat, Feed())


def renewed(feeds: Feeds, seat: str) -> Feeds:
    """The feeds after this person has asked for a new secret."""
    feed = feed_of(feeds, seat)
    return _with(feeds, seat, Feed(feed.serial + 1, feed.neutral))


def named(feeds: Feeds, seat: str, *, neutral: bool) -> Feeds:
    """The feeds after this person has chosen what their events are called."""
    return _with(feeds, seat, Feed(feed_of(feeds, seat).serial, neutral))


def closed(feeds: Feeds, seat: str) -> Feeds:
    """The feeds after nobody reads this one any more, although its seat stays."""
    return _with(feeds, seat, Feed(feed_of(feeds, seat).serial + 1))


def without(feeds: Feeds, seats: Iterable[str]) -> Feeds:
    """The feeds after these people have lost their seats."""
    leaving = set(seats)
    return {seat: feed for seat, feed in feeds.items() if seat not in leaving}


def serials(roles: Mapping[str, str], feeds: Feeds) -> dict[str, int]:
    """The serial number of the valid secret of each seat; a guest at the door has none."""
    return {seat: feed_of(feeds, seat).serial for seat, role in roles.items() if role != Role.GUEST}


def _with(feeds: Feeds, seat: str, feed: Feed) -> Feeds:
    others = without(feeds, (seat,))
    return others if feed == Feed() else {**others, seat: feed}
