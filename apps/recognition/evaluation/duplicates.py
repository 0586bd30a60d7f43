"""From which similarity on two pictures of one list are said to show one face.

A list is compared with itself: n pictures make n(n-1)/2 pairs, 200 million of 20,000. At the threshold of a
search, which compares one face with the list, strangers would be found by the thousand, and nobody decides on
a thousand pairs. So the threshold rises with the list: until no more than ``BUDGET`` pairs of strangers are
to be expected.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from apps.recognition.engine.evidence import GenuineCount
from apps.recognition.engine.packs import PackManifest

from .alerts import AlertShare, false_alert_share
from .intervals import upper_bound

# So many pairs of strangers can be looked at one by one.
BUDGET = 20
# What is assumed where nothing was counted: one false match in so many at the pack's default threshold, and
# ten times fewer with each such step of similarity. Neither is measured.
ASSUMED_SHARE = 1e-4
STEP_PER_TENFOLD = 0.06
# What is not counted is not asked for to more than a twentieth of a tenth.
GRID = 200


class SameFaceBasis(StrEnum):
    """How a threshold was found: counted at it; counted below it and carried on; or not counted at all."""

    MEASURED = "measured"
    EXTENDED = "extended"
    ASSUMED = "assumed"


@dataclass(frozen=True)
class SameFace:
    """Faces of two identities that are at least as alike as ``threshold`` (cosine) are in doubt.

    ``strangers`` is the most pairs of different people to be expected at it (95 %), None unless MEASURED.
    ``missed`` of the pack's pairs of one person were below it, at most ``missed_at_most`` (95 %) of all such
    pairs; both None where no genuine pairs were counted up there.
    """

    threshold: float
    basis: SameFaceBasis
    pairs: int
    strangers: float | None = None
    missed: float | None = None
    missed_at_most: float | None = None


def same_face(manifest: PackManifest, *, pairs: int) -> SameFace:
    """For a list whose pictures make so many ``pairs``; never below the pack's default threshold."""
    default = manifest.default_threshold
    counted = _counted(manifest, pairs)
    if counted is not None:
        at = max(counted, default)
        share = _share(manifest, at)
        found = SameFace(at, SameFaceBasis.MEASURED, pairs, None if share is None else share.high * pairs)
    elif manifest.impostors:
        found = SameFace(_not_beyond(default, _extended(manifest, pairs)), SameFaceBasis.EXTENDED, pairs)
    else:
        found = SameFace(
            _not_beyond(default, default + _rise(ASSUMED_SHARE * pairs)), SameFaceBasis.ASSUMED, pairs
        )
    genuine = manifest.measured.genuine if manifest.measured is not None else ()
    missed, at_most = _missed(genuine, found.threshold)
    return SameFace(found.threshold, found.basis, pairs, found.strangers, missed, at_most)


def _share(manifest: PackManifest, threshold: float) -> AlertShare | None:
    """Of comparisons of strangers, how many reach the threshold: one comparison is a list of one."""
    return false_alert_share(manifest.impostors, list_size=1, threshold=threshold)


def _counted(manifest: PackManifest, pairs: int) -> float | None:
    """The lowest counted threshold with few enough pairs. From the highest down, and the first that fails
    ends it: so the 95 % holds for the answer, though many were tried."""
    lowest = None
    for threshold in sorted({count.threshold for count in manifest.impostors}, reverse=True):
        share = _share(manifest, threshold)
        if share is None or share.high * pairs > BUDGET:
            break
        lowest = threshold
    return lowest


def _extended(manifest: PackManifest, pairs: int) -> float:
    """Carried on from the count that says most."""
    found = []
    for count in manifest.impostors:
        share = _share(manifest, count.threshold)
        if share is not None:
            found.append(count.threshold + _rise(share.high * pairs))
    return min(found)


def _rise(strangers: float) -> float:
    """By how much similarity so many pairs of strangers become few enough."""
    return STEP_PER_TENFOLD * math.log10(max(1.0, strangers / BUDGET))


def _not_beyond(default: float, threshold: float) -> float:
    """On the grid, and at most half way from the default to identity: a guess must not hide everybody."""
    on_grid = math.ceil(round(threshold * GRID, 6)) / GRID
    return max(default, min(on_grid, (1 + default) / 2))


def _missed(counts: Collection[GenuineCount], threshold: float) -> tuple[float | None, float | None]:
    """By the lowest count that is not below the threshold: a higher threshold never misses fewer."""
    above = min((c for c in counts if c.threshold >= threshold), key=lambda c: c.threshold, default=None)
    if above is None:
        return None, None
    return above.false_non_matches / above.comparisons, upper_bound(*above.independent)
