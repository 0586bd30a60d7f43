"""What an officer types of a stop, what is entered for one who said it by radio, what a review finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms

from apps.alerts.data import OUTCOME_LABELS, AlertState, EngagementDecision, Outcome
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
from apps.alerts.radio import Said
from apps.core.clock import london
from apps.core.plain_forms import PlainForm
from apps.deployments.data import DutyData

YES, NO = "yes", "no"
ANSWERS = [(YES, "Yes"), (NO, "No")]
NOT_RECORDED = "Not recorded"
NO_NAMES = "No names."
ON_RECEIPT = f"The receipt says it. {NO_NAMES}"
BEGIN, END = "begin", "end"


def _choice(label: str, labels: Mapping[Any, str], *, first: str = NOT_RECORDED, help: str = "") -> Any:
    choices = [("", first), *((code.value, words) for code, words in labels.items())]
    return forms.ChoiceField(label=label, choices=choices, required=False, help_text=help)


def _answer(label: str, help: str = "") -> forms.ChoiceField:
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
    power = _choice("By which power were they kept?", POWER_LABELS)
    power_other = _text(
        "Which other power", f"With “another power” only: the Act and the section. {ON_RECEIPT}"
    )
    started = _clock("The stop began")
    ended = _clock("The stop ended")
    searched = _answer("Were they searched?")
    search_power = _choice("By which power were they searched?", SEARCH_LABELS)
    search_other = _text("Which other power of search", f"With “another power” only. {ON_RECEIPT}")
    force_used = _answer("Was force used?")
    force_kinds = forms.MultipleChoiceField(
        label="What kind of force",
        choices=[(kind.value, words) for kind, words in FORCE_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    force_other = _text("Which other kind of force", f"With “another kind” only. {NO_NAMES}")
    body_worn = _text("Body-worn video", "The reference of the recording.")
    adult = _choice("Appropriate adult", ADULT_LABELS, help="Of somebody who looks under 18.")
    avoided = _answer(
        "Had they avoided the cameras?",
        "Covered their face, turned round, or gone another way. That is no ground for a stop.",
    )
    ethnicity = _choice("Ethnicity, as you see it", ETHNICITY_LABELS)
    sex = _choice("Sex, as it appears to you", SEX_LABELS)
    age_band = _choice("Age, as you guess it", AGE_LABELS)

    def __init__(self, data: Any, *, engagement: EngagementData, raised_at: datetime) -> None:
        self.before, self.raised_at = engagement.record, raised_at
        super().__init__(data, initial={**_initial(self.before), "seen": mark_of(self.before)})
        for field in self.fields.values():
            # Which of them is wanted depends on what happened; the page would call each one "optional".
            field.needed_at_times = True  # type: ignore[attr-defined]  # read by parts/field.html

    def record(self, *, now: datetime, press: str) -> StopRecord:
        """What was typed; "begin" and "end" are buttons that put the present into an empty time."""
        typed = self.cleaned_data
        started = self._instant(typed["started"], self.before.started_at, self.raised_at)
        # Pressed twice, it began once.
        started = started or (self.before.started_at or now if press == BEGIN else None)
        ended = self._instant(typed["ended"], self.before.ended_at, started or self.raised_at)
        ended = ended or (self.before.ended_at or now if press == END else None)
        return StopRecord(
            power=Power(typed["power"]) if typed["power"] else None,
            power_other=typed["power_other"],
            started_at=started,
            ended_at=ended,
            searched=_said(typed["searched"]),
            search_power=SearchPower(typed["search_power"]) if typed["search_power"] else None,
            search_other=typed["search_other"],
            force_used=_said(typed["force_used"]),
            force_kinds=tuple(ForceKind(kind) for kind in typed["force_kinds"]),
            force_other=typed["force_other"],
            body_worn=typed["body_worn"],
            avoided=_said(typed["avoided"]),
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
        differ = ", ".join(str(self.fields[name].label) for name in self.changed_data)
        found = f" It differs from yours in: {differ}." if differ else ""
        return f"What you left empty is filled in from it.{found} Store again to put yours in its place."

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


def _minute(local: datetime) -> tuple[int, int]:
    return local.hour, local.minute


def _said(answer: str) -> bool | None:
    return {YES: True, NO: False}.get(answer)


def _initial(record: StopRecord) -> dict[str, Any]:
    words = {True: YES, False: NO, None: ""}
    found: dict[str, Any] = {name: value or "" for name, value in vars(record).items()}
    found |= {name: words[getattr(record, name)] for name in ("searched", "force_used", "avoided")}
    found["force_kinds"] = [kind.value for kind in record.force_kinds]
    for name, instant in (("started", record.started_at), ("ended", record.ended_at)):
        found[name] = london(instant).time().replace(second=0, microsecond=0) if instant else None
    return found


RELEASED = "released"


class RadioForm(PlainForm):
    """What can be said of the alert as it stands."""

    officer = forms.ChoiceField(label="Which engagement officer said it?", widget=forms.RadioSelect)
    said = forms.ChoiceField(label="What did they say?", widget=forms.RadioSelect)
    outcomes = forms.MultipleChoiceField(
        label="Outcome", widget=forms.CheckboxSelectMultiple, required=False, help_text="Several may hold."
    )
    reason = forms.CharField(label="Why they do not engage", required=False, max_length=300)
    status_confirmed = forms.BooleanField(
        label="They say that they checked that the person is still wanted", required=False
    )
    status_asked = forms.CharField(
        label="Whom they asked, if the service did not answer", required=False, max_length=200
    )

    def __init__(self, data: Any, *, state: AlertState, engaged: bool, officers: Sequence[DutyData]) -> None:
        super().__init__(data)
        fields: Any = self.fields
        fields["officer"].choices = [(str(duty.actor_id), duty.actor_label) for duty in officers]
        self.deciding = state is AlertState.DISPATCHED
        if self.deciding:
            fields["said"].choices = [
                (EngagementDecision.ENGAGE.value, "They engage: they speak to the person"),
                (EngagementDecision.DO_NOT_ENGAGE.value, "They do not engage"),
            ]
            unused: tuple[str, ...] = ("outcomes", "status_confirmed", "status_asked")
        else:
            released = [(RELEASED, "Identity contradicted: the person is released")] if engaged else []
            fields["said"].choices = [*released, ("outcome", "Another outcome, below")]
            fields["outcomes"].choices = [
                (outcome.value, words)
                for outcome, words in OUTCOME_LABELS.items()
                if outcome not in (Outcome.RELEASED_IDENTITY_WRONG, Outcome.NOT_ENGAGED)
            ]
            unused = ("reason",)
        for name in unused:
            del self.fields[name]
        for field in self.fields.values():
            field.needed_at_times = True  # type: ignore[attr-defined]  # as above

    @property
    def officer_id(self) -> UUID:
        return UUID(self.cleaned_data["officer"])

    @property
    def entry(self) -> Said:
        typed = self.cleaned_data
        if self.deciding:
            return Said(decision=EngagementDecision(typed["said"]), reason=typed["reason"])
        if typed["said"] == RELEASED:
            return Said(released=True)
        return Said(
            outcomes=[Outcome(value) for value in typed["outcomes"]],
            status_confirmed=typed["status_confirmed"],
            status_asked=typed["status_asked"],
        )


class ExamineForm(PlainForm):
    alert_id = forms.UUIDField(widget=forms.HiddenInput)
    words = forms.CharField(
        label="What you found",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"How it came, what was done, what the person was told, what follows. {NO_NAMES}",
        max_length=2_000,
    )
