"""What people type, tidied: nothing that draws nothing, or that reaches into the text around it."""

import unicodedata

import regex

MARKS = 3
"""As many as a letter has in any living script; more of them cover the lines above and below."""

_UNSEEN = regex.compile(
    r"""
    (  # Kept, since without these what stands around them is another letter or picture:
        \U0001F3F4[\U000E0030-\U000E0039\U000E0061-\U000E007A]{1,8}\U000E007F  # a region's flag
        | (?<=\p{Extended_Pictographic})\uFE0F            # in colour
        | (?<=[0-9\#*])\uFE0F(?=\u20E3)                   # a keycap
        | (?<=\p{Han})[\U000E0100-\U000E01EF]             # a variant of an ideograph
        | (?<=\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]?)
          \u200D(?=\p{Extended_Pictographic})             # a picture made of several
        | (?<=[\p{L}\p{M}])[\u200C\u200D](?=[\p{L}\p{M}])
    )
    | [\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\u2800\U0001D159\U00016FE4]
    """,
    regex.VERBOSE,
)
_LONE_MARKS = regex.compile(r"(?<!\S)\p{M}+")
_MORE_MARKS = regex.compile(rf"((?:[\u200C\u200D]?\p{{M}}){{{MARKS}}})(?:[\u200C\u200D]?\p{{M}})+")
_RIGHT_TO_LEFT = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}\p{Bidi_Class=AN}]")
_CLUSTER = regex.compile(r"\X")


def tidied(text: str) -> str:
    """The text in NFC, without what cannot be seen, each run of white space one blank."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    # What is dropped may have stood between two that compose, or belong together no more.
    while (tidier := _tidier(text)) != text:
        text = tidier
    return text


def initial(name: str) -> str:
    """The first letter of a name, or what else people take for one: a flag, a syllable."""
    # By `title`: some scripts have capitals that are never used for the first letter alone.
    if name.isascii():
        return name[:1].upper()
    return "".join(_CLUSTER.findall(name)[:1]).title()


def isolated(text: str) -> str:
    """Tidied text within a plain sentence or an attribute, where no element keeps it apart.

    Only letters and numbers of scripts that run from right to left reorder what stands around them
    (UAX #9): a text without any stays as it is, others stand between FIRST STRONG ISOLATE and POP
    DIRECTIONAL ISOLATE.
    """
    if text.isascii() or not _RIGHT_TO_LEFT.search(text):
        return text
    return f"\u2068{text}\u2069"


def _tidier(text: str) -> str:
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    text = _LONE_MARKS.sub("", _UNSEEN.sub(r"\1", text))
    return " ".join(_MORE_MARKS.sub(r"\1", text).split())
