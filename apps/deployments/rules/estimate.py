""" "Would this alert too much?": false alerts to expect, from counted evidence (domain.md §2 and §7).

The bounds are worked out in apps/recognition/evaluation/alerts.py; here they are judged and put into words.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from apps.deployments.documents.content import Authority
from apps.recognition import api as recognition
from apps.recognition.api import CEILING, comparisons_needed, lower_bound, upper_bound
from apps.recognition.data import AlertShare, ImpostorCount

__all__ = [
    "CEILING",
    "Estimate",
    "Verdict",
    "comparisons_needed",
    "estimate",
    "estimate_of",
    "evidence_supports",
    "expected_false_alerts",
    "lower_bound",
    "one_in",
    "upper_bound",
]

# Fewer people than this compared with each other: their comparisons say little about other people.
FEW_PEOPLE = 1000


class Verdict(StrEnum):
    INCOMPLETE = "incomplete"
    NO_EVIDENCE = "no_evidence"
    UNSUPPORTED = "unsupported"
    WITHIN = "within"
    ABOVE = "above"


@dataclass(frozen=True)
class Estimate:
    """False alerts among `footfall` people, from `fewest` to `most`; None where nothing can be said.

    `words` are sentences for somebody who decides, the answer first.
    """

    verdict: Verdict
    words: tuple[str, ...]
    fewest: float | None = None
    most: float | None = None

    @property
    def is_reassuring(self) -> bool:
        return self.verdict is Verdict.WITHIN

    @property
    def answer(self) -> str:
        return self.words[0]


def expected_false_alerts(
    *, list_size: int, footfall: int, pack_id: str, threshold: float, ceiling: float = CEILING
) -> Estimate:
    """For a plan, before anybody approves it. Touches no database; an unknown pack has no evidence.

    `list_size` in pictures, each of which is compared (before a list is there: one of each person),
    `footfall` in people who pass within the window, `threshold` a cosine similarity, `ceiling` in false
    alerts per passer-by.
    """
    manifest = recognition.manifest(pack_id) if pack_id in recognition.known_packs() else None
    counts = manifest.impostors if manifest is not None else ()
    found = estimate(
        list_size=list_size, footfall=footfall, counts=counts, threshold=threshold, ceiling=ceiling
    )
    if manifest is None or manifest.measured is None or found.verdict is not Verdict.WITHIN:
        return found
    weak = [
        group.group
        for group in manifest.measured.groups
        if not _keeps(group.impostors, list_size=list_size, threshold=threshold, ceiling=ceiling)
    ]
    return _not_for_each_group(found, weak, ceiling) if weak else found


def _not_for_each_group(found: Estimate, weak: list[str], ceiling: float) -> Estimate:
    answer = (
        "The evidence cannot support an answer for each group of people: it does not show at most one false "
        f"alert for every {one_in(ceiling)} people within {', '.join(weak)}. Raise the threshold or shorten "
        "the list."
    )
    # Beside that answer the first sentence would read as its opposite.
    together = f"For everybody together: {found.answer[0].lower()}{found.answer[1:]}"
    return replace(found, verdict=Verdict.UNSUPPORTED, words=(answer, together, *found.words[1:]))


def estimate_of(authority: Authority) -> Estimate:
    """For a plan as it stands."""
    return expected_false_alerts(
        list_size=authority.max_subjects,
        footfall=authority.footfall,
        pack_id=authority.pack_id,
        threshold=authority.threshold,
    )


def evidence_supports(authority: Authority, *, pictures: int = 0) -> bool:
    """Whether the pack's evidence shows that this keeps the ceiling, for everybody and within each group.

    `pictures` is how many are on the list, where there is one: each is compared with everybody who passes.
    Counts that no evaluation stands behind do not (domain.md §2). What is not filled in yet is not judged
    here: `missing_from` refuses it.
    """
    if authority.max_subjects < 1 or not 0 < authority.threshold <= 1:
        return True
    measured = recognition.manifest(authority.pack_id).measured
    if measured is None:
        return False
    listed = max(authority.max_subjects, pictures)
    return all(
        _keeps(counts, list_size=listed, threshold=authority.threshold, ceiling=CEILING)
        for counts in (measured.impostors, *(group.impostors for group in measured.groups))
    )


def _keeps(counts: Collection[ImpostorCount], *, list_size: int, threshold: float, ceiling: float) -> bool:
    share = _share(counts, list_size=list_size, threshold=threshold)
    return share is not None and share.high <= ceiling


def _share(counts: Collection[ImpostorCount], *, list_size: int, threshold: float) -> AlertShare | None:
    return recognition.false_alert_share(
        counts, list_size=list_size, threshold=threshold, views=recognition.VIEWS_A_TRACK
    )


def estimate(
    *,
    list_size: int,
    footfall: int,
    counts: Collection[ImpostorCount],
    threshold: float,
    ceiling: float = CEILING,
) -> Estimate:
    """The same, from counts that are known already."""
    if list_size < 1 or footfall < 1 or not 0 < threshold <= 1:
        return Estimate(
            Verdict.INCOMPLETE,
            ("Give the threshold, the maximum size of the list and how many people are expected to pass.",),
        )
    share = _share(counts, list_size=list_size, threshold=threshold)
    if share is None:
        return Estimate(
            Verdict.NO_EVIDENCE,
            (
                "The evidence cannot support an answer: for this recognition model no comparisons of "
                f"different people are recorded at a threshold of {threshold:g} or less.",
                _needed(list_size, ceiling),
            ),
        )
    return _judged(list_size, footfall, share.low, share.high, share.basis, ceiling)


def _judged(
    list_size: int, footfall: int, low: float, high: float, count: ImpostorCount, ceiling: float
) -> Estimate:
    """`low` and `high` are shares of passers-by who cause a false alert."""
    fewest, most = low * footfall, high * footfall
    span = (
        f"between {_people(fewest, up=False)} and {_people(most, up=True)} false alerts "
        f"among {footfall:,} people who pass"
    )
    allowed = f"{one_in(ceiling)} people"
    if high <= ceiling:
        verdict, answer = (
            Verdict.WITHIN,
            f"Within the ceiling of one false alert for every {allowed}: {span}.",
        )
    elif low > ceiling:
        verdict, answer = (
            Verdict.ABOVE,
            f"Too many: {span}. The ceiling is one for every {allowed}. Raise the threshold or shorten the "
            "list.",
        )
    else:
        verdict, answer = (
            Verdict.UNSUPPORTED,
            f"The evidence cannot support an answer: {span}. The ceiling is one for every {allowed}.",
        )
    words = [answer, _basis(count)]
    if verdict is Verdict.UNSUPPORTED:
        words.append(_needed(list_size, ceiling))
    if count.people is not None and count.people < FEW_PEOPLE:
        words.append(
            f"They are comparisons among only {count.people:,} people, so the true range is wider still."
        )
    return Estimate(verdict, tuple(words), fewest, most)


def _basis(count: ImpostorCount) -> str:
    wrong = f"{count.false_matches:,}" if count.false_matches else "none"
    return (
        f"Recorded for this model: {count.comparisons:,} comparisons of different people at a threshold of "
        f"{count.threshold:g}, {wrong} of them taken for the same person. Each end of the range is an exact "
        f"binomial bound with 95% confidence, {_alike(count)}for one picture of each person on a full list "
        f"and 1 to {recognition.VIEWS_A_TRACK} views of each person who passes. A list with more pictures "
        "than people allowed is judged by its pictures, before it is sealed."
    )


def _alike(count: ImpostorCount) -> str:
    if count.effective is None or count.effective >= count.comparisons:
        return ""
    return (
        f"for the {math.floor(count.effective):,} independent comparisons that say as much as these, which "
        "share people, "
    )


def _needed(list_size: int, ceiling: float) -> str:
    needed = comparisons_needed(list_size=list_size * recognition.VIEWS_A_TRACK, ceiling=ceiling)
    return (
        f"To show fewer than one in {one_in(ceiling)} with a list of {list_size:,}, about {_rounded(needed)} "
        "comparisons without a single error are needed."
    )


def one_in(share: float) -> str:
    return f"{round(1 / share):,}"


def _people(number: float, *, up: bool) -> str:
    """Outwards, so that rounding never narrows the range; two figures are enough."""
    if number <= 0:
        return "0"
    if number < 1:
        return "1" if up else "0"
    step = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return f"{(math.ceil if up else math.floor)(number / step) * step:,}"


def _rounded(number: int) -> str:
    step = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return f"{math.ceil(number / step) * step:,}"
