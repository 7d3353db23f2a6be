"""The templates of the pages and of the room's regions.

Owns their environments, one for each language.
"""

import re
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from zlib import crc32

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from server.room.state import DEBRIEF, ENDED, WAITING, Role
from server.room.typed import initial, isolated
from server.views.buttons import press
from server.views.facts import Facts
from server.views.invitation import ground_rules
from server.views.language import Language, script_words
from server.views.month import missing_words
from server.views.translation import TranslatingEnvironment
from server.views.words import WORDS, named

WEB = Path(__file__).parents[2] / "web"


class Unindented(FileSystemLoader):
    """Loads templates without their indentation, which is a tenth of their size."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Any]:
        # Any: a callable that checks for changes, which is not used.
        source, name, uptodate = super().get_source(environment, template)
        return re.sub(r"^[ \t]+", "", source, flags=re.MULTILINE), name, uptodate


@lru_cache
def environment(language: Language) -> Environment:
    """The templates in this language. Each has its own environment, since an overlay would share
    its globals."""
    templates = TranslatingEnvironment(
        language,
        loader=Unindented(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.context_class = Facts
    templates.filters.update(digest=digest, initial=initial, isolated=isolated, named=named)
    templates.filters.update({name: partial(word, language) for name, word in WORDS.items()})
    templates.filters["missing_words"] = partial(missing_words, language)
    # Faster than Jinja's own, which would also look for an item of that name.
    templates.getattr = getattr  # type: ignore[assignment]  # its type has no overloads
    templates.globals.update(
        language=language,
        press=press,
        ground_rules=ground_rules(language),
        script_words=partial(script_words, language),
        WAITING=WAITING,
        DEBRIEF=DEBRIEF,
        ENDED=ENDED,
        FACILITATOR=Role.FACILITATOR,
        MEMBER=Role.MEMBER,
        OBSERVER=Role.OBSERVER,
        GUEST=Role.GUEST,
    )
    return templates


def digest(sentence: str) -> str:
    """By which a page tells a sentence from others, also if its browser has translated it: eight
    hexadecimal digits."""
    return f"{crc32(sentence.encode()):08x}"


def render_page(name: str, language: Language, **context: Any) -> str:
    return environment(language).get_template(f"pages/{name}.html").render(context)


@lru_cache
def region_template(name: str, language: Language) -> Template:
    template = environment(language).get_template(f"regions/{name}.html")
    template.globals = dict(template.globals)  # A ChainMap would be slow.
    return template
