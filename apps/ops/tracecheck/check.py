"""The trace check itself: plant, search, judge, try to decrypt, compare, clean up."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from apps.ops.tracecheck.carving import carve
from apps.ops.tracecheck.data import Expectations, Finding, NamedTemplate, Root, TraceKind, TraceReport
from apps.ops.tracecheck.faces import FaceJudge, FacePack, decode
from apps.ops.tracecheck.needles import NeedleSearch, canary_needles, template_needles
from apps.ops.tracecheck.plants import Planting, planted
from apps.ops.tracecheck.sources import Block, LiveKeys, Walk
from apps.ops.tracecheck.vectors import VectorSearch

THREADS = 2
SHOWN_PER_PLACE = 20
PLANT_LABEL = "the planted face"


class NoFaceToPlant(ValueError):
    """The picture given for the check's own traces does not show exactly one face."""


@dataclass
class Search:
    """All detectors over one block. Safe for several threads: only the face judge is taken in turn."""

    needles: NeedleSearch
    vectors: list[VectorSearch]
    judge: FaceJudge
    lock: threading.Lock = field(default_factory=threading.Lock)
    bytes_scanned: int = 0

    def block(self, block: Block) -> Iterator[Finding]:
        with self.lock:
            self.bytes_scanned += len(block.data)
        for offset, needle in self.needles.search(block.data):
            kind = TraceKind.CANARY if needle.label.startswith("canary") else TraceKind.TEMPLATE
            yield Finding(kind, block.where, block.offset + offset, needle.label)
        for vectors in self.vectors:
            for offset, found in vectors.search(block.data):
                yield Finding(TraceKind.TEMPLATE, block.where, block.offset + offset, found)
        yield from self.pictures(block)

    def pictures(self, block: Block) -> Iterator[Finding]:
        for carved in carve(block.data):
            with self.lock:
                verdict = self.judge.judge(carved)
            where, offset = block.where, block.offset + carved.offset
            if verdict.undecided:
                yield Finding(TraceKind.UNDECIDED, where, offset, f"{carved.form}: {verdict.undecided}")
            if verdict.strangers:
                detail = f"{carved.form} with {verdict.strangers} face(s) of nobody who may be kept"
                yield Finding(TraceKind.PICTURE, where, offset, detail)

    def whole(self, blocks: Iterator[Block]) -> list[Finding]:
        return capped(finding for block in blocks for finding in self.block(block))


def capped(findings: Iterator[Finding]) -> list[Finding]:
    """Each finding once, and no more than a screenful of one kind at one place."""
    kept: dict[Finding, None] = {}
    counts: Counter[tuple[TraceKind, str]] = Counter()
    for finding in findings:
        place = (finding.kind, finding.where)
        if finding not in kept and counts[place] < SHOWN_PER_PLACE:
            counts[place] += 1
            kept[finding] = None
    return list(kept)


def run_check(
    *,
    roots: Sequence[Root],
    expectations: Expectations,
    pack: FacePack,
    valkey: Any | None = None,
    decryptable_blobs: Callable[[], tuple[int, frozenset[UUID]]] | None = None,
) -> TraceReport:
    """Search everything and say what was found.

    `pack` turns pictures into templates; `valkey` is a synchronous client that does not decode responses;
    `decryptable_blobs` tries every encrypted blob and returns how many there were and which could be read.
    Raises NoFaceToPlant when the check could not prove that it finds anything.
    """
    begun = time.monotonic()
    plant_template = template_to_plant(pack, expectations.plant_picture)
    walk = Walk(tuple(roots), expectations.inputs)
    with planted(roots, valkey, expectations.plant_picture, plant_template) as planting:
        search = prepare(expectations, pack, planting, plant_template)
        files, findings = search_everything(walk, search, valkey)
    missed = [
        Finding(TraceKind.PLANT_MISSED, plant.where, None, f"planted {plant.form} was not found")
        for plant in planting.missed(findings)
    ]
    tried, decryption = check_decryption(expectations.decryptable, decryptable_blobs)
    ours = [finding for finding in findings if not planting.owns(finding)]
    return TraceReport(
        findings=tuple(ours + walk.findings + planting.problems + missed + decryption),
        planted=len(planting.plants),
        planted_found=len(planting.plants) - len(missed),
        files_scanned=files,
        bytes_scanned=search.bytes_scanned,
        inputs_excluded=walk.left_out.pop("input", 0),
        left_out=dict(walk.left_out),
        pictures_decoded=sum(verdict.decoded for verdict in search.judge.verdicts.values()),
        blobs_tried=tried,
        seconds=time.monotonic() - begun,
        by_root=dict(walk.by_root),
    )


def template_to_plant(pack: FacePack, picture: bytes) -> NamedTemplate:
    image = decode(picture)
    faces = [] if image is None else list(pack.templates(image))
    if len(faces) != 1:
        raise NoFaceToPlant(f"the picture to plant shows {len(faces)} faces, and one is needed")
    return NamedTemplate(PLANT_LABEL, np.asarray(faces[0], dtype=np.float32))


def prepare(
    expectations: Expectations, pack: FacePack, planting: Planting, plant_template: NamedTemplate
) -> Search:
    forbidden = [*expectations.forbidden, plant_template]
    by_dimension = groupby(sorted(forbidden, key=dimension), key=dimension)
    needles = canary_needles([*expectations.canaries, planting.canary]) + template_needles(forbidden)
    return Search(
        needles=NeedleSearch(needles),
        vectors=[VectorSearch(list(group), expectations.same_face) for _, group in by_dimension],
        judge=FaceJudge(pack, expectations.known, expectations.known_pictures, expectations.same_face),
    )


def dimension(template: NamedTemplate) -> int:
    return len(template.vector)


def search_everything(walk: Walk, search: Search, valkey: Any | None) -> tuple[int, list[Finding]]:
    """Returns how many files were read and all findings, the planted ones among them."""

    def one(path: Path) -> list[Finding]:
        return search.whole(walk.blocks(path))

    files = list(walk.files())
    with ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="trace-check") as threads:
        findings = [finding for found in threads.map(one, files) for finding in found]
    if valkey is not None:
        findings += search.whole(LiveKeys(valkey).blocks())
    return len(files) - walk.left_out["input"], findings


def check_decryption(
    expected: frozenset[UUID] | None, decryptable_blobs: Callable[[], tuple[int, frozenset[UUID]]] | None
) -> tuple[int, list[Finding]]:
    if expected is None or decryptable_blobs is None:
        return 0, []
    tried, readable = decryptable_blobs()
    surplus = [
        Finding(TraceKind.DECRYPTS, f"vault:{blob}", None, "can be decrypted and should be gone")
        for blob in sorted(readable - expected)
    ]
    lacking = [
        Finding(TraceKind.DOES_NOT_DECRYPT, f"vault:{blob}", None, "should be readable and is not")
        for blob in sorted(expected - readable)
    ]
    return tried, surplus + lacking
