"""The assessments that a plan may rest on, by kind, with those apart that are not in force on its days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from apps.deployments.data import AssessmentKind, Authority
from apps.deployments.forms.plan import PlanForm
from apps.deployments.pages.labels import ASSESSMENT_LABELS
from apps.deployments.rules.assessments import needed


@dataclass(frozen=True)
class KindOfAssessment:
    """`current` and `others` are boxes of the form: in force on every day of the window, or not."""

    kind: str
    label: str
    is_needed: bool
    current: tuple[Any, ...]
    others: tuple[Any, ...]


def by_kind(form: PlanForm, authority: Authority) -> tuple[KindOfAssessment, ...]:
    """No queries."""
    offered = {str(each.id): each.found for each in form.choices.assessments}
    boxes = [(offered[str(box.data["value"])], box) for box in form["assessments"]]
    span = (authority.window_start, authority.window_end)
    return tuple(
        KindOfAssessment(
            kind=kind,
            label=ASSESSMENT_LABELS[kind],
            is_needed=kind in needed(authority),
            current=tuple(box for found, box in boxes if found.kind == kind and found.covers(*span)),
            others=tuple(box for found, box in boxes if found.kind == kind and not found.covers(*span)),
        )
        for kind in AssessmentKind
    )
