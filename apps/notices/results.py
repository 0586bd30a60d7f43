"""Results and the deletion clock in plain words. A number that nobody recorded is "Not recorded"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import floor, log10

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from apps.core.clock import london
from apps.core.wording import say_duration, say_moment, say_time
from apps.deployments.data import Cause
from apps.notices.data import DeletionState, DeletionStep, Pause, ResultRate, ResultsData
from apps.notices.wording import DELETION_WORDS, PAUSE_HISTORY

NOT_RECORDED = gettext_noop("Not recorded")
WITHHELD = gettext_noop("Withheld by the force")
FACES_QUESTION = gettext_noop("How many faces seen led to a mismatch?")
# Why a rate is not known, as results keep it, in English: said as a sentence, and so translated.
RATE_UNKNOWN = (
    gettext_noop("The passes of the Blue List were not recorded."),
    gettext_noop("More people were recognised than passes were recorded."),
    gettext_noop("No Blue List was used on this deployment."),
)
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
            (_("Alerts"), _number(results.alerts)),
            (_("Mismatches"), _number(results.false)),
            (_("People spoken to"), _number(results.spoken_to)),
            (_("Arrests"), _number(results.arrests)),
        ),
        alerts=_alert_rows(results),
        rates=_rates(results),
        afterwards=(
            (_("An officer spoke to the person"), _number(results.spoken_to)),
            (_("The officer decided not to speak to the person"), _number(results.not_engaged)),
            (_("The person could not be found"), _number(results.not_located)),
            (_("Arrests"), _number(results.arrests)),
            (
                _("Other results, for instance a summons or help for somebody at risk"),
                _shown(results, "other_disposals"),
            ),
            (_("No further action"), _number(results.no_action)),
        ),
        setting=_setting(results),
        pauses=tuple(_public_pause(pause) for pause in results.pauses),
        interruptions=_interruptions(results),
        findings=results.findings,
        reviewed=say_moment(results.reviewed_at) if results.reviewed_at else "",
        stopped_reason=results.stopped_reason,
    )


def say_alerts(results: ResultsData) -> str:
    """For the list, for instance "3 alerts, 1 of them a mismatch." """
    if not results.alerts:
        return _("There was no alert.")
    if results.alerts == 1:
        return _("1 alert, and it was a mismatch.") if results.false else _("1 alert, and no mismatch.")
    said = {"alerts": f"{results.alerts:,}", "mismatches": f"{results.false:,}"}
    if not results.false:
        return _("%(alerts)s alerts, and no mismatch.") % said
    return (
        ngettext(
            "%(alerts)s alerts, %(mismatches)s of them a mismatch.",
            "%(alerts)s alerts, %(mismatches)s of them mismatches.",
            results.false,
        )
        % said
    )


def _number(number: int | None) -> str:
    return _(NOT_RECORDED) if number is None else f"{number:,}"


def _shown(results: ResultsData, name: str) -> str:
    """A number that a force may withhold, or that it does."""
    return _(WITHHELD) if name in results.withheld else _number(getattr(results, name))


def _took_place(results: ResultsData) -> str:
    if results.started_at is None or results.ended_at is None:
        return _(NOT_RECORDED)
    ended = (
        say_time(results.ended_at)
        if london(results.started_at).date() == london(results.ended_at).date()
        else say_moment(results.ended_at)
    )
    return _("From %(start)s to %(end)s (%(length)s)") % {
        "start": say_moment(results.started_at),
        "end": ended,
        "length": say_duration(results.ended_at - results.started_at),
    }


def _alert_rows(results: ResultsData) -> tuple[tuple[str, str], ...]:
    """The parts add up to the first row."""
    return (
        (_("All alerts"), _number(results.alerts)),
        (_("The right person: identity was confirmed"), _number(results.confirmed_true)),
        (
            _("A mismatch, noticed by the operator before anybody was spoken to"),
            _number(results.operator_rejected),
        ),
        (_("A mismatch, noticed after an officer spoke to the person"), _number(results.confirmed_false)),
        (_unresolved(results), _number(results.unresolved)),
    )


def _unresolved(results: ResultsData) -> str:
    """Which of them for which reason; every alert has one."""
    rest = results.unresolved - results.expired - results.not_located
    declined = min(rest, results.not_engaged)
    reasons = (
        (results.expired, _("ran out of time, which always means “no stop”")),
        (results.not_located, _("the person could not be found")),
        (declined, _("the officer decided not to speak to the person")),
        (rest - declined, _("no result was written down")),
    )
    said = [f"{number:,}: {words}" for number, words in reasons if number > 0]
    if not said:
        return _("Not resolved")
    return _("Not resolved (%(reasons)s)") % {"reasons": "; ".join(said)}


def _setting(results: ResultsData) -> tuple[tuple[str, str], ...]:
    """What the numbers hang on; empty for results from before it was kept."""
    rows = []
    if results.list_subjects is not None or "list_subjects" in results.withheld:
        rows.append((_("People on the list"), _shown(results, "list_subjects")))
    if results.threshold is not None:
        rows.append(
            (
                _("How alike two faces had to be for an alert"),
                _("%(threshold)s or more of at most 1, as the recognition model “%(pack)s” measures it")
                % {"threshold": f"{results.threshold:.2f}", "pack": results.pack_id},
            )
        )
    return tuple(rows)


def say_pause(pause: Pause) -> str:
    """For the record, for instance "Paused from 1:17pm to 1:31pm (14 minutes): a sign fell over."."""
    reason = pause.reason.strip().rstrip(".")
    said = {"start": say_time(pause.started_at), "reason": reason}
    if pause.ended_at is None:
        return _("Paused from %(start)s: %(reason)s.") % said
    said |= {
        "end": say_time(pause.ended_at),
        "length": say_duration(pause.ended_at - pause.started_at),
    }
    return _("Paused from %(start)s to %(end)s (%(length)s): %(reason)s.") % said


def _public_pause(pause: Pause) -> str:
    """When, and the kind of reason: nothing that anybody typed, not of older results either."""
    said = {"start": say_time(pause.started_at)}
    words = _("Paused from %(start)s.") % said
    if pause.ended_at is not None:
        said |= {
            "end": say_time(pause.ended_at),
            "length": say_duration(pause.ended_at - pause.started_at),
        }
        words = _("Paused from %(start)s to %(end)s (%(length)s).") % said
    why = _(PAUSE_HISTORY[Cause(pause.cause)]) if pause.cause else ""
    return f"{words} {why}".strip()


def _rates(results: ResultsData) -> tuple[RateWords, ...]:
    return (
        _of_alerts(results),
        RateWords(_(FACES_QUESTION), _(WITHHELD), "")
        if "tracks" in results.withheld
        else _rate(_(FACES_QUESTION), _("faces seen"), results.false_of_tracks, ""),
        _rate(
            _("How often was a member of staff on the list recognised?")
            if results.rehearsal
            else _("How often was somebody on the list recognised?"),
            _("passes"),
            results.true_recognition,
            results.true_recognition_reason,
        ),
    )


def _of_alerts(results: ResultsData) -> RateWords:
    """Of alerts whose result is known, and how many are not in it. Older results were counted of all alerts,
    and keep their words."""
    question, rate = _("How many alerts were mismatches?"), results.false_of_alerts
    if rate.denominator != results.alerts - results.unresolved:
        return _rate(question, _("alerts"), rate, "")
    found = _rate(question, _("alerts whose result is known"), rate, "")
    if not results.unresolved:
        return found
    left_out = _(
        "Not in this rate: %(left_out)s of all %(alerts)s alerts, because nobody found out whether the "
        "person was the right one."
    ) % {"left_out": f"{results.unresolved:,}", "alerts": f"{results.alerts:,}"}
    return replace(found, trust=f"{found.trust} {left_out}")


def _rate(question: str, of: str, rate: ResultRate | None, reason: str) -> RateWords:
    if rate is None:
        why = f"{reason[:1].upper()}{reason[1:]}." if reason else ""
        return RateWords(question, _(NOT_RECORDED), _(why) if why in RATE_UNKNOWN else why)
    if not rate.denominator:
        return RateWords(question, _("None of 0 %(of)s") % {"of": of}, _("There was nothing to count."))
    share = percent(rate.numerator / rate.denominator)
    trust = ""
    if rate.low is not None and rate.high is not None:
        counted = _("so few") if rate.denominator < FEW else f"{rate.denominator:,}"
        trust = _(
            "With %(counted)s counted, the true rate is likely between %(low)s and %(high)s "
            "(exact 95%% interval)."
        ) % {"counted": counted, "low": percent(rate.low), "high": percent(rate.high)}
    answer = _("%(part)s of %(whole)s %(of)s (%(share)s)") % {
        "part": f"{rate.numerator:,}",
        "whole": f"{rate.denominator:,}",
        "of": of,
        "share": share,
    }
    return RateWords(question, answer, trust)


def percent(share: float) -> str:
    """Two digits that count, never rounded to all or to nothing: "40%", "0.034%", "more than 99%"."""
    if share in (0.0, 1.0):
        return f"{100 * share:.0f}%"
    hundredth = 100 * share
    if hundredth >= 99.5:
        return _("more than 99%")
    return f"{hundredth:.{max(0, 1 - floor(log10(hundredth)))}f}%"


def _interruptions(results: ResultsData) -> str:
    if not results.gaps:
        return _("No interruption was recorded.")
    said = {"length": say_duration(timedelta(seconds=results.gaps_s)), "times": f"{results.gaps:,}"}
    return (
        ngettext(
            "At least one camera did not compare faces for %(length)s in all (interrupted once).",
            "At least one camera did not compare faces for %(length)s in all (interrupted %(times)s times).",
            results.gaps,
        )
        % said
    )


def clock_rows(steps: Sequence[DeletionStep], *, now: datetime) -> tuple[ClockRow, ...]:
    return tuple(_clock_row(step, now) for step in steps)


def _clock_row(step: DeletionStep, now: datetime) -> ClockRow:
    state = step.state(now)
    due = say_moment(step.due_at) if step.due_at else ""
    return ClockRow(
        what=_(DELETION_WORDS.get(step.data_class, step.title)),
        due=due,
        done=_done(step, state),
        code=str(state),
    )


def _done(step: DeletionStep, state: DeletionState) -> str:
    if step.due_at is None:
        return _("There was none")
    if step.done_at is None:
        return _("Late: not yet proven") if state is DeletionState.OVERDUE else _("Not yet due")
    said = say_moment(step.done_at)
    if state is DeletionState.DONE_LATE:
        late = say_duration(step.done_at - step.due_at)
        said = _("%(moment)s, %(length)s late") % {"moment": said, "length": late}
    simulated = _("(in simulated time, for a test)")
    return f"{said} {simulated}" if step.simulated else said
