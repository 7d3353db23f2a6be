"""What the mails say, in both forms."""

from __future__ import annotations

from datetime import date, datetime, time

from msgspec.structs import replace

from server.circle.circle import Circle
from server.circle.meeting_changes import cancel, move, restore
from server.circle.reminders import Reminder, due
from server.circle.rhythm import DAY_MS, HOUR_MS, Kind, Nth, Rhythm, Weekday, instant
from server.circle.schedule import Schedule
from server.views.language import ENGLISH
from server.views.mails import Mail, confirmation, reminder

TUESDAYS = Rhythm(Kind.MONTH, Nth.FIRST, Weekday.TUESDAY, at=time(19))
CIRCLE = Circle(
    "abc", "First & <Tuesday>", "classic-60", "Europe/Berlin", schedule=Schedule(TUESDAYS)
)
NEXT = instant(datetime.fromisoformat("2026-12-01T19:00"), "Europe/Berlin")
FIRST = date(2026, 12, 1)
BASE, STOP = "https://circle.example.org", "https://circle.example.org/reminders/stop/x"


def mailed(circle: Circle, now: int) -> Mail:
    """The last mail that is due."""
    person = Reminder(sealed="", asked_at=0, confirmed_at=1)
    return reminder(ENGLISH, circle, due(circle, "ann", person, now)[-1], BASE, STOP)


def test_the_subject_is_the_day_the_time_and_the_zone() -> None:
    """It names no circle; the text does, with the room and the way to stop.

    The mail may be late, so it does not say that a whole hour is left.
    """
    mail = mailed(CIRCLE, NEXT - HOUR_MS)
    assert mail.subject == "Tuesday, 1 December 2026, 19:00, Berlin time"
    assert "“First & <Tuesday>” meets within the hour." in mail.text
    assert f"The room:\n{BASE}/circles/abc/room\n" in mail.text
    assert mail.text.endswith(f"{STOP}\n")


def test_a_day_before_leads_to_saying_that_one_cannot_come() -> None:
    """On the circle's page."""
    text = mailed(CIRCLE, NEXT - DAY_MS).text
    assert "meets a day from now" in text
    assert f"If you cannot come, you can say so here:\n{BASE}/circles/abc\n" in text


def test_a_change_says_what_has_become_of_the_meeting() -> None:
    """Moved, cancelled, put back."""
    now = NEXT - 3 * DAY_MS
    moved = move(CIRCLE, FIRST, datetime.fromisoformat("2026-12-03T20:00"), now)
    assert mailed(moved, now).subject == (
        "Moved: Thursday, 3 December 2026, 20:00, Berlin time"
        " (before: Tuesday, 1 December 2026, 19:00, Berlin time)"
    )
    cancelled = cancel(CIRCLE, FIRST, now)
    old = "Tuesday, 1 December 2026, 19:00, Berlin time"
    assert mailed(cancelled, now).subject == f"Cancelled: {old}"
    back = restore(cancelled, FIRST, now + 1)
    assert mailed(back, now + 1).subject == f"Takes place after all: {old}"


def test_several_changes_are_one_mail_with_a_line_for_each() -> None:
    """The subject says only that there are several."""
    now = NEXT - 3 * DAY_MS
    weekly = replace(CIRCLE, schedule=Schedule(Rhythm(Kind.WEEKS, first_on=FIRST, at=time(19))))
    both = cancel(cancel(weekly, FIRST, now), date(2026, 12, 8), now)
    mail = mailed(both, now)
    assert mail.subject == "Several sessions have changed"
    assert mail.text.count("Cancelled: Tuesday, ") == 2


def test_the_html_is_small_and_escaped() -> None:
    """No picture, no script, no style, and nothing from elsewhere."""
    html = mailed(CIRCLE, NEXT - HOUR_MS).html(ENGLISH)
    assert "First &amp; &lt;Tuesday&gt;" in html
    assert f'<a href="{STOP}">' in html
    assert len(html) < 1500
    for tag in ("<img", "<script", "<style", "<link", "src="):
        assert tag not in html


def test_a_confirmation_says_that_nothing_is_kept_yet() -> None:
    """Somebody else may have typed the address."""
    mail = confirmation(ENGLISH, "Tuesday\r\nBcc: a@b.example", f"{BASE}/reminders#token")
    assert "“Tuesday Bcc: a@b.example”" in mail.text
    assert f"\n{BASE}/reminders#token\n" in mail.text
    assert "\n\nThe link works for 48 hours.\n\nIf it was not you, do nothing: " in mail.text
