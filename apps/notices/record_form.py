"""The public record as a table (CSV) and for programs (JSON, by docs/reference/record.schema.json). The same
numbers as on the page; instants are UTC, days are London's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.core.clock import london
from apps.core.csv_text import csv_bytes
from apps.deployments import api as deployments
from apps.forces.data import ForceData
from apps.notices import groups
from apps.notices.corrections import changed_fields
from apps.notices.data import ResultRate, ResultsData
from apps.notices.json_form import absolute, rate_form, utc
from apps.notices.languages import public_path
from apps.notices.record import CalledOffRow, Record, RecordRow, Sums, sums
from apps.notices.wording import REHEARSAL_WORDS, STATUS_WORDS, USE_CASE_WORDS

FORMAT = 1
# Named as people read them, where the code calls them otherwise.
NAMES = {"tracks": "faces_seen", "list_subjects": "people_on_list", "false_of_tracks": "false_of_faces"}
COUNTS = (
    *("alerts", "operator_rejected", "confirmed_true", "confirmed_false", "unresolved", "engagements"),
    *("arrests", "other_disposals", "no_action", "not_located"),
)
RATES = ("false_of_alerts", "false_of_tracks", "true_recognition")
RATE_COLUMNS = tuple(
    f"{NAMES.get(name, name)}{part}" for name in RATES for part in ("", "_of", "_low95", "_high95")
)
COLUMNS = (
    *(
        "reference",
        "address",
        "status",
        "rehearsal",
        "date",
        "place",
        "start",
        "end",
        "operation",
        "use_case",
    ),
    *("people_on_list", "threshold", "model", "faces_seen", *COUNTS, *RATE_COLUMNS),
    *("withheld", "corrections", "corrected_at"),
)


def as_csv(record: Record, force: ForceData) -> bytes:
    """One line a deployment, what was called off included. An empty cell is "not recorded", and never 0."""
    lines = [(row.window_start, _cells(row, force)) for row in record.rows]
    lines += [(row.window_start, _called_off_cells(row, force)) for row in record.called_off]
    lines.sort(key=lambda line: line[0], reverse=True)
    return csv_bytes(COLUMNS, [[cells.get(name, "") for name in COLUMNS] for _, cells in lines])


def _cells(row: RecordRow, force: ForceData) -> dict[str, str]:
    results = row.results
    found = _named(row, force) | {
        "date": london(row.began).date().isoformat(),
        "start": utc(results.started_at),
        "end": utc(results.ended_at),
        "operation": results.operation,
        "people_on_list": results.list_subjects,
        "threshold": results.threshold,
        "model": results.pack_id,
        "faces_seen": results.tracks,
        "withheld": " ".join(NAMES.get(name, name) for name in results.withheld),
        "corrections": len(row.old_results),
        "corrected_at": utc(row.old_results[-1].until) if row.old_results else None,
        **{name: getattr(results, name) for name in COUNTS},
    }
    for name in RATES:
        found |= _rate_cells(NAMES.get(name, name), getattr(results, name))
    return {name: "" if value is None else str(value) for name, value in found.items()}


def _rate_cells(name: str, rate: ResultRate | None) -> dict[str, object]:
    if rate is None:
        return {}
    ends = {"_low95": rate.low, "_high95": rate.high}
    cells = {f"{name}{part}": None if end is None else f"{end:.6g}" for part, end in ends.items()}
    return {name: rate.numerator, f"{name}_of": rate.denominator, **cells}


def _called_off_cells(row: CalledOffRow, force: ForceData) -> dict[str, str]:
    return _named(row, force) | {"date": london(row.window_start).date().isoformat()}


def _named(row: RecordRow | CalledOffRow, force: ForceData) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "address": absolute(public_path("notice", force.slug, row.slug)),
        "status": str(row.status),
        "rehearsal": "yes" if row.rehearsal else "no",
        "place": row.place,
        "use_case": row.use_case,
    }


def as_json(record: Record, force: ForceData) -> dict[str, Any]:
    """Everything since the first deployment, summed and by year."""
    return {
        "format": FORMAT,
        "address": absolute(public_path("record", force.slug)),
        "table": absolute(public_path("record-csv", force.slug)),
        "force": {"slug": force.slug, "name": force.name},
        "deleted": deployments.deleted_results(force_id=force.id),
        **_summed(record),
        "groups": groups.as_json(force.id),
        "years": [
            {
                "year": year,
                "address": absolute(public_path("record-year", force.slug, year)),
                **_summed(record.of_year(year)),
            }
            for year in record.years
        ],
        "deployments": [_row(row, force) for row in record.rows],
        "called_off": [_called_off(row, force) for row in record.called_off],
    }


def _summed(record: Record) -> dict[str, Any]:
    return {"operations": _sums(record.operations), "rehearsals": _sums(record.rehearsals)}


def _sums(rows: Sequence[RecordRow]) -> dict[str, Any]:
    found: Sums = sums(rows)
    return {
        "deployments": found.deployments,
        "first": london(found.first).date().isoformat() if found.first else None,
        "faces_seen": found.tracks,
        "without_faces_seen": found.uncounted,
        **{name: getattr(found, name) for name in COUNTS},
        "without_other_disposals": found.other_unknown,
        "false_of_alerts": rate_form(found.false_of_alerts),
        "false_of_faces": rate_form(found.false_of_tracks),
        "corrected": found.corrected,
    }


def _row(row: RecordRow, force: ForceData) -> dict[str, Any]:
    results = row.results
    return {
        **_announced(row, force),
        "date": london(row.began).date().isoformat(),
        "start": utc(results.started_at),
        "end": utc(results.ended_at),
        "operation": results.operation or None,
        "model": results.pack_id or None,
        "threshold": results.threshold,
        "people_on_list": results.list_subjects,
        "faces_seen": results.tracks,
        **{name: getattr(results, name) for name in COUNTS},
        "false_of_alerts": rate_form(results.false_of_alerts),
        "false_of_faces": rate_form(results.false_of_tracks),
        "true_recognition": rate_form(results.true_recognition),
        "withheld": [NAMES.get(name, name) for name in results.withheld],
        "corrections": [
            {
                "number": old.number,
                "at": utc(old.until),
                "reason": old.reason or None,
                "by": old.role or None,
                "old_results": absolute(public_path("old-results", force.slug, row.slug, old.number)),
                "changes": [
                    _change(name, old.results, row.after(old))
                    for name in changed_fields(old.results, row.after(old))
                ],
            }
            for old in row.old_results
        ],
    }


def _change(name: str, before: ResultsData, now: ResultsData) -> dict[str, Any]:
    return {"field": NAMES.get(name, name), "from": _value(before, name), "to": _value(now, name)}


def _value(results: ResultsData, name: str) -> Any:
    value = getattr(results, name)
    if isinstance(value, ResultRate):
        return rate_form(value)
    return utc(value) if name in {"started_at", "ended_at"} else value


def _called_off(row: CalledOffRow, force: ForceData) -> dict[str, Any]:
    return {
        **_announced(row, force),
        "window": {"start": utc(row.window_start), "end": utc(row.window_end)},
    }


def _announced(row: RecordRow | CalledOffRow, force: ForceData) -> dict[str, Any]:
    words = REHEARSAL_WORDS if row.rehearsal else USE_CASE_WORDS[row.use_case]
    return {
        "reference": row.reference,
        "address": absolute(public_path("notice", force.slug, row.slug)),
        "status": {"code": str(row.status), "words": STATUS_WORDS[row.status]},
        "rehearsal": row.rehearsal,
        "place": row.place,
        "use_case": {"code": row.use_case, "words": words},
    }
