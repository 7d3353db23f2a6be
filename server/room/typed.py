"""Tidies what people type: no invisible characters, and none that disturb the text around."""

import unicodedata

import regex

MARKS = 3
"""The most marks that stack on a letter; more would cover the lines above and below. Spacing marks
take a place of their own in the line, and do not count."""

_UNSEEN = regex.compile(
    r"""
    (  # Kept, since without these the characters around them change:
        \U0001F3F4[\U000E0030-\U000E0039\U000E0061-\U000E007A]{1,8}\U000E007F  # a region's flag
        | (?<=\p{Extended_Pictographic})\uFE0F            # in colour
        | (?<=[0-9\#*])\uFE0F(?=\u20E3)                   # a keycap
        | (?<=\p{Han})[\U000E0100-\U000E01EF]             # a variant of an ideograph
        | (?<=\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?)
          \u200D(?=\p{Extended_Pictographic})             # a picture made of several
        | (?<=[\p{L}\p{M}])[\u200C\u200D](?=[\p{L}\p{M}])
    )
    | [\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}]
    | [\u2800\uFFFC\U00013441\U00013442\U00016FE4\U0001D159]
    """,
    regex.VERBOSE,
)
_TOO_MANY_MARKS = regex.compile(r"(\p{M}{30})\p{M}+")
"""More than any text has in a row (UAX #15, 13). The time that NFC takes grows with the square of
their number, and nothing else is served meanwhile."""
_LONE_MARKS = regex.compile(r"(?<!\S)\p{M}+")
_STACKED = r"[\p{Mn}\p{Me}]"
_MORE_MARKS = regex.compile(
    # The lookahead comes first, so that few places are looked at backwards.
    rf"(?=[\u200C\u200D]?{_STACKED})"
    rf"(?<=(?:{_STACKED}[\u200C\u200D\p{{Mc}}]*){{{MARKS}}})"
    rf"[\u200C\u200D]?{_STACKED}"
)
_BLANK = regex.compile(r"[\p{C}\p{M}\p{Z}]*")
_RIGHT_TO_LEFT = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}\p{Bidi_Class=AN}]")
_CLUSTER = regex.compile(r"\X")


def tidied(text: str) -> str:
    """The text in NFC, without invisible characters, with single spaces."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    # Dropped characters may have separated others that compose.
    while (tidier := _tidier(text)) != text:
        text = tidier
    return text


def is_blank(text: str) -> bool:
    """Whether it has no visible character."""
    # Not by Python's own table of Unicode, in which the newest signs are unassigned.
    return _BLANK.fullmatch(text) is not None


def initial(name: str) -> str:
    """The first letter of a name, or its first grapheme: a flag, a syllable."""
    # By `title`, since some scripts have capitals that are never used for a first letter alone.
    if name.isascii():
        return name[:1].upper()
    return "".join(_CLUSTER.findall(name)[:1]).title()


def isolated(text: str) -> str:
    """Isolates tidied text in a plain sentence or an attribute, where there is no <bdi>.

    Only characters of right-to-left scripts reorder the text around them (UAX #9). Text with any is
    put between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE.
    """
    if text.isascii() or not _RIGHT_TO_LEFT.search(text):
        return text
    return f"\u2068{text}\u2069"


def _tidier(text: str) -> str:
    text = _TOO_MANY_MARKS.sub(r"\1", " ".join(text.split()))
    text = unicodedata.normalize("NFC", text)
    text = _LONE_MARKS.sub("", _UNSEEN.sub(r"\1", text))
    return " ".join(_MORE_MARKS.sub("", text).split())
