"""From when on two faces of an upload are taken for one, in words for whoever decides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from apps.recognition.api import SameFace, SameFaceBasis

BEYOND: Mapping[SameFaceBasis, str] = MappingProxyType(
    {
        SameFaceBasis.EXTENDED: (
            "The model's evidence does not reach an upload of this size: the threshold is carried on from it"
            " by an assumption, and nobody measured it."
        ),
        SameFaceBasis.ASSUMED: "The model has no evidence: the threshold is an assumption and not measured.",
    }
)


def same_face_words(rule: SameFace) -> str:
    """The threshold, what it rests on, and whom it may miss."""
    return " ".join(
        (
            f"Faces of two identities are taken for one from a similarity of {rule.threshold:.3f} on.",
            _rests_on(rule),
            _missed(rule),
            "The same picture twice is found at any threshold.",
        )
    )


def _rests_on(rule: SameFace) -> str:
    if rule.strangers is None:
        return BEYOND.get(rule.basis, "")
    most = max(1, math.ceil(rule.strangers))
    return (
        f"This upload makes {rule.pairs:,} pairs of pictures to compare. By the model's evidence at most"
        f" {most} {'pair' if most == 1 else 'pairs'} of different people among so many come so near."
    )


def _missed(rule: SameFace) -> str:
    if rule.missed is None or rule.missed_at_most is None:
        return "How many people who are listed twice it misses was not measured."
    share, at_most = _percent(rule.missed), _percent(rule.missed_at_most)
    return (
        f"Of pairs of one person in the evidence {share} are less alike (at most {at_most}): it misses those."
    )


def _percent(share: float) -> str:
    return f"{share * 100:.1f}%"
