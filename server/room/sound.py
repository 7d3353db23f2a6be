"""Sound and picture: the switches of each person, and those of facilitators.

hearing.py decides who is heard. This module owns only the switches: people can only unmute
themselves, and no camera turns on by surprise.
"""

from msgspec.structs import replace

from server.room import commands
from server.room.hearing import may_be_seen, sitting_back
from server.room.refused import Refused
from server.room.state import Room, Seat
from server.room.turns import target, with_seat
from server.room.typed import isolated, tidied

MAX_LINK = 500


def take_sound(room: Room, command: commands.Sound, me: Seat, _now: int) -> Room:
    if me.sound == command.page:
        raise Refused("stale", "this page has the sound already.")
    return with_seat(room, replace(me, sound=command.page, bad_line=False))


def mute(room: Room, command: commands.Mute, me: Seat, _now: int) -> Room:
    seat = target(room, command.seat or me.id)
    if seat.id != me.id and not room.leads(me):
        raise Refused("not_allowed", "only facilitators mute somebody else.")
    if not seat.mic_on:
        raise Refused("stale", f"{isolated(seat.name)} is muted already.")
    return with_seat(room, replace(seat, mic_on=False, muted_by_facilitator=seat.id != me.id))


def mute_all(room: Room, _command: commands.MuteAll, me: Seat, _now: int) -> Room:
    """Mutes everybody but the sender; a microphone that went off by itself stays off, too."""
    if not any(seat.mic_on for seat in room.seats if seat.id != me.id):
        raise Refused("stale", "everybody else is muted already.")
    muted = (
        s if s.id == me.id else replace(s, mic_on=False, muted_by_facilitator=s.speaks)
        for s in room.seats
    )
    return replace(room, seats=tuple(muted))


def unmute(room: Room, _command: commands.Unmute, me: Seat, _now: int) -> Room:
    if me.mic_on:
        raise Refused("stale", "your microphone is on already.")
    return with_seat(room, replace(me, mic_on=True, muted_by_facilitator=False, invited=False))


def camera(room: Room, command: commands.Camera, me: Seat, _now: int) -> Room:
    if command.on and room.voices_only:
        raise Refused("not_now", "pictures are off for all.")
    if command.on and not may_be_seen(room, me):
        where = "sit in the outer circle" if me.outer else "sit back"
        raise Refused("not_now", f"your camera stays off while you {where}.")
    if me.camera_on == command.on:
        raise Refused("stale", "it is so already.")
    return with_seat(room, replace(me, camera_on=command.on))


def pictures(room: Room, command: commands.Pictures, _me: Seat, _now: int) -> Room:
    if room.voices_only != command.on:
        raise Refused("stale", "it is so already.")
    return replace(room, voices_only=not command.on)


def line(room: Room, command: commands.Line, me: Seat, _now: int) -> Room:
    if me.bad_line == command.bad:
        raise Refused("stale", "it is known already.")
    return with_seat(room, replace(me, bad_line=command.bad))


def talk_elsewhere(room: Room, command: commands.TalkElsewhere, _me: Seat, _now: int) -> Room:
    link = tidied(command.url)
    if link and (not link.startswith("https://") or " " in link or link == "https://"):
        raise Refused("invalid", "the address of a call begins with https:// and has no blanks.")
    if len(link) > MAX_LINK:
        raise Refused("too_long", f"an address has at most {MAX_LINK} characters.")
    if link == room.elsewhere:
        raise Refused("stale", "it is so already.")
    return replace(room, elsewhere=link)


def with_camera_off(room: Room) -> Room:
    """The room with the camera of a presenter who sits back turned off; it stays off afterwards.

    Cameras that a facilitator has turned off for all come back as each person had chosen.
    """
    sitter = room.seat(sitting_back(room))
    if sitter is None or not sitter.camera_on or room.plan.seen_sitting_back:
        return room
    return with_seat(room, replace(sitter, camera_on=False))
