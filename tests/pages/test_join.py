"""The page behind an invitation."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from server.pages.join import INVITATIONS, JOINS
from tests.support.client import Visit, ask, join, start_circle
from tests.support.forms import flood
from tests.support.processes import Server
from tests.support.stored import everything_in


def test_joining_asks_for_the_ground_rules_and_a_valid_link(url: str) -> None:
    """Each has its own code, and the input stays."""
    token = start_circle(url).token()
    rules = ask(f"{url}/join", {"token": token, "your_name": "Ben"})
    assert (rules.status, rules.refused) == (400, "not_allowed")
    assert f'value="{token}"' in rules.text
    renewed, missing = "not_allowed", "invalid"
    for wrong, code in {
        token[:-3] + "abc": renewed,
        "a" * 16 + token[16:]: renewed,
        token[:-1]: missing,
        "nonsense": missing,
        "": missing,
    }.items():
        answer = ask(f"{url}/join", {"token": wrong, "your_name": "Ben", "agree": "yes"})
        assert (answer.status, answer.refused) == (403, code)
        assert ('id="no-link" hidden' in answer.text) is (code == renewed)


def test_a_link_is_taken_as_it_arrives(two_servers: tuple[Server, Server], redis_url: str) -> None:
    """Encoded `#` and pasted links work; GET changes nothing, and nothing of it is logged."""
    server = two_servers[0]
    fay = start_circle(server.url)
    token = fay.token()

    def kept() -> tuple[set[str], set[str]]:
        """All keys; and this circle's with their values, since others may change meanwhile."""
        lines = everything_in(redis_url).splitlines()
        ours = {line for line in lines if line.startswith(f"b'circle:{{{fay.circle_id}}}")}
        return {line.partition(" ")[0] for line in lines}, ours

    keys, ours = kept()
    assert ours
    for sign in ("%23", "%2523"):
        for end in ("", "%E2%80%8B", ".", "%3E?from=mail"):
            page = ask(f"{server.url}/join{sign}{token}{end}")
            assert page.status == 200
            assert f'name="token" required autocomplete="off" value="{token}"' in page.text
            assert 'id="no-link" hidden' in page.text
            assert "Set-Cookie" not in page.headers
        cut = ask(f"{server.url}/join{sign}{token[:-2]}").text
        assert 'id="no-link">' in cut
    assert kept()[0] <= keys  # Those that other tests left behind may expire meanwhile.
    assert kept()[1] == ours
    assert ask(f"{server.url}/join{token}").status == 404
    assert ask(f"{server.url}/join%23{token}/%FF%00", {"token": token}).status == 405
    for pasted in (f" <{server.url}/join#{token}>.", f"{server.url}/join%23{token}", f"{token})"):
        form = {"token": pasted, "your_name": "Ben", "agree": "yes"}
        assert ask(f"{server.url}/join", form).status == 303
    assert token not in server.log
    assert token.partition(".")[2] not in server.log
    assert "/join" not in server.log


def test_joining_twice_from_one_browser_keeps_the_seat(url: str) -> None:
    """The second time may be by the facilitators' link: then they lead."""
    fay = start_circle(url)
    ben = join(fay, "Ben")
    again = join(fay, "Benjamin", "facilitator", cookie=ben.cookie)
    page = ask(again.room, cookie=again.cookie).text
    assert page.count('<li id="seat-') == 2
    assert 'data-role="facilitator"' in page
    assert "Benjamin" in page


def test_the_thirteenth_reads_that_all_chairs_are_taken(url: str) -> None:
    """Their input is kept."""
    fay = start_circle(url)
    for number in range(11):
        join(fay, f"Member {number}")
    form = {"token": fay.token(), "your_name": "Late", "agree": "yes"}
    answer = ask(f"{url}/join", form)
    assert (answer.status, answer.refused) == (409, "full")
    assert 'value="Late"' in answer.text


def test_a_flood_of_joins_waits_and_others_come_in(url: str) -> None:
    """The limit is by the address that the trusted proxy reports."""
    fay = start_circle(url)
    form = {"token": fay.token(), "your_name": "", "agree": "yes"}
    codes = flood(url, "192.0.2.77", "/join", form, JOINS.at_once + 20)
    assert codes[: JOINS.at_once] == [400] * JOINS.at_once
    assert 429 in codes
    assert flood(url, "192.0.2.78", "/join", form, 1) == [400]
    assert join(fay, "Ben").cookie


def met_on(url: str, **schedule: str) -> Visit:
    """Somebody starts a circle with this schedule."""
    answer = ask(f"{url}/circles", {"circle_name": "Tuesday", "your_name": "Fay", **schedule})
    assert answer.status == 303
    return Visit(url, answer.headers["Location"].split("/")[2], answer.cookie)


def test_an_invitation_says_which_circle_it_is_for_and_when_that_meets(url: str) -> None:
    """To whoever has either link; nobody has a seat by it, and no page stores it."""
    rhythm = {"rhythm": "month", "nth": "1", "weekday": "tu", "at": "19:00"}
    fay = met_on(url, **rhythm, time_zone="Europe/Berlin")
    for role in ("member", "facilitator"):
        link = f"<{url}/join%23{fay.token(role)}>"
        answer = ask(f"{url}/invitation", {"token": link})
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        said = json.loads(answer.text)
        assert said.keys() == {"circle", "next", "language"}
        assert (said["circle"], said["language"]) == ("Tuesday", "en")
        starts_at = datetime.fromtimestamp(
            said["next"]["starts_at"] / 1000, ZoneInfo("Europe/Berlin")
        )
        assert said["next"].keys() == {"date", "starts_at", "zone"}
        assert said["next"]["zone"] == "Europe/Berlin"
        assert said["next"]["date"] == starts_at.date().isoformat()
        assert (starts_at.weekday(), starts_at.hour, starts_at.day <= 7) == (1, 19, True)
        assert starts_at > datetime.now(UTC)


def test_a_circle_without_a_rhythm_has_no_next_session(url: str) -> None:
    """The page says so."""
    answer = ask(f"{url}/invitation", {"token": start_circle(url).token()})
    assert json.loads(answer.text) == {"circle": "Tuesday", "next": None, "language": "en"}


def test_a_bad_token_learns_nothing_of_the_circle(url: str) -> None:
    """The sentence is that of the form."""
    token = start_circle(url).token()
    for wrong in (token[:-3] + "abc", "a" * 16 + token[16:], token[:16], ""):
        answer = ask(f"{url}/invitation", {"token": wrong})
        form = ask(f"{url}/join", {"token": wrong, "your_name": "Ben", "agree": "yes"})
        sentence = re.search(r'data-refused="\w+">([^<]+)<', form.text)
        assert sentence
        assert answer.status == 403
        assert json.loads(answer.text) == {"refusal": sentence[1]}
        assert "Tuesday" not in answer.text


@pytest.mark.parametrize("origin", ["", "null", "https://elsewhere.example"])
def test_an_invitation_is_told_to_our_own_page_alone(url: str, origin: str) -> None:
    """Like all that is sent."""
    token = start_circle(url).token()
    assert ask(f"{url}/invitation", {"token": token}, origin=origin).status == 403
    assert ask(f"{url}/invitation").status == 405


def test_the_link_alone_counts(url: str) -> None:
    """Neither the door nor who asks matters, as for the form."""
    fay = start_circle(url, door="closed")
    ben = join(fay, "Ben")
    for cookie in ("", ben.cookie, fay.cookie):
        answer = ask(f"{url}/invitation", {"token": fay.token()}, cookie=cookie)
        assert json.loads(answer.text)["circle"] == "Tuesday"


def test_a_flood_of_looks_waits_and_others_can_look(url: str) -> None:
    """They are limited apart from the forms."""
    form = {"token": "x"}
    codes = flood(url, "192.0.2.87", "/invitation", form, INVITATIONS.at_once + 20)
    assert codes[: INVITATIONS.at_once] == [403] * INVITATIONS.at_once
    assert 429 in codes
    assert flood(url, "192.0.2.88", "/invitation", form, 1) == [403]
    assert flood(url, "192.0.2.87", "/join", form, 1) == [403]


def test_an_invitation_says_that_the_circle_keeps_a_register(url: str) -> None:
    """Before anybody types their name."""
    fay = start_circle(url)
    form = {"on": "yes", "months": "12"}
    ask(f"{url}/circles/{fay.circle_id}/register", form, cookie=fay.cookie)
    said = json.loads(ask(f"{url}/invitation", {"token": fay.token()}).text)
    assert "keeps a register for 12 months" in said["register"]
