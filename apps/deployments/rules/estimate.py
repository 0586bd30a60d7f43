""" "Would this alert too much?": false alerts to expect, from counted evidence (domain.md §2 and §7).

A list of n people compares everybody who passes n times. Of a pack's comparisons between different people,
so many came out alike at a threshold; the exact binomial (Clopper-Pearson) bounds of that share, each with
95 % confidence, are carried over to everybody who passes. One picture for each listed person is assumed, and
one track for each passer-by: more pictures or broken tracks mean more comparisons, never fewer.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import betaincinv

from apps.deployments.documents.content import Authority
from apps.recognition import api as recognition
from apps.recognition.data import ImpostorCount

# domain.md §7: false alerts per passer-by that may not be exceeded.
CEILING = 1 / 1000
CONFIDENCE = 0.95
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

    `list_size` in people, `footfall` in people who pass within the window, `threshold` a cosine similarity,
    `ceiling` in false alerts per passer-by.
    """
    known = pack_id in recognition.known_packs()
    counts = recognition.manifest(pack_id).impostors if known else ()
    return estimate(
        list_size=list_size, footfall=footfall, counts=counts, threshold=threshold, ceiling=ceiling
    )


def estimate_of(authority: Authority) -> Estimate:
    """For a plan as it stands."""
    return expected_false_alerts(
        list_size=authority.max_subjects,
        footfall=authority.footfall,
        pack_id=authority.pack_id,
        threshold=authority.threshold,
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
    # A higher threshold never lets more pass: what was counted below bounds from above, and vice versa.
    below = max((c for c in counts if c.threshold <= threshold), key=lambda c: c.threshold, default=None)
    above = min((c for c in counts if c.threshold >= threshold), key=lambda c: c.threshold, default=None)
    if below is None:
        return Estimate(
            Verdict.NO_EVIDENCE,
            (
                "The evidence cannot support an answer: for this recognition model no comparisons of "
                f"different people are recorded at a threshold of {threshold:g} or less.",
                _needed(list_size, ceiling),
            ),
        )
    low = 0.0 if above is None else lower_bound(above.false_matches, above.comparisons)
    high = upper_bound(below.false_matches, below.comparisons)
    return _judged(
        list_size, footfall, at_least_one(low, list_size), at_least_one(high, list_size), below, ceiling
    )


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
        "binomial bound with 95 % confidence, for one picture of each person on a full list."
    )


def _needed(list_size: int, ceiling: float) -> str:
    needed = comparisons_needed(list_size=list_size, ceiling=ceiling)
    return (
        f"To show fewer than one in {one_in(ceiling)} with a list of {list_size:,}, about {_rounded(needed)} "
        "comparisons without a single error are needed."
    )


def upper_bound(errors: int, of: int) -> float:
    """The exact upper 95 % bound of a share of which `errors` in `of` trials were seen; 1 without trials."""
    if of < 1 or errors >= of:
        return 1.0
    return float(betaincinv(errors + 1, of - errors, CONFIDENCE))


def lower_bound(errors: int, of: int) -> float:
    """The exact lower 95 % bound; 0 without errors or trials."""
    if of < 1 or errors < 1:
        return 0.0
    return float(betaincinv(errors, of - errors + 1, 1 - CONFIDENCE))


def at_least_one(share: float, comparisons: int) -> float:
    """The chance of one false match or more in so many comparisons, precise for the smallest shares."""
    return 1.0 if share >= 1 else -math.expm1(comparisons * math.log1p(-share))


def comparisons_needed(*, list_size: int, ceiling: float = CEILING) -> int:
    """How many comparisons without an error show that fewer than `ceiling` of passers-by cause an alert."""
    share = -math.expm1(math.log1p(-ceiling) / list_size)
    return math.ceil(math.log(1 - CONFIDENCE) / math.log1p(-share))


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
