"""Traces that the check leaves itself, one of every kind in every root, finds again and removes."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.ops.tracecheck.data import Finding, NamedTemplate, Root, TraceKind

PREFIX = ".trace-check-plant-"
EXPIRES_S = 300
STRETCH = 24  # values of a template that are planted: less than a whole one, as a page boundary would leave


@dataclass(frozen=True)
class Plant:
    """One planted trace. Found when a finding of `kind` stands at `where`."""

    kind: TraceKind
    where: str
    form: str


@dataclass
class Planting:
    """`canary` is the check's own, different each time: a caller's canary is never written anywhere."""

    canary: bytes
    plants: list[Plant] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)

    def owns(self, finding: Finding) -> bool:
        return any(plant.where == finding.where for plant in self.plants)

    def missed(self, findings: Sequence[Finding]) -> list[Plant]:
        found = {(finding.kind, finding.where) for finding in findings}
        return [plant for plant in self.plants if (plant.kind, plant.where) not in found]


def fresh_canary() -> bytes:
    return b"lfr-planted-" + secrets.token_hex(16).encode()


def traces(canary: bytes, picture: bytes, template: NamedTemplate) -> Iterator[tuple[TraceKind, str, bytes]]:
    """Every kind and form, each between random bytes and at an odd place."""
    part = template.vector[7 : 7 + STRETCH]
    text = ",".join(f"{value:.6f}" for value in part).encode()
    forms = (
        (TraceKind.CANARY, "raw", canary),
        (TraceKind.CANARY, "base64", base64.b64encode(b"x" + canary)),
        (TraceKind.PICTURE, "jpeg", picture),
        (TraceKind.TEMPLATE, "float32", part.astype("<f4").tobytes()),
        (TraceKind.TEMPLATE, "float16", part.astype("<f2").tobytes()),
        (TraceKind.TEMPLATE, "text", b"[" + text + b"]"),
        (TraceKind.TEMPLATE, "similar", similar(template.vector).astype("<f4").tobytes()),
    )
    for kind, form, data in forms:
        yield kind, form, secrets.token_bytes(4099) + data + secrets.token_bytes(517)


def similar(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same face seen a moment later: no value is equal, the cosine similarity is about 0.97."""
    noise = np.random.default_rng().normal(0.0, 0.25 / np.sqrt(len(vector)), len(vector))
    other = vector + noise.astype(np.float32)
    return np.asarray(other / np.linalg.norm(other), dtype=np.float32)


@contextmanager
def planted(
    roots: Sequence[Root], client: Any | None, picture: bytes, template: NamedTemplate
) -> Iterator[Planting]:
    """Plants in every root and in Valkey; removes everything again, whatever happens inside."""
    planting = Planting(canary=fresh_canary())
    try:
        for root in roots:
            if root.plant and root.path.is_dir():
                plant_files(planting, root, picture, template)
        if client is not None:
            plant_keys(planting, client, picture, template)
        yield planting
    finally:
        remove(planting, client)


def plant_files(planting: Planting, root: Root, picture: bytes, template: NamedTemplate) -> None:
    for kind, form, data in traces(planting.canary, picture, template):
        path = root.path / f"{PREFIX}{secrets.token_hex(4)}-{form}"
        try:
            path.write_bytes(data)
        except OSError as problem:
            planting.problems.append(
                Finding(TraceKind.PLANT_MISSED, str(root.path), None, f"cannot plant: {problem.strerror}")
            )
            path.unlink(missing_ok=True)
            return
        planting.plants.append(Plant(kind, str(path), form))


def plant_keys(planting: Planting, client: Any, picture: bytes, template: NamedTemplate) -> None:
    """One key a form, of two types, that would expire even if this process died."""
    for kind, form, data in traces(planting.canary, picture, template):
        key = f"{PREFIX}{secrets.token_hex(4)}-{form}"
        if form in {"jpeg", "float32"}:
            client.xadd(key, {"f": data})
        else:
            client.set(key, data)
        client.expire(key, EXPIRES_S)
        planting.plants.append(Plant(kind, f"valkey:{key}", form))


def remove(planting: Planting, client: Any | None) -> None:
    for plant in planting.plants:
        if plant.where.startswith("valkey:"):
            if client is not None:
                client.delete(plant.where.removeprefix("valkey:"))
        else:
            Path(plant.where).unlink(missing_ok=True)
