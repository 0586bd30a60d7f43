"""Where the face of a row comes from: a picture that is enrolled on the spot, or one enrolled before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from apps.recognition.engine.enrol import enrol_picture
from apps.recognition.engine.packs import Pack
from apps.recognition.engine.quality import weak_points
from apps.watchlists.data import FloatArray, PictureSource


@dataclass(frozen=True, slots=True)
class Face:
    """One enrolled face: template (D,) float32, L2-normalised. `picture` gives the upright JPEG without
    metadata."""

    quality_score: float
    warnings: tuple[str, ...]
    template: FloatArray = field(repr=False)
    picture: Callable[[], bytes] = field(repr=False)
    weak_points: tuple[str, ...] = ()


class FaceSource(Protocol):
    """Faces by the name of their picture. Both raise OSError or LookupError when there is no such picture."""

    def digest(self, name: str) -> str:
        """SHA-256 (hex) of the picture file."""
        ...

    def face(self, name: str) -> Face:
        """Raises EnrolmentRefused."""
        ...


class EnrolledNow:
    """Enrols each picture as it is asked for, with `pack`."""

    def __init__(self, pictures: PictureSource, pack: Pack) -> None:
        self._pictures, self._pack = pictures, pack
        self._last: tuple[str, bytes] | None = None

    def _raw(self, name: str) -> bytes:
        if self._last is None or self._last[0] != name:
            self._last = (name, self._pictures(name))
        return self._last[1]

    def digest(self, name: str) -> str:
        return hashlib.sha256(self._raw(name)).hexdigest()

    def face(self, name: str) -> Face:
        return enrol(self._pack, self._raw(name))


def enrol(pack: Pack, raw: bytes) -> Face:
    """Raises EnrolmentRefused."""
    found = enrol_picture(pack, raw)
    jpeg = found.picture_jpeg
    return Face(
        quality_score=float(found.quality.score),
        warnings=found.warnings,
        template=found.template,
        picture=lambda: jpeg,
        weak_points=weak_points(found.quality),
    )
