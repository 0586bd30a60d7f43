"""From what an operator or the day writes down (JSON, paths) to what the check works with (bytes,
templates).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from apps.ops.tracecheck.data import Expectations, NamedTemplate, Root
from apps.ops.tracecheck.faces import FacePack, decode

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
KNOWN_FIELDS = frozenset(
    {
        "roots",
        "canaries",
        "bystanders",
        "known",
        "inputs",
        "input_hashes",
        "plant",
        "decryptable",
        "same_face",
        "pack",
    }
)


class PlanError(ValueError):
    """The plan cannot be worked with; the message names the field."""


@dataclass(frozen=True)
class Plan:
    """What to search and what to expect; pictures by path.

    roots: folders. bystanders: pictures of people who must have left no trace. known: pictures whose faces
    may be readable. inputs: files and folders that are the caller's own and are not searched, recognised by
    content. plant: a picture with one face for the check's own traces, by default the first bystander with
    one face. decryptable: ids of the blobs that may decrypt; None leaves that part out.
    """

    roots: tuple[Root, ...]
    canaries: tuple[bytes, ...]
    bystanders: tuple[Path, ...]
    known: tuple[Path, ...]
    inputs: tuple[Path, ...]
    input_hashes: frozenset[str]
    plant: Path | None
    decryptable: frozenset[UUID] | None
    same_face: float | None
    pack: str


def parse_plan(raw: Mapping[str, Any], *, default_pack: str) -> Plan:
    """Raises PlanError for an unknown field or a value of the wrong kind."""
    unknown = set(raw) - KNOWN_FIELDS
    if unknown:
        raise PlanError(f"the plan has unknown fields: {', '.join(sorted(unknown))}")
    try:
        decryptable = raw.get("decryptable")
        return Plan(
            roots=tuple(root_of(item) for item in raw.get("roots", ())),
            canaries=tuple(text.encode() for text in raw.get("canaries", ())),
            bystanders=tuple(pictures(raw.get("bystanders", ()))),
            known=tuple(pictures(raw.get("known", ()))),
            inputs=tuple(Path(item) for item in raw.get("inputs", ())),
            input_hashes=frozenset(raw.get("input_hashes", ())),
            plant=Path(raw["plant"]) if raw.get("plant") else None,
            decryptable=None if decryptable is None else frozenset(UUID(item) for item in decryptable),
            same_face=None if raw.get("same_face") is None else float(raw["same_face"]),
            pack=str(raw.get("pack", default_pack)),
        )
    except (TypeError, ValueError, AttributeError, KeyError) as problem:
        raise PlanError(f"the plan cannot be read: {problem}") from problem


def root_of(item: str | Mapping[str, Any]) -> Root:
    """A path, or {"path", "changed_since" (ISO 8601 with offset), "own_only", "leave_out", "plant"}."""
    if isinstance(item, str):
        return Root(Path(item))
    since = item.get("changed_since")
    return Root(
        path=Path(item["path"]),
        changed_since=None if since is None else instant(since).timestamp(),
        own_only=bool(item.get("own_only", False)),
        leave_out=tuple(Path(path) for path in item.get("leave_out", ())),
        plant=bool(item.get("plant", True)),
    )


def instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise PlanError(f"{text} needs an offset from UTC")
    return found


def pictures(items: Sequence[str]) -> Iterator[Path]:
    """The named pictures, and those in the named folders."""
    for item in items:
        path = Path(item)
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in PICTURE_SUFFIXES)
        else:
            yield path


def expectations_of(plan: Plan, pack: FacePack, default_threshold: float) -> Expectations:
    """Loads the pictures and makes the templates. Raises PlanError when one is missing or shows no face."""
    bystanders = templates_of(plan.bystanders, pack)
    return Expectations(
        canaries=plan.canaries,
        forbidden=tuple(bystanders),
        known=tuple(templates_of(plan.known, pack)),
        same_face=default_threshold if plan.same_face is None else plan.same_face,
        plant_picture=picture_to_plant(plan, pack),
        known_pictures=frozenset(hashlib.sha256(read(path)).hexdigest() for path in plan.known),
        inputs=plan.input_hashes | frozenset(hashes_below(plan.inputs)),
        decryptable=plan.decryptable,
    )


def templates_of(paths: Sequence[Path], pack: FacePack) -> list[NamedTemplate]:
    """One template a face, labelled by the file's name and the face's number."""
    found = []
    for path in paths:
        faces = faces_in(path, pack)
        if len(faces) == 0:
            raise PlanError(f"{path}: no face is found in it")
        found += [NamedTemplate(f"{path.stem} face {n}", face) for n, face in enumerate(faces, start=1)]
    return found


def picture_to_plant(plan: Plan, pack: FacePack) -> bytes:
    for path in [plan.plant] if plan.plant else plan.bystanders:
        if len(faces_in(path, pack)) == 1:
            return read(path)
    raise PlanError("the plan names no picture with exactly one face, of nobody who may be found, to plant")


def faces_in(path: Path, pack: FacePack) -> np.ndarray[Any, np.dtype[np.float32]]:
    image = decode(read(path))
    if image is None:
        raise PlanError(f"{path}: cannot be decoded")
    return pack.templates(image)


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise PlanError(f"{path}: {problem.strerror}") from problem


def hashes_below(paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        if not path.exists():
            raise PlanError(f"{path}: this input is not there")
        for file in files:
            with file.open("rb") as handle:
                yield hashlib.file_digest(handle, "sha256").hexdigest()
