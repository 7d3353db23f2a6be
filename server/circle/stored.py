"""The form of a circle in Redis: the fields of a hash, which a change writes one by one.

Only what differs is written, so that fields of which this release knows nothing stay as they are,
and so do those that a process of an earlier release changes beside it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from server.circle.circle import SCHEMA, Circle, Last, known_time_zone
from server.circle.feed import Feed
from server.circle.fields import date_of
from server.circle.register import Register
from server.circle.schedule import Schedule
from server.room.formats import plan as formats
from server.room.state import Door, NewerSchema

NEEDED = (b"name", b"format", b"time_zone", b"links")
"""The fields without which there is no circle."""
SEAT, PRESENTED, ABSENT = "seat:", "presented:", "absent:"
FEED, SEEN = "feed:", "seen:"
OF_SEATS = {prefix[:-1].encode(): prefix for prefix in (SEAT, PRESENTED, ABSENT, FEED, SEEN)}
"""The beginnings of fields that have a seat in their name, by what stands before the colon."""
MAX_DIGITS = 14
"""Of a time (epoch ms), up to the year 5138."""

_door = msgspec.json.Decoder(Door)
_schedule = msgspec.json.Decoder(Schedule)
_feed = msgspec.json.Decoder(Feed)
_register = msgspec.json.Decoder(Register)
_last = msgspec.json.Decoder(Last | None)
_MONTH = re.compile(rb"[0-9]{4}-(0[1-9]|1[0-2])")


def encode(circle: Circle) -> dict[str, str]:
    """All fields of this circle. Most of those with their default are missing."""
    optional = {
        "facilitator_links": str(circle.facilitator_links or ""),
        "elsewhere": circle.elsewhere,
        "own": formats.encode(circle.own).decode() if circle.own else "",
        "door": "" if circle.door == Door() else _json(circle.door),
        "alone": circle.founder,
        "schedule": "" if circle.schedule == Schedule() else _json(circle.schedule),
        "register": "" if circle.register == Register() else _json(circle.register),
        "erase_at": str(circle.erase_at or ""),
        "met_on": circle.met_on.isoformat() if circle.met_on else "",
        "last": _json(circle.last) if circle.last else "",
        "gone_at": str(circle.gone_at or ""),
    }
    return {
        "name": circle.name,
        "format": circle.format,
        "time_zone": circle.time_zone,
        "links": str(circle.links),
        "version": str(circle.version),
        "schema": str(circle.schema),
        **{name: text for name, text in optional.items() if text},
        **{f"{SEAT}{seat}": str(role) for seat, role in circle.roles.items()},
        **{f"{PRESENTED}{seat}": str(at) for seat, at in circle.presented.items()},
        **{f"{ABSENT}{seat}": " ".join(map(str, days)) for seat, days in circle.absent.items()},
        **{f"{FEED}{seat}": _json(feed) for seat, feed in circle.feeds.items()},
        **{f"{SEEN}{seat}": month for seat, month in circle.seen.items()},
    }


def decode(circle_id: str, fields: Mapping[bytes, bytes]) -> Circle | None:
    """The circle with these fields; None if there is none.

    Raises NewerSchema, or msgspec.MsgspecError or ValueError for anything else.
    """
    if int(fields.get(b"schema", 1)) > SCHEMA:
        raise NewerSchema
    if any(name not in fields for name in NEEDED):
        return None
    own = fields.get(b"own")
    of = _by_seat(fields)
    return Circle(
        id=circle_id,
        name=fields[b"name"].decode(),
        format=fields[b"format"].decode(),
        time_zone=known_time_zone(fields[b"time_zone"].decode()),
        links=int(fields[b"links"]),
        facilitator_links=int(fields.get(b"facilitator_links", 0)),
        elsewhere=fields.get(b"elsewhere", b"").decode(),
        own=formats.decode(own) if own else None,
        door=_door.decode(fields.get(b"door") or b"{}"),
        founder=fields.get(b"alone", b"").decode(),
        roles={seat: text.decode() for seat, text in of[SEAT]},
        presented={seat: _time(text) for seat, text in of[PRESENTED]},
        absent={seat: _days(text) for seat, text in of[ABSENT]},
        schedule=_schedule.decode(fields.get(b"schedule") or b"{}"),
        feeds={seat: _feed.decode(text) for seat, text in of[FEED]},
        register=_register.decode(fields.get(b"register") or b"{}"),
        erase_at=_time(fields.get(b"erase_at", b"")),
        met_on=_date(fields.get(b"met_on", b"")),
        seen={seat: text.decode() for seat, text in of[SEEN] if _MONTH.fullmatch(text)},
        last=_last.decode(fields.get(b"last") or b"null"),
        gone_at=_time(fields.get(b"gone_at", b"")),
        version=int(fields.get(b"version", 0)),
    )


def difference(before: Circle, after: Circle) -> dict[str, str]:
    """The fields to write for this change, with the next version; empty text deletes a field.

    Empty if nothing changes.
    """
    old, new = encode(before), encode(after)
    changed = {name: new.get(name, "") for name in {**old, **new} if old.get(name) != new.get(name)}
    # `seen` is written without a new version, perhaps since `before` was read.
    changed |= {f"{SEEN}{seat}": "" for seat in before.roles if seat not in after.roles}
    return {**changed, "version": str(before.version + 1)} if changed else {}


def compared(circle: Circle, changed: Iterable[str], seats: Iterable[str]) -> dict[str, str]:
    """The fields that a change depends on, with their values; empty text for a missing field.

    The version stands for the whole circle. A process of an earlier release does not raise it, so
    what the change writes or rests on is compared as well: the roles of `seats` and of those who
    lead, the serial numbers of links, the format. Other fields change only together with the room,
    whose stamp is compared, and their text may differ from ours.
    """
    old = encode(circle)
    names = {f"{SEAT}{seat}": None for seat in (*seats, *circle.leading)}
    names |= {name: None for name in changed if name.startswith(SEAT)}
    always = ("name", "version", "format", "links", "facilitator_links")
    return {name: old.get(name, "") for name in (*always, *names)}


def _json(value: Door | Schedule | Feed | Register | Last) -> str:
    return msgspec.json.encode(value).decode()


def _time(text: bytes) -> int:
    """The time in a field; 0 for a spoilt one, which must not close its circle."""
    return int(text) if text.isdigit() and len(text) <= MAX_DIGITS else 0


def _days(text: bytes) -> tuple[date, ...]:
    """The dates in a field; spoilt ones, which must not close its circle, are left out."""
    found = (date_of(word) for word in text.decode(errors="replace").split())
    return tuple(day for day in found if day)


def _date(text: bytes) -> date | None:
    """The date in a field; None for a spoilt one."""
    try:
        return date.fromisoformat(text.decode())
    except ValueError:
        return None


def _by_seat(fields: Mapping[bytes, bytes]) -> Mapping[str, list[tuple[str, bytes]]]:
    """The seats and values of the fields that have a seat in their name, by their prefixes.

    In one pass, since each page and socket reads a circle.
    """
    found: dict[str, list[tuple[str, bytes]]] = {prefix: [] for prefix in OF_SEATS.values()}
    for name, value in fields.items():
        head, colon, seat = name.partition(b":")
        if colon and (prefix := OF_SEATS.get(head)):
            found[prefix].append((seat.decode(), value))
    return found
