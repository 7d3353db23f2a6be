"""The editor's form: a format as fields that people type in, and back.

Owns the names of the fields and the moves of phases in the form. Invalid input is shown as it was
typed; server/room/formats/validation.py checks the format.
"""

from collections.abc import Mapping
from typing import NamedTuple

from server.room.formats.plan import OWN, Format, Heard, Phase, Turns
from server.room.formats.validation import (
    MAX_PHASES,
    Fault,
    InvalidFormat,
    fault_of_phase,
    validated,
)
from server.room.refused import Reason, reason
from server.views.language import N_

HEARD = {
    Heard.EVERYBODY: N_("Everybody"),
    Heard.PRESENTER: N_("Only the presenter"),
    Heard.PRESENTER_AND_FLOOR: N_("The presenter, and whoever has the floor"),
    Heard.PRESENTER_FIRST: N_("The presenter first, then everybody"),
    Heard.INNER: N_("The inner circle"),
    Heard.OUTER: N_("The outer circle"),
}
TURNS = {
    Turns.OPEN: N_("Open: anybody may speak"),
    Turns.ROUND: N_("A round, from chair to chair"),
    Turns.HANDS: N_("Hands, in the order of asking"),
    Turns.PRESENTER: N_("The presenter has the floor"),
}
SITTING_BACK = {
    Heard.EVERYBODY: Heard.ALL_BUT_PRESENTER,
    Heard.INNER: Heard.INNER_BUT_PRESENTER,
    Heard.OUTER: Heard.OUTER,
}
"""From who is heard to the same while the presenter sits back."""
NOT_SITTING_BACK = {sitting: heard for heard, sitting in SITTING_BACK.items()}
TEXTS = ("title", "short", "purpose", "guidance", "watch")
MOST_READ = 2 * MAX_PHASES
NEW = {"minutes": "5", "heard": "everybody", "turns": "open"}
NEW_TITLES = {"title": N_("New phase"), "short": N_("New")}


class Typed(NamedTuple):
    """The contents of the form, as typed."""

    fields: Mapping[str, str]
    phases: tuple[Mapping[str, str], ...]

    @property
    def minutes(self) -> float:
        """The sum of all minutes that are numbers."""
        return sum(number or 0 for number in (_number(p.get("minutes", "")) for p in self.phases))

    @property
    def characters(self) -> int:
        """The characters of all texts; each prompt is a line, whose end is not counted."""
        texts = [self.fields.get("title", "")]
        texts += [phase.get(field, "") for phase in self.phases for field in (*TEXTS, "prompts")]
        return sum(len(line) for text in texts for line in text.splitlines())


def shown(plan: Format) -> Typed:
    """The form with this format."""
    fields = {"title": plan.title, "chairs": str(plan.chairs)}
    fields |= _ticked(plan, "auto_advance", "peers", "seen_sitting_back")
    return Typed(fields, tuple(map(_shown_phase, plan.phases)))


def typed(form: Mapping[str, str]) -> Typed:
    """Parses a sent form: fields title, chairs …, and of each phase 0.title, 0.minutes …"""
    phases: list[dict[str, str]] = [{} for _ in range(MOST_READ)]
    fields = {}
    for name, value in form.items():
        place, dot, field = name.partition(".")
        if not dot:
            fields[name] = value
        elif place.isascii() and place.isdigit() and len(place) < 3 and int(place) < MOST_READ:
            phases[int(place)][field] = value
    return Typed(fields, tuple(filter(None, phases)))


def moved(form: Typed, do: str, place: int, titles: Mapping[str, str]) -> tuple[Typed, int | None]:
    """The form with a phase moved `up` or `down`, removed (`remove`) or added at the end (`add`),
    and the index of that phase. An impossible action changes nothing. `titles`: of a new phase.
    """
    phases = list(form.phases)
    if do == "add" and len(phases) < MOST_READ:
        return form._replace(phases=(*phases, {**NEW, **titles})), len(phases)
    if not 0 <= place < len(phases):
        return form, None
    to = {"up": place - 1, "down": place + 1}.get(do, place)
    phase = phases.pop(place)
    if do == "remove":
        return form._replace(phases=tuple(phases)), None
    to = min(max(to, 0), len(phases))
    phases.insert(to, phase)
    return form._replace(phases=tuple(phases)), to


def format_of(form: Typed) -> Format:
    """The format in the form; raises InvalidFormat with all faults."""
    faults: list[Fault] = []
    phases = tuple(_phase(place, fields, faults) for place, fields in enumerate(form.phases))
    chairs = _whole(form.fields.get("chairs", ""))
    if chairs is None:
        faults.append(Fault(None, "chairs", reason("chairs_no_number"), is_prefixed=False))
    plan = Format(
        OWN,
        form.fields.get("title", ""),
        phases,
        chairs=2 if chairs is None else chairs,
        **{name: name in form.fields for name in ("auto_advance", "peers", "seen_sitting_back")},
    )
    try:
        plan = validated(plan)
    except InvalidFormat as invalid:
        faults += invalid.faults
    if faults:
        raise InvalidFormat(tuple(sorted(faults, key=lambda f: -1 if f.phase is None else f.phase)))
    return plan


def _shown_phase(phase: Phase) -> dict[str, str]:
    fields = {name: getattr(phase, name) for name in ("key", *TEXTS)}
    fields |= _ticked(phase, "next_presenter")
    if phase.heard.sits_back:
        fields["sits_back"] = "yes"
    return fields | {
        "minutes": f"{phase.minutes:g}",
        "heard": NOT_SITTING_BACK.get(phase.heard, phase.heard).value,
        "turns": phase.turns.value,
        "prompts": "\n".join(phase.prompts),
        "cap": str(phase.cap),
    }


def _phase(place: int, fields: Mapping[str, str], faults: list[Fault]) -> Phase:
    def fault(field: str, why: Reason) -> None:
        faults.append(fault_of_phase(place, fields.get("title", ""), field, why))

    minutes = _number(fields.get("minutes", ""))
    if minutes is None:
        fault("minutes", reason("minutes_no_number"))
    cap = _whole(fields.get("cap") or "0")
    if cap is None:
        fault("cap", reason("cap_no_number"))
    turns = fields.get("turns", "")
    if turns not in [*Turns]:
        fault("turns", reason("turns_unknown"))
    heard, wrong = _heard(fields)
    if wrong:
        fault("heard", wrong)
    return Phase(
        key=fields.get("key", ""),
        minutes=1 if minutes is None else minutes,
        heard=heard,
        turns=Turns(turns) if turns in [*Turns] else Turns.OPEN,
        prompts=tuple(fields.get("prompts", "").splitlines()),
        cap=cap or 0,
        next_presenter="next_presenter" in fields,
        **{name: fields.get(name, "") for name in TEXTS},
    )


def _heard(fields: Mapping[str, str]) -> tuple[Heard, Reason | None]:
    """Who is heard, and what is wrong with it."""
    chosen = fields.get("heard", "")
    if chosen not in [*HEARD]:
        return Heard.EVERYBODY, reason("heard_unknown")
    heard = Heard(chosen)
    if "sits_back" not in fields:
        return heard, reason("outer_circle_sits_back") if heard is Heard.OUTER else None
    if heard not in SITTING_BACK:
        return heard, reason("heard_cannot_sit_back")
    return SITTING_BACK[heard], None


def _ticked(of: Format | Phase, *names: str) -> dict[str, str]:
    """The ticked boxes, which are all that a form sends of its boxes."""
    return {name: "yes" for name in names if getattr(of, name)}


def _number(text: str) -> int | float | None:
    """Parses digits with a point or a comma; whole numbers become int."""
    try:
        number = float(text.strip().replace(",", ".")[:12])
    except ValueError:
        return None
    return int(number) if number.is_integer() else number


def _whole(text: str) -> int | None:
    number = _number(text)
    return number if isinstance(number, int) else None
