"""Line charts as SVG: readable without colour (each line has its dashes and its name), described for those
who do not see them. A table with the same numbers stands beside each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 86, 16, 16, 100
# (colour, dashes): the first is solid.
STYLES = (
    ("#0b3a5e", ""),
    ("#b3271c", "9 4"),
    ("#00703c", "2 4"),
    ("#5f3a86", "12 4 2 4"),
    ("#484d50", "5 2"),
)
# Beyond these a logarithmic axis has no room.
SMALLEST = 1e-9


@dataclass(frozen=True)
class Axis:
    """From ``low`` to ``high`` in ``steps``; ``log`` axes carry powers of ten."""

    label: str
    low: float
    high: float
    log: bool = False
    steps: int = 5

    def place(self, value: float) -> float:
        """0 to 1; a value outside stands at the edge."""
        if self.log:
            at = math.log10(max(value, SMALLEST) / self.low) / math.log10(self.high / self.low)
        else:
            at = (value - self.low) / (self.high - self.low)
        return min(1.0, max(0.0, at))

    def ticks(self) -> list[float]:
        if self.log:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            return [10.0**power for power in range(first, last + 1)]
        step = (self.high - self.low) / self.steps
        return [self.low + step * number for number in range(self.steps + 1)]


@dataclass(frozen=True)
class Line:
    """Points from left to right; a point with None is a gap."""

    name: str
    points: Sequence[tuple[float, float | None]] = field(repr=False)


def chart(*, key: str, title: str, description: str, across: Axis, up: Axis, lines: Sequence[Line]) -> str:
    """``key`` must be unique within the page, and a plain word."""
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{key}-t {key}-d">',
        f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(description)}</desc>',
        _frame(across, up),
    ]
    for number, line in enumerate(lines):
        colour, dashes = STYLES[number % len(STYLES)]
        parts.append(
            f'<path d="{_path(line, across, up)}" fill="none" stroke="{colour}" stroke-width="2.5"'
            f' stroke-dasharray="{dashes}"/>'
        )
        parts.append(_key(number, line.name, colour, dashes))
    parts.append("</svg>")
    return "".join(parts)


def round_up(value: float) -> float:
    """The next of 1, 2, 5, 10 … above, so that the steps of an axis are plain numbers."""
    power = 10.0 ** math.floor(math.log10(max(value, SMALLEST)))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= value)


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.place(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.place(value) * (HEIGHT - TOP - BOTTOM)


def _path(line: Line, across: Axis, up: Axis) -> str:
    steps, pen_up = [], True
    for x, y in line.points:
        if y is None:
            pen_up = True
            continue
        steps.append(f"{'M' if pen_up else 'L'}{_x(across, x):.1f} {_y(up, y):.1f}")
        pen_up = False
    return "".join(steps)


def _frame(across: Axis, up: Axis) -> str:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for value in across.ticks():
        x = _x(across, value)
        parts.append(f'<path d="M{x:.1f} {TOP}V{bottom}" stroke="#dee0e2"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{_number(value)}</text>')
    for value in up.ticks():
        y = _y(up, value)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#dee0e2"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 5:.1f}" text-anchor="end">{_number(value)}</text>')
    middle = (LEFT + right) / 2
    parts.append(f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#0b0c0c"/>')
    parts.append(
        f'<text x="{middle}" y="{bottom + 44}" text-anchor="middle">{escape(across.label)}</text>'
        f'<text x="16" y="{(TOP + bottom) / 2}" text-anchor="middle"'
        f' transform="rotate(-90 16 {(TOP + bottom) / 2})">{escape(up.label)}</text>'
    )
    return "".join(parts)


def _key(number: int, name: str, colour: str, dashes: str) -> str:
    x = LEFT + (number % 3) * 205
    y = HEIGHT - 34 + (number // 3) * 20
    return (
        f'<path d="M{x} {y}h34" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}"/>'
        f'<text x="{x + 42}" y="{y + 5}">{escape(name)}</text>'
    )


def _number(value: float) -> str:
    if value and abs(value) < 0.001:
        return f"10<tspan dy='-5' font-size='11'>{round(math.log10(abs(value)))}</tspan>"
    return f"{value:.4g}"
