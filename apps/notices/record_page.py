"""The public record of a force in plain words. A number that nobody recorded is "Not recorded"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from apps.core.clock import london
from apps.core.errors import NotFound
from apps.core.languages import full_date
from apps.core.wording import say_duration, say_moment, say_window
from apps.deployments import api as deployments
from apps.forces.data import ForceData
from apps.notices import groups, queries
from apps.notices.corrections import COMPARED, NO_RESULTS, changed_fields, following, published_part
from apps.notices.data import NoticeData, NoticeStatus, OldResults, ResultRate, ResultsData
from apps.notices.groups import GroupsOnPage
from apps.notices.languages import Choice, choices, public_path
from apps.notices.record import CalledOffRow, Record, RecordRow, Sums, sums
from apps.notices.results import NOT_RECORDED, WITHHELD, ResultsPage, percent, results_page
from apps.notices.wording import REHEARSAL_WORDS, STATUS_WORDS, USE_CASE_WORDS

# How many of each kind stand on the page of all years; the rest is on the page of its year.
NEWEST = 10
# Who asked for a correction: a role, never a name.
ROLE_WORDS = {
    "authorising_officer": gettext_noop("an authorising officer"),
    "silver_commander": gettext_noop("the commander of a deployment"),
}
# The columns of numbers. The parts of the alerts add up to the first of them.
ALERTS = tuple(COMPARED[name] for name in ("alerts", "operator_rejected", "confirmed_true"))
ALERTS += tuple(COMPARED[name] for name in ("confirmed_false", "unresolved"))
RATES = (COMPARED["false_of_alerts"], COMPARED["false_of_tracks"])
AFTERWARDS = ("engagements", "arrests", "other_disposals", "no_action", "not_located")
OUTCOMES = tuple(COMPARED[name] for name in AFTERWARDS)
OF_TOTALS = (gettext_noop("Deployments"), COMPARED["tracks"], *ALERTS, *RATES, *OUTCOMES)
OF_LINES = (COMPARED["tracks"], *ALERTS, *RATES, gettext_noop("Staff recognised"), *OUTCOMES)


@dataclass(frozen=True)
class Cell:
    """`more` is how far to trust it, or what is left out."""

    text: str
    more: str = ""


@dataclass(frozen=True)
class Correction:
    """`changes` holds (what, from, to)."""

    anchor: str
    reference: str
    path: str
    at: str
    by: str
    reason: str
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Line:
    """One deployment. `stopped`: the word for one that an officer stopped while it ran."""

    path: str
    reference: str
    place: str
    when: str
    about: tuple[str, ...]
    stopped: str
    cells: tuple[Cell, ...]
    corrections: tuple[Correction, ...]


@dataclass(frozen=True)
class Total:
    """`path` leads to the year, empty for everything."""

    words: str
    path: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Off:
    path: str
    reference: str
    place: str
    window: str
    status: str
    status_code: str
    rehearsal: bool


@dataclass(frozen=True)
class Table:
    """Operations, or rehearsals: never both. The headings are those of the cells."""

    total_headings: tuple[str, ...]
    headings: tuple[str, ...]
    totals: tuple[Total, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class RecordPage:
    """`is_whole`: of all years, and the newest deployments are listed; else of `year`. `years` holds (year,
    path), and is empty where nothing is published yet."""

    force_name: str
    force_path: str
    path: str
    year: int | None
    is_whole: bool
    years: tuple[tuple[int, str], ...]
    operations: Table
    rehearsals: Table
    called_off: tuple[Off, ...]
    corrections: tuple[Correction, ...]
    languages: tuple[Choice, ...]
    # Uses with results that are in no number here, because their years are over.
    deleted: int = 0
    # Told of all deployments together: not on the page of a year.
    groups: GroupsOnPage | None = None


def record_page(record: Record, *, force: ForceData) -> RecordPage:
    """Of the whole record, of which the newest are listed and every year is linked; or of one year."""
    is_whole = record.year is None
    listed = record.newest(NEWEST) if is_whole else record
    names = ("record", force.slug) if is_whole else ("record-year", force.slug, record.year)
    tables = [
        Table(
            tuple(_(words) for words in OF_TOTALS),
            tuple(_(words) for words in OF_LINES),
            _totals(record, rehearsals, force),
            tuple(_line(row, force) for row in rows),
        )
        for rehearsals, rows in ((False, listed.operations), (True, listed.rehearsals))
    ]
    lines = (*tables[0].lines, *tables[1].lines)
    return RecordPage(
        force_name=force.name,
        force_path=public_path("force", force.slug),
        path=public_path("record", force.slug),
        year=record.year,
        is_whole=is_whole,
        years=tuple((each, public_path("record-year", force.slug, each)) for each in record.years),
        operations=tables[0],
        rehearsals=tables[1],
        called_off=tuple(_off(row, force) for row in listed.called_off),
        corrections=tuple(each for line in lines for each in line.corrections),
        languages=choices(force.languages, *names),
        deleted=deployments.deleted_results(force_id=force.id),
        groups=groups.on_page(force.id) if is_whole else None,
    )


def _totals(record: Record, rehearsals: bool, force: ForceData) -> tuple[Total, ...]:
    """Everything first, then each year; of one year that year alone."""
    rows = record.rehearsals if rehearsals else record.operations
    if not rows:
        return ()
    found = []
    if record.year is None:
        whole = sums(rows)
        words = _("Since the first, %(date)s") % {"date": full_date(london(whole.first or rows[-1].began))}
        found.append(Total(words, "", _total_cells(whole)))
    for year in sorted({row.year for row in rows}, reverse=True):
        path = public_path("record-year", force.slug, year) if record.year is None else ""
        summed = sums([row for row in rows if row.year == year])
        found.append(Total(str(year), path, _total_cells(summed)))
    return tuple(found)


def _total_cells(found: Sums) -> tuple[Cell, ...]:
    uncounted = _left_out(found.uncounted) if found.uncounted else ""
    no_faces, no_other = (
        WITHHELD if name in found.withheld else NOT_RECORDED for name in ("tracks", "other_disposals")
    )
    faces = _(no_faces) if found.tracks is None else f"{found.tracks:,}"
    other = _(no_other) if found.other_disposals is None else f"{found.other_disposals:,}"
    return (
        Cell(f"{found.deployments:,}"),
        Cell(faces, uncounted),
        *_alert_cells(found),
        _rate_cell(found.false_of_alerts, ""),
        _rate_cell(found.false_of_tracks, uncounted, no_faces),
        Cell(f"{found.engagements:,}"),
        Cell(f"{found.arrests:,}"),
        Cell(other, _left_out(found.other_unknown) if found.other_unknown else ""),
        Cell(f"{found.no_action:,}"),
        Cell(f"{found.not_located:,}"),
    )


def _left_out(number: int) -> str:
    return ngettext("without %(number)d deployment", "without %(number)d deployments", number) % {
        "number": number
    }


def _alert_cells(found: Sums | ResultsData) -> tuple[Cell, ...]:
    """The parts add up to the first."""
    return (
        Cell(f"{found.alerts:,}"),
        Cell(f"{found.operator_rejected:,}"),
        Cell(f"{found.confirmed_true:,}"),
        Cell(f"{found.confirmed_false:,}"),
        Cell(f"{found.unresolved:,}"),
    )


def _rate_cell(rate: ResultRate | None, more: str, missing: str = NOT_RECORDED) -> Cell:
    if rate is None:
        return Cell(_(missing), more)
    if not rate.denominator:
        return Cell(_("None to count"))
    text = f"{_of(rate)} ({percent(rate.numerator / rate.denominator)})"
    said = [more] if more else []
    if rate.low is not None and rate.high is not None:
        ends = {"low": percent(rate.low), "high": percent(rate.high)}
        said.insert(0, _("likely %(low)s to %(high)s") % ends)
    return Cell(text, "; ".join(said))


def _of(rate: ResultRate) -> str:
    return _("%(part)s of %(whole)s") % {"part": f"{rate.numerator:,}", "whole": f"{rate.denominator:,}"}


def _line(row: RecordRow, force: ForceData) -> Line:
    results = row.results
    return Line(
        path=public_path("notice", force.slug, row.slug),
        reference=row.reference,
        place=row.place,
        when=_when(row),
        about=_about(row),
        stopped=_(STATUS_WORDS[row.status]) if row.status is NoticeStatus.REVOKED else "",
        cells=_cells(results),
        corrections=tuple(
            correction(old, row.after(old), row.reference, force.slug, row.slug)
            for old in reversed(row.old_results)
        ),
    )


def _when(row: RecordRow) -> str:
    started, ended = row.results.started_at, row.results.ended_at
    if started is None or ended is None:
        said = _("%(date)s, start and end not recorded")
        return said % {"date": full_date(london(row.began))}
    return say_window(started, ended)


def _about(row: RecordRow) -> tuple[str, ...]:
    """Why, the operation, and what the numbers hang on."""
    results = row.results
    found = [f"{_(REHEARSAL_WORDS if row.rehearsal else USE_CASE_WORDS[row.use_case])}."]
    # Many write the word before the name.
    operation = results.operation.removeprefix("Operation ") or _(NOT_RECORDED)
    found.append(_("Operation: %(name)s") % {"name": operation})
    if not row.rehearsal:
        found.append(_("People on the list: %(number)s") % {"number": say_value(results, "list_subjects")})
    found.append(_("Threshold: %(number)s") % {"number": say_value(results, "threshold")})
    return tuple(found)


def _cells(results: ResultsData) -> tuple[Cell, ...]:
    missing = WITHHELD if "tracks" in results.withheld else NOT_RECORDED
    of_all = results.false_of_alerts.denominator != results.alerts - results.unresolved
    return (
        Cell(say_value(results, "tracks")),
        *_alert_cells(results),
        _rate_cell(results.false_of_alerts, _("of all alerts, as told then") if of_all else ""),
        _rate_cell(results.false_of_tracks, "", missing),
        _rate_cell(results.true_recognition, ""),
        *(Cell(say_value(results, name)) for name in AFTERWARDS),
    )


def _off(row: CalledOffRow, force: ForceData) -> Off:
    return Off(
        path=public_path("notice", force.slug, row.slug),
        reference=row.reference,
        place=row.place,
        window=say_window(row.window_start, row.window_end),
        status=_(STATUS_WORDS[row.status]),
        status_code=str(row.status),
        rehearsal=row.rehearsal,
    )


def correction(old: OldResults, new: ResultsData, reference: str, force_slug: str, slug: str) -> Correction:
    """Without a reason the platform itself brought the results up to date."""
    return Correction(
        anchor=f"{slug}-{old.number}",
        reference=reference,
        path=public_path("old-results", force_slug, slug, old.number),
        at=say_moment(old.until),
        by=_(ROLE_WORDS[old.role]) if old.role in ROLE_WORDS else "",
        reason=old.reason,
        changes=tuple(
            (_(COMPARED[name]), say_value(old.results, name), say_value(new, name))
            for name in changed_fields(old.results, new)
        ),
    )


def corrections_of(notice: NoticeData) -> tuple[Correction, ...]:
    """For the page of the notice, the newest first."""
    content, results = notice.content, notice.results
    if content is None or results is None:
        return ()
    names = (content.reference, content.force_slug, notice.slug)
    return tuple(
        correction(old, following(old, notice.old_results, results), *names)
        for old in reversed(notice.old_results)
    )


def differences(*, deployment_id: UUID, results: ResultsData) -> tuple[tuple[str, str, str], ...]:
    """(what, from, to) between what is published of a deployment of the open force and `results`. Raises
    NotFound where nothing is."""
    published = queries.get_for_deployment(deployment_id=deployment_id).results
    if published is None:
        raise NotFound(NO_RESULTS)
    now = published_part(deployment_id, results)
    return tuple(
        (_(COMPARED[name]), say_value(published, name), say_value(now, name))
        for name in changed_fields(published, now)
    )


@dataclass(frozen=True)
class OldResultsPage:
    """`back` is the notice as it is now."""

    back: str
    since: str
    until: str
    force_name: str
    reference: str
    place_name: str
    window: str
    results: ResultsPage
    correction: Correction
    languages: tuple[Choice, ...]


def old_results_page(notice: NoticeData, old: OldResults, *, languages: tuple[str, ...]) -> OldResultsPage:
    """Raises ValueError for a notice that has no results."""
    content, results = notice.content, notice.results
    if content is None or results is None:
        raise ValueError("old results stand on a notice with results")
    names = (content.force_slug, notice.slug)
    return OldResultsPage(
        back=public_path("notice", *names),
        since=say_moment(old.since),
        until=say_moment(old.until),
        force_name=content.force_name,
        reference=content.reference,
        place_name=content.place_name,
        window=say_window(content.window_start, content.window_end),
        results=results_page(old.results),
        correction=correction(old, following(old, notice.old_results, results), content.reference, *names),
        languages=choices(languages, "old-results", *names, old.number),
    )


def say_value(results: ResultsData, name: str) -> str:
    """One value of results, by its name in COMPARED."""
    value = getattr(results, name)
    if name in results.withheld or (name == "false_of_tracks" and "tracks" in results.withheld):
        return _(WITHHELD)
    if value is None or value == "":
        return _(NOT_RECORDED)
    if isinstance(value, ResultRate):
        return _of(value) if value.denominator else _("None to count")
    if isinstance(value, datetime):
        return say_moment(value)
    if name == "gaps_s":
        return say_duration(timedelta(seconds=value))
    return (
        f"{value:.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    )
