"""The steps of a plan, one thing a page, in the order in which a planner thinks of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Stands for one field for each chosen camera.
ZONES = "zones"
START = ("start_date", "start_time", "start_fold")
END = ("end_time", "end_date", "end_fold")
WINDOW = (*START, *END)


@dataclass(frozen=True)
class PlanStep:
    """`slug` is its place in the address, `names` the fields of its form, in their order. What is `optional`
    may be left as it is."""

    slug: str
    title: str
    names: tuple[str, ...]
    optional: bool = False


GROUPS: tuple[tuple[str, tuple[PlanStep, ...]], ...] = (
    (
        "What it is for",
        (
            PlanStep("operation", "Operation", ("operation", "rehearsal")),
            PlanStep("purpose", "Use case and purpose", ("use_case", "policing_purpose")),
        ),
    ),
    (
        "Where and when",
        (
            PlanStep("place", "Place", ("place_name", "polygon", "place_reason")),
            PlanStep("alternatives", "Alternative places", ("alternatives",), optional=True),
            PlanStep("nearby", "What is near", ("nearby", "nearby_measures")),
            PlanStep("when", "Date and times", (*WINDOW, "starts_by_time", "starts_by_date")),
        ),
    ),
    (
        "Why",
        (
            PlanStep("legal", "Legal bases", ("legal_bases",)),
            PlanStep("necessity", "Necessity", ("necessity",)),
            PlanStep("means", "Less intrusive means", ("less_intrusive_means",)),
            PlanStep("proportionality", "Proportionality", ("proportionality",)),
            PlanStep("collateral", "Collateral intrusion", ("collateral_intrusion",)),
        ),
    ),
    (
        "Who may be looked for",
        (
            PlanStep("list", "Criteria of the list", ("criteria", "categories", "max_subjects")),
            PlanStep("sources", "Sources of the pictures", ("sources",)),
            PlanStep("vulnerable", "Children and vulnerable people", ("vulnerable",)),
        ),
    ),
    (
        "How it is recognised",
        (
            PlanStep("cameras", "Cameras", ("cameras",)),
            PlanStep("zones", "Zone of each camera", (ZONES,), optional=True),
            PlanStep("model", "Recognition model and threshold", ("pack_id", "threshold")),
            PlanStep("footfall", "How many people pass", ("footfall",)),
            PlanStep("assessments", "Assessments", ("assessments",)),
        ),
    ),
    (
        "On the ground",
        (
            PlanStep("signs", "Signs on every approach", ("approaches", "signage_plan")),
            PlanStep("engagement", "Engagement with the public", ("engagement_plan",)),
            PlanStep("resources", "People and equipment", ("resourcing_plan",)),
        ),
    ),
    (
        "The notice",
        (
            PlanStep(
                "publication", "Publication", ("publish", "publish_date", "publish_time"), optional=True
            ),
            PlanStep("urgent", "Urgency", ("urgent_grounds", "urgent_reason"), optional=True),
        ),
    ),
)
STEPS: Mapping[str, PlanStep] = {step.slug: step for _, steps in GROUPS for step in steps}
# What there has to be before there is a draft at all.
FIRST = PlanStep("new", "Plan a deployment", ("operation", "place_name", *WINDOW))


def step_of(name: str) -> PlanStep | None:
    """The step whose page has this field."""
    return next((step for step in STEPS.values() if name in step.names), None)


def step_after(slug: str) -> PlanStep | None:
    """The next one, None after the last."""
    order = list(STEPS.values())
    position = order.index(STEPS[slug]) + 1
    return order[position] if position < len(order) else None


def names_of(steps: Iterable[PlanStep]) -> tuple[str, ...]:
    return tuple(name for step in steps for name in step.names)
