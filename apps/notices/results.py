"""Results and the deletion clock in plain words. A number that nobody recorded is "Not recorded"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor, log10

from apps.core.clock import london
from apps.core.wording import say_duration, say_moment, say_time
from apps.notices.data import DeletionState, DeletionStep, Pause, ResultRate, ResultsData
from apps.notices.wording import DELETION_WORDS

NOT_RECORDED = "Not recorded"
WITHHELD = "Withheld by the force"
SIMULATED = " (in simulated time, for a test)"
FACES_QUESTION = "How many faces seen led to a mismatch?"
# Below this many a share says little, and the page says so.
FEW = 100


@dataclass(frozen=True)
class RateWords:
    """One rate: what it answers, the answer with both numbers, and how far to trust it."""

    question: str
    answer: str
    trust: str


@dataclass(frozen=True)
class ResultsPage:
    """`figures`, `alerts`, `afterwards` and `setting` are (words, number) pairs. `reviewed` is empty for one
    that was stopped; `stopped_reason` is empty for every other.
    """

    took_place: str
    rehearsal: bool
    figures: tuple[tuple[str, str], ...]
    alerts: tuple[tuple[str, str], ...]
    rates: tuple[RateWords, ...]
    afterwards: tuple[tuple[str, str], ...]
    setting: tuple[tuple[str, str], ...]
    pauses: tuple[str, ...]
    interruptions: str
    findings: str
    reviewed: str
    stopped_reason: str


@dataclass(frozen=True)
class ClockRow:
    """One row of the deletion clock. `code` is a DeletionState."""

    what: str
    due: str
    done: str
    code: str


def results_page(results: ResultsData) -> ResultsPage:
    return ResultsPage(
        took_place=_took_place(results),
        rehearsal=results.rehearsal,
        figures=(
            ("Alerts", _number(results.alerts)),
            ("Mismatches", _number(results.false)),
            ("People spoken to", _number(results.spoken_to)),
            ("Arrests", _number(results.arrests)),
        ),
        alerts=_alert_rows(results),
        rates=_rates(results),
        afterwards=(
            ("An officer spoke to the person", _number(results.spoken_to)),
            ("The officer decided not to speak to the person", _number(results.not_engaged)),
            ("The person could not be found", _number(results.not_located)),
            ("Arrests", _number(results.arrests)),
            (
                "Other results, for instance a summons or help for somebody at risk",
                _shown(results, "other_disposals"),
            ),
            ("No further action", _number(results.no_action)),
        ),
        setting=_setting(results),
        pauses=tuple(say_pause(pause) for pause in results.pauses),
        interruptions=_interruptions(results),
        findings=results.findings,
        reviewed=say_moment(results.reviewed_at) if results.reviewed_at else "",
        stopped_reason=results.stopped_reason,
    )


def say_alerts(results: ResultsData) -> str:
    """For the list, for instance "3 alerts, 1 of them a mismatch." """
    if not results.alerts:
        return "There was no alert."
    alerts = "1 alert" if results.alerts == 1 else f"{results.alerts:,} alerts"
    if not results.false:
        return f"{alerts}, and no mismatch."
    if results.alerts == 1:
        return "1 alert, and it was a mismatch."
    return f"{alerts}, {results.false:,} of them {'a mismatch' if results.false == 1 else 'mismatches'}."


def _number(number: int | None) -> str:
    return NOT_RECORDED if number is None else f"{number:,}"


def _shown(results: ResultsData, name: str) -> str:
    """A number that a force may withhold, or that it does."""
    return WITHHELD if name in results.withheld else _number(getattr(results, name))


def _took_place(results: ResultsData) -> str:
    if results.started_at is None or results.ended_at is None:
        return NOT_RECORDED
    ended = (
        say_time(results.ended_at)
        if london(results.started_at).date() == london(results.ended_at).date()
        else say_moment(results.ended_at)
    )
    length = say_duration(results.ended_at - results.started_at)
    return f"From {say_moment(results.started_at)} to {ended} ({length})"


def _alert_rows(results: ResultsData) -> tuple[tuple[str, str], ...]:
    """The parts add up to the first row."""
    return (
        ("All alerts", _number(results.alerts)),
        ("The right person: identity was confirmed", _number(results.confirmed_true)),
        (
            "A mismatch, noticed by the operator before anybody was spoken to",
            _number(results.operator_rejected),
        ),
        ("A mismatch, noticed after an officer spoke to the person", _number(results.confirmed_false)),
        (_unresolved(results), _number(results.unresolved)),
    )


def _unresolved(results: ResultsData) -> str:
    """Which of them for which reason; every alert has one."""
    rest = results.unresolved - results.expired - results.not_located
    declined = min(rest, results.not_engaged)
    reasons = (
        (results.expired, "ran out of time, which always means “no stop”"),
        (results.not_located, "the person could not be found"),
        (declined, "the officer decided not to speak to the person"),
        (rest - declined, "no result was written down"),
    )
    said = [f"{number:,}: {words}" for number, words in reasons if number > 0]
    return f"Not resolved ({'; '.join(said)})" if said else "Not resolved"


def _setting(results: ResultsData) -> tuple[tuple[str, str], ...]:
    """What the numbers hang on; empty for results from before it was kept."""
    rows = []
    if results.list_subjects is not None or "list_subjects" in results.withheld:
        rows.append(("People on the list", _shown(results, "list_subjects")))
    if results.threshold is not None:
        rows.append(
            (
                "How alike two faces had to be for an alert",
                f"{results.threshold:.2f} or more of at most 1, as the recognition model “{results.pack_id}” "
                "measures it",
            )
        )
    return tuple(rows)


def say_pause(pause: Pause) -> str:
    """For instance "Paused from 1:17pm to 1:31pm (14 minutes): a sign fell over."."""
    reason = pause.reason.strip().rstrip(".")
    if pause.ended_at is None:
        return f"Paused from {say_time(pause.started_at)}: {reason}."
    length = say_duration(pause.ended_at - pause.started_at)
    return f"Paused from {say_time(pause.started_at)} to {say_time(pause.ended_at)} ({length}): {reason}."


def _rates(results: ResultsData) -> tuple[RateWords, ...]:
    return (
        _rate("How many alerts were mismatches?", "alerts", results.false_of_alerts, ""),
        RateWords(FACES_QUESTION, WITHHELD, "")
        if "tracks" in results.withheld
        else _rate(FACES_QUESTION, "faces seen", results.false_of_tracks, ""),
        _rate(
            "How often was a member of staff on the list recognised?"
            if results.rehearsal
            else "How often was somebody on the list recognised?",
            "passes",
            results.true_recognition,
            results.true_recognition_reason,
        ),
    )


def _rate(question: str, of: str, rate: ResultRate | None, reason: str) -> RateWords:
    if rate is None:
        return RateWords(question, NOT_RECORDED, f"{reason[:1].upper()}{reason[1:]}." if reason else "")
    if not rate.denominator:
        return RateWords(question, f"None of 0 {of}", "There was nothing to count.")
    share = percent(rate.numerator / rate.denominator)
    trust = ""
    if rate.low is not None and rate.high is not None:
        counted = "so few" if rate.denominator < FEW else f"{rate.denominator:,}"
        trust = (
            f"With {counted} counted, the true rate is likely between {percent(rate.low)} and "
            f"{percent(rate.high)} (95% interval)."
        )
    return RateWords(question, f"{rate.numerator:,} of {rate.denominator:,} {of} ({share})", trust)


def percent(share: float) -> str:
    """Two digits that count, never rounded to all or to nothing: "40%", "0.034%", "more than 99%"."""
    if share in (0.0, 1.0):
        return f"{100 * share:.0f}%"
    hundredth = 100 * share
    if hundredth >= 99.5:
        return "more than 99%"
    return f"{hundredth:.{max(0, 1 - floor(log10(hundredth)))}f}%"


def _interruptions(results: ResultsData) -> str:
    if not results.gaps:
        return "No interruption was recorded."
    times = "once" if results.gaps == 1 else f"{results.gaps:,} times"
    length = say_duration(timedelta(seconds=results.gaps_s))
    return f"At least one camera did not compare faces for {length} in all (interrupted {times})."


def clock_rows(steps: Sequence[DeletionStep], *, now: datetime) -> tuple[ClockRow, ...]:
    return tuple(_clock_row(step, now) for step in steps)


def _clock_row(step: DeletionStep, now: datetime) -> ClockRow:
    state = step.state(now)
    due = say_moment(step.due_at) if step.due_at else ""
    return ClockRow(
        what=DELETION_WORDS.get(step.data_class, step.title),
        due=due,
        done=_done(step, state),
        code=str(state),
    )


def _done(step: DeletionStep, state: DeletionState) -> str:
    if step.due_at is None:
        return "There was none"
    if step.done_at is None:
        return "Late: not yet proven" if state is DeletionState.OVERDUE else "Not yet due"
    late = f", {say_duration(step.done_at - step.due_at)} late" if state is DeletionState.DONE_LATE else ""
    return f"{say_moment(step.done_at)}{late}{SIMULATED if step.simulated else ''}"
