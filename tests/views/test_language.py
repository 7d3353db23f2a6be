"""Sentences for translators: all are marked, and none is shown untranslated."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from gettext import NullTranslations
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from server.circle import schedule_form
from server.circle.absences import cannot_come
from server.circle.certificate import Certificate, Session
from server.circle.circle import Circle, Last, described
from server.circle.meeting_changes import cancel, move
from server.circle.meetings import year_ahead
from server.circle.register import Attended, Register, Row, hours_of
from server.circle.rhythm import DAY_MS, HOUR_MS, Kind, Rhythm, local_time
from server.circle.schedule import Wanted
from server.circle.schedule_changes import begin
from server.identity import Person
from server.pages import certificate
from server.pages import register as register_page
from server.pages.format_form import NEW, Typed, shown
from server.pages.new_circle import EMPTY
from server.pages.parts import parts_of
from server.pages.pulse import Felt
from server.pages.reminders_part import Result
from server.pages.reminders_part import Shown as Reminders
from server.pages.schedule import shown as month_shown
from server.room.formats.plan import Format
from server.room.formats.shipped import FORMATS
from server.room.state import ENDED, WAITING, Role, Room, Wait
from server.views import kept_words
from server.views.dependencies import DEPENDS_ON
from server.views.kept_words import FIELDS
from server.views.language import ENGLISH, Language, script_words
from server.views.last_page import questions
from server.views.month import month
from server.views.partials import inner, notice
from server.views.presenter_words import presented
from server.views.register_words import GENUINE, NOT_GENUINE, OUT, hours_words, state_words
from server.views.rendering import Rendering, Viewer
from server.views.templates import environment, render_page
from tests.support.factories import MOMENTS, NOW, PHASES, a_room, two_circles
from tests.support.messages import messages
from tests.support.rendered import FULL, invite, viewers

ROOT = Path(__file__).parents[2]
TEXTS = ("title", "short", "purpose", "guidance", "watch")
SHOWN_ATTRIBUTES = {
    *("aria-label", "title", "placeholder", "alt", "label", "data-confirm"),
}
BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
LETTERS = re.compile(r"[^\W\d_].*")
NAMES = ("Balint Circle", "https://")
"""What is the same in each language."""


class Brackets(NullTranslations):
    """A language whose sentences are the English ones in brackets; keeps what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def _bracketed(self, message: str) -> str:
        self.asked.add(message)
        return f"⟦{message}⟧"

    def gettext(self, message: str) -> str:
        return self._bracketed(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self._bracketed(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        del context
        return self._bracketed(message)


BRACKETS = Brackets()
IN_BRACKETS = Language(
    "x-brackets",
    "rtl",
    BRACKETS,
    {
        part: {key: f"⟦{sentence}⟧" for key, sentence in sentences.items()}
        for part, sentences in ENGLISH.scripts.items()
    },
)


def wordless(plan: Format) -> Format:
    """A format of a circle's own, with figures in place of words: those are not translated."""
    phases = [
        replace(phase, prompts=("1", "2"), **dict.fromkeys(TEXTS, "1")) for phase in plan.phases
    ]
    return replace(plan, title="1", phases=tuple(phases))


def wordless_room(room: Room, **more: Any) -> Room:
    """The room with figures in place of all that people have typed."""
    seats, lobby = (tuple(replace(s, name="1") for s in all_) for all_ in (room.seats, room.lobby))
    prompt = room.prompt and "1"
    return replace(
        room, seats=seats, lobby=lobby, prompt=prompt, own_plan=wordless(room.plan), **more
    )


def rooms() -> Iterator[Room]:
    """Rooms in many states."""
    yield from (a_room(moment) for moment in MOMENTS)
    bye = FULL["farewell"]
    for said in (bye, replace(bye, registers=True, number=1, next_on="")):
        yield replace(a_room(ENDED), farewell=said)
    yield two_circles()
    yield from (two_circles(phase.key) for phase in FORMATS["two-circles-90"].phases)
    changes: tuple[dict[str, Any], ...] = (
        {}, {"silence_until": NOW}, {"wait": Wait("olu", NOW)}, {"lobby": FULL["lobby"][:1]},
        {"elsewhere": "https://a.org"},
        {"wait": Wait("olu", NOW, asks=True)}, {"wait": Wait("", NOW, asks=True)},
        {"presenter": None, "asked": None, "return_asked": False}, {"voices_only": False},
        {"floor": None, "recalled": False},
    )  # fmt: skip
    for phase in (WAITING, *PHASES):
        full = a_room(phase, **FULL)
        marked = tuple(
            replace(
                seat,
                in_two_tabs=True,
                bad_line=True,
                mic_on=index % 2 == 0,
                spoken_ms=70_000 * index,
                by_facilitator_link=seat.role is not Role.FACILITATOR,
                presented_at=NOW if index % 2 else None,
                offers_case=index == 1,
                not_today=index == 2,
                invited=index == 4,
                outer=index == 3,
            )
            for index, seat in enumerate(full.seats)
        )
        away = tuple(replace(seat, away_since=NOW) for seat in full.seats)
        for change in (*changes, {"seats": marked}, {"seats": away}):
            yield replace(full, **{"wait": None, "silence_until": None} | change)


def months(language: Language) -> Iterator[dict[str, Any]]:
    """When a circle meets, on its page, with all that it may show."""
    bare = replace(described("1", "1", "classic-60", "UTC"), roles={"1": "member"})
    for rhythm in (
        Rhythm(Kind.MONTH),
        Rhythm(Kind.WEEKS, first_on=date(2027, 1, 18)),
        Rhythm(Kind.DATES, dates=(date(2027, 1, 16), date(2027, 1, 17))),
        Rhythm(),
    ):
        circle = begin(bare, Wanted(rhythm, None, "UTC"), NOW - 40 * DAY_MS)
        about, ahead = "", year_ahead(circle, NOW)
        if ahead:
            first, second, *_, last = (*ahead, ahead[-1])
            about = last.date.isoformat()
            circle = cannot_come(circle, "1", first.date, NOW)
            circle = cancel(circle, second.date, NOW)
            to = local_time(last.starts_at + HOUR_MS, "UTC")
            circle = move(circle, last.date, to, NOW)
        facts = month_shown(language, circle, "1", NOW, is_leading=True)
        facts["fields"] = {**schedule_form.fields_of(circle, NOW), "time_zone": "1"}
        for more in (
            {"zones": ()},
            {"zones": (), "did": "move", "said": "1", "about": about},
            {"zones": (), "schedule_refusal": "1", "session_refusal": "1", "about": "1"},
            {"zones": (), "wrong": dict.fromkeys((*schedule_form.FIELDS, "to"), "1")},
        ):
            yield facts | more
    yield facts | {"month": month(language, circle, "1", NOW)._replace(pause="1", opens="1")}


FEED = {
    "feed": "1",
    "feed_webcal": "1",
    "feed_serial": 1,
    "feed_is_neutral": False,
    "feed_did": "",
    "feed_fault": "",
}


def my_chair_and_calendar(language: Language) -> Iterator[str]:
    """A person's calendar, and their chair on another device, in each step."""
    circle = described("1", "1", "classic-60", "UTC")
    template = environment(language).get_template("circle/calendar.html")
    for more in ({"feed_did": "renew_feed"}, {"feed_did": "name_feed", "feed_fault": "1"}):
        yield template.render(circle=circle, **FEED | more)
    code = {"circle": circle, "my_name": "1", "link": "1", "svg": "", "pairs": ("12", "34")}
    code |= {"refusal_code": "1"}
    for did, shows, refusal in (("", "1", ""), ("choose_digits", "", ""), ("choose_none", "", "1")):
        yield render_page("device_code", language, **code, code=shows, did=did, refusal=refusal)
    device = {"circle": circle, "my_name": "1", "code": "", "attempt": "1"}
    for digits, before, refusal in (("", "", "1"), ("12", "1", ""), ("12", "", "1")):
        more = {"digits": digits, "before": before, "refusal": refusal, "refusal_code": "1"}
        yield render_page("device", language, **device, **more)


ROW = Row(date(2026, 12, 1), 61, (Attended("1", "1", "member"),))


def of_register(language: Language, *, yes: bool) -> dict[str, Any]:
    """The facts of the register, of hours, and of presenters on the circle's page."""
    register = Register(is_on=yes, rows=(ROW,) if yes else ())
    roles = {str(number): Role.MEMBER for number in range(4)}
    circle = Circle("1", "1", "classic-60", "UTC", roles=roles, presented={"1": NOW, "2": 1})
    return {
        "register": register,
        "register_words": state_words(language, register),
        "hours_this_year": hours_words(language, hours_of(register, "1")),
        "presenters": presented(language, circle, {"1": "1"} if yes else {}, NOW),
    }


def pages_of_the_register(language: Language, circle: Circle) -> Iterator[str]:
    """The register, certificates, and what is said when they are checked."""
    for on in (True, False):
        for leads in (True, False):
            facts = of_register(language, yes=on)
            row = register_page.shown(language, ROW)
            yield render_page(
                "register", language, circle=circle, leads=leads, rows=[row] if on else [],
                mine=[row] if on else [], hours=facts["hours_this_year"], is_out=not on,
                asks=on and leads, did="1", status=language.gettext(OUT), wrong="1" if on else "",
                months="24", least=1, most=60, **facts,
            )  # fmt: skip
    day = date(2026, 12, 1)
    given = Certificate("1", "1", ("1", "2"), day, day, (Session(day, 60),))
    words = certificate.shown(language, given)
    typed = {"from": "", "until": ""}
    for shown_, svg in ((words, "1"), (None, None)):
        yield render_page(
            "certificate", language, circle=circle, typed=typed, wrong={}, given=shown_, code="1",
            page="https://", svg=svg, empty="" if shown_ else "1",
        )  # fmt: skip
        says = language.gettext(GENUINE if shown_ else NOT_GENUINE)
        yield render_page("verify", language, typed="1", verified=True, given=shown_, says=says)


class OneHeld(NamedTuple):
    """A key of a circle that has every kind of field, as store/look.py finds it."""

    key: str
    fields: dict[bytes, bytes]
    number: int = 1
    until: int | None = None


HELD = OneHeld("circle:{1}", {f"{name}1".encode(): b"2026-11-01" for name in FIELDS})
MET = replace(described("1", "1", "classic-60", "UTC"), last=Last(NOW, 1, 2, 1), gone_at=NOW)


def erasing(*, yes: bool) -> dict[str, Any]:
    """The facts of the part of the circle's page about its erasure."""
    return {
        "erase_days": 7, "idle_months": 13, "idle_on": "1", "idle_people": 1 + yes,
        "erase_typed": "", "erase_refusal": "1", "erase_did": "keep_circle" if yes else "",
    }  # fmt: skip


def pages(language: Language) -> Iterator[str]:
    """Each page of its own, with all that it may show."""
    plan = wordless(FORMATS["classic-60"])
    circle = replace(described("1", "1", "classic-60", "UTC"), own=plan, format=plan.key)
    groups = (("1", (plan,)),)
    wrong = dict.fromkeys(EMPTY, "1")
    links = {Role.MEMBER: "1", Role.FACILITATOR: "1"}
    lonely, many = {Role.FACILITATOR: 1}, dict.fromkeys(Role, 2)
    person = Person("1", "1", "1")
    for yes, known in ((True, lonely), (False, many), (False, {})):
        yield render_page(
            "landing", language, groups=groups, typed=EMPTY, refusal="1" if yes else "",
            refusal_code="1", wrong=wrong if yes else {}, zones="", guess=yes,
            start_key=yes, attempt="1", circles=[(circle, person, role) for role in known],
        )  # fmt: skip
        yield render_page("help", language, cookie_days=120)
        yield render_page(
            "privacy", language, relayed=yes, cookie_days=120, founder_days=60, idle_hours=12,
            seconds_after_end=30, put_out=40, join_minutes=2, start_minutes=200,
        )  # fmt: skip
        yield render_page(
            "join", language, token="", is_whole=yes, your_name="", attempt="", refusal=""
        )
        steps = ("try_again", "have_link", "door")
        yield render_page(
            "message", language, about="1", code="1", heading="1", sentence="1", then="1",
            steps=steps, circle_id="1", cookies=yes,
        )  # fmt: skip
        for asks in (questions(language, 3 if yes else 1, {}, {"heard": "1"}), ()):
            yield render_page(
                "pulse", language, circle=circle, asks=asks, number=1, promise="1", fault="1",
                refused="stale" if yes else "", again="1" if yes else "", again_on="1",
            )  # fmt: skip
        yield render_page("left", language, circle=circle, waits=yes)
        yield render_page("qr", language, circle=circle, link="1", svg="")
        short = tuple(replace(phase, minutes=0.5) for phase in plan.phases)
        yield parts_of(language, replace(plan, phases=short) if yes else plan)
        for what in ("me", "absent"):
            yield render_page("erase", language, circle=circle, what=what, leads=yes)
        for practice, forgotten in ((True, 0), (False, 0), (False, 1), (False, 2)):
            for facts in months(language):
                yield render_page(
                    "circle", language, circle=replace(circle, erase_at=forgotten), plan=plan,
                    practice=practice, groups=groups, links=links, chosen=True, known=known,
                    forgotten=forgotten,
                    cookie_days=120, founder_days=30, mail="1", leads=yes,
                    pulse_until="1" if yes else "", felt={"1": [Felt("heard", "1", "1", "1")]},
                    reminders=Reminders(yes, not practice, Result("ask", "1", "1"), True),
                    **FEED, **erasing(yes=yes), **facts, **of_register(language, yes=yes),
                )  # fmt: skip
        yield from pages_of_the_register(language, circle)
        for did, stops in (("stop", ""), ("confirm", ""), ("", "/1"), ("", "")):
            yield render_page(
                "reminders", language, token="1", fault="1", did=did, stops=stops, circle_name="1"
            )
        yield render_page(
            "kept", language, circle=replace(circle, erase_at=yes), looked_at="1",
            rows=kept_words.rows(language, "1", [HELD], ["room", "erase", "left", "x"]),
            expires_on="1", last=kept_words.last_session(language, MET, has_room=yes),
            outside=kept_words.outside(language, "1" if yes else None, 120, 35),
        )  # fmt: skip
        for did, typed in (("read", Typed({}, ({}, NEW))), ("save", shown(plan))):
            yield render_page(
                "format", language, circle=circle, typed=typed, status="1", faults=(), wrong={},
                seen="1", changed="1",
                opened={0}, did=did, at=0, groups=groups, heard={"1": "1"}, turns={"1": "1"},
                numbers={"minutes": "1", "phases": len(typed.phases)}, length="1", longest="1",
            )  # fmt: skip
    yield from my_chair_and_calendar(language)
    regions = dict.fromkeys(("state", "notice", *DEPENDS_ON), "")
    names = {"my_name": "1", "name_next_time": "1"}
    yield render_page("room", language, circle=circle, now=NOW, regions=regions, mail="", **names)


class Shown(HTMLParser):
    """What a person reads or hears of a page: its text, and some attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.attributes: list[str] = []
        self._within: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "input", "path", "circle"):
            self._within.append(tag)
        values = dict(attrs)
        shown = SHOWN_ATTRIBUTES | ({"value"} if values.get("type") == "submit" else set())
        self.attributes += [value or "" for name, value in attrs if name in shown]

    def handle_endtag(self, tag: str) -> None:
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._within[-1:] not in (["script"], ["kbd"]):  # keys are the same in each language
            self.text += data


def left_over(text: str) -> str:
    """The first words outside of all brackets."""
    while (shorter := BRACKETED.sub("", text)) != text:
        text = shorter
    for name in NAMES:
        text = text.replace(name, "")
    found = LETTERS.search(text)
    return found[0] if found else ""


def untranslated(html: str) -> list[str]:
    """What a page shows that is in no language."""
    page = Shown(html)
    return list(filter(None, map(left_over, (page.text, *page.attributes))))


@lru_cache
def regions_in_brackets() -> frozenset[str]:
    """All regions of everybody in every state, in the language in brackets."""
    found = {inner(notice(IN_BRACKETS, "stale", "1"))}
    for room in map(wordless_room, rooms()):
        rendering = Rendering(room, NOW, invite)
        for viewer in viewers(room):
            regions = rendering.regions(Viewer(viewer.seat, "http://1", IN_BRACKETS)) or {}
            found |= {inner(regions[name]) for name in DEPENDS_ON}
    return frozenset(found)


@lru_cache
def pages_in_brackets() -> tuple[str, ...]:
    """All pages in the language in brackets."""
    return tuple(pages(IN_BRACKETS))


def test_no_sentence_of_a_region_escapes_translation() -> None:
    """A language in brackets has all words in brackets, for everybody in every state."""
    assert len(regions_in_brackets()) > 200
    assert [html for html in regions_in_brackets() if untranslated(html)] == []


def test_no_sentence_of_a_page_escapes_translation() -> None:
    """The same for all pages, and for the sentences of their scripts."""
    for page in pages_in_brackets():
        is_whole = page.startswith("<!doctype")
        assert not is_whole or '<html lang="x-brackets" dir="rtl">' in page
        assert untranslated(page) == []
    page = pages_in_brackets()[-1]
    block = re.search(r'<script type="application/json" id="words">(.*?)</script>', page)
    assert block
    assert all(left_over(sentence) == "" for sentence in json.loads(block[1]).values())


def test_a_page_with_a_word_of_no_language_is_found() -> None:
    """The tests above fail for a text, an attribute, and a word beside a sentence."""
    for html in ("<p>Yield</p>", '<p aria-label="Yield">1</p>', "<p>⟦<b>a ⟦b⟧</b>⟧ or</p>"):
        assert untranslated(html) != []
    assert (
        untranslated('<p aria-label="⟦a⟧">⟦<b>a ⟦b⟧</b> c⟧ 1:30 <script>let a;</script></p>') == []
    )


MESSAGES = messages()


def facts_of(message: str) -> set[str]:
    """The names of its placeholders, as templates and as Python write them."""
    fields = {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}
    return fields | set(re.findall(r"%(?:\((\w+)\))?", message.replace("%%", "")))


def test_translators_get_all_sentences_of_the_pages() -> None:
    """All that is looked up when everything is rendered has been extracted."""
    assert regions_in_brackets()
    assert pages_in_brackets()
    known = {sentence for message in MESSAGES for sentence in message}
    assert len(BRACKETS.asked) > 250
    assert BRACKETS.asked - known == set()


def test_each_placeholder_has_a_name() -> None:
    """So a translator may change their order."""
    all_sentences = {sentence for message in MESSAGES for sentence in message}
    assert {s for s in all_sentences if not all(f.isidentifier() for f in facts_of(s))} == set()
    assert not any(fact.isidentifier() for text in ("%s", "{}", "%d") for fact in facts_of(text))


MARKERS = {"_", "N_", "gettext", "ngettext", "pgettext"}
UNMARKED = {"Refused", "Fault", "fault"}
"""Calls whose sentences are worded in another module."""
SENTENCE = re.compile(r"[A-Z][a-z’]*,? [a-z]+.*")


def sentences(node: ast.AST) -> Iterator[str]:
    """The sentences in a syntax tree that are not marked; docstrings are no expressions in use."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if (
                name in MARKERS | UNMARKED
            ):
                continue
            case ast.Constant(value=str(text)) if SENTENCE.fullmatch(text):
                yield text
        yield from sentences(child)


SOURCES = [*ROOT.glob("server/pages/*.py"), *ROOT.glob("server/views/**/*.py")]


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.name != "health.py"], ids=lambda path: path.name
)
def test_each_sentence_in_python_is_marked(path: Path) -> None:
    """Unmarked, it would be in English for everybody. Those of /readyz are for operators."""
    assert list(sentences(ast.parse(path.read_text()))) == []


def test_an_unmarked_sentence_in_python_is_found() -> None:
    """The test above fails for it."""
    text = 'def f():\n    """Says it."""\n    return g(_("It is marked."), "It is not marked.")\n'
    assert list(sentences(ast.parse(text))) == ["It is not marked."]


@pytest.mark.parametrize("language", [ENGLISH, IN_BRACKETS])
def test_a_fact_is_escaped_in_each_kind_of_sentence(language: Language) -> None:
    """A name is text, whatever a person has typed."""
    templates = environment(language)
    name = "<i>&"
    for source in (
        "{% trans %}{{ name }} <b>speaks</b>{% endtrans %}",
        "{% trans n=1 %}{{ name }} <b>speaks</b>{% pluralize %}{{ n }}{% endtrans %}",
        '{{ _("%(name)s <b>speaks</b>", name=name) }}',
        '{{ ngettext("%(name)s <b>speaks</b>", "%(num)s", 1, name=name) }}',
    ):
        html = templates.from_string(source).render(name=name)
        assert "&lt;i&gt;&amp; " in html
        assert ("&lt;b&gt;" in html) == source.startswith("{{ _")


def test_a_language_does_not_leak_into_another() -> None:
    """Each has its own environment, and everything that is kept has its language in its key."""
    room = a_room("reflection", **FULL)
    rendering = Rendering(room, NOW, invite)
    for viewer in viewers(room):
        for language in (ENGLISH, IN_BRACKETS, ENGLISH):
            regions = rendering.regions(viewer._replace(language=language)) or {}
            fresh = Rendering(room, NOW, invite).regions(viewer._replace(language=language)) or {}
            assert regions == fresh
            brackets = any("⟦".encode() in html for html in regions.values())
            assert brackets == (language is IN_BRACKETS)
    assert b"\xe2\x9f\xa6" in notice(IN_BRACKETS)
    assert b"\xe2\x9f\xa6" not in notice(ENGLISH)


def test_a_sentence_of_a_template_costs_nothing_when_it_is_rendered() -> None:
    """It is constant in the compiled template."""
    catalogue = Brackets()
    language = Language("x-other", "ltr", catalogue, ENGLISH.scripts)
    template = environment(language).from_string(
        '{% trans name=1 %}{{ name }} speaks{% endtrans %}{{ press(_("Yield"), {"do": "yield"}) }}'
    )
    catalogue.asked.clear()
    assert "⟦1 speaks⟧" in template.render()
    assert catalogue.asked == set()


def test_lists_and_numbers_are_written_as_the_language_does() -> None:
    """Translators own the signs between items and between thousands."""
    assert ENGLISH.listed(["a", "b", "c"]) == "a, b, c"
    assert ENGLISH.listed_in_full(["a", "b", "c"]) == "a, b and c"
    assert ENGLISH.listed_in_full(["a"]) == "a"
    assert ENGLISH.number(20_000) == "20,000"
    assert IN_BRACKETS.number(20_000) == "20⟦,⟧000"
    assert IN_BRACKETS.listed_in_full(["a", "b", "c"]) == "a⟦, ⟧b⟦ and ⟧c"


def test_the_data_block_cannot_end_early() -> None:
    """A sentence with a tag stays data."""
    language = Language("x", "ltr", NullTranslations(), {"room": {"a": "</script><b>’"}})
    assert "<" not in script_words(language, "room")
    assert json.loads(script_words(language, "room")) == {"a": "</script><b>’"}
