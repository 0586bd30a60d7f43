"""The trace check of a rehearsal day: what must be nowhere, and what may still be somewhere."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import cv2
import numpy as np
from numpy.typing import NDArray

from apps.core import redis
from apps.core.tenancy import force_context
from apps.demo.day.measure import all_alerts
from apps.deployments import api as deployments
from apps.ops.tracecheck.blobs import decryptable_blobs
from apps.ops.tracecheck.check import run_check
from apps.ops.tracecheck.data import Expectations, NamedTemplate, Root, TraceReport
from apps.ops.tracecheck.engine import EnginePack
from apps.recognition.engine.packs import Pack
from apps.vault import api as vault
from lfrplatform.embedded import Place

# Places a program might leave something without meaning to, searched for what is new since the day began.
TEMPORARY = tuple(dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm")))  # noqa: S108 - searched, not used


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is in the photographs: those listed (several pictures each) and those who only walk by."""

    listed: tuple[Path, ...]
    bystanders: tuple[Path, ...]


def templates(pack: Pack, pictures: tuple[Path, ...], label: str) -> tuple[NamedTemplate, ...]:
    """A template for each face in the pictures. Raises ValueError for a picture without one."""
    faces = EnginePack(pack)
    found = []
    for picture in pictures:
        vectors = faces.templates(_read(picture))
        if not len(vectors):
            raise ValueError(f"no face found in {picture.name}")
        found += [NamedTemplate(f"{label} {picture.stem} {n}", v) for n, v in enumerate(vectors)]
    return tuple(found)


def may_be_decrypted(*, force_id: UUID, deployment_id: UUID) -> frozenset[UUID]:
    """The blobs of alerts not yet purged and of a watchlist not yet purged; nothing else may be readable."""
    with force_context(force_id):
        owners = [alert.id for alert in all_alerts(deployment_id) if alert.purged_at is None]
        watchlist_id = deployments.get(deployment_id=deployment_id).watchlist_id
        owners += [watchlist_id] if watchlist_id else []
        return frozenset(blob for owner in owners for blob in vault.blob_ids_of(owner_id=owner))


def check(
    *,
    place: Place,
    pack: Pack,
    cast: Cast,
    canary: str,
    since: float,
    inputs: list[Path],
    decryptable: frozenset[UUID],
    purged: bool,
    elsewhere: Sequence[str] = TEMPORARY,
) -> TraceReport:
    """Search everything this day could have written to. `purged`: from now on everybody must be gone.
    `elsewhere`: folders of the machine, searched for what is new."""
    bystanders = templates(pack, cast.bystanders, "bystander")
    listed = templates(pack, cast.listed, "listed")
    expectations = Expectations(
        canaries=(canary.encode(),),
        forbidden=bystanders + (listed if purged else ()),
        known=() if purged else listed,
        same_face=pack.manifest.default_threshold,
        plant_picture=_one_face(pack, cast.bystanders),
        inputs=frozenset(hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs),
        decryptable=decryptable,
    )
    # Other instances of this clone (tests, a demo) are other installations; var/embedded leads to all.
    others = tuple(folder for folder in place.base.iterdir() if folder not in {place.home, place.binaries})
    roots = [Root(place.home), Root(place.var, leave_out=others)]
    roots += [
        Root(Path(folder), changed_since=since, own_only=True, plant=False)
        for folder in elsewhere
        if Path(folder).is_dir()
    ]
    return run_check(
        roots=roots,
        expectations=expectations,
        pack=EnginePack(pack),
        valkey=redis.client(),
        decryptable_blobs=decryptable_blobs,
    )


def _one_face(pack: Pack, pictures: tuple[Path, ...]) -> bytes:
    """A bystander's picture as JPEG, for the trace that the check plants itself."""
    for picture in pictures:
        image = _read(picture)
        if len(EnginePack(pack).templates(image)) == 1:
            scale = 640 / max(image.shape[:2])
            _, jpeg = cv2.imencode(".jpg", cv2.resize(image, None, fx=scale, fy=scale))
            return bytes(jpeg)
    raise ValueError("no bystander's picture with exactly one face")


def _read(picture: Path) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 BGR. Raises ValueError for what is no picture."""
    image = cv2.imread(str(picture), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{picture.name} is no picture")
    return np.asarray(image, np.uint8)
