"""The language of a page: its sentences, and how it writes numbers and lists.

English is the only language so far. Its sentences are the message ids, so its catalogue is empty.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import msgspec
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from starlette.requests import HTTPConnection

LOCALE = Path(__file__).parents[2] / "web" / "locale"

Scripts = Mapping[str, Mapping[str, str]]
"""The sentences of the page's scripts by key, in parts: a page gets only those of its modules."""


def N_(sentence: str) -> str:  # noqa: N802 - the usual name of this marker
    """Marks a sentence for translation where it is defined; it is translated where it is used."""
    return sentence


class Language:
    """One language. It is compared by identity, so there is one object of each: it is part of the
    key of everything that is rendered once for several people."""

    def __init__(
        self, code: str, direction: str, catalogue: NullTranslations, scripts: Scripts
    ) -> None:
        self.code = code
        self.direction = direction
        """`ltr` or `rtl`."""
        self.scripts = scripts
        self.gettext = catalogue.gettext
        self.ngettext = catalogue.ngettext
        self.pgettext = catalogue.pgettext
        self._between_items = self.pgettext("between the items of a list", ", ")
        self._before_last_item = self.pgettext("before the last item of a list", " and ")
        self._between_thousands = self.pgettext("between thousands", ",")

    def listed(self, items: Iterable[str]) -> str:
        """The items one after another."""
        return self._between_items.join(items)

    def listed_in_full(self, items: Iterable[str]) -> str:
        """The items in a sentence, the last one after an “and”."""
        *others, last = items
        return f"{self.listed(others)}{self._before_last_item}{last}" if others else last

    def number(self, number: int) -> str:
        """A number with its thousands apart."""
        return f"{number:,}".replace(",", self._between_thousands)


def _scripts(code: str) -> Scripts:
    return msgspec.json.decode(
        (LOCALE / code / "page.json").read_bytes(), type=dict[str, dict[str, str]]
    )


ENGLISH = Language("en", "ltr", NullTranslations(), _scripts("en"))


def language_of(_connection: HTTPConnection) -> Language:
    """The language in which a person reads the page of this request, or of this socket."""
    return ENGLISH


@lru_cache
def script_words(language: Language, *parts: str) -> Markup:
    """The data block of a page: these parts of the scripts' sentences, read by words.js."""
    words = {key: sentence for part in parts for key, sentence in language.scripts[part].items()}
    return json_for_html(words)


def json_for_html(value: Mapping[str, Any]) -> Markup:
    """JSON that is safe in HTML, also in an attribute in single quotes. Any: values of JSON."""
    return htmlsafe_json_dumps(value, dumps=lambda it: msgspec.json.encode(it).decode())
