"""What people type, tidied: nothing that cannot be seen or would turn the text around it."""

import unicodedata


def tidied(text: str) -> str:
    """The text without invisible characters, each run of white space one blank."""
    if not text.isprintable():
        text = "".join(c for c in text if not _invisible(c))
    return " ".join(text.split())


def _invisible(c: str) -> bool:
    """Joiners are not: they are part of words and emoji."""
    kind = unicodedata.category(c)
    return kind in ("Cc", "Cf", "Cs") and not c.isspace() and c not in "\u200c\u200d"
