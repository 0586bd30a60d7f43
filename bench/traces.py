"""What the trace check costs on files that hold nothing, beside hashing the same bytes."""

from __future__ import annotations

import hashlib
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from apps.ops.tracecheck.check import run_check
from apps.ops.tracecheck.data import Expectations, NamedTemplate, Root
from apps.ops.tracecheck.engine import EnginePack
from apps.recognition.engine.packs import Pack

BYSTANDER = Path(__file__).resolve().parent.parent / "var/cache/photos/bystander_d.jpg"


def measure(pack: Pack) -> dict[str, float]:
    """Seconds of one processor a gigabyte, and how many times the cost of SHA-256 over the same files."""
    engine = EnginePack(pack)
    [vector] = engine.templates(cv2.imread(str(BYSTANDER), cv2.IMREAD_COLOR))
    face = NamedTemplate("bystander", vector)
    expected = Expectations(
        canaries=(b"canary-of-the-bench",),
        forbidden=(face,),
        known=(),
        same_face=pack.manifest.default_threshold,
        plant_picture=BYSTANDER.read_bytes(),
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder)
        began = time.process_time()
        for path in folder.iterdir():
            hashlib.sha256(path.read_bytes()).digest()
        hashing = time.process_time() - began
        began = time.process_time()
        report = run_check(roots=(Root(folder),), expectations=expected, pack=engine)
        spent = time.process_time() - began
    return {
        "trace_check_s_a_gigabyte": spent / report.bytes_scanned * 1e9,
        "trace_check_to_sha256_ratio": spent / hashing,
    }


def fill(folder: Path) -> None:
    """An eighth of a gigabyte of everything a day leaves: noise, zeros, log lines, whole numbers."""
    noise = np.random.default_rng(1).bytes(16 << 20)
    for number in range(4):
        (folder / f"random{number}").write_bytes(noise)
    (folder / "zeros").write_bytes(bytes(32 << 20))
    line = b"2026-10-10 10:20:30.123 UTC [1] LOG: 0.123 ms, 10.0.0.1 x=0.5\n"
    (folder / "log").write_bytes(line * 125_000)
    (folder / "integers").write_bytes(np.arange(4 << 20, dtype="<u4").tobytes())
