"""The figures of an evaluation, each with the table of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

from .intervals import Rates
from .measure import BETWEEN, Evaluation, Row, row_of
from .searches import SearchRow
from .svg import Axis, Line, chart, round_up
from .tally import BINS, THRESHOLDS, Ints
from .words import rate, share

SIMILARITY = "cosine similarity"
# Bins of 0.005 put together for the eye.
TOGETHER = 4
SMALLEST_SHARE = 1e-6
SEARCH_COLUMNS = ("not listed, but found (FPIR)", "listed, and found first (TPIR)")


@dataclass(frozen=True)
class Table:
    """``rows`` as they are shown; the first cell of each is its heading."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def html(self) -> str:
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.columns)
        body = "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in self.rows
        )
        return (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(self.caption)}"><table>'
            f"<caption>{escape(self.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
            "</table></div>"
        )


def figure(svg: str, title: str, table: Table, lines: Sequence[Line]) -> str:
    """Axes without a line would look like a fault: then it is said that there is none."""
    if not any(up is not None for line in lines for _, up in line.points):
        return (
            f"<p>{escape(title)}: no curve, as no error was seen where one could be drawn.</p>{table.html()}"
        )
    return (
        f'<figure><div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}">{svg}</div>'
        f"<figcaption>{escape(title)}</figcaption></figure>{table.html()}"
    )


def distributions(found: Evaluation) -> str:
    """How alike pictures of one person are, and pictures of different people."""
    title = "How alike pictures are, as shares of all comparisons of their kind"
    lines = [
        Line("the same person", _shares(found.genuine_bins)),
        Line("different people", _shares(found.impostor_bins)),
    ]
    highest = max((up or 0.0 for line in lines for _, up in line.points), default=0.0)
    svg = chart(
        key="dist",
        title=title,
        description="Two humps: the less they overlap, the better the model tells people apart.",
        across=Axis(SIMILARITY, -0.5, 1.0, steps=6),
        up=Axis("share of comparisons", 0.0, round_up(highest)),
        lines=lines,
    )
    edges = np.arange(-10, 10) / 10
    genuine, impostor = _between(found.genuine_bins, edges), _between(found.impostor_bins, edges)
    rows = tuple(
        (f"{edge:.1f} to {edge + 0.1:.1f}", f"{same:,}", f"{other:,}")
        for edge, same, other in zip(edges.tolist(), genuine, impostor, strict=True)
        if same or other
    )
    table = Table("Comparisons by similarity", (SIMILARITY, *(line.name for line in lines)), rows)
    return figure(svg, title, table, lines)


def _shares(bins: Ints) -> list[tuple[float, float | None]]:
    total = max(int(bins.sum()), 1)
    points: list[tuple[float, float | None]] = []
    for start in range(1, BINS, TOGETHER):
        part = bins[start : start + TOGETHER]
        middle = float(THRESHOLDS[start - 1]) + 0.005 * len(part) / 2
        points.append((middle, float(part.sum()) / total))
    return points


def _between(bins: Ints, edges: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[int]:
    """Counts from each edge to the next; the last edge takes all that follow, the first all before."""
    starts = [0, *(row_of(float(edge)) + 1 for edge in edges[1:].tolist()), BINS]
    return [int(bins[one:two].sum()) for one, two in pairwise(starts)]


def by_threshold(found: Evaluation, default: float) -> Table:
    wanted = sorted({*np.round(np.arange(0.0, 0.85, 0.05), 2).tolist(), default})
    everybody = found.everybody
    rows = tuple(
        (
            f"{threshold:g}" + (" (default)" if threshold == default else ""),
            rate(everybody.impostor.at(row_of(threshold))),
            rate(everybody.genuine.at(row_of(threshold))),
        )
        for threshold in wanted
    )
    return Table(
        "Errors of comparisons by threshold, with 95% intervals",
        ("threshold", "false match rate (FMR)", "false non-match rate (FNMR)"),
        rows,
    )


def det(found: Evaluation) -> str:
    """Detection error trade-off: FNMR over FMR, both axes logarithmic; a rate of zero has no place on it."""
    title = "Detection error trade-off (DET): what fewer false matches cost"
    rows = [row for row in (found.everybody, *found.groups) if row.impostor.trials and row.genuine.trials]
    lines = [Line(row.group or "everybody", _trade(row.impostor, row.genuine)) for row in rows[:5]]
    svg = chart(
        key="det",
        title=title,
        description="Each point is a threshold. Lower and further left is better.",
        across=Axis("false match rate", SMALLEST_SHARE, 1.0, log=True),
        up=Axis("false non-match rate", 1e-3, 1.0, log=True),
        lines=lines,
    )
    wanted = (0.1, 0.01, 0.001, 0.0001, 0.00001)
    table = Table(
        "FNMR at the lowest threshold whose counted FMR is at most …",
        ("FMR", "threshold", "FNMR with its 95% interval"),
        tuple(_point(found.everybody, limit) for limit in wanted),
    )
    return figure(svg, title, table, lines)


def _trade(impostor: Rates, genuine: Rates) -> list[tuple[float, float | None]]:
    points = zip(impostor.values.tolist(), genuine.values.tolist(), strict=True)
    return [(fmr, fnmr if fmr > 0 and fnmr > 0 else None) for fmr, fnmr in points]


def _point(row: Row, limit: float) -> tuple[str, str, str]:
    reached = np.flatnonzero(row.impostor.values <= limit)
    if not row.impostor.trials or row.impostor.trials < 1 / limit or not len(reached):
        return (share(limit), "too few comparisons to tell", "")
    at = int(reached[0])
    return (share(limit), f"{THRESHOLDS[at]:g}", rate(row.genuine.at(at)))


def searches(found: Evaluation) -> str:
    """FPIR by threshold, one line a list size; the table has TPIR too."""
    rows = [row for row in found.searches if not row.group]
    sizes = sorted({row.list_size for row in rows})
    title = "Searches by people who are not listed that found somebody (FPIR)"
    lines = [
        Line(
            f"list of {size:,}",
            [(r.threshold, r.false_positive.value or None) for r in rows if r.list_size == size],
        )
        for size in sizes[-5:]
    ]
    svg = chart(
        key="fpir",
        title=title,
        description="Falls with the threshold, and is higher the longer the list. Zero is not drawn.",
        across=Axis("threshold", 0.3, 0.6, steps=6),
        up=Axis("FPIR", 1e-5, 1.0, log=True),
        lines=lines,
    )
    return figure(svg, title, search_table(rows), lines)


def search_table(rows: Sequence[SearchRow]) -> Table:
    ordered = sorted(rows, key=lambda row: (row.list_size, row.threshold))
    return Table(
        "Searches of lists, with 95% intervals",
        ("list and threshold", *SEARCH_COLUMNS),
        tuple((f"{row.list_size:,} at {row.threshold:g}", *_search_cells(row)) for row in ordered),
    )


def searches_by_group(found: Evaluation, default: float) -> Table:
    """At the default threshold, by who searches; everybody is on the list."""
    rows = sorted(
        (row for row in found.searches if row.threshold == default),
        key=lambda row: (row.list_size, not row.group, row.group),
    )
    return Table(
        f"Searches at the threshold {default:g} by group of who passes, with 95% intervals",
        ("list", "group", *SEARCH_COLUMNS),
        tuple((f"{row.list_size:,}", row.group or "everybody", *_search_cells(row)) for row in rows),
    )


def _search_cells(row: SearchRow) -> tuple[str, str]:
    return rate(row.false_positive), rate(row.true_positive)


def groups(found: Evaluation, default: float) -> Table:
    """At the default threshold; the last rows are everybody."""
    at = row_of(default)
    ordered = [*found.groups, *(row for row in found.rows if row.group == BETWEEN), found.everybody]
    return Table(
        f"By group at the threshold {default:g}, with 95% intervals",
        ("group", "people", "impostor comparisons", "FMR", "genuine comparisons", "FNMR"),
        tuple(
            (
                row.group or "everybody",
                f"{row.people:,}",
                f"{row.impostor.trials:,}",
                rate(row.impostor.at(at)),
                f"{row.genuine.trials:,}",
                rate(row.genuine.at(at)),
            )
            for row in ordered
        ),
    )
