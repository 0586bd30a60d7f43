"""Writes pack.toml for a folder with SCRFD and ArcFace models that a force supplies itself."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import onnx
from django.core.management.base import BaseCommand, CommandError, CommandParser
from google.protobuf.message import DecodeError

from apps.recognition.api import OWN_MANIFEST
from apps.recognition.engine.errors import PackError
from apps.recognition.engine.packs import PermittedUse, parse_manifest

# Of ArcFace's authors' own comparisons, for want of a force's own; evidence replaces it.
USUAL_THRESHOLD = 0.4
TEXT = """# Recorded by whoever set the folder up; the platform refuses any other file than these.
id = {id}
version = {release}
family = "insightface"
licence = {licence}
permitted_use = {use}
detector = {detector}
embedder = {embedder}
dimension = {dimension}
colour_order = "RGB"
input_size = {side}
similarity = "cosine"
default_threshold = {threshold}
# Rehearsals only, until `manage.py evaluate` has measured it (docs/how-to/system-engineer.md).
evidence_grade = "rehearsal"
evidence = "None recorded: the threshold is a guess."

[files]
{files}
"""


class Command(BaseCommand):
    help = "Write the manifest of a folder with an SCRFD detector and an ArcFace embedder (insightface)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="with the two .onnx files; pack.toml is written there")
        parser.add_argument("--id", required=True, help="a short name: lower-case letters, digits, hyphens")
        parser.add_argument("--release", required=True, help="which release of the models these are")
        parser.add_argument("--detector", required=True, help="file name of the SCRFD model")
        parser.add_argument("--embedder", required=True, help="file name of the ArcFace model")
        parser.add_argument("--licence", required=True, help="the licence, and who granted it, in words")
        parser.add_argument("--permitted-use", choices=sorted(PermittedUse), required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["folder"] / OWN_MANIFEST
        if path.exists():
            raise CommandError(f"{path} is there already: a manifest is not overwritten")
        names = (options["detector"], options["embedder"])
        try:
            contents = [(options["folder"] / name).read_bytes() for name in names]
            dimension, side = _shape(contents[1])
        except (OSError, DecodeError, IndexError) as problem:
            raise CommandError(f"a model cannot be read: {type(problem).__name__}") from problem
        digests = zip(names, (hashlib.sha256(content).hexdigest() for content in contents), strict=True)
        text = TEXT.format(
            **{key: _quoted(options[key]) for key in ("id", "release", "licence", "detector", "embedder")},
            use=_quoted(options["permitted_use"]),
            dimension=dimension,
            side=side,
            threshold=USUAL_THRESHOLD,
            files="\n".join(f"{_quoted(name)} = {_quoted(digest)}" for name, digest in digests),
        )
        try:
            found = parse_manifest(text)
        except PackError as problem:
            raise CommandError(str(problem)) from problem
        path.write_text(text, encoding="utf-8")
        self.stdout.write(f"{path}: {found.edition}, rehearsals only, licence: {found.permitted_use}")


def _shape(content: bytes) -> tuple[int, int]:
    """Values of a template and side of a face in px. Raises IndexError for a graph without them."""
    graph = onnx.load_model_from_string(content).graph
    taken = graph.input[0].type.tensor_type.shape.dim
    given = graph.output[0].type.tensor_type.shape.dim
    return int(given[1].dim_value), int(taken[3].dim_value)


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's quoting is a subset of it."""
    return json.dumps(text, ensure_ascii=False)
