"""Lookalikes: which names a reader would take for each other, by Unicode's UTS #39."""

import unicodedata

import regex

from server.room import confusables


def _read(table: str) -> dict[int, str]:
    alike: dict[int, str] = {}
    for line in table.split("\n"):
        like, _, characters = line.partition(": ")
        shown = "".join(chr(int(point, 16)) for point in like.split())
        alike |= {int(point, 16): shown for point in characters.split()}
    return alike


_ALIKE = _read(confusables.TABLE)
_UNSEEN = regex.compile(r"\p{Default_Ignorable_Code_Point}+")


def looks(name: str) -> frozenset[tuple[int, str]]:
    """How a name looks as it is, in small letters and in capitals.

    Names that have one of these in common look alike. One alone would not do: a Greek nu looks
    like N as a capital, and like v as a small letter. Nothing is cached, since the server forgets
    names with the session.
    """
    return frozenset(enumerate(map(_skeleton, (name, name.casefold(), name.upper()))))


def _skeleton(text: str) -> str:
    """The skeleton of UTS #39. NFKC comes first, since names may be in full width."""
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", seen).translate(_ALIKE))
