"""JSON as text in pieces, for what is too long to stand in memory as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

GATHERED = 65_536


@dataclass(frozen=True)
class Each:
    """An array whose items are made one by one, each time that it is written. `items` gives them anew."""

    items: Callable[[], Iterable[object]]

    def __iter__(self) -> Iterator[object]:
        return iter(self.items())


@dataclass(frozen=True)
class Layout:
    """`encode` writes a value that has no `Each` in it. `indent`: in a line for each member, or None for no
    spaces at all."""

    encode: Callable[[object], str]
    indent: int | None = None
    sort_keys: bool = False


def pieces(value: object, layout: Layout, *, depth: int = 0) -> Iterator[str]:
    """The same text as `json` would write with lists for each `Each`. These may stand in mappings, and in
    lists of mappings, to any depth; all else is written as one piece. Raises TypeError for a member that is
    not named by text, and what `encode` raises."""
    if isinstance(value, Mapping):
        members = sorted(value.items()) if layout.sort_keys else value.items()
        colon = ":" if layout.indent is None else ": "
        named = (
            chain([_name(name, layout) + colon], pieces(item, layout, depth=depth + 1))
            for name, item in members
        )
        yield from _within("{", named, "}", layout, depth)
    elif isinstance(value, Each):
        yield from _within("[", ([_moved(item, layout, depth + 1)] for item in value), "]", layout, depth)
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        items = (pieces(item, layout, depth=depth + 1) for item in value)
        yield from _within("[", items, "]", layout, depth)
    else:
        yield _moved(value, layout, depth)


def _name(name: object, layout: Layout) -> str:
    if not isinstance(name, str):
        raise TypeError(f"a member is named by text, not by {name!r}")
    return layout.encode(name)


def _within(
    opened: str, members: Iterable[Iterable[str]], closed: str, layout: Layout, depth: int
) -> Iterator[str]:
    before = opened
    for member in members:
        yield before + _line(layout, depth + 1)
        yield from member
        before = ","
    if before == opened:
        yield opened + closed
    else:
        yield _line(layout, depth) + closed


def _moved(value: object, layout: Layout, depth: int) -> str:
    """A line feed stands between the members only: in a text it is written as two signs."""
    return layout.encode(value).replace("\n", _line(layout, depth) or "\n")


def _line(layout: Layout, depth: int) -> str:
    return "" if layout.indent is None else "\n" + " " * (layout.indent * depth)


def gathered(texts: Iterable[str], *, size: int = GATHERED) -> Iterator[bytes]:
    """As UTF-8, in pieces of at least `size` characters but the last."""
    kept, length = [], 0
    for text in texts:
        kept.append(text)
        length += len(text)
        if length >= size:
            yield "".join(kept).encode()
            kept, length = [], 0
    if kept:
        yield "".join(kept).encode()
