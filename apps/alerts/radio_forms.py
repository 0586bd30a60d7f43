"""What is entered for an officer who said it by radio (radio.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from apps.alerts import policies
from apps.alerts.data import BY_THEMSELVES, OUTCOME_LABELS, AlertState, EngagementDecision, Outcome
from apps.alerts.engagement_data import EngagementData
from apps.alerts.engagement_forms import YES, StopForm, answer_field, yes_or_no
from apps.alerts.policies import Case
from apps.alerts.radio import Said
from apps.core.plain_forms import PlainForm
from apps.deployments.data import DutyData

WHICH_OFFICER = "Which engagement officer said it?"
ENGAGE, DO_NOT_ENGAGE = EngagementDecision.ENGAGE.value, EngagementDecision.DO_NOT_ENGAGE.value
RELEASED, IDENTIFIED, OUTCOME = "released", "identified", "outcome"
SAID = {
    ENGAGE: "They engage: they speak to the person",
    DO_NOT_ENGAGE: "They do not engage",
    RELEASED: "Identity contradicted: the person is released",
    IDENTIFIED: "They established the identity by ordinary means",
    OUTCOME: "Another outcome, below",
}


def _named(officers: Sequence[DutyData], busy: Mapping[UUID, str] | None = None) -> list[tuple[str, str]]:
    said = busy or {}
    return [(str(duty.actor_id), duty.actor_label + said.get(duty.actor_id, "")) for duty in officers]


class RadioStopForm(StopForm):
    """The same record, typed by somebody else as the officer says it."""

    officer = forms.ChoiceField(label=WHICH_OFFICER, widget=forms.RadioSelect)
    child = answer_field(
        "Do they look under 18?", "If so an appropriate adult is sought now. No restraint on the alert alone."
    )

    def __init__(
        self,
        data: Any,
        *,
        engagement: EngagementData,
        raised_at: datetime,
        officers: Sequence[DutyData],
        engaged_by: UUID | None,
    ) -> None:
        super().__init__(data, engagement=engagement, raised_at=raised_at)
        fields: Any = self.fields
        fields["officer"].choices = _named(officers)
        fields["officer"].initial = str(engaged_by)
        fields["child"].initial = YES if engagement.child_at else ""
        for name, words in (("ethnicity", "Ethnicity"), ("sex", "Sex"), ("age_band", "Age")):
            fields[name].label = f"{words}, as the officer sees it"

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("adult") and typed.get("child") != YES:
            self.add_error("child", "An adult is for somebody who looks under 18: say whether they do.")
        return typed

    @property
    def officer_id(self) -> UUID:
        return UUID(self.cleaned_data["officer"])

    @property
    def looks_under_18(self) -> bool | None:
        """None: nothing was said of it."""
        return yes_or_no(self.cleaned_data["child"])


class RadioForm(PlainForm):
    """What can be said of the alert as it stands: what the officer's own card offers them."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    officer = forms.ChoiceField(label=WHICH_OFFICER, widget=forms.RadioSelect)
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

    def __init__(
        self,
        data: Any,
        *,
        case: Case,
        happened: Sequence[str],
        officers: Sequence[DutyData],
        busy: Mapping[UUID, str],
    ) -> None:
        """`case` as of `operations.with_status`; `happened` of `radio.happened`, `busy` of `radio.busy`."""
        self.crossed = _crossed(data, happened)
        if self.crossed:
            # It was asked something else: of what was entered only who said it stays.
            data = {"officer": data.get("officer", ""), "seen": str(len(happened))}
        super().__init__(data, initial={"seen": len(happened)})
        fields: Any = self.fields
        self.deciding = case.alert.state is AlertState.DISPATCHED
        fields["officer"].choices = _named(officers, busy if self.deciding else None)
        fields["said"].choices = [(value, SAID[value]) for value in _can_be_said(case)]
        fields["outcomes"].choices = offered = [
            (outcome.value, words)
            for outcome, words in OUTCOME_LABELS.items()
            if outcome not in BY_THEMSELVES | policies.not_offered(case) | set(case.outcomes)
        ]
        unused = ["outcomes"] if self.deciding else ["reason"]
        if self.deciding or Outcome.ARREST.value not in dict(offered):
            unused += ["status_confirmed", "status_asked"]
        for name in unused:
            del self.fields[name]
        for field in fields.values():
            field.needed_at_times = True  # read by parts/field.html
            field.required = field.required and not self.crossed

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if self.crossed:
            raise ValidationError(self.crossed)
        said = typed.get("said")
        if said == ENGAGE and typed.get("reason"):
            self.add_error("reason", f"A reason is for “{SAID[DO_NOT_ENGAGE]}”: choose that, or empty this.")
        if said in (RELEASED, IDENTIFIED) and typed.get("outcomes"):
            self.add_error("outcomes", f"Outcomes are for “{SAID[OUTCOME]}”: choose that, or tick none.")
        return typed

    @property
    def officer_id(self) -> UUID:
        return UUID(self.cleaned_data["officer"])

    @property
    def entry(self) -> Said:
        typed = self.cleaned_data
        if self.deciding:
            return Said(decision=EngagementDecision(typed["said"]), reason=typed["reason"])
        if typed["said"] != OUTCOME:
            return Said(released=typed["said"] == RELEASED, identified=typed["said"] == IDENTIFIED)
        return Said(
            outcomes=[Outcome(value) for value in typed["outcomes"]],
            status_confirmed=typed.get("status_confirmed", False),
            status_asked=typed.get("status_asked", ""),
        )


def _can_be_said(case: Case) -> list[str]:
    if case.alert.state is AlertState.DISPATCHED:
        return [ENGAGE, DO_NOT_ENGAGE]
    if case.contradicted:
        return []
    known = case.alert.identity_established_at is not None
    return [RELEASED, OUTCOME] if known else [RELEASED, IDENTIFIED, OUTCOME]


def _crossed(data: Any, happened: Sequence[str]) -> str:
    """What an officer did since the page was opened, and that what was entered is not stored; else empty."""
    seen = data.get("seen", "") if data else ""
    if not seen.isdecimal() or len(seen) > 4 or int(seen) >= len(happened):
        return ""
    entered = SAID.get(data.get("said", ""), "")
    what = f"What you entered (“{entered}”)" if entered else "What you entered"
    return f"{'. '.join(happened[int(seen) :])}. {what} is not stored."
