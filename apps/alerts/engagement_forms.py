"""What an officer types of a stop, and what a review finds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django import forms

from apps.alerts.engagement_data import (
    ADULT_LABELS,
    AGE_LABELS,
    ETHNICITY_LABELS,
    FORCE_LABELS,
    POWER_LABELS,
    SEARCH_LABELS,
    SEX_LABELS,
    Adult,
    AgeBand,
    EngagementData,
    Ethnicity,
    ForceKind,
    Power,
    SearchPower,
    Sex,
    StopRecord,
)
from apps.alerts.engagement_policies import LONGEST_TEXT
from apps.alerts.engagements import mark_of
from apps.core.clock import london
from apps.core.plain_forms import PlainForm
from apps.core.wording import say_clock

YES, NO = "yes", "no"
ANSWERS = [(YES, "Yes"), (NO, "No")]
NOT_RECORDED = "Not recorded"
NO_NAMES = "No names."
ON_RECEIPT = f"The receipt says it. {NO_NAMES}"
BEGIN, END = "begin", "end"
# Which time each of the two buttons stores.
PRESSES = {BEGIN: "started", END: "ended"}


def _choice(label: str, labels: Mapping[Any, str], *, first: str = NOT_RECORDED, help: str = "") -> Any:
    choices = [("", first), *((code.value, words) for code, words in labels.items())]
    return forms.ChoiceField(label=label, choices=choices, required=False, help_text=help)


def answer_field(label: str, help: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=ANSWERS, widget=forms.RadioSelect, required=False, help_text=help
    )


def _text(label: str, help: str = NO_NAMES) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=LONGEST_TEXT, help_text=help)


def _clock(label: str) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget, help_text="Such as 14:05.")


class StopForm(PlainForm):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    started_pressed = forms.CharField(widget=forms.HiddenInput, required=False)
    ended_pressed = forms.CharField(widget=forms.HiddenInput, required=False)
    power = _choice("By which power were they kept?", POWER_LABELS)
    power_other = _text(
        "Which other power", f"With “another power” only: the Act and the section. {ON_RECEIPT}"
    )
    started = _clock("The stop began")
    no_started = forms.BooleanField(label="No stop began: take this time away", required=False)
    ended = _clock("The stop ended")
    no_ended = forms.BooleanField(label="It did not end: take this time away", required=False)
    searched = answer_field("Were they searched?")
    search_power = _choice("By which power were they searched?", SEARCH_LABELS)
    search_other = _text("Which other power of search", f"With “another power” only. {ON_RECEIPT}")
    force_used = answer_field("Was force used?")
    force_kinds = forms.MultipleChoiceField(
        label="What kind of force",
        choices=[(kind.value, words) for kind, words in FORCE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    force_other = _text("Which other kind of force", f"With “another kind” only. {NO_NAMES}")
    body_worn = _text("Body-worn video", "The reference of the recording.")
    adult = _choice("Appropriate adult", ADULT_LABELS, help="Of somebody who looks under 18.")
    avoided = answer_field(
        "Had they avoided the cameras?",
        "Covered their face, turned round, or gone another way. That is no ground for a stop.",
    )
    ethnicity = _choice("Ethnicity, as you see it", ETHNICITY_LABELS)
    sex = _choice("Sex, as it appears to you", SEX_LABELS)
    age_band = _choice("Age, as you guess it", AGE_LABELS)

    def __init__(self, data: Any, *, engagement: EngagementData, raised_at: datetime) -> None:
        self.before, self.raised_at = engagement.record, raised_at
        super().__init__(data, initial={**_initial(self.before), "seen": mark_of(self.before)})
        for name in PRESSES.values():
            if not self.initial[name]:
                del self.fields[f"no_{name}"]
        for field in self.fields.values():
            # Which of them is wanted depends on what happened; the page would call each one "optional".
            field.needed_at_times = True  # type: ignore[attr-defined]  # read by parts/field.html

    def record(self, *, now: datetime, press: str) -> StopRecord:
        """What was typed; "begin" and "end" are buttons that put the present into an empty time."""
        typed = self.cleaned_data
        started = self._time("started", self.before.started_at, self.raised_at, now, press == BEGIN)
        ended = self._time("ended", self.before.ended_at, started or self.raised_at, now, press == END)
        return StopRecord(
            power=Power(typed["power"]) if typed["power"] else None,
            power_other=typed["power_other"],
            started_at=started,
            ended_at=ended,
            searched=yes_or_no(typed["searched"]),
            search_power=SearchPower(typed["search_power"]) if typed["search_power"] else None,
            search_other=typed["search_other"],
            force_used=yes_or_no(typed["force_used"]),
            force_kinds=tuple(ForceKind(kind) for kind in typed["force_kinds"]),
            force_other=typed["force_other"],
            body_worn=typed["body_worn"],
            avoided=yes_or_no(typed["avoided"]),
            adult=Adult(typed["adult"]) if typed["adult"] else None,
            ethnicity=Ethnicity(typed["ethnicity"]) if typed["ethnicity"] else None,
            sex=Sex(typed["sex"]) if typed["sex"] else None,
            age_band=AgeBand(typed["age_band"]) if typed["age_band"] else None,
        )

    def show_what_stands_there(self) -> str:
        """Whoever stores again has seen it. What they left empty is taken from it; in words: where what they
        typed differs from it."""
        sent: Any = self.data
        data = {**sent.dict(), "force_kinds": sent.getlist("force_kinds"), "seen": ""}
        for name, stands in self.initial.items():
            if not data.get(name):
                data[name] = f"{stands:%H:%M}" if isinstance(stands, time) else stands
        self.data = data
        differ = ", ".join(str(self.fields[n].label) for n in self.changed_data if n in self.initial)
        found = f" It differs from yours in: {differ}." if differ else ""
        return f"What you left empty is filled in from it.{found} Store again to put yours in its place."

    def keep_press(self, now: datetime, press: str) -> None:
        """The moment of a press that was refused is not lost: it stands in the form that is sent again."""
        name = PRESSES.get(press, "")
        if not name or self.data.get(name) or self.initial.get(name):
            return
        sent: Any = self.data
        self.data = data = sent.copy()
        data[name], data[f"{name}_pressed"] = f"{london(now):%H:%M}", now.isoformat()
        where = self.fields[name].label
        self.add_error(None, f"Your press at {say_clock(now)} is kept: it stands under “{where}”.")

    @property
    def kept(self) -> str:
        """What is said of a time that was left empty and stays: a field is emptied by a slip too."""
        words = [
            f" “{self.fields[name].label}” was left empty and stays {self.initial[name]:%H:%M}."
            for name in PRESSES.values()
            if self.initial.get(name) and not (self.cleaned_data[name] or self.cleaned_data[f"no_{name}"])
        ]
        return "".join(words) + (" To take it away, tick the box below it." if words else "")

    def _time(
        self, name: str, before: datetime | None, not_before: datetime, now: datetime, pressed: bool
    ) -> datetime | None:
        typed = self.cleaned_data
        if typed.get(f"no_{name}"):
            return None
        known = before or _iso(typed[f"{name}_pressed"])
        # Pressed twice, it began once.
        return self._instant(typed[name], known, not_before) or before or (now if pressed else None)

    def _instant(self, clock: time | None, before: datetime | None, not_before: datetime) -> datetime | None:
        """The clock's time on the day, or on the next after midnight. A minute that somebody typed is the
        whole minute: it neither moves what was recorded to the second nor lies before what came in it."""
        if clock is None:
            return None
        if before is not None and _minute(london(before)) == (clock.hour, clock.minute):
            return before
        local = london(not_before)
        if _minute(local) == (clock.hour, clock.minute):
            return not_before
        found = local.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
        return found if local - found < timedelta(hours=12) else found + timedelta(days=1)


def _iso(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _minute(local: datetime) -> tuple[int, int]:
    return local.hour, local.minute


def yes_or_no(answer: str) -> bool | None:
    return {YES: True, NO: False}.get(answer)


def _initial(record: StopRecord) -> dict[str, Any]:
    words = {True: YES, False: NO, None: ""}
    found: dict[str, Any] = {name: value or "" for name, value in vars(record).items()}
    found |= {name: words[getattr(record, name)] for name in ("searched", "force_used", "avoided")}
    found["force_kinds"] = [kind.value for kind in record.force_kinds]
    for name, instant in (("started", record.started_at), ("ended", record.ended_at)):
        found[name] = london(instant).time().replace(second=0, microsecond=0) if instant else None
    return found


class ExamineForm(PlainForm):
    alert_id = forms.UUIDField(widget=forms.HiddenInput)
    words = forms.CharField(
        label="What you found",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"How it came, what was done, what the person was told, what follows. {NO_NAMES}",
        max_length=2_000,
    )
