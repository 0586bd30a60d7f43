"""Numbers as people read them. Rates may be shares of a hundred; similarities never are."""

from __future__ import annotations

import math
from collections.abc import Collection

from apps.recognition.engine.evidence import GenuineCount

from .alerts import VIEWS_A_TRACK, Calibration
from .intervals import Rate, lower_bound, upper_bound

# Comparisons among fewer people say little about other people.
FEW_PEOPLE = 1000
# Stays on the line of its number.
PERCENT = "\N{NO-BREAK SPACE}%"
REASONS = {
    "file_too_large": "the file is too large",
    "unsupported_format": "a format that is not read",
    "undecodable": "damaged, or no picture",
    "truncated": "cut off",
    "too_many_pixels": "too many pixels",
    "several_pages": "several pictures in one file",
    "no_face": "no face found",
    "several_faces": "several faces",
    "too_small": "the face is too small",
    "poor_quality": "too blurred, dark, turned, cut off or grainy",
}


def reason(code: str) -> str:
    """For a code that has no words yet, the code in words."""
    return REASONS.get(code, code.replace("_", " "))


def share(value: float, *, up: bool | None = None) -> str:
    """As a percentage with two figures; ``up`` rounds that way, so that a range never becomes narrower."""
    percent = 100 * value
    if percent <= 0:
        return f"0{PERCENT}"
    places = 1 - math.floor(math.log10(percent))
    turn = round if up is None else (math.ceil if up else math.floor)
    scaled = turn(percent * 10.0**places * (1 - 1e-12 if up else 1))
    if places > 12:
        return f"less than 0.00000000001{PERCENT}" if up is not False else f"0{PERCENT}"
    return f"{scaled / 10.0**places:.{max(0, places)}f}{PERCENT}"


def rate(found: Rate) -> str:
    """The value with its range, or that there is none."""
    if found.value is None:
        return "nothing to count"
    # Outwards: a lower end that no longer says anything is none.
    low = found.low if found.low > found.value / 1000 else 0.0
    return f"{share(found.value)} ({share(low, up=False)} to {share(found.high, up=True)})"


def people(number: float, *, up: bool) -> str:
    """Outwards, two figures are enough."""
    if number <= 0:
        return "0"
    if number < 1:
        return "1" if up else "0"
    step = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return f"{(math.ceil if up else math.floor)(number / step) * step:,}"


def answer(found: Calibration) -> tuple[str, ...]:
    """Sentences, the answer first; plainly when there is none."""
    allowed = f"one false alert in {round(1 / found.at_most):,} people"
    plan = f"a list of {found.list_size:,} and {found.footfall:,} people who pass"
    if found.tried is None or found.basis is None:
        return (
            f"The evidence cannot support an answer for {plan}: no comparisons of different people are "
            "recorded for this recognition model.",
            _needed(found, allowed),
        )
    span = (
        f"between {people(found.fewest or 0, up=False)} and {people(found.most or 0, up=True)} false alerts "
        f"among {found.footfall:,} people"
    )
    if found.threshold is None:
        words = [
            f"The evidence cannot support an answer for {plan}: even at a threshold of {found.tried:g}, the "
            f"highest that was counted, it allows {span}.",
            _needed(found, allowed),
        ]
    else:
        words = [f"Threshold {found.threshold:g} for {plan}: {span}, at most {allowed}."]
    basis = found.basis
    words.append(
        f"Counted at {basis.threshold:g}: {basis.false_matches:,} of {basis.comparisons:,} comparisons of "
        "different people were taken for the same person. Each end of the range is a bound with 95% "
        f"confidence, for {found.list_size:,} pictures on the list and 1 to {VIEWS_A_TRACK} views of each "
        "person who passes."
    )
    if basis.people is not None and basis.people < FEW_PEOPLE:
        words.append(
            f"They are comparisons among only {basis.people:,} people, so the true range is wider still."
        )
    return tuple(words)


def missed(counts: Collection[GenuineCount], threshold: float) -> str:
    """What the threshold costs: listed people who pass and are not found."""
    at = min((c for c in counts if c.threshold >= threshold), key=lambda c: c.threshold, default=None)
    if at is None:
        return "How often a listed person would be missed is not recorded."
    low, high = lower_bound(*at.independent), upper_bound(*at.independent)
    return (
        f"At {at.threshold:g}, {share(at.false_non_matches / at.comparisons)} of comparisons of a person "
        f"with themselves stayed below (between {share(low, up=False)} and {share(high, up=True)}, each end "
        "with 95% confidence): listed people who pass and are not found, with pictures like these."
    )


def _needed(found: Calibration, allowed: str) -> str:
    return (
        f"To show at most {allowed}, about {people(found.needed, up=True)} comparisons without a single "
        "error are needed."
    )
