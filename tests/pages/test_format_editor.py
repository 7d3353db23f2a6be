"""The editor of a circle's own format, on a real Redis: for facilitators only, and lossless."""

from __future__ import annotations

import html
import re

import pytest
import redis
from msgspec.structs import replace

from server.pages.format_editor import EDITS
from server.pages.format_form import shown
from server.room.formats.plan import encode
from server.room.formats.shipped import FORMATS
from server.room.formats.toml import read, written
from tests.support.client import Visit, ask, join, open_door, start_circle
from tests.support.forms import sent

PROMPTS = "\n".join(["x" * 280] * 10)
CLASSIC = sent(shown(FORMATS["classic-60"]))


def editor(visit: Visit) -> str:
    """The address of the editor."""
    return visit.room.removesuffix("room") + "format"


def test_the_editor_shows_every_field_of_the_circles_format(url: str) -> None:
    """The page has the total time, every phase in a fold, and every sentence of the format."""
    page = html.unescape(ask(editor(fay := start_circle(url)), cookie=fay.cookie).text)
    assert '<span id="total">60</span> minutes</b> in 7 phases' in page
    assert page.count("<details") == 8
    for value in CLASSIC.values():
        assert value in page
    assert (
        f'href="/circles/{fay.circle_id}/format"'
        in ask(fay.room.removesuffix("/room"), cookie=fay.cookie).text
    )


def test_only_facilitators_edit(url: str) -> None:
    """Members get a sentence, strangers have no seat, and forms of other origins are refused."""
    fay = start_circle(url)
    ben = join(fay, "Ben")
    for address in (editor(fay), f"{editor(fay)}.toml"):
        answer = ask(address, cookie=ben.cookie)
        assert (answer.status, answer.message) == (403, "for_facilitators")
        assert ask(address).status == 401
    assert ask(editor(fay), CLASSIC, cookie=ben.cookie).status == 403
    foreign = ask(editor(fay), CLASSIC, cookie=fay.cookie, origin="https://elsewhere.example")
    assert foreign.status == 403


def test_a_saved_format_holds_from_the_next_session_on(url: str, other_url: str) -> None:
    """The open room keeps its plan; another process opens the next one with the new format."""
    fay = start_circle(url)
    form = CLASSIC | {"title": "Our hour", "0.title": "Coming in", "0.minutes": "7.5"}
    answer = ask(editor(fay), form, cookie=fay.cookie)
    assert answer.status == 200
    assert 'data-did="save"' in answer.text
    assert '<span id="total">62.5</span>' in answer.text
    page = ask(fay.room.removesuffix("/room"), cookie=fay.cookie).text
    assert '<option value="own" selected>Our hour</option>' in page
    assert "Our hour. Arrival · " in page
    again = ask(editor(fay.at(other_url)), cookie=fay.cookie).text
    assert 'name="0.title" value="Coming in"' in again
    assert ">Arrival</button></li>" in ask(fay.room, cookie=fay.cookie).text


def seen_on(page: str) -> str:
    """The mark of the format that this page began with."""
    [mark] = re.findall(r'<input type="hidden" name="seen" value="(\w+)">', page)
    return str(mark)


def test_of_two_who_edit_at_once_neither_overwrites_the_other_unseen(url: str) -> None:
    """The second one reads it, still has what they typed, and may save it then."""
    fay = start_circle(url)
    gil = join(fay, "Gil", "facilitator")
    seen = seen_on(ask(editor(gil), cookie=gil.cookie).text)
    ours, theirs = ({"title": title, "seen": seen} for title in ("Ours", "Theirs"))
    for _ in range(2):  # The answer is reloaded.
        answer = ask(editor(fay), CLASSIC | ours, cookie=fay.cookie)
        assert (answer.status, 'data-did="save"' in answer.text) == (200, True)
    moved = ask(editor(gil), CLASSIC | theirs | {"do": "down.0"}, cookie=gil.cookie)
    assert seen_on(moved.text) == seen
    answer = ask(editor(gil), CLASSIC | theirs, cookie=gil.cookie)
    assert answer.status == 409
    assert 'data-fault="seen"' in answer.text
    assert "“Ours”" in answer.text
    assert 'name="title" value="Theirs"' in answer.text
    assert 'name="title" value="Ours"' in ask(editor(gil), cookie=gil.cookie).text
    theirs["seen"] = seen_on(answer.text)
    saved = ask(editor(gil), CLASSIC | theirs, cookie=gil.cookie)
    assert saved.status == 200
    assert seen_on(saved.text) == seen_on(ask(editor(fay), cookie=fay.cookie).text)


def test_a_circle_may_go_back_to_a_format_that_ships_and_keeps_its_own(url: str) -> None:
    """The select offers both; a circle without an own format cannot choose it."""
    fay = start_circle(url)
    page = fay.room.removesuffix("/room")
    assert ask(page, {"format": "own"}, cookie=fay.cookie).status == 400
    ask(editor(fay), CLASSIC | {"title": "Our hour"}, cookie=fay.cookie)
    back = ask(page, {"format": "troika"}, cookie=fay.cookie).text
    assert '<option value="troika" selected>' in back
    assert '<option value="own">Our hour</option>' in back
    assert "Our hour. " in ask(page, {"format": "own"}, cookie=fay.cookie).text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("title", "", "The format needs a title"),
        ("0.minutes", "soon", "Phase 1 (“Arrival”): minutes must be a number."),
        ("2.short", "x" * 17, "Phase 3 (“Case presentation”): the short title has 17 characters"),
        ("2.turns", "round", "there is no round where the presenter alone is heard."),
        ("4.turns", "presenter", "the presenter cannot hold the floor while sitting back."),
        ("6.prompts", PROMPTS, "All texts together have 5,185 characters."),
    ],
)
def test_bad_input_comes_back_with_all_that_was_typed(
    url: str, field: str, typed: str, sentence: str
) -> None:
    """There is a sentence at the top and at the field in its open phase; nothing is stored."""
    fay = start_circle(url)
    form = CLASSIC | {"1.purpose": "Ein Fall? <b>Wer</b>", field: typed}
    answer = ask(editor(fay), form, cookie=fay.cookie)
    page = html.unescape(answer.text)
    assert answer.status == 400
    assert page.count(sentence) == 2
    assert "<b>Wer</b>" not in answer.text
    for value in form.values():
        assert value in page
    where, _, name = field.rpartition(".") if typed != PROMPTS else ("", "", "characters")
    assert f'aria-describedby="wrong-{where or None}-{name}"' in page
    assert not where or re.search(rf'id="phase-{where}" open', page)
    assert 'value="own"' not in ask(fay.room.removesuffix("/room"), cookie=fay.cookie).text


def test_a_format_that_is_longer_than_may_be_saved_works_on(url: str, redis_url: str) -> None:
    """It was saved under a higher limit; the editor shows its length, and refuses to save it."""
    fay = start_circle(url)
    classic = FORMATS["classic-60"]
    first = replace(classic.phases[0], prompts=("x" * 250,) * 12)
    plan = replace(classic, key="own", title="Ours", phases=(first, *classic.phases[1:]))
    with redis.Redis.from_url(redis_url) as client:
        own = {"format": "own", "own": encode(plan)}
        client.hset(f"circle:{{{fay.circle_id}}}", mapping=own)
    assert "Ours. Arrival · " in ask(fay.room.removesuffix("/room"), cookie=fay.cookie).text
    page = ask(editor(fay), cookie=fay.cookie).text
    length = re.search(r'<span id="length">([\d,]+)</span> of 5,000 characters', page)
    assert length
    assert 5_000 < int(length[1].replace(",", "")) < 6_000
    answer = ask(editor(fay), sent(shown(plan)), cookie=fay.cookie)
    assert answer.status == 400
    assert 'data-fault="characters"' in answer.text
    assert re.search(rf'id="length" aria-invalid="true"[^>]*>{length[1]}<', answer.text)


def test_moving_adding_and_removing_keep_what_is_typed_and_save_nothing(url: str) -> None:
    """It works without scripts: each action is a button of the form."""
    fay = start_circle(url)
    form = CLASSIC | {"0.title": "Half typed"}

    def pressed(do: str) -> list[str]:
        page = ask(editor(fay), form | {"do": do}, cookie=fay.cookie).text
        assert "Not saved yet." in page
        return re.findall(r'name="\d+\.title" value="([^"]*)"', page)

    assert pressed("down.0")[:2] == ["Call for a case", "Half typed"]
    assert pressed("up.1")[:2] == ["Call for a case", "Half typed"]
    assert "Half typed" not in pressed("remove.0")
    assert pressed("add")[-2:] == ["Closing", "New phase"]
    assert pressed("up.99") == pressed("up.²") == pressed("sing") == pressed("up.0")
    assert "Half typed" not in ask(editor(fay), cookie=fay.cookie).text


@pytest.mark.parametrize("key", FORMATS)
def test_one_may_begin_again_from_any_format_that_ships(url: str, key: str) -> None:
    """It is saved only on request."""
    fay = start_circle(url)
    answer = ask(editor(fay), CLASSIC | {"do": "begin", "from": key}, cookie=fay.cookie)
    assert answer.status == 200
    assert f'name="title" value="{FORMATS[key].title}"' in html.unescape(answer.text)
    assert ask(editor(fay), CLASSIC | {"do": "begin", "from": "x"}, cookie=fay.cookie).status == 400


def test_a_format_goes_out_as_a_file_and_comes_in_again(url: str) -> None:
    """Another circle can load and check it before saving."""
    fay, gil = start_circle(url), start_circle(url, "Gil")
    ask(editor(fay), CLASSIC | {"title": "Our “hour”"}, cookie=fay.cookie)
    answer = ask(f"{editor(fay)}.toml", cookie=fay.cookie)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="our-hour.toml"'
    assert answer.headers["Content-Type"] == "application/toml; charset=utf-8"
    plan = read(answer.text)
    assert plan.title == "Our “hour”"
    came = ask(editor(gil), CLASSIC | {"do": "read", "file": answer.text}, cookie=gil.cookie)
    assert 'data-did="read"' in came.text
    assert 'name="title" value="Our “hour”"' in came.text


def test_a_file_that_cannot_be_read_is_not_lost_and_neither_is_the_form(url: str) -> None:
    """The sentence names the phase and the field."""
    fay = start_circle(url)
    text = written(FORMATS["troika"]).replace("minutes = 5", 'minutes = "five"', 1)
    form = CLASSIC | {"title": "Half typed", "do": "read", "file": text}
    answer = ask(editor(fay), form, cookie=fay.cookie)
    page = html.unescape(answer.text)
    assert answer.status == 400
    assert "Phase 3 (“First case: the two others”): minutes must be a number." in page
    assert text in page
    assert page.count("minutes must be a number.") == 2
    assert page.count(" open>") == 1
    assert 'value="Half typed"' in page
    large = ask(editor(fay), CLASSIC | {"do": "read", "file": "#" * 65537}, cookie=fay.cookie)
    assert (large.status, 'data-fault="file"' in large.text) == (400, True)
    huge = ask(editor(fay), CLASSIC | {"do": "read", "file": "#" * 500_000}, cookie=fay.cookie)
    assert huge.status == 413


def test_the_first_page_offers_the_formats_in_groups(url: str) -> None:
    """A circle can start with any of them."""
    page = ask(url).text.partition('<select name="format"')[2].partition("</select>")[0]
    groups = ["Balint", "Among peers", "For those who lead", "About a text"]
    assert re.findall(r'<optgroup label="([^"]+)"', page) == groups
    assert re.findall(r'<option value="([^"]+)"', page) == list(FORMATS)
    for key in FORMATS:
        form = {"circle_name": "Tuesday", "your_name": "Fay", "format": key}
        assert ask(f"{url}/circles", form).status == 303


def test_a_troika_has_three_chairs(url: str) -> None:
    """The fourth person reads that they are taken."""
    form = {"circle_name": "Tuesday", "your_name": "Fay", "format": "troika"}
    answer = ask(f"{url}/circles", form)
    fay = Visit(url, answer.headers["Location"].split("/")[2], answer.cookie)
    open_door(fay)
    join(fay, "Ann")
    join(fay, "Ben")
    late = ask(f"{url}/join", {"token": fay.token(), "your_name": "Late", "agree": "yes"})
    assert (late.status, late.refused) == (409, "full")


def test_a_flood_of_edits_waits(url: str) -> None:
    """The limit is by address, and the forms are not read."""
    fay = start_circle(url)
    form = {"do": "read", "file": "title"}
    address = f"{url}/circles/{fay.circle_id}/format"
    codes = [
        ask(address, form, cookie=fay.cookie, forwarded_for="192.0.2.90").status
        for _ in range(EDITS.at_once + 100)
    ]
    assert 429 in codes
    assert ask(address, form, cookie=fay.cookie, forwarded_for="192.0.2.91").status == 400
