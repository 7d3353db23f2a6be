"""What people agree on, and the text with which a facilitator sends the link to their group."""

from server.circle.circle import Circle
from server.circle.meetings import length_ms
from server.circle.rhythm import MINUTE_MS, Kind
from server.views.dates import zone_name
from server.views.language import N_, Language
from server.views.month import rhythm_words

GROUND_RULES = (
    N_(
        "What is said here stays here. No recording, no notes about people, no assistants that"
        " listen in."
    ),
    N_("Cases are anonymised: no names, no places, nothing by which somebody could be recognised."),
    N_("No advice, no solutions, no judging, no cross-examination."),
    N_("Speak for yourself: “I feel”, “I imagine”."),
    N_("Silence is welcome. Anybody may pass."),
)


def ground_rules(language: Language) -> list[str]:
    return list(map(language.gettext, GROUND_RULES))


def mail_text(language: Language, circle: Circle | None) -> str:
    """The text of a mail to the group. The script that copies it puts the link in place of
    `{link}`. None: somebody reads it who may not know the rhythm."""
    _ = language.gettext
    rules = "\n".join(f"– {rule}" for rule in ground_rules(language))
    paragraphs = (
        _(
            "You are invited to our Balint group. It meets in a room on the web: no account,"
            " nothing to install."
        ),
        _when(language, circle) if circle else "",
        _("Open this link a few minutes before we begin: {link}"),
        _("What we agree on:") + f"\n{rules}",
    )
    return "\n\n".join(filter(None, paragraphs))


def _when(language: Language, circle: Circle) -> str:
    rhythm = circle.schedule.rhythm
    if rhythm.kind is Kind.NONE:
        return ""
    sentence = language.gettext("{rhythm}, {zone}, for {minutes} minutes.")
    return sentence.format(
        rhythm=rhythm_words(language, rhythm),
        zone=zone_name(language, circle.time_zone),
        minutes=length_ms(circle) // MINUTE_MS,
    )
