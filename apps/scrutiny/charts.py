"""Bars as SVG, drawn on the server from the table that stands beside them.

No style and no script, which the pages' policy refuses: presentation attributes only. Kinds differ by
pattern and not by colour alone, and each bar ends in its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from html import escape

from apps.scrutiny.exports.report import Chart, Table

# Units of the picture: it is scaled to its place, and must be legible in 360 pixels.
WIDTH, NAMES, NUMBERS = 400, 118, 62
ROW, BAR, KEY, SIZE = 26, 16, 22, 13
LONGEST_NAME = 14
# Where names stand above their bars and not beside them.
TALL_ROW, LONGEST_ABOVE = 42, 52
INK = "#0b0c0c"
# (colour below, lines above): readable in black and white too.
LOOKS = (
    ("#1d70b8", ""),
    ("#ffffff", f'<path d="M0 8L8 0M-2 2L2 -2M6 10L10 6" stroke="{INK}" stroke-width="2"/>'),
    ("#b1b4b6", ""),
    ("#ffffff", f'<circle cx="4" cy="4" r="1.6" fill="{INK}"/>'),
)


@dataclass(frozen=True)
class _Bar:
    name: str
    parts: tuple[Decimal, ...]
    total: str


@dataclass(frozen=True)
class _Picture:
    """`most` is the number of the longest bar."""

    key: str
    most: Decimal
    above: bool

    @property
    def row(self) -> int:
        return TALL_ROW if self.above else ROW

    @property
    def begin(self) -> int:
        return 0 if self.above else NAMES

    def width(self, part: Decimal) -> Decimal:
        return part / self.most * (WIDTH - self.begin - NUMBERS)


def bars(table: Table, *, unit: str, key: str, total: int | None = None, above: bool = False) -> Chart:
    """A bar for each row: its parts are the columns of numbers after the first column, but for `total`, the
    column with their sum. A cell that is no number is an empty bar that ends in its words.

    `key` makes the ids of the patterns the picture's own; `unit` is what the numbers count. `above`: names
    stand above their bars, where they are long.
    """
    shown = [at for at, column in enumerate(table.columns) if column.number and at != total]
    if len(shown) > len(LOOKS):
        raise ValueError(f"{table.caption}: more kinds than can be told apart")
    found = [_bar(row, shown, total, LONGEST_ABOVE if above else LONGEST_NAME) for row in table.rows]
    most = max((sum(each.parts, Decimal(0)) for each in found), default=Decimal(0))
    kinds = [table.columns[at].title for at in shown]
    description = f"Bars of {unit}, one for each row of the table beside it."
    if len(kinds) > 1:
        description += f" Each is made of: {', '.join(kinds)}."
    names = kinds if len(kinds) > 1 else []
    labels = (*names, *(text for each in found for text in (each.name, each.total)))
    picture = _Picture(key, most, above)
    return Chart(description, _svg(table.caption, description, found, names, picture), labels, table)


def _bar(row: Sequence[str], shown: Sequence[int], total: int | None, longest: int) -> _Bar:
    name = row[0] if len(row[0]) <= longest else f"{row[0][: longest - 1]}…"
    ends = row[total] if total is not None else row[shown[0]]
    return _Bar(name, tuple(_number(row[at]) for at in shown), ends)


def _number(cell: str) -> Decimal:
    try:
        found = Decimal(cell)
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() and found > 0 else Decimal(0)


def _svg(
    caption: str, description: str, found: Sequence[_Bar], kinds: Sequence[str], picture: _Picture
) -> str:
    key, top = picture.key, len(kinds) * KEY + (8 if kinds else 0)
    height = top + len(found) * picture.row + 4
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'width="{WIDTH}" height="{height}" '
        f'aria-labelledby="{key}-title {key}-desc" font-family="Libertinus Serif" font-size="{SIZE}">',
        f'<title id="{key}-title">{escape(caption)}</title>',
        f'<desc id="{key}-desc">{escape(description)}</desc>',
        f"<defs>{''.join(_pattern(key, at) for at in range(len(kinds)) if LOOKS[at][1])}</defs>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for at, kind in enumerate(kinds):
        parts.append(_rect(0, at * KEY + 2, BAR, key, at))
        parts.append(_text(BAR + 8, at * KEY + 15, kind))
    for at, bar in enumerate(found):
        parts.extend(_drawn(bar, top + at * picture.row, picture))
    return "".join([*parts, "</svg>"])


def _drawn(bar: _Bar, y: int, picture: _Picture) -> list[str]:
    drawn, x = [_text(0, y + 15, bar.name)], Decimal(picture.begin)
    line = y + picture.row - ROW
    for at, part in enumerate(bar.parts):
        if part:
            width = picture.width(part)
            drawn.append(_rect(x, line + 2, width, picture.key, at))
            x += width
    return [*drawn, _text(x + 6 if x else x, line + 15, bar.total)]


def _pattern(key: str, at: int) -> str:
    colour, lines = LOOKS[at]
    return (
        f'<pattern id="{key}-{at}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{colour}"/>{lines}</pattern>'
    )


def _rect(x: Decimal | int, y: int, width: Decimal | int, key: str, at: int) -> str:
    colour, lines = LOOKS[at]
    fill = f"url(#{key}-{at})" if lines else colour
    return (
        f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{fill}" '
        f'stroke="{INK}" stroke-width="1"/>'
    )


def _text(x: Decimal | int, y: int, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" fill="{INK}">{escape(words)}</text>'
