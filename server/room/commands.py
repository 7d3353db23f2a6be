"""Commands: one frozen struct for each intent, and the parser of frames.

Owns the commands of browsers (docs/protocol.md, "Commands") and those of the server itself.
rules.py decides whether a command is allowed now.
"""

from functools import reduce
from operator import or_
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from server.room.coming import Coming
from server.room.state import Role


class BadFrame(Exception):
    """A frame is no command. The connection is closed with 4400."""


class Command(Struct, frozen=True, tag_field="do"):
    """A person's or the server's intent to change the room."""


class Start(Command, frozen=True, tag="start"):
    from_phase: str = field(name="from")


class Advance(Command, frozen=True, tag="advance"):
    from_phase: str = field(name="from")


class Back(Command, frozen=True, tag="back"):
    from_phase: str = field(name="from")


class Go(Command, frozen=True, tag="go"):
    to: str
    from_phase: str = field(name="from")


class Pause(Command, frozen=True, tag="pause"):
    pass


class Resume(Command, frozen=True, tag="resume"):
    pass


class Extend(Command, frozen=True, tag="extend"):
    seconds: int
    ends_at: int


class End(Command, frozen=True, tag="end"):
    pass


class Prompt(Command, frozen=True, tag="prompt"):
    text: str


class OneVoice(Command, frozen=True, tag="one_voice"):
    on: bool


class Silence(Command, frozen=True, tag="silence"):
    seconds: Annotated[int, Meta(ge=0)]
    open: bool = False
    """Until somebody ends it, instead of `seconds`; MAX_SILENCE_S at most."""


class SeatPresenter(Command, frozen=True, tag="seat_presenter"):
    seat: str = ""
    """Asks this person whether they will present. Empty: nobody presents, and nobody is asked."""


class Present(Command, frozen=True, tag="present"):
    yes: bool
    """The answer of the person who was asked to present."""


class GiveFloor(Command, frozen=True, tag="give_floor"):
    seat: str


class ClearFloor(Command, frozen=True, tag="clear_floor"):
    pass


class Recall(Command, frozen=True, tag="recall"):
    on: bool = True
    """False lets a presenter who was brought back sit back again."""


class MakeFacilitator(Command, frozen=True, tag="make_facilitator"):
    seat: str
    from_role: str | None = field(name="from", default=None)
    """The role that the facilitator saw."""


class MakeMember(Command, frozen=True, tag="make_member"):
    seat: str
    from_role: str | None = field(name="from", default=None)
    """As with MakeFacilitator."""


class MakeObserver(Command, frozen=True, tag="make_observer"):
    seat: str
    from_role: str | None = field(name="from", default=None)
    """As with MakeFacilitator."""


class OuterCircle(Command, frozen=True, tag="outer_circle"):
    seat: str
    on: bool
    """False: into the inner one."""


class Admit(Command, frozen=True, tag="admit"):
    seat: str = ""
    seats: tuple[str, ...] = ()
    """Without `seat`: the people whom the facilitator saw at the door. Others stay there."""
    seen: int | None = None
    """The newest `knocked` that the facilitator saw: people who have knocked since then stay."""
    as_role: Literal["observer"] | None = field(name="as", default=None)
    """With `seat`: this person comes in as an observer."""
    chair: str | None = None
    """With `seat`: this person takes the chair of somebody who is away, and is that person."""


class Decline(Command, frozen=True, tag="decline"):
    seat: str = ""
    seats: tuple[str, ...] = ()
    """As with Admit."""


class Remove(Command, frozen=True, tag="remove"):
    seat: str
    renew: bool = False
    """The invitations are renewed in the same step."""
    links: int | None = None
    """As with RenewLinks."""


class Lobby(Command, frozen=True, tag="lobby"):
    on: bool


class SetDoor(Command, frozen=True, tag="door"):
    """The settings of the circle's door; None leaves one as it is."""

    knows: bool | None = None
    locks_with_case: bool | None = None
    holds_late: bool | None = None


class Lock(Command, frozen=True, tag="lock"):
    on: bool


class RenewLinks(Command, frozen=True, tag="renew_links"):
    links: int | None = None
    """The serial number of the invitations that the facilitator saw; None if unknown."""


class Whisper(Command, frozen=True, tag="whisper"):
    """A text for the other facilitators, relayed and not stored. Changes no room."""

    text: str


class KeepTime(Command, frozen=True, tag="keep_time"):
    seat: str = ""
    """The facilitator who keeps the time; empty: nobody."""


class GoOn(Command, frozen=True, tag="go_on"):
    """Wait no longer for the person who dropped out."""

    seat: str


class HoldRoom(Command, frozen=True, tag="hold_room"):
    pass


class Invite(Command, frozen=True, tag="invite"):
    """Ask one person whether they would like to say something."""

    seat: str


class NotNow(Command, frozen=True, tag="not_now"):
    """The easy answer to an invitation."""


class Debrief(Command, frozen=True, tag="debrief"):
    """The members leave; the facilitators stay for a while."""


class OfferCase(Command, frozen=True, tag="offer_case"):
    pass


class WithdrawCase(Command, frozen=True, tag="withdraw_case"):
    pass


class RaiseHand(Command, frozen=True, tag="raise_hand"):
    pass


class LowerHand(Command, frozen=True, tag="lower_hand"):
    pass


class Yield(Command, frozen=True, tag="yield"):
    pass


class Pass(Command, frozen=True, tag="pass"):
    pass


class AskReturn(Command, frozen=True, tag="ask_return"):
    on: bool = True
    """False takes the sign back."""


class Seen(Command, frozen=True, tag="seen"):
    """This has been read, and need not be shown any longer."""

    what: Literal["sign", "answer", "loss"]
    """The sign of the presenter, the answer of a person who was asked to present, or what the
    sender lost while away."""


class Rename(Command, frozen=True, tag="rename"):
    name: str
    """The sender's own name, as typed."""


class Sound(Command, frozen=True, tag="sound"):
    page: Annotated[str, Meta(pattern=r"^[0-9a-z]{1,40}\Z")]
    """The page of this person that has the sound from now on, instead of any other."""


class Spoke(Command, frozen=True, tag="spoke"):
    """The sender's page has heard them speak while they did not hold the floor."""

    ms: Annotated[int, Meta(ge=0)]
    """For how long since its last report."""


class Mute(Command, frozen=True, tag="mute"):
    seat: str = ""
    """Empty: the sender's own."""


class MuteAll(Command, frozen=True, tag="mute_all"):
    pass


class Unmute(Command, frozen=True, tag="unmute"):
    pass


class Camera(Command, frozen=True, tag="camera"):
    on: bool


class Pictures(Command, frozen=True, tag="pictures"):
    on: bool
    """False: off for all."""


class Line(Command, frozen=True, tag="line"):
    bad: bool
    """The quality that the sender's page has measured."""


class TalkElsewhere(Command, frozen=True, tag="talk_elsewhere"):
    url: str
    """The circle's own call; empty: the sound of this room."""


class Signal(Struct, frozen=True, tag_field="do", tag="signal"):
    """WebRTC signalling for another seat, relayed as it is. Changes no room."""

    to: str
    data: msgspec.Raw


class Ice(Struct, frozen=True, tag_field="do", tag="ice"):
    """Requests the ICE servers. The socket answers it; changes no room."""


class Ping(Struct, frozen=True, tag_field="do", tag="ping"):
    """Requests the servers' time. The socket answers it; changes no room."""

    t: float


class ServerCommand(Command, frozen=True):
    """A command of the server itself, never parsed from a frame."""


class Enter(ServerCommand, frozen=True):
    """Seat a person who comes by a link or with a cookie."""

    seat: str
    name: str
    role: Role | None = None
    """Their role in the circle; None for a new person."""
    invited: Role | None = None
    """The role that their link invites to; None without a link. A cookie raises no role."""
    presented_at: int | None = None
    """When this person last presented in the circle (epoch ms)."""
    former: str = ""
    """The seat in this browser's void cookie, if it has one."""
    serial: int | None = None
    """The serial number of their link."""


class NotePresence(ServerCommand, frozen=True):
    """These seats are connected now, all others are away."""

    here: frozenset[str]
    in_two_tabs: frozenset[str] = frozenset()
    """The seats that are connected from more than one tab."""


class Forget(ServerCommand, frozen=True):
    """The circle forgets these people."""

    seats: frozenset[str]
    renews_link: bool = False
    """Whether the facilitator link is renewed, since somebody else has a facilitator forgotten."""


class RenewComing(ServerCommand, frozen=True):
    """The circle has changed when it meets."""

    coming: Coming | None


class StopRegister(ServerCommand, frozen=True):
    """The circle keeps no register any more, so this session is not counted."""


class FallDue(ServerCommand, frozen=True):
    """Do what is due."""


Parsed = Command | Signal | Ice | Ping
"""What a frame may hold."""

FRAMES = (
    *(kind for kind in Command.__subclasses__() if kind is not ServerCommand),
    *(Signal, Ice, Ping),
)
"""What a frame is parsed into, by its `do`."""

_decoder: msgspec.json.Decoder[Parsed] = msgspec.json.Decoder(reduce(or_, FRAMES))


def parse(frame: str | bytes) -> Parsed:
    """The command in a text frame; unknown fields are ignored.

    Raises BadFrame for anything that is no JSON object, has an unknown `do` or a wrong type. The
    error does not quote the frame, which may contain what somebody typed.
    """
    try:
        return _decoder.decode(frame)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise BadFrame("expected a JSON object with a known 'do' and its fields") from None
