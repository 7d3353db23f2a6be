"""Sound and picture: the switches of each person, and those of facilitators.

hearing.py decides who is heard. This module owns only the switches: people can only unmute
themselves, and no camera turns on by surprise.
"""

from msgspec.structs import replace

from server.room import commands
from server.room.hearing import may_be_heard, may_be_seen, sitting_back
from server.room.refused import Refused
from server.room.state import Room, Seat
from server.room.turns import target, with_seat
from server.room.typed import tidied

MAX_LINK = 500
REPORTED_EACH_MS = 30_000
"""A page reports at most so often that its person has spoken, and adds up meanwhile. Each report is
a version of the room, which every page gets: in open talk ten people add at most one each three
seconds, and usually far fewer, since they speak one after another."""
LEAST_REPORTED_MS = 5_000
"""Less is not worth a version; the page keeps it for its next report."""
MOST_REPORTED_MS = 60_000
"""Bounds what a page that waits longer can report."""


def take_sound(room: Room, command: commands.Sound, me: Seat, _now: int) -> Room:
    if me.sound == command.page:
        raise Refused("stale", "has_sound_already")
    return with_seat(room, replace(me, sound=command.page, bad_line=False))


def mute(room: Room, command: commands.Mute, me: Seat, _now: int) -> Room:
    seat = target(room, command.seat or me.id)
    if seat.id != me.id and not room.leads(me):
        raise Refused("not_allowed", "facilitators_mute_others")
    if not seat.mic_on:
        raise Refused("stale", "muted_already", name=seat.shown_name)
    return with_seat(room, replace(seat, mic_on=False, muted_by_facilitator=seat.id != me.id))


def mute_all(room: Room, _command: commands.MuteAll, me: Seat, _now: int) -> Room:
    """Mutes everybody but the sender; a microphone that went off by itself stays off, too."""
    if not any(seat.mic_on for seat in room.seats if seat.id != me.id):
        raise Refused("stale", "all_muted_already")
    muted = (
        s if s.id == me.id else replace(s, mic_on=False, muted_by_facilitator=s.speaks)
        for s in room.seats
    )
    return replace(room, seats=tuple(muted))


def unmute(room: Room, _command: commands.Unmute, me: Seat, _now: int) -> Room:
    if me.mic_on:
        raise Refused("stale", "microphone_on_already")
    return with_seat(room, replace(me, mic_on=True, muted_by_facilitator=False, invited=False))


def camera(room: Room, command: commands.Camera, me: Seat, _now: int) -> Room:
    if command.on and room.voices_only:
        raise Refused("not_now", "pictures_off")
    if command.on and not may_be_seen(room, me):
        if me.outer:
            raise Refused("not_now", "camera_off_outside")
        raise Refused("not_now", "camera_off_sitting_back")
    if me.camera_on == command.on:
        raise Refused("stale", "already_so")
    return with_seat(room, replace(me, camera_on=command.on))


def pictures(room: Room, command: commands.Pictures, _me: Seat, _now: int) -> Room:
    if room.voices_only != command.on:
        raise Refused("stale", "already_so")
    return replace(room, voices_only=not command.on)


def line(room: Room, command: commands.Line, me: Seat, _now: int) -> Room:
    if me.bad_line == command.bad:
        raise Refused("stale", "line_known_already")
    return with_seat(room, replace(me, bad_line=command.bad))


def spoke(room: Room, command: commands.Spoke, me: Seat, now: int) -> Room:
    """Counts what a person has said without the floor: in open talk nobody holds it.

    Only `turns.release` counts the time of the floor holder, so nothing counts twice.
    """
    if room.holder == me.id or not may_be_heard(room, me):
        raise Refused("not_now", "not_counted_now")
    if command.ms < LEAST_REPORTED_MS:
        raise Refused("not_now", "spoke_too_little")
    since = None if me.spoke_at is None else now - me.spoke_at
    if since is not None and since < REPORTED_EACH_MS:
        raise Refused("too_fast", "counted_already")
    most = REPORTED_EACH_MS if since is None else min(since, MOST_REPORTED_MS)
    spoken_ms = me.spoken_ms + min(command.ms, most)
    return with_seat(room, replace(me, spoken_ms=spoken_ms, spoke_at=now, invited=False))


def talk_elsewhere(room: Room, command: commands.TalkElsewhere, _me: Seat, _now: int) -> Room:
    link = tidied(command.url)
    if link and (not link.startswith("https://") or " " in link or link == "https://"):
        raise Refused("invalid", "no_call_address")
    if len(link) > MAX_LINK:
        raise Refused("too_long", "address_too_long", most=MAX_LINK)
    if link == room.elsewhere:
        raise Refused("stale", "already_so")
    return replace(room, elsewhere=link)


def with_camera_off(room: Room) -> Room:
    """The room with the camera of a presenter who sits back turned off; it stays off afterwards.

    Cameras that a facilitator has turned off for all come back as each person had chosen.
    """
    sitter = room.seat(sitting_back(room))
    if sitter is None or not sitter.camera_on or room.plan.seen_sitting_back:
        return room
    return with_seat(room, replace(sitter, camera_on=False))
