"""In which order several workers run the tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def spread(slow: Sequence[Item], others: Sequence[Item], workers: int) -> Iterator[Item]:
    """The slow ones where each worker begins, in turn. With `--dist worksteal` every worker is given one
    stretch of the list, and takes from the end of another's when it has done its own."""
    left, rest = len(slow) + len(others), iter(others)
    for worker in range(workers):
        stretch = left // (workers - worker)
        left -= stretch
        first = slow[worker::workers]
        yield from first
        for _ in range(stretch - len(first)):
            yield next(rest)
    yield from rest
