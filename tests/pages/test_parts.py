"""Parts of the room that load late: what each phase is for, and the link as a QR code."""

from __future__ import annotations

import re

import segno

from server.pages.parts import parts_of
from server.room.formats.shipped import DEFAULT_FORMAT, PRACTICE, plan_of
from server.views.language import ENGLISH
from tests.support.client import ask, join, start_circle
from tests.support.processes import StartServer


def test_each_phase_of_the_session_is_told(url: str) -> None:
    """A session keeps its plan, whatever format is chosen for the next one."""
    fay = start_circle(url)
    ben = join(fay, "Ben")
    circle = fay.room.removesuffix("/room")
    ask(circle, {"format": "troika"}, cookie=fay.cookie)
    answer = ask(f"{circle}/parts", cookie=ben.cookie)
    assert answer.headers["Cache-Control"] == "no-store"
    plan = plan_of(DEFAULT_FORMAT)
    told = re.findall(r'id="about-phase-(\w+)"', answer.text)
    assert told == [phase.key for phase in plan.phases]
    assert plan.phases[0].purpose in answer.text


def test_the_length_of_a_phase_is_in_words_that_fit() -> None:
    """A rehearsal has phases of some seconds."""
    rehearsal = parts_of(ENGLISH, plan_of(PRACTICE))
    lengths = re.findall(r'class="soft">(.*?)<', rehearsal)
    assert any(length.endswith(" seconds") for length in lengths)
    assert "5 minutes" in parts_of(ENGLISH, plan_of(DEFAULT_FORMAT))


def test_strangers_and_guests_are_told_nothing(url: str) -> None:
    """Guests are not in the room yet."""
    fay = start_circle(url, door="closed")
    circle = fay.room.removesuffix("/room")
    guest = join(fay, "Dan")
    for part in ("parts", "qr"):
        assert ask(f"{circle}/{part}").status == 401
        assert ask(f"{circle}/{part}", cookie=guest.cookie).status in (401, 403)


def test_the_qr_code_is_that_of_the_members_link(url: str) -> None:
    """It is drawn for facilitators alone, of the link that is valid now."""
    fay = start_circle(url)
    ben = join(fay, "Ben")
    address = f"{url}/circles/{fay.circle_id}/qr"
    answer = ask(address, cookie=fay.cookie)
    link = f"{url}/join#{fay.token()}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Content-Encoding" not in answer.headers
    assert drawn(link) in answer.text
    assert link in answer.text
    assert fay.token("facilitator") not in answer.text
    assert ask(address, cookie=ben.cookie).status == 403


def test_a_qr_code_leaves_no_token_in_the_log(start_server: StartServer) -> None:
    """Its address has none either."""
    server = start_server()
    fay = start_circle(server.url)
    assert ask(f"{server.url}/circles/{fay.circle_id}/qr", cookie=fay.cookie).status == 200
    secret = fay.token().partition(".")[2]
    server.stop()
    assert secret not in server.log


def drawn(link: str) -> str:
    """The SVG of segno itself."""
    return segno.make_qr(link).svg_inline(border=4, light="#fff", omitsize=True)
