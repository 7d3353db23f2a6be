"""The mails: their subjects and paragraphs, as plain text and as a little HTML.

mail/message.py makes messages of them. A subject names no circle: it is read over shoulders.
"""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import escape

from server.circle.circle import Circle
from server.circle.meetings import Change
from server.circle.reminders import CHANGED, DAY, Due
from server.circle.schedule import CANCELLED
from server.room.typed import tidied
from server.views.dates import day_and_time
from server.views.language import N_, Language

HOURS = 48
"""How long the link of a confirmation is valid."""


class Paragraph(NamedTuple):
    text: str
    link: str = ""


class Mail(NamedTuple):
    subject: str
    paragraphs: tuple[Paragraph, ...]

    @property
    def text(self) -> str:
        """Plain text, in which a link stands on a line of its own."""
        parts = (f"{text}\n{link}" if link else text for text, link in self.paragraphs)
        return "\n\n".join(parts) + "\n"

    def html(self, language: Language) -> str:
        """The same in HTML, without pictures and without styles."""
        parts = (_html(paragraph) for paragraph in self.paragraphs)
        head = f'<!doctype html>\n<html lang="{language.code}" dir="{language.direction}">'
        meta = f'<meta charset="utf-8"><title>{escape(self.subject)}</title>'
        body = "\n".join(parts)
        return f"{head}\n<head>{meta}</head>\n<body>\n{body}\n</body>\n</html>\n"


def confirmation(language: Language, circle_name: str, link: str) -> Mail:
    """Asks whether the address is theirs."""
    _ = language.gettext
    name = tidied(circle_name)
    return Mail(
        _("Please confirm: reminders by mail"),
        (
            Paragraph(
                _("Somebody, probably you, asked for reminders from the circle “{name}”.").format(
                    name=name
                )
            ),
            Paragraph(_("To receive them, open this page and press its button:"), link),
            Paragraph(_("The link works for {hours} hours.").format(hours=HOURS)),
            Paragraph(
                _("If it was not you, do nothing: nothing is kept, and no other mail comes.")
            ),
        ),
    )


def reminder(language: Language, circle: Circle, due: Due, base: str, stop: str) -> Mail:
    """Tells of a meeting, or of a change. `base` begins the links; `stop` ends the reminders."""
    _ = language.gettext
    page = f"{base}/circles/{circle.id}"
    if due.kind == CHANGED:
        subject, told = _changed(language, circle, due.changes)
        more = [Paragraph(_("All coming sessions are on the circle’s page:"), page)]
    else:
        subject = day_and_time(language, due.time, circle.time_zone)
        told = [Paragraph(subject)]
        more = [Paragraph(_("The room:"), f"{page}/room")]
        if due.kind == DAY:
            more.append(Paragraph(_("If you cannot come, you can say so here:"), page))
    name = tidied(circle.name)
    first = Paragraph(_(FIRST[due.kind]).format(name=name))
    last = Paragraph(_("You asked for these mails. To stop them, with one press:"), stop)
    return Mail(subject, (first, *told, *more, last))


FIRST = {
    "day": N_("Your circle “{name}” meets a day from now."),
    "hour": N_("Your circle “{name}” meets within the hour."),
    "change": N_("Something has changed in your circle “{name}”."),
}


def _changed(
    language: Language, circle: Circle, changes: Sequence[Change]
) -> tuple[str, list[Paragraph]]:
    lines = [_sentence(language, circle, change) for change in changes]
    several = language.gettext("Several sessions have changed")
    return lines[0] if len(lines) == 1 else several, [Paragraph(line) for line in lines]


def _sentence(language: Language, circle: Circle, change: Change) -> str:
    """What has become of one meeting."""
    _ = language.gettext
    meeting, was = change
    new = day_and_time(language, meeting.starts_at, circle.time_zone)
    old = day_and_time(language, was or meeting.starts_at, circle.time_zone)
    if meeting.state == CANCELLED:
        return _("Cancelled: {old}").format(old=old)
    if not was:
        return _("New: {new}").format(new=new)
    if was == meeting.starts_at:
        return _("Takes place after all: {new}").format(new=new)
    return _("Moved: {new} (before: {old})").format(new=new, old=old)


def _html(paragraph: Paragraph) -> str:
    text, link = escape(paragraph.text), escape(paragraph.link)
    if not link:
        return f"<p>{text}</p>"
    return f'<p>{text}<br>\n<a href="{link}">{link}</a></p>'
