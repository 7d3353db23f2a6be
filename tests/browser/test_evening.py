"""A whole evening on all defaults: eleven people, two engines, two servers.

Each browser measures by tone whom it hears in each phase. Without a Firefox all come in Chromium,
and the test is counted as skipped once they have lived it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browser.engines import firefox, has_firefox
from tests.browser.evening import ALL, PROMPT, WITHOUT_PAGE, Evening
from tests.browser.voices import Voices, tones_in
from tests.support.client import Visit
from tests.support.processes import Server, wait_until
from tests.support.stored import everything_in


@pytest.fixture
def evening(two_servers: tuple[Server, Server], short_dir: Path) -> Iterator[Evening]:
    """An evening with only Fay in it; in the end no page may have logged an error."""
    urls = [server.url for server in two_servers]
    with ExitStack() as stack:
        voices = Voices(stack.enter_context(tones_in(short_dir, whole=True)), urls)
        stack.callback(voices.close)
        driven = stack.enter_context(firefox("Zoe", short_dir)) if has_firefox() else None
        evening = Evening(voices, driven or voices.at_page("Zoe"), urls)
        stack.callback(evening.others.close)
        yield evening
        problems = voices.problems + (driven.problems if driven else [])
    assert problems == []


def test_an_evening_on_the_defaults(evening: Evening, redis_url: str) -> None:
    """From the first page to the last; a minute later nothing of it is left."""
    evening.everybody_comes_to_the_door()
    evening.everybody_is_let_in()
    evening.everybody_unmutes()
    circle_id = evening.host.circle_id
    typed = {*WITHOUT_PAGE, PROMPT, *tokens(evening.host)}

    evening.fay.press("start")
    evening.all_see_phase("arrival")
    evening.round_of_arrival()
    evening.hear_each_other(ALL)

    evening.move_to("call")
    evening.mei_offers_a_case_and_presents()
    evening.hear_each_other(ALL)

    evening.move_to("presentation")
    evening.hear_each_other({"Fay", "Mei"})
    evening.lea_comes_late()
    evening.hear_each_other({"Fay", "Mei"})

    evening.move_to("questions")
    evening.hear_each_other({"Fay", "Mei"})
    evening.ann_asks_a_question()

    group = ALL - {"Mei"} | {"Lea"}
    evening.move_to("reflection")
    evening.hear_each_other(group)
    evening.fay_holds_a_silence(before=group)
    evening.fay_shows_a_prompt()
    evening.fay_invites_ben()
    evening.fay_pauses_the_clock()
    evening.mei_reloads(group)
    evening.fay_is_thrown_out_and_comes_back(group)

    evening.move_to("response")
    evening.hear_each_other({"Fay", "Mei"})
    evening.pages["Mei"].press_calmly("yield")
    evening.hear_each_other(ALL | {"Lea"})

    evening.move_to("closing")
    evening.hear_each_other(ALL | {"Lea"})
    evening.end()
    evening.most_leave()
    nothing_is_left(redis_url, circle_id, {*typed, *evening.pages})
    evening.ann_leaves()
    evening.they_meet_again()
    if not has_firefox():
        pytest.skip("there is no Firefox: the evening was lived in Chromium alone")


def tokens(host: Visit) -> list[str]:
    """The secret part of both invitations."""
    return [host.token(role).partition(".")[2] for role in ("member", "facilitator")]


def nothing_is_left(redis_url: str, circle_id: str, typed: set[str]) -> None:
    """A minute later only the circle and its open questions are left, without anything typed or
    shown."""
    key = f"circle:{{{circle_id}}}"
    left = {key, f"{key}:pulse", "due"}

    def is_left() -> bool:
        """The room's deadline goes last, when the files have been rewritten."""
        lines = kept(redis_url, circle_id)
        names = [line.split("'")[1] for line in lines]
        return set(names) == left and lines[names.index("due")].count(circle_id) == 1

    wait_until(is_left, 60)
    kept_lines = kept(redis_url, circle_id)
    assert [word for word in typed if word in "".join(kept_lines)] == []
    [due] = [line for line in kept_lines if line.startswith("b'due'")]
    assert f"pulse:{circle_id}" in due


def kept(redis_url: str, circle_id: str) -> list[str]:
    """Every key of this circle, with its value."""
    return [line for line in everything_in(redis_url).splitlines() if circle_id in line]
