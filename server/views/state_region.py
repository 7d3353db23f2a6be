"""#state: the room's state for the page's scripts, as data attributes.

Owns their names and values (docs/protocol.md). rendering.py has the regions that people read.
"""

from markupsafe import escape

from server.room.hearing import may_be_heard, may_be_seen, one_voice_applies
from server.room.state import Room, Seat
from server.views.facts import chairs

LOBBY_STATE = (
    '<div id="state" hidden data-version="0" data-phase="lobby" data-clock="none"{}></div>'
)
"""For people in the lobby: nothing of the room, not even its version."""


def shared_attributes(room: Room, now: int) -> str:
    """The attributes of #state that are the same for everybody."""
    clock = room.clock
    words: dict[str, object] = {"phase": escape(room.phase), "clock": "none"}
    if clock is not None:
        left = clock.left(now)
        words["clock"] = "over" if left <= 0 else "running"
        words["ends-at"] = clock.ends_at
        if clock.paused_at is not None:
            words |= {"clock": "paused", "left": left}
        words["after"] = sum(phase.ms for phase in room.to_come)
    words["chairs"] = len(chairs(room))
    words["elsewhere"] = _yes(room.elsewhere != "")
    if room.silence_until is not None:
        words["silence"] = "yes"
    if room.one_voice and one_voice_applies(room):
        words["one-voice"] = "yes"
    if room.wait is not None:
        words |= {"wait": "asks" if room.wait.asks else "waits", "waits-for": room.wait.seat}
    return "".join(f' data-{name}="{word}"' for name, word in words.items())


def own_attributes(room: Room, seat: Seat, *, sits: bool) -> str:
    """The attributes of #state for this person; `sits`: whether they sit back."""
    around = [chair.id for chair in chairs(room)]
    place = around.index(seat.id) if seat.id in around else 0
    words = f' data-seat="{seat.id}" data-role="{seat.role}" data-place="{place}"'
    words += ' data-outer="yes"' if seat.outer else ""
    return words + _sound_attributes(room, seat, sits=sits)


def _sound_attributes(room: Room, seat: Seat, *, sits: bool) -> str:
    """The attributes of #state for the person's microphone and camera."""
    return (
        f' data-heard="{_yes(may_be_heard(room, seat))}" data-sits="{_yes(sits)}"'
        f' data-mic="{_mic(seat)}" data-sound="{escape(seat.sound)}"'
        f' data-camera="{"on" if seat.camera_on else "off"}"'
        f' data-pictures="{_yes(may_be_seen(room, seat))}"'
        f' data-windows="{"several" if seat.in_two_tabs else "one"}"'
    )


def _mic(seat: Seat) -> str:
    if seat.mic_on:
        return "on"
    return "hushed" if seat.muted_by_facilitator else "off"


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
