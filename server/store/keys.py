"""The keys that Redis holds of circles and rooms, the channels, and the stamps of rooms.

Keys, hash-tagged by circle so that they live in one slot of a cluster:
  circle:{id}       hash   a circle (circle/stored.py): name, format, time_zone, links,
                           facilitator_links, elsewhere, door, own (a format, as JSON),
                           schedule (JSON), register (JSON: with names, if the circle keeps one;
                           its rows go by a deadline of the kind `register`), erase_at, met_on,
                           last (JSON), gone_at, version, schema; seat:ID = role, presented:ID =
                           when (epoch ms), absent:ID = the dates on which they cannot come,
                           feed:ID = their choices about their calendar feed (JSON), seen:ID = the
                           month in which they were last here; alone = the founder's seat, while
                           nobody else has ever had one: gone 60 days after their last visit; of a
                           practice room gone after a day
  circle:{id}:room  hash   stamp, value (JSON); ended by a deadline 12 hours after the last change,
                           and gone after a day where no process was there to keep it
  circle:{id}:mail  hash   a person's reminders (circle/reminders.py, JSON) by their seat: the
                           address, sealed, and which mails were sent; gone with the seat
  circle:{id}:here  zset   leases: seat:connection by end of lease
  circle:{id}:device:CODE  string  a seat on its way to another device (circle/handover.py), by the
                           digest of its code; gone two minutes after the code was shown
  circle:{id}:pulse hash   stamp (open.NUMBER. or closed.NUMBER.), value (circle/pulse.py, JSON):
                           the open questions after the last session, and the figures of past ones
  due               zset   deadlines by the time at which a process must act: a circle's id for its
                           room, KIND:ID for any other kind
  erased            zset   hashes of the circles and seats that were erased, by the time (epoch ms),
                           for as long as backups may bring them back
  limit:WHAT:WHO    hash   a token bucket; gone when it is full again
  secret            string signs cookies, where SECRET_KEY is unset
  circle:lost       string Redis had lost the secret, and so all that it held; kept for as long as
                           cookies may name what was lost
"""

from server.room import state
from server.room.state import Room


def circle_key(circle_id: str) -> str:
    return f"circle:{{{circle_id}}}"


def room_key(circle_id: str) -> str:
    return f"circle:{{{circle_id}}}:room"


def here_key(circle_id: str) -> str:
    """The key of the leases of its room."""
    return f"circle:{{{circle_id}}}:here"


def handover_key(circle_id: str, digest: str) -> str:
    """The key of a seat on its way to another device."""
    return f"circle:{{{circle_id}}}:device:{digest}"


def pulse_key(circle_id: str) -> str:
    return f"circle:{{{circle_id}}}:pulse"


def mail_key(circle_id: str) -> str:
    """The key of the reminders that people have asked for."""
    return f"circle:{{{circle_id}}}:mail"


def keys_begin(circle_id: str) -> str:
    """The prefix of all keys of a circle. Whatever has it is deleted with the circle, and is shown
    as kept, also if this release does not know it."""
    return circle_key(circle_id)


def circle_of_key(key: str) -> str:
    """The circle that this key belongs to; empty if it is of none."""
    head, _, rest = key.partition("{")
    return rest.partition("}")[0] if head == "circle:" else ""


def channel(circle_id: str) -> str:
    """The channel on which new values of this circle's room are published."""
    return f"circle:{{{circle_id}}}:news"


def signals(circle_id: str) -> str:
    """The channel for signals between seats. A message is a line `to sender`, then the text."""
    return f"circle:{{{circle_id}}}:signals"


def published(room: Room) -> bytes:
    """The message for a new value. The stamp is first, so an old value need not be decoded."""
    return stamp_text(room).encode() + b"\n" + state.encode(room)


def stamp_of(text: bytes) -> tuple[int, int]:
    """The stamp (Room.stamp) as numbers, from its text in Redis."""
    opened_at, version, *_mark = text.split(b".")
    return int(opened_at), int(version)


def stamp_text(room: Room) -> str:
    """The stamp of a room's value, unique even among values of the same version."""
    mark = f".{room.mark}" if room.mark else ""  # None: just opened.
    return f"{stamps_begin(room)}{room.version}{mark}"


def stamps_begin(room: Room) -> str:
    """The prefix of the stamps of all values of this session."""
    return f"{room.opened_at}."
