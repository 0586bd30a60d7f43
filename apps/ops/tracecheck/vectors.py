"""Templates that nobody computed in advance: any stretch of numbers of length 1 that is close to a
forbidden face.

A worker's template of a bystander differs in its last bits from the one the check computes from the
photograph, so exact bytes are not enough. A stretch of D values with Euclidean length 1 is rare enough in
any file to be compared by cosine similarity with every forbidden template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from apps.ops.tracecheck.data import NamedTemplate

BLOCK = 16  # values summed at a time by the prefilter
TOO_LARGE = np.float32(4.0)  # stands for the square of a value no normalised template can hold
CHUNK_BLOCKS = 1 << 13

TEXT_WINDOW = 8
TEXT_TOLERANCE = 1e-3  # three decimals
TEXT_BLOCK = 256
TEXT_DOTS = 5
TEXT_GAP = 16  # "), np.float32(" stands between the values of a printed list
# What a value of a normalised template looks like: below one, with decimals. Times and addresses do not.
NUMBER = re.compile(rb"(?<![\d.])-?(?:0?\.\d{2,}(?:[eE]-?\d+)?|\d(?:\.\d+)?[eE]-\d+)(?![\d.])")


def float16_squares() -> NDArray[np.float32]:
    with np.errstate(all="ignore"):
        values = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)
        squares = np.where(np.abs(values) <= 1.0, values * values, TOO_LARGE)
    return squares.astype(np.float32)


def float32_squares() -> NDArray[np.float32]:
    """By the upper 16 bits of a float32, with the lower half taken as its middle: within 1 %, and one
    look-up.
    """
    with np.errstate(all="ignore"):
        words = (np.arange(1 << 16, dtype=np.uint32) << np.uint32(16)) | np.uint32(0x8000)
        values = words.view(np.float32).astype(np.float64)
        squares = np.where(np.abs(values) <= 1.01, values * values, TOO_LARGE)
    return squares.astype(np.float32)


FORMS = (
    # name, numpy type, bytes of a value, offset of its telling 16 bits, squares by those bits
    ("float32", np.dtype("<f4"), 4, 2, float32_squares()),
    ("float16", np.dtype("<f2"), 2, 0, float16_squares()),
)


class VectorSearch:
    """Finds stretches close to `templates` (all of one dimension D) in binary data and in decimal text."""

    def __init__(self, templates: Sequence[NamedTemplate], same_face: float) -> None:
        dimensions = {len(template.vector) for template in templates}
        if len(dimensions) != 1:
            raise ValueError(f"one dimension at a time, not {sorted(dimensions)}")
        self.dimension = dimensions.pop()
        self.labels = [template.label for template in templates]
        self.matrix = np.stack([template.vector for template in templates])
        self.same_face = same_face

    def search(self, block: bytes) -> Iterator[tuple[int, str]]:
        """Yields (offset in `block`, what was found)."""
        for name, dtype, size, telling, squares in FORMS:
            for shift in range(size if len(block) >= size * self.dimension else 0):
                words = np.frombuffer(block, dtype="<u2", count=(len(block) - shift) // 2, offset=shift)[
                    telling // 2 :: size // 2
                ]
                for start in self.likely(words, squares):
                    yield from self.confirm(block, shift, start, name, dtype)
        yield from self.search_text(block)

    def likely(self, words: NDArray[np.uint16], squares: NDArray[np.float32]) -> Iterator[int]:
        """Yields the first value of each block in which a stretch of length 1 may begin."""
        inner = (self.dimension - BLOCK + 1) // BLOCK  # blocks that lie wholly inside any such stretch
        outer = -(-(self.dimension + BLOCK - 1) // BLOCK)  # blocks that it touches at most
        blocks = -(-len(words) // BLOCK)
        for first in range(0, blocks, CHUNK_BLOCKS):
            last = min(first + CHUNK_BLOCKS + outer, blocks)
            part = words[first * BLOCK : last * BLOCK]
            energy = np.pad(squares[part], (0, -len(part) % BLOCK)).reshape(-1, BLOCK).sum(axis=1)
            total = np.concatenate([[0.0], np.cumsum(energy, dtype=np.float64)])
            begins = np.arange(min(CHUNK_BLOCKS, last - first))
            within = total[np.minimum(begins + 1 + inner, last - first)] - total[begins + 1]
            around = total[np.minimum(begins + outer, last - first)] - total[begins]
            hits = np.flatnonzero((around >= 0.97) & (within <= 1.03))
            yield from ((hits + first) * BLOCK).tolist()

    def confirm(
        self, block: bytes, shift: int, start: int, name: str, dtype: np.dtype[np.floating]
    ) -> Iterator[tuple[int, str]]:
        offset = shift + start * dtype.itemsize
        count = min(self.dimension + BLOCK - 1, (len(block) - offset) // dtype.itemsize)
        if count < self.dimension:
            return
        with np.errstate(all="ignore"):
            values = np.frombuffer(block, dtype=dtype, count=count, offset=offset).astype(np.float64)
        for place, label, similarity in self.close_stretches(values):
            yield offset + place * dtype.itemsize, f"like {label} ({similarity:.2f}) as {name}"

    def close_stretches(self, values: NDArray[np.float64]) -> list[tuple[int, str, float]]:
        """The best place, if any, where D consecutive `values` have length 1 and resemble a template."""
        with np.errstate(all="ignore"):
            stretches = np.lib.stride_tricks.sliding_window_view(values, self.dimension)
            lengths = np.linalg.norm(stretches, axis=1)
            usable = np.flatnonzero(np.abs(lengths - 1.0) <= 0.02)
        if not usable.size:
            return []
        similar = (stretches[usable] @ self.matrix.T) / lengths[usable, None]
        row, column = np.unravel_index(int(np.argmax(similar)), similar.shape)
        best = float(similar[row, column])
        return [(int(usable[row]), self.labels[column], best)] if best >= self.same_face else []

    def search_text(self, block: bytes) -> Iterator[tuple[int, str]]:
        for begin, end in numeric_regions(block):
            for offsets, values in number_runs(block[begin:end]):
                for place, found in self.match_numbers(values):
                    yield begin + offsets[place], f"{found} as text"

    def match_numbers(self, values: NDArray[np.float64]) -> list[tuple[int, str]]:
        found: dict[str, int] = {}
        if len(values) >= self.dimension:
            for start in range(0, len(values) - self.dimension + 1, BLOCK):
                stretch = values[start : start + self.dimension + BLOCK - 1]
                for place, label, similarity in self.close_stretches(stretch):
                    found.setdefault(f"like {label} ({similarity:.2f})", start + place)
        places = len(values) - TEXT_WINDOW + 1
        for label, template in zip(self.labels, self.matrix, strict=True):
            for at in range(0, self.dimension - TEXT_WINDOW + 1, TEXT_WINDOW):
                same = np.ones(places, dtype=bool)
                for step in range(TEXT_WINDOW):
                    near = np.abs(values[step : step + places] - template[at + step]) <= TEXT_TOLERANCE
                    same &= near
                    if not same.any():
                        break
                else:
                    found.setdefault(f"part of the template of {label}", int(np.argmax(same)))
        return [(place, name) for name, place in found.items()]


def numeric_regions(block: bytes) -> list[tuple[int, int]]:
    """Stretches with so many full stops that sixteen decimal numbers may stand there, as (begin, end)."""
    padded = len(block) // TEXT_BLOCK
    dots = np.frombuffer(block, dtype=np.uint8, count=padded * TEXT_BLOCK) == ord(".")
    dense = np.flatnonzero(dots.reshape(-1, TEXT_BLOCK).sum(axis=1) >= TEXT_DOTS).tolist()
    if len(block) - padded * TEXT_BLOCK:
        dense.append(padded)  # the rest, shorter than a block, is always read
    regions: list[tuple[int, int]] = []
    for index in dense:
        begin, end = max(0, (index - 2) * TEXT_BLOCK), min(len(block), (index + 3) * TEXT_BLOCK)
        if regions and begin <= regions[-1][1]:
            regions[-1] = (regions[-1][0], end)
        else:
            regions.append((begin, end))
    return regions


def number_runs(text: bytes) -> Iterator[tuple[list[int], NDArray[np.float64]]]:
    """Runs of at least TEXT_WINDOW numbers with little between them: their offsets in `text` and their
    values.
    """
    offsets: list[int] = []
    values: list[float] = []
    end = 0
    for match in NUMBER.finditer(text):
        if match.start() - end > TEXT_GAP and values:
            if len(values) >= TEXT_WINDOW:
                yield offsets, np.array(values)
            offsets, values = [], []
        offsets.append(match.start())
        values.append(float(match[0]))
        end = match.end()
    if len(values) >= TEXT_WINDOW:
        yield offsets, np.array(values)
