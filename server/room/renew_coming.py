"""The room of a circle that has changed when it meets."""

from msgspec.structs import replace

from server.room import commands
from server.room.refused import Refused
from server.room.state import Room


def renew_coming(room: Room, command: commands.RenewComing, _now: int) -> Room:
    """The room that knows the next session; refused if it does, or has ended."""
    if room.coming == command.coming or room.ended_at is not None:
        raise Refused("stale", "nothing_due")
    return replace(room, coming=command.coming)
