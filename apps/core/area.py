"""The marked area drawn by ourselves, from its outline alone: no map service is asked, nothing is loaded.

A force's area is a few streets, so degrees become metres by one factor each way (wrong by less than a
thousandth over ten kilometres).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, floor, hypot, log10, radians

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# Metres in a degree of latitude, and of longitude on the equator.
NORTH_M = 111_132.0
EAST_M = 111_320.0
WIDTH, HEIGHT, MARGIN = 640, 420, 64
# The bar is at most this share of the drawing's width.
BAR_SHARE = 0.3
KILOMETRE = 1000
LABEL_DISTANCE = 24
# More numbers than this would lie on each other.
MOST_NUMBERED = 12


@dataclass(frozen=True)
class Corner:
    """One point of the outline: where its dot and its number stand in the drawing, and where it is."""

    number: int
    x: float
    y: float
    label_x: float
    label_y: float
    words: str


@dataclass(frozen=True)
class Ground:
    """A line of the force's own base map that lies under the area, and what it is."""

    kind: str
    points: str


@dataclass(frozen=True)
class Area:
    """A drawing of `width` by `height` units, north up. `grid_x` and `grid_y` are one bar apart.

    `ground` is drawn under it and `ground_source` says whose map that is; both are empty on public pages.
    """

    width: int
    height: int
    outline: str
    corners: tuple[Corner, ...]
    numbered: bool
    grid_x: tuple[float, ...]
    grid_y: tuple[float, ...]
    bar_width: float
    bar_words: str
    words: str
    middle: str
    ground: tuple[Ground, ...] = ()
    ground_source: str = ""


@dataclass(frozen=True)
class View:
    """What a drawing shows: its middle in degrees, the size of the outline in metres, units a metre."""

    middle: tuple[float, float]
    wide_m: float
    tall_m: float
    scale: float

    @property
    def _east_m(self) -> float:
        return EAST_M * cos(radians(self.middle[0]))

    def place(self, point: tuple[float, float]) -> tuple[float, float]:
        """Where a point in degrees stands in the drawing."""
        return (
            WIDTH / 2 + (point[1] - self.middle[1]) * self._east_m * self.scale,
            HEIGHT / 2 - (point[0] - self.middle[0]) * NORTH_M * self.scale,
        )

    @property
    def box(self) -> tuple[float, float, float, float]:
        """South, west, north and east of all that is in the drawing, in degrees."""
        up, across = HEIGHT / 2 / NORTH_M / self.scale, WIDTH / 2 / self._east_m / self.scale
        latitude, longitude = self.middle
        return latitude - up, longitude - across, latitude + up, longitude + across


def view_of(polygon: Sequence[tuple[float, float]]) -> View:
    """The view of (latitude, longitude) pairs in degrees. Raises ValueError for fewer than three."""
    if len(polygon) < 3:
        raise ValueError(f"an area has at least three corners, got {len(polygon)}")
    south, north = _ends([point[0] for point in polygon])
    west, east = _ends([point[1] for point in polygon])
    middle = ((south + north) / 2, (west + east) / 2)
    wide, tall = (east - west) * EAST_M * cos(radians(middle[0])), (north - south) * NORTH_M
    # An outline that is next to a line must not be blown up without end.
    scale = min((WIDTH - 2 * MARGIN) / max(wide, 1.0), (HEIGHT - 2 * MARGIN) / max(tall, 1.0))
    return View(middle, wide, tall, scale)


def ground_of(view: View, kind: str, line: Sequence[tuple[float, float]]) -> Ground:
    """A line of a base map, as it lies in that view."""
    return Ground(kind, " ".join(f"{x:.1f},{y:.1f}" for x, y in map(view.place, line)))


def area(polygon: Sequence[tuple[float, float]], *, ground: Sequence[Ground] = (), source: str = "") -> Area:
    """The drawing of (latitude, longitude) pairs in degrees. Raises ValueError for fewer than three."""
    view = view_of(polygon)
    wide, tall, scale = view.wide_m, view.tall_m, view.scale
    places = [view.place(point) for point in polygon]
    bar_m = nice_length(WIDTH * BAR_SHARE / scale)
    step = bar_m * scale
    return Area(
        width=WIDTH,
        height=HEIGHT,
        outline=" ".join(f"{x:.1f},{y:.1f}" for x, y in places),
        corners=tuple(
            _corner(number, place, point)
            for number, (place, point) in enumerate(zip(places, polygon, strict=True), start=1)
        ),
        numbered=len(polygon) <= MOST_NUMBERED,
        grid_x=_grid(WIDTH, step),
        grid_y=_grid(HEIGHT, step),
        bar_width=round(step, 1),
        bar_words=say_length(bar_m),
        words=_(
            "An area with %(corners)d corners, about %(wide)s from west to east and "
            "%(tall)s from north to south."
        )
        % {"corners": len(polygon), "wide": say_length(rough(wide)), "tall": say_length(rough(tall))},
        middle=say_place(view.middle),
        ground=tuple(ground),
        ground_source=source if ground else "",
    )


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _corner(number: int, place: tuple[float, float], point: tuple[float, float]) -> Corner:
    """The number stands away from the middle, so that it does not lie on the outline."""
    x, y = place
    away_x, away_y = x - WIDTH / 2, y - HEIGHT / 2
    length = hypot(away_x, away_y) or 1.0
    return Corner(
        number=number,
        x=round(x, 1),
        y=round(y, 1),
        label_x=round(x + LABEL_DISTANCE * away_x / length, 1),
        label_y=round(y + LABEL_DISTANCE * away_y / length, 1),
        words=say_place(point),
    )


def _grid(length: int, step: float) -> tuple[float, ...]:
    """Lines one bar apart, one of them through the middle."""
    first = (length / 2) % step
    return tuple(round(first + index * step, 1) for index in range(int((length - first) // step) + 1))


def nice_length(most_m: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten, in metres, that is not above `most_m`."""
    power = 10.0 ** floor(log10(most_m))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= most_m)


def rough(metres: float) -> float:
    """To two digits: the outline was drawn by hand."""
    return metres if metres < 1 else round(metres, 1 - floor(log10(metres)))


def say_length(metres: float) -> str:
    """For instance "50 metres" or "1.5 kilometres"."""
    one_or_many = 1 if metres in (1, KILOMETRE) else 2
    if metres >= KILOMETRE:
        words = ngettext("%(number)s kilometre", "%(number)s kilometres", one_or_many)
        return words % {"number": f"{metres / KILOMETRE:.3g}"}
    return ngettext("%(number)s metre", "%(number)s metres", one_or_many) % {"number": f"{metres:.3g}"}


def say_place(point: tuple[float, float]) -> str:
    """Latitude and longitude, for instance "51.80000° north, 0.21000° west"."""
    latitude, longitude = point
    up = _("south") if latitude < 0 else _("north")
    across = _("west") if longitude < 0 else _("east")
    return f"{abs(latitude):.5f}° {up}, {abs(longitude):.5f}° {across}"
