"""`python -m tests.hostile_pictures N`: N mutated and hostile pictures, and not one may do harm.

Each either becomes one face or is refused with a code and a sentence: never another error, never longer than
ten seconds of work, never more memory than a large picture needs. They run in a process of their own, so that
a crash of a decoder is a finding and not the end of the run; the process is watched from outside. Nothing is
written: that a refused picture leaves no row is what
`tests/integration/deployments/test_hostile_rows.py` asks, with the same pictures.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import random
import re
import struct
import sys
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PHOTO = Path(os.environ.get("LFR_PHOTOS_DIR") or ROOT / "var/cache/photos") / "subject_b_1.jpg"
# Of its own processor time; and by the clock, for one that waits for ever.
LONGEST_S = 10.0
LONGEST_WAIT_S = 120.0
LOOK_EVERY_S = 1.0
# A picture of the largest size that is taken has 50 million pixels, in three colours and in floats at most.
MOST_MIB = 1_500
SEED = 20_261_125
WIDTH, HEIGHT = 240, 301
SAVED: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("JPEG", "RGB", {}),
    ("JPEG", "RGB", {"progressive": True}),
    ("JPEG", "CMYK", {}),
    ("JPEG", "L", {}),
    ("PNG", "RGB", {}),
    ("PNG", "RGBA", {}),
    ("PNG", "LA", {}),
    ("PNG", "P", {}),
    ("PNG", "1", {}),
    ("WEBP", "RGB", {}),
    ("WEBP", "RGBA", {"lossless": True}),
    ("TIFF", "RGB", {}),
    ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    ("TIFF", "RGB", {"compression": "tiff_deflate"}),
    ("TIFF", "L", {"compression": "jpeg"}),
    ("TIFF", "1", {"compression": "group4"}),
    ("BMP", "RGB", {}),
    ("BMP", "P", {}),
    ("GIF", "P", {}),
    ("JPEG2000", "RGB", {}),
    ("PPM", "RGB", {}),
    ("AVIF", "RGB", {}),
)


def seeds() -> list[bytes]:
    """One portrait in each way that it is usually saved."""
    with Image.open(PHOTO) as opened:
        portrait = opened.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    found = []
    for file_format, mode, options in SAVED:
        out = io.BytesIO()
        portrait.convert(mode).save(out, file_format, **options)
        found.append(out.getvalue())
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "x" * 4_000
    out = io.BytesIO()
    portrait.save(out, "JPEG", exif=exif.tobytes(), icc_profile=b"no profile" * 50)
    found.append(out.getvalue())
    deep = (np.asarray(portrait.convert("L")).astype(np.uint16) * 257).astype(np.uint16)
    out = io.BytesIO()
    Image.fromarray(deep).save(out, "PNG")
    return [*found, out.getvalue()]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, body: bytes, *, depth: int = 8, colour: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def made_by_hand() -> list[bytes]:
    """What somebody would send who means harm."""
    flat = zlib.compress(b"\0" * 4_000_000)
    tiff_loop = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 0) + struct.pack("<I", 8)
    many_tags = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 65_535) + b"\xff" * 4_000
    return [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\xff\xff\xff\xffWEBPVP8 ",
        png(100_000, 100_000, flat),
        png(65_535, 65_535, flat, depth=1, colour=0),
        png(7_000, 7_000, flat),  # within the limit, and cut off
        png(1, 1, zlib.compress(b"\0\0\0\0")),
        png(0, 0, b""),
        png(30_000, 1, zlib.compress(b"\0" + b"\0\0\0" * 30_000)),
        tiff_loop,
        many_tags,
        b"GIF89a\xff\xff\xff\xff\xf7\x00\x00" + b"\0" * 800,
        b"BM" + b"\xff" * 200,
        b"P6\n99999999 99999999\n255\n",
        b"P6\n# " + b"a" * 100_000,
        b"\x00\x00\x00\x0cjP  \r\n\x87\n" + b"\0" * 100,
        b"\x00\x00\x00\x20ftypheic" + b"\0" * 64,
        b"\x00\x00\x00\x20ftypavif" + b"\xff" * 400,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        b"PK\x03\x04" + b"\0" * 100,
        b"#!/bin/sh\nexit 1\n",
    ]


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """The file with a few things done to it that accidents and attackers do."""
    data = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        CHANGES[chance.randrange(len(CHANGES))](data, chance)
    return bytes(data)


def _flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 40)):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _flip_head(data: bytearray, chance: random.Random) -> None:
    """Headers hold sizes, offsets and counts."""
    for _ in range(chance.randint(1, 6)):
        if data:
            data[chance.randrange(min(len(data), 200))] = chance.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randint(0, len(data)) :]


def _cut_out(data: bytearray, chance: random.Random) -> None:
    at = chance.randint(0, len(data))
    del data[at : at + chance.randint(1, 2_000)]


def _double(data: bytearray, chance: random.Random) -> None:
    at = chance.randint(0, len(data))
    data[at:at] = data[at : at + chance.randint(1, 2_000)]


def _garbage(data: bytearray, chance: random.Random) -> None:
    at = chance.randint(0, len(data))
    data[at:at] = chance.randbytes(chance.randint(1, 400))


def _huge(data: bytearray, chance: random.Random) -> None:
    if len(data) > 8:
        at = chance.randrange(min(len(data), 400) - 4)
        data[at : at + 4] = chance.choice(
            (b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\0\1\0\0")
        )


CHANGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _flip_head, _cut, _cut_out, _double, _garbage, _huge,
)  # fmt: skip


def pictures(count: int) -> Iterator[bytes]:
    """The same ones each time."""
    chance = random.Random(SEED)
    first = made_by_hand()
    saved = seeds()
    yield from first[:count]
    for number in range(max(0, count - len(first))):
        yield mutated(saved[number % len(saved)], chance)


def _try_each(asked: Connection) -> None:
    """In the process of its own: bytes in, a word out."""
    from apps.recognition.engine.enrol import enrol_picture
    from apps.recognition.engine.errors import EnrolmentRefused
    from apps.recognition.engine.opencv_zoo import OpenCVZooPack
    from apps.recognition.engine.packs import installed_folder, load_manifest

    warnings.simplefilter("ignore")  # readers tell what is wrong with each file
    manifest = load_manifest(ROOT / "apps/recognition/packs/opencv_zoo.toml")
    pack = OpenCVZooPack(manifest, installed_folder(manifest), "cpu", 1)
    asked.send("ready")
    while (raw := asked.recv()) is not None:
        try:
            enrol_picture(pack, raw)
            word = "a face"
        except EnrolmentRefused as refused:
            word = str(refused.reason_code) if refused.message.strip() else "refused without a word"
        except BaseException as wrong:  # noqa: BLE001 - whatever it is, it is the finding
            word = f"ERROR {type(wrong).__name__}"
        asked.send((word, _peak_mib()))


def _peak_mib() -> float:
    """Of this program alone: `getrusage` also counts what the process was before it became it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status, re.M)
    return int(peak) / 1024


class Trial:
    """A process that looks at pictures, begun again when one of them kills it."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_try_each, args=(there,), daemon=True)
        self._process.start()
        there.close()
        if self._here.recv() != "ready":
            raise RuntimeError("the process did not begin")

    def look(self, raw: bytes) -> tuple[str, float, float]:
        """The outcome in a word, seconds of work, and the peak memory of the process so far in MiB."""
        before, began = self._worked(), time.perf_counter()
        self._here.send(raw)
        try:
            while not self._here.poll(LOOK_EVERY_S):
                if self._worked() - before > LONGEST_S or time.perf_counter() - began > LONGEST_WAIT_S:
                    return self._lost("ERROR hang", self._worked() - before)
            word, peak = self._here.recv()
        except (EOFError, ConnectionError):
            return self._lost("ERROR crash", 0.0)
        return word, self._worked() - before, peak

    def _worked(self) -> float:
        """Processor seconds of the process so far. By the clock, a picture would hang on a busy machine."""
        fields = (
            Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _lost(self, word: str, taken: float) -> tuple[str, float, float]:
        self.end()
        self._begin()
        return word, taken, 0.0

    def end(self) -> None:
        self._process.kill()
        self._process.join()


def run(count: int, *, say: Callable[[str], object] = print) -> list[str]:
    """What went wrong, in words; empty when nothing did."""
    trial, outcomes, problems = Trial(), Counter[str](), []
    slowest = peak = 0.0
    try:
        for number, raw in enumerate(pictures(count)):
            word, seconds, used = trial.look(raw)
            outcomes[word] += 1
            slowest, peak = max(slowest, seconds), max(peak, used)
            if word.startswith(("ERROR", "refused without")):
                problems.append(f"picture {number}: {word}")
    finally:
        trial.end()
    for word, times in outcomes.most_common():
        say(f"{times:7,} {word}")
    say(f"slowest {slowest:.2f} s of work, peak memory {peak:.0f} MiB")
    if peak > MOST_MIB:
        problems.append(f"{peak:.0f} MiB were used, {MOST_MIB} are allowed")
    return problems


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("count", type=int, nargs="?", default=10_000)
    problems = run(asked.parse_args().count)
    sys.stdout.writelines(f"WRONG {problem}\n" for problem in problems)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
