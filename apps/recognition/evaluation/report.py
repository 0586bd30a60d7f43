"""An evaluation as JSON (everything), CSV (one row a rate) and as the evidence of a pack (counts).

None of them names a person or a file.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from apps.recognition.engine import evidence as kept
from apps.recognition.engine.evidence import GenuineCount, ImpostorCount

from .intervals import Rate, Rates
from .measure import BETWEEN, Evaluation, Row
from .searches import SearchRow
from .tally import THRESHOLDS

FORMAT = "lfr-evaluation/1"
# Every second threshold from 0 upwards goes into the evidence: 0.00, 0.01 … 1.00.
EVIDENCE_ROWS = range(200, 401, 2)
COLUMNS = (
    "measure",
    "group",
    "list_size",
    "threshold",
    "errors",
    "trials",
    "value",
    "low",
    "high",
    "effective",
    "interval",
)


@dataclass(frozen=True)
class About:
    """What was measured, with whose pictures, by whom and when (``made_at``: ISO 8601, UTC).

    ``lists_not_measured``: the sizes that were asked for and that these people are too few for.
    """

    pack_id: str
    pack_version: str
    fingerprint: str
    default_threshold: float
    dataset: str
    conducted_by: str
    made_at: str
    digest: str
    quality: str
    repeated: int = 0
    lists_not_measured: tuple[int, ...] = ()


def as_json(about: About, found: Evaluation) -> str:
    """Numbers that do not exist are null."""
    failures = found.failures
    report = {
        "format": FORMAT,
        "about": asdict(about),
        "people": found.people,
        "pictures": found.pictures,
        "failures_to_enrol": {
            "tried": failures.tried,
            "failed": failures.failed,
            "by_reason": failures.by_reason,
            "tried_by_group": failures.tried_by_group,
            "failed_by_group": failures.failed_by_group,
            "people_without_picture": failures.people_without_picture,
        },
        "thresholds": THRESHOLDS.tolist(),
        "score_counts": {"genuine": found.genuine_bins.tolist(), "impostor": found.impostor_bins.tolist()},
        "rows": [_row(row) for row in found.rows],
        "searches": [
            {
                "group": row.group,
                "list_size": row.list_size,
                "threshold": row.threshold,
                "fpir": asdict(row.false_positive),
                "tpir": asdict(row.true_positive),
            }
            for row in found.searches
        ],
    }
    return json.dumps(report, indent=1, allow_nan=False)


def _row(row: Row) -> dict[str, Any]:
    return {
        "group": row.group,
        "people": row.people,
        "pairs_of_people": row.pairs,
        "fnmr": _columns(row.genuine),
        "fmr": _columns(row.impostor),
    }


def _columns(rates: Rates) -> dict[str, Any]:
    return {
        "trials": rates.trials,
        "errors": [int(errors) for errors in rates.errors],
        "low": [round(float(v), 12) for v in rates.low],
        "high": [round(float(v), 12) for v in rates.high],
        "effective": [round(float(v), 3) for v in rates.effective],
        "interval": rates.method,
    }


def as_csv(found: Evaluation) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in found.rows:
        for measure, rates in (("FNMR", row.genuine), ("FMR", row.impostor)):
            for at, threshold in enumerate(THRESHOLDS):
                writer.writerow(_line(measure, row.group, "", float(threshold), rates.at(at)))
    for search in found.searches:
        writer.writerows(_search_lines(search))
    return out.getvalue()


def _search_lines(row: SearchRow) -> Iterator[list[object]]:
    for measure, rate in (("FPIR", row.false_positive), ("TPIR", row.true_positive)):
        yield _line(measure, row.group, str(row.list_size), row.threshold, rate)


def _line(measure: str, group: str, size: str, threshold: float, rate: Rate) -> list[object]:
    return [
        measure,
        _harmless(group) or "everybody",
        size,
        f"{threshold:g}",
        f"{rate.errors:g}",
        rate.trials,
        "" if rate.value is None else f"{rate.value:.10g}",
        f"{rate.low:.10g}",
        f"{rate.high:.10g}",
        f"{rate.effective:.10g}",
        rate.method,
    ]


def _harmless(group: str) -> str:
    """No formula where a spreadsheet opens the file: the name of a group comes from another file."""
    return f"'{group}" if group[:1] in ("=", "+", "-", "@", "\t", "\r") else group


def as_evidence(about: About, found: Evaluation) -> str:
    """What ``engine.evidence.parse_evidence`` reads. Raises ValueError when nobody answers for it."""
    if not about.dataset.strip() or not about.conducted_by.strip():
        raise ValueError("evidence needs the data set's description and who conducted the evaluation")
    everybody = _counts(found.everybody)
    content = {
        "format": kept.FORMAT,
        "fingerprint": about.fingerprint,
        "pack": f"{about.pack_id} {about.pack_version}",
        "dataset": about.dataset,
        "conducted_by": about.conducted_by,
        "made_at": about.made_at,
        "pictures_digest": about.digest,
        "quality": about.quality,
        "people": found.people,
        "pictures": found.pictures,
        "failed_to_enrol": found.failures.by_reason,
        **everybody,
        "groups": [{"group": row.group, **_counts(row)} for row in found.groups if row.group != BETWEEN],
    }
    return json.dumps(content, indent=1, allow_nan=False)


def _counts(row: Row) -> dict[str, list[dict[str, Any]]]:
    return {
        "impostors": [asdict(count) for count in impostor_counts(row)],
        "genuine": [asdict(count) for count in genuine_counts(row)],
    }


def impostor_counts(row: Row) -> tuple[ImpostorCount, ...]:
    """As evidence keeps them; empty where nobody was compared. Never more than what was counted is said."""
    rates = row.impostor
    return tuple(
        ImpostorCount(
            threshold=float(THRESHOLDS[at]),
            comparisons=rates.trials,
            false_matches=int(rates.errors[at]),
            people=row.people,
            effective=_floor(float(rates.effective[at])),
        )
        for at in EVIDENCE_ROWS
        if rates.trials
    )


def genuine_counts(row: Row) -> tuple[GenuineCount, ...]:
    rates = row.genuine
    return tuple(
        GenuineCount(
            threshold=float(THRESHOLDS[at]),
            comparisons=rates.trials,
            false_non_matches=int(rates.errors[at]),
            people=row.people,
            effective=_floor(float(rates.effective[at])),
        )
        for at in EVIDENCE_ROWS
        if rates.trials
    )


def _floor(number: float) -> float:
    return math.floor(number * 1000) / 1000
