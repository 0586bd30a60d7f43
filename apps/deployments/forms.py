"""The plan as a form. A draft may be incomplete: what is empty is only asked for when it is submitted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms

from apps.core.clock import london
from apps.core.errors import RuleViolated
from apps.deployments.data import LEGAL_BASES, Authority, CameraData, CameraRef
from apps.deployments.drawing import read_points, write_points
from apps.deployments.form_fields import (
    KeptChoice,
    KeptChoices,
    KeptNumber,
    KeptText,
    date_field,
    paragraph,
    time_field,
)
from apps.deployments.forms_deciding import NAME_NOBODY
from apps.deployments.labels import USE_CASE_LABELS
from apps.deployments.local_time import FIRST, SECOND, NoSuchTime, TimeHappensTwice, instant_of
from apps.deployments.plans import PlanChoices
from apps.deployments.policies import MIN_DECISION_REASON, MIN_SHORT_REASON, check_reason

AT_ONCE, LATER = "at_once", "later"
FOLDS = [
    (str(FIRST), "The first, before the clocks go back (British Summer Time)"),
    (str(SECOND), "The second, after the clocks went back (Greenwich Mean Time)"),
]


class PlanForm(forms.Form):
    """Place and time, why, who, cameras and model, publication. `authority()` is the plan of a valid form."""

    use_required_attribute = False

    place_name = KeptText(
        label="Name of the place",
        max_length=200,
        help_text="As people there call it, for instance: Market Square, Exampleton.",
    )
    polygon = KeptText(
        label="Area",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="One corner a line: latitude, then longitude, in the order in which you walk around it. "
        "For instance 51.80050, -0.20200. Recognition stops outside it.",
    )
    start_date = date_field("Date", "The day it starts.", "Enter the day it starts.")
    start_time = time_field(
        "Starts at", "London time, 24-hour clock, for instance 10:00.", "Enter the time it starts."
    )
    start_fold = KeptChoice(label="Which start time", widget=forms.RadioSelect, choices=FOLDS)
    end_time = time_field("Ends at", "Recognition ends by itself at this time.", "Enter the time it ends.")
    end_date = date_field("Ends on another day", "Only when it spans midnight.", required=False)
    end_fold = KeptChoice(label="Which end time", widget=forms.RadioSelect, choices=FOLDS)

    use_case = KeptChoice(
        label="Kind of use",
        widget=forms.RadioSelect,
        choices=list(USE_CASE_LABELS.items()),
        help_text="For a rehearsal: the kind of use that it is a test for. The plan then says so.",
    )
    policing_purpose = paragraph(
        "Policing purpose",
        "What this is to achieve. The public reads this text on the notice. Name no person.",
    )
    necessity = paragraph(
        "Necessity",
        "Why this cannot be achieved in another way, and why at this place and time. "
        "Data protection law asks for strict necessity.",
    )
    proportionality = paragraph(
        "Proportionality",
        "Why the benefit outweighs measuring the faces of everybody who passes: length, size of the list, "
        "seriousness of the offences.",
    )
    less_intrusive_means = paragraph(
        "Less intrusive means considered", "What was tried or considered first, and why it is not enough."
    )
    collateral_intrusion = paragraph(
        "Collateral intrusion",
        "Who else is affected, and what keeps that small. Say so when protest, worship, a school or health "
        "premises are near.",
    )
    legal_bases = KeptText(
        label="Legal bases", widget=forms.Textarea(attrs={"rows": 7}), help_text="One a line."
    )

    rehearsal = forms.BooleanField(
        label="This is a rehearsal",
        required=False,
        help_text="Only staff of the Blue List, who agreed to take part, are listed. "
        "A model without evidence enough for operations can run rehearsals only.",
    )
    categories = KeptChoices(
        label="Who may be listed",
        help_text="The categories that your force lists. Each person is chosen by name when the list is "
        "imported, within its categories.",
    )
    max_subjects = KeptNumber(label="Most people on the list", min_value=0)

    cameras = KeptChoices(label="Cameras", help_text="Cameras that are not chosen cannot send a picture.")
    pack_id = KeptChoice(label="Recognition model", widget=forms.RadioSelect)
    threshold = forms.DecimalField(
        label="Threshold",
        required=False,
        max_digits=8,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="A cosine similarity above 0 and at most 1, no percentage. It holds for the chosen model "
        "only. Leave it empty to take the model's own.",
    )

    publish = forms.ChoiceField(
        label="When the notice is published",
        widget=forms.RadioSelect,
        choices=[
            (AT_ONCE, "By itself, as soon as the plan is approved"),
            (LATER, "By itself, at a set time"),
        ],
    )
    publish_date = date_field("Publish on", "Only for a set time.", required=False)
    publish_time = time_field("Publish at", "London time, for instance 09:00.", required=False)

    # Of the plan as it was opened: nobody's change is overwritten unseen.
    version = forms.CharField(required=False, widget=forms.HiddenInput)
    copied_from = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, choices: PlanChoices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices
        self._choose("categories", choices.categories)
        self._choose("cameras", [(str(camera.id), self._named(camera)) for camera in choices.cameras])
        self._choose("pack_id", [(pack.id, pack.words) for pack in choices.packs])
        self.fields["max_subjects"].help_text = f"Your force allows at most {choices.max_subjects:,}."
        self.twice: set[str] = set()
        self.window: tuple[datetime, datetime] | None = None
        self.publish_at: datetime | None = None
        self.points: tuple[tuple[float, float], ...] = ()

    def _named(self, camera: CameraData) -> str:
        return f"{camera.name} (used here before)" if camera.id in self.choices.used_here else camera.name

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        # The widget is told by the field; Django's types do not know which kind of field a name has.
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def mark_copied(self, reference: str, names: Iterable[str]) -> None:
        """Say beside each text that it is still that of another deployment."""
        for name in names:
            hint = self.fields[name].help_text
            self.fields[name].help_text = f"{hint} Still word for word as in {reference}."

    def clean_polygon(self) -> str:
        text: str = self.cleaned_data["polygon"]
        self.points, problems = read_points(text)
        if problems:
            raise forms.ValidationError(problems)
        return text

    def clean(self) -> dict[str, Any]:
        self._clean_window()
        self._clean_publication()
        return self.cleaned_data

    def _clean_window(self) -> None:
        found = self.cleaned_data
        start = self._instant("start_date", "start_time", "start_fold", found.get("start_date"))
        end = self._instant(
            "end_date", "end_time", "end_fold", found.get("end_date") or found.get("start_date")
        )
        if start is None or end is None:
            return
        if end <= start:
            target = "end_date" if found.get("end_date") else "end_time"
            self.add_error(
                target, "It must end after it starts. When it spans midnight, give the day on which it ends."
            )
        self.window = (start, end)

    def _instant(self, day_name: str, clock_name: str, fold_name: str, day: date | None) -> datetime | None:
        """The instant of a date and a time of this form; None, with an error beside the field, for none."""
        clock: time | None = self.cleaned_data.get(clock_name)
        if day is None or clock is None:
            return None
        fold = self.cleaned_data.get(fold_name) or ""
        try:
            return instant_of(day, clock, fold=int(fold) if fold else None)
        except NoSuchTime as never:
            self.add_error(clock_name, never.message)
        except TimeHappensTwice as twice:
            self.twice.add(fold_name)
            self.add_error(fold_name, twice.message)
        return None

    def _clean_publication(self) -> None:
        if self.cleaned_data.get("publish") != LATER:
            return
        for name, asked in (("publish_date", "Enter the day"), ("publish_time", "Enter the time")):
            if self.cleaned_data.get(name) is None and name not in self.errors:
                self.add_error(name, f"{asked} on which the notice is to be published.")
        day, clock = self.cleaned_data.get("publish_date"), self.cleaned_data.get("publish_time")
        if day is not None and clock is not None:
            # Of two equal times the first: notice is never shorter than somebody may have meant.
            try:
                self.publish_at = instant_of(day, clock, fold=FIRST)
            except NoSuchTime as never:
                self.add_error("publish_time", never.message)

    def asks_which(self, fold_name: str) -> bool:
        """Whether the choice between two equal times is to be shown: only when there is one."""
        return fold_name in self.twice or bool(self[fold_name].value())

    @property
    def asks_which_start(self) -> bool:
        return self.asks_which("start_fold")

    @property
    def asks_which_end(self) -> bool:
        return self.asks_which("end_fold")

    def authority(self) -> Authority:
        """The plan. Only for a valid form."""
        found = self.cleaned_data
        if self.window is None:
            raise ValueError("a valid form has a window")
        return Authority(
            place_name=found["place_name"],
            polygon=self.points,
            window_start=self.window[0],
            window_end=self.window[1],
            use_case=found["use_case"],
            legal_bases=[line.strip() for line in found["legal_bases"].splitlines() if line.strip()],
            categories=found["categories"],
            max_subjects=found["max_subjects"] or 0,
            cameras=[CameraRef(UUID(value), self._camera(value)) for value in found["cameras"]],
            pack_id=found["pack_id"],
            threshold=self._threshold(),
            rehearsal=found["rehearsal"],
            **{name: found[name] for name in PARAGRAPHS},
        )

    def _camera(self, value: str) -> str:
        return next(camera.name for camera in self.choices.cameras if str(camera.id) == value)

    def _threshold(self) -> float:
        typed = self.cleaned_data["threshold"]
        if typed is not None:
            return float(typed)
        chosen = [pack for pack in self.choices.packs if pack.id == self.cleaned_data["pack_id"]]
        return chosen[0].threshold if chosen else 0.0


PARAGRAPHS = (
    "policing_purpose",
    "necessity",
    "proportionality",
    "less_intrusive_means",
    "collateral_intrusion",
)


def blank(choices: PlanChoices) -> dict[str, Any]:
    """What a new plan starts with: nothing about place, time or people is guessed."""
    only = choices.packs[0] if len(choices.packs) == 1 else None
    return {
        "legal_bases": "\n".join(LEGAL_BASES),
        "pack_id": only.id if only else "",
        "threshold": f"{only.threshold:g}" if only else "",
        "rehearsal": only is not None and only.rehearsal_only,
        "publish": AT_ONCE,
    }


def initial_of(authority: Authority, *, publish_at: datetime | None = None) -> dict[str, Any]:
    """The form as it was when this plan was saved."""
    start, end = london(authority.window_start), london(authority.window_end)
    return {
        **copied(authority),
        **_when("start", authority.window_start),
        **_when("end", authority.window_end),
        "end_date": end.date() if end.date() != start.date() else None,
        "publish": AT_ONCE if publish_at is None else LATER,
        "publish_date": publish_at and london(publish_at).date(),
        "publish_time": publish_at and london(publish_at).time(),
    }


def copied(authority: Authority) -> dict[str, Any]:
    """What a new plan may take over from an earlier one: words, place, cameras. Never the time."""
    return {
        "place_name": authority.place_name,
        "polygon": write_points(authority.polygon),
        "use_case": authority.use_case,
        "legal_bases": "\n".join(authority.legal_bases),
        "categories": list(authority.categories),
        "max_subjects": authority.max_subjects or None,
        "cameras": [str(camera.id) for camera in authority.cameras],
        "pack_id": authority.pack_id,
        "threshold": f"{authority.threshold:g}" if authority.threshold else "",
        "rehearsal": authority.rehearsal,
        "publish": AT_ONCE,
        **{name: getattr(authority, name) for name in PARAGRAPHS},
    }


def _when(prefix: str, instant: datetime) -> dict[str, Any]:
    local = london(instant)
    twice = local.replace(fold=FIRST).utcoffset() != local.replace(fold=SECOND).utcoffset()
    return {
        f"{prefix}_date": local.date(),
        f"{prefix}_time": local.time(),
        f"{prefix}_fold": str(local.fold) if twice else "",
    }


def _checked(reason: str, minimum: int) -> str:
    """The operation's own rule, so that people hear of it before they confirm."""
    try:
        check_reason(reason, minimum=minimum)
    except RuleViolated as short:
        raise forms.ValidationError(list(short.reasons)) from short
    return reason


class ChangeForm(forms.Form):
    """Besides the plan, once it is approved: why it changes."""

    use_required_attribute = False

    reason = KeptText(
        label="Why the plan changes",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"At least {MIN_DECISION_REASON} characters. It stays in the record. {NAME_NOBODY}",
    )

    def clean_reason(self) -> str:
        return _checked(self.cleaned_data["reason"], MIN_DECISION_REASON)


class CancelForm(forms.Form):
    use_required_attribute = False

    reason = KeptText(
        label="Why it is cancelled",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"It stays in the record. {NAME_NOBODY}",
    )

    def clean_reason(self) -> str:
        return _checked(self.cleaned_data["reason"], MIN_SHORT_REASON)


class VoidForm(forms.Form):
    """Said on purpose, and only where it is true."""

    use_required_attribute = False

    accept_voiding = forms.BooleanField(
        label="I understand that this ends the approval, and that the plan must be submitted again",
        required=False,
    )


class SubmitForm(forms.Form):
    use_required_attribute = False

    declared = forms.BooleanField(
        label="I have read the plan as it stands. It is true and complete to the best of my knowledge",
        error_messages={"required": "Confirm that you have read the plan."},
    )
    # To the reasons for which it was returned.
    answer = forms.CharField(
        label="Your answer to the officer",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=10_000,
        help_text=f"At least {MIN_DECISION_REASON} characters where nothing was changed. The officer reads "
        f"it, and it stays in the record. {NAME_NOBODY}",
        error_messages={"required": "Answer the officer's reasons, or change the plan."},
    )
    version = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, needs_answer: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].required = needs_answer


def anchor(name: str) -> str:
    """Where a page jumps to for a field of the plan: the first box of a group, else the field itself."""
    grouped = (forms.RadioSelect, forms.CheckboxSelectMultiple)
    first = isinstance(PlanForm.base_fields[name].widget, grouped)
    return f"id_{name}_0" if first else f"id_{name}"
