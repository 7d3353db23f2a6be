"""What the sentences and labels of one attention are made of: names, numbers and translations."""

from markupsafe import Markup

from server.room.attention.table import Attention
from server.room.state import Room
from server.room.typed import isolated
from server.views.language import Language
from server.views.words import names


class Speaker:
    """What the sentences of one attention are made of."""

    def __init__(self, language: Language, room: Room, attention: Attention) -> None:
        self.language = language
        self.room = room
        self.facts = attention.facts
        self.offers = {action.do for action in attention.actions}
        self.gettext = language.gettext

    def name(self, seat_id: str) -> Markup:
        """The name of this person, for a sentence."""
        return self.names((seat_id,))

    def plain(self, seat_id: str) -> str:
        """The name of this person for an attribute."""
        return next((isolated(s.shown_name) for s in self.room.people if s.id == seat_id), "")

    def names(self, seat_ids: tuple[str, ...]) -> Markup:
        """The names of these people, one after another."""
        seats = [seat for seat in self.room.people if seat.id in seat_ids]
        return names(self.language, seats)

    def about(self, sentence: str, name: Markup | None = None) -> Markup:
        """A translated sentence of ours with this name, or that of the person it is about."""
        whom = self.name(self.facts.seat) if name is None else name
        return Markup(sentence.format(name=whom))  # noqa: S704 - ours, with an escaped name

    def ngettext(self, one: str, many: str, number: int) -> str:
        """A translated sentence with this number."""
        return self.language.ngettext(one, many, number).format(number=number)

    @property
    def is_last(self) -> bool:
        return self.room.step is not None and self.room.step is self.room.plan.phases[-1]
