"""Many exact byte strings at once: canaries, and the windows of templates.

`bytes.find` reads the data once per needle, and a day has thousands; here each aligned 32-bit word is
looked up in a table, so that the data is read four times whatever the number of needles.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.ops.tracecheck.data import NamedTemplate

# A run of 16 values holds a whole window of 8 whatever its start, wherever a page or a chunk cut it.
WINDOW = 8
STEP = WINDOW
CHUNK_WORDS = 1 << 18
HASH_FACTOR = np.uint32(2654435761)
HASH_SHIFT = np.uint32(16)


@dataclass(frozen=True)
class Needle:
    """`label` is what a finding says; `data` the bytes searched for, at least 12 of them."""

    label: str
    data: bytes


def encodings(label: str, raw: bytes) -> Iterator[Needle]:
    """`raw` as it is, in hexadecimal, and in Base64 at each of the three positions it can start."""
    yield Needle(label, raw)
    yield Needle(f"{label} in hexadecimal", raw.hex().encode())
    yield Needle(f"{label} in hexadecimal", raw.hex().upper().encode())
    for lead in range(3):
        # The first and last characters depend on the neighbours; the middle does not.
        text = base64.b64encode(b"\0" * lead + raw)
        first = -(-lead * 8 // 6)
        last = (lead + len(raw)) * 8 // 6
        yield Needle(f"{label} in Base64", text[first:last])


def canary_needles(canaries: Sequence[bytes]) -> list[Needle]:
    return [needle for canary in canaries for needle in encodings("canary", canary)]


def template_needles(templates: Sequence[NamedTemplate]) -> list[Needle]:
    """Windows of each template in the binary forms it can have been stored or sent in."""
    forms = {
        "float32": "<f4",
        "float16": "<f2",
        "float64": "<f8",
        "float32 big-endian": ">f4",  # vector_send and halfvec_send write network order
        "float16 big-endian": ">f2",
    }
    found: list[Needle] = []
    for template in templates:
        for name, dtype in forms.items():
            values = template.vector.astype(np.dtype(dtype))
            for start in range(0, len(values) - WINDOW + 1, STEP):
                window = values[start : start + WINDOW]
                if len(np.unique(window)) > WINDOW // 2:  # a run of equal values would be found by chance
                    found.extend(encodings(f"template of {template.label} as {name}", window.tobytes()))
    return found


class NeedleSearch:
    """Finds any of `needles` in a block of bytes. Building it costs milliseconds for thousands of needles."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        self.by_key: dict[int, list[tuple[int, Needle]]] = {}
        for needle in dict.fromkeys(needles):
            if len(needle.data) < 12:
                raise ValueError(f"{needle.label}: {len(needle.data)} bytes are found by chance")
            offset = telling_offset(needle.data)
            key = int.from_bytes(needle.data[offset : offset + 4], "little")
            self.by_key.setdefault(key, []).append((offset, needle))
        self.keys = np.array(sorted(self.by_key), dtype=np.uint32)
        self.table = np.zeros(1 << 16, dtype=bool)
        self.table[slot(self.keys)] = True

    def search(self, block: bytes) -> Iterator[tuple[int, Needle]]:
        """Yields (offset in `block`, needle) for each place where one begins."""
        if not self.by_key:
            return
        for shift in range(4):
            count = (len(block) - shift) // 4
            if count <= 0:
                continue
            words = np.frombuffer(block, dtype="<u4", count=count, offset=shift)
            for index in self.candidates(words):
                yield from self.confirm(block, shift + 4 * int(index), int(words[index]))

    def candidates(self, words: NDArray[np.uint32]) -> Iterator[int]:
        for start in range(0, len(words), CHUNK_WORDS):  # small enough to stay in the processor's cache
            chunk = words[start : start + CHUNK_WORDS]
            likely = np.flatnonzero(self.table[slot(chunk)])
            if likely.size:
                sure = likely[np.isin(chunk[likely], self.keys)]
                yield from (sure + start).tolist()

    def confirm(self, block: bytes, at: int, key: int) -> Iterator[tuple[int, Needle]]:
        for offset, needle in self.by_key[key]:
            begin = at - offset
            if begin >= 0 and block[begin : begin + len(needle.data)] == needle.data:
                yield begin, needle


def slot(words: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return (words * HASH_FACTOR) >> HASH_SHIFT


def telling_offset(data: bytes) -> int:
    """Where in `data` the four most varied bytes stand: zeros and padding are everywhere in a database
    file.
    """
    places = range(len(data) - 3)
    return max(places, key=lambda place: (len(set(data[place : place + 4]) - {0}), place))
