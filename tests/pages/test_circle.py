"""The circle's page."""

from __future__ import annotations

from tests.support.client import ask, join, start_circle


def test_the_format_of_the_next_session_is_chosen_by_facilitators(url: str) -> None:
    """Members see the circle's page without links and without the choice."""
    fay = start_circle(url)
    ben = join(fay, "Ben")
    page = f"{url}/circles/{fay.circle_id}"
    assert "data-invite" in ask(page, cookie=fay.cookie).text
    assert "data-invite" not in ask(page, cookie=ben.cookie).text
    assert ask(page, {"format": "classic-45"}, cookie=ben.cookie).status == 403
    assert ask(page, {"format": "nonsense"}, cookie=fay.cookie).status == 400
    assert "Classic, 45 minutes. " in ask(page, {"format": "classic-45"}, cookie=fay.cookie).text
