"""What is wrong with a step as it is saved: said at once, not only when it is submitted. No queries."""

from __future__ import annotations

from collections.abc import Sequence

from apps.core.wording import say_list
from apps.deployments.data import Authority
from apps.deployments.planning.plans import PlanChoices
from apps.deployments.rules.authority import outline_problems
from apps.deployments.rules.urgency import never_urgent


def notes_on_step(slug: str, authority: Authority) -> list[str]:
    """Sentences; a draft is kept as it is all the same."""
    if slug == "place" and authority.polygon:
        return _about("The area", authority.polygon)
    if slug == "alternatives":
        named = [
            (place.name.strip() or f"the alternative place {number}", place.polygon)
            for number, place in enumerate(authority.alternatives, start=1)
        ]
        return [words for name, polygon in named for words in _about(f"The area of {name}", polygon)]
    if slug == "urgent":
        return never_urgent(authority)
    return []


def _about(what: str, polygon: Sequence[Sequence[float]]) -> list[str]:
    problem = outline_problems(polygon)
    return [f"{what} {problem}"] if problem else []


def who_may_be_urgent(authority: Authority, choices: PlanChoices) -> list[str]:
    """On the page of urgency: that a rehearsal is never urgent, and which model would allow more than one."""
    if not authority.rehearsal:
        return []
    able = [pack.id for pack in choices.packs if not pack.rehearsal_only]
    if able:
        way = (
            f"For an urgent plan it must be no rehearsal, with a model whose evidence allows operations: "
            f"{say_list(able)}."
        )
    else:
        way = (
            "No model of this platform has evidence enough for operations, so no plan here can be urgent "
            "yet. A force records such evidence for a model first."
        )
    never = "This plan is a rehearsal, and a rehearsal is never urgent: the public gets the whole notice."
    return [never, way]
