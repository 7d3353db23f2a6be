"""One tab of a browser in a room, and how its connection ends."""

from itertools import count
from secrets import randbits

from server.identity import Person
from server.live.outbox import Closing, Outbox, Peer
from server.live.token_bucket import for_commands
from server.room.refused import Refused
from server.store.unreadable import TooNew, Unreadable
from server.views.language import Language
from server.views.partials import no_notice, notice
from server.views.refusals import sentence
from server.views.rendering import Viewer

NO_SEAT = Closing(4401, "you have no seat in this circle")
ROOM_GONE = Closing(4410, "this session is over")
UNREADABLE = Closing(4411, "this room cannot be read")
LOST = Closing(4412, "this server has lost its rooms")
GONE = Closing(4413, "this circle is not kept any more")
TRY_AGAIN = Closing(1013, "come back in a moment")


def closing_of(error: Unreadable) -> Closing:
    """The close of a room whose value this process cannot read; a newer one may read it."""
    return TRY_AGAIN if isinstance(error, TooNew) else UNREADABLE


class Connection:
    """One tab of a browser in a room."""

    def __init__(
        self, person: Person, base: str, peer: Peer, lease: str, language: Language
    ) -> None:
        self.person = person
        self.viewer = Viewer(person.seat, base, language)
        self.no_notice = no_notice(language)
        self.peer = peer
        self.outbox = Outbox(peer)
        peer.when_free = self.outbox.flush
        self.lease = lease
        self.presses = for_commands()
        """Shared by all connections of the seat, once it has joined."""
        # Not from 1: a page keeps its last notice when it reconnects, and ignores the same refusal
        # under the same id.
        self._refusals = count(randbits(32))

    def refuse(self, refused: Refused) -> None:
        """Sends the reason for a refusal, even if the last one was the same."""
        self.show_refusal(refused, next(self._refusals))

    def show_refusal(self, refused: Refused, number: int = 0) -> None:
        """Sends the reason for a refusal; nothing, if that of the same number was the last one."""
        language = self.viewer.language
        self.outbox.send_regions(
            {"notice": notice(language, refused.code, sentence(refused, language.gettext), number)}
        )
