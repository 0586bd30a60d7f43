"""The plan as a form: the fields of one step, or of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms

from apps.deployments.data import Authority, CameraData, CameraRef, Place
from apps.deployments.documents.drawing import ZONE_EXAMPLE, read_places, read_points, read_zone
from apps.deployments.forms.fields import KeptText
from apps.deployments.forms.plan_fields import LATER, PlanFields
from apps.deployments.planning.local_time import FIRST, NoSuchTime, TimeHappensTwice, instant_of
from apps.deployments.planning.plans import PlanChoices
from apps.deployments.planning.steps import START, ZONES
from apps.deployments.planning.values import LINES, NUMBERS, SAME, TEXTS, blank_authority
from apps.deployments.rules.authority import WIDEST_FAR_FACE

ZONE, FAR = "zone_", "far_"
FAR_HELP = (
    "In per cent of the picture's width, measured on a still of an adult who stands where the zone ends: 40 "
    "pixels of 1,920 are 2.08. Recognition then looks for faces down to four fifths of that and is faster. "
    "Empty: for every face that is large enough to compare."
)
IN_PIXELS = "Write per cent of the picture's width, at most 25: a face so wide is not far away. Not pixels."
HIDDEN = ("version", "copied_from")


class PlanForm(PlanFields):
    """`authority()` is the plan of a valid form: `before` with what the fields say; `names` None is all."""

    def __init__(
        self,
        *args: Any,
        choices: PlanChoices,
        before: Authority | None = None,
        names: Iterable[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.choices, self.before = choices, before
        self.twice: set[str] = set()
        self.window: tuple[datetime, datetime] | None = None
        self.starts_by: datetime | None = None
        self.publish_at: datetime | None = None
        self.points: tuple[tuple[float, float], ...] = ()
        self.places: tuple[Place, ...] = ()
        self.zones: dict[UUID, tuple[tuple[float, float], ...]] = {}
        self.far_faces: dict[UUID, float | None] = {}
        self._offer()
        wanted = None if names is None else [*names, *HIDDEN]
        if wanted is None or ZONES in wanted:
            self._add_zones(all_cameras=wanted is None)
        if wanted is not None:
            order = [name for name in self.fields if name.startswith((ZONE, FAR))] if ZONES in wanted else []
            self.fields = {name: self.fields[name] for name in [*wanted, *order] if name in self.fields}

    def _offer(self) -> None:
        choices = self.choices
        self._choose("categories", choices.categories)
        self._choose("cameras", [(str(camera.id), self._named(camera)) for camera in choices.cameras])
        self._choose("pack_id", [(pack.id, pack.words) for pack in choices.packs])
        self._choose("assessments", [(str(each.id), each.words) for each in choices.assessments])
        self.fields["max_subjects"].help_text = f"Your force allows at most {choices.max_subjects:,}."

    def _named(self, camera: CameraData) -> str:
        return f"{camera.name} (used here before)" if camera.id in self.choices.used_here else camera.name

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        # The widget is told by the field; Django's types do not know which kind of field a name has.
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _add_zones(self, *, all_cameras: bool) -> None:
        chosen = {camera.id for camera in (self.before.cameras if self.before else ())}
        for camera in sorted(self.choices.cameras, key=lambda each: each.name):
            if all_cameras or camera.id in chosen:
                self.fields[f"{ZONE}{camera.id}"] = KeptText(
                    label=f"Zone of {camera.name}",
                    required=False,
                    widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "data-zone": "1"}),
                    help_text="Empty is the whole picture. One corner a line: how far across, then how far "
                    f"down, in per cent of the picture from its top left, for instance {ZONE_EXAMPLE}.",
                )
                self.fields[f"{FAR}{camera.id}"] = forms.FloatField(
                    label=f"Width of a face at the far edge of the zone of {camera.name}",
                    required=False,
                    min_value=0.01,
                    max_value=100 * WIDEST_FAR_FACE,
                    error_messages={"max_value": IN_PIXELS},
                    widget=forms.NumberInput(attrs={"step": "0.01"}),
                    help_text=FAR_HELP,
                )

    def mark_copied(self, reference: str, names: Iterable[str]) -> None:
        """Say beside each text that it is still that of another deployment."""
        for name in names:
            if name in self.fields:
                hint = self.fields[name].help_text
                self.fields[name].help_text = f"{hint} Still word for word as in {reference}."

    # --- cleaning -------------------------------------------------------------------------------------

    def clean_polygon(self) -> str:
        text: str = self.cleaned_data["polygon"]
        self.points, problems = read_points(text)
        return _or_refuse(text, problems)

    def clean_alternatives(self) -> str:
        text: str = self.cleaned_data["alternatives"]
        self.places, problems = read_places(text)
        return _or_refuse(text, problems)

    def clean(self) -> dict[str, Any]:
        for name in [name for name in self.fields if name.startswith(ZONE)]:
            zone, problems = read_zone(self.cleaned_data.get(name, ""))
            self.zones[UUID(name.removeprefix(ZONE))] = zone
            for problem in problems:
                self.add_error(name, f"{self.fields[name].label}: {problem[0].lower()}{problem[1:]}")
        for name in [name for name in self.fields if name.startswith(FAR)]:
            typed = self.cleaned_data.get(name)
            self.far_faces[UUID(name.removeprefix(FAR))] = None if typed is None else typed / 100
        if START[0] in self.fields:
            self._clean_window()
        if "starts_by_time" in self.fields:
            self._clean_latest_start()
        if "publish" in self.fields:
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

    def _clean_latest_start(self) -> None:
        clock: time | None = self.cleaned_data.get("starts_by_time")
        if clock is None or self.window is None:
            return
        day = self.cleaned_data.get("starts_by_date") or self.cleaned_data["start_date"]
        # Of two equal times the first: an approval never holds longer than somebody may have meant.
        try:
            self.starts_by = instant_of(day, clock, fold=FIRST)
        except NoSuchTime as never:
            self.add_error("starts_by_time", never.message)
            return
        if not self.window[0] <= self.starts_by <= self.window[1]:
            words = "The latest start lies within the window. When it spans midnight, give the day as well."
            self.add_error("starts_by_time", words)

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

    def hides(self, name: str) -> bool:
        """Whether a page leaves this field out as things stand."""
        return name.endswith("_fold") and not self.asks_which(name)

    # --- the plan -------------------------------------------------------------------------------------

    def authority(self) -> Authority:
        """The plan. Only for a valid form; raises ValueError where it would have no window."""
        values = self.values()
        if self.before is not None:
            return replace(self.before, **values)
        if self.window is None:
            raise ValueError("a plan has a window")
        return replace(blank_authority(self.choices, *self.window), **values)

    def values(self) -> dict[str, Any]:
        """What the fields of this form say, as parts of an authority."""
        found = {name: self.cleaned_data[name] for name in (*TEXTS, *SAME) if name in self.fields}
        for name in LINES:
            if name in self.fields:
                lines = self.cleaned_data[name].splitlines()
                found[name] = tuple(line.strip() for line in lines if line.strip())
        found |= {name: self.cleaned_data[name] or 0 for name in NUMBERS if name in self.fields}
        read: dict[str, Callable[[], Any]] = {
            "polygon": lambda: self.points,
            "alternatives": lambda: self.places,
            "threshold": self._threshold,
            "assessments": self._assessments,
        }
        found |= {name: reader() for name, reader in read.items() if name in self.fields}
        if self.window is not None:
            found["window_start"], found["window_end"] = self.window
        if "starts_by_time" in self.fields:
            found["starts_by"] = self.starts_by
        if "cameras" in self.fields or self.zones:
            found["cameras"] = self._cameras()
        return found

    def _cameras(self) -> list[CameraRef]:
        before = {camera.id: camera for camera in (self.before.cameras if self.before else ())}
        if "cameras" in self.fields:
            named = {str(camera.id): camera.name for camera in self.choices.cameras}
            chosen = {UUID(value): named[value] for value in self.cleaned_data["cameras"]}
        else:
            chosen = {camera.id: camera.name for camera in before.values()}
        zones = {camera.id: camera.zone for camera in before.values()} | self.zones
        far = {camera.id: camera.far_face for camera in before.values()} | self.far_faces
        return [CameraRef(each, name, zones.get(each, ()), far.get(each)) for each, name in chosen.items()]

    def _assessments(self) -> tuple[Any, ...]:
        chosen = set(self.cleaned_data["assessments"])
        return tuple(each.ref for each in self.choices.assessments if str(each.id) in chosen)

    def _threshold(self) -> float:
        typed = self.cleaned_data["threshold"]
        if typed is not None:
            return float(typed)
        chosen = [pack for pack in self.choices.packs if pack.id == self.cleaned_data["pack_id"]]
        return chosen[0].threshold if chosen else 0.0


def _or_refuse(text: str, problems: list[str]) -> str:
    if problems:
        raise forms.ValidationError(problems)
    return text
