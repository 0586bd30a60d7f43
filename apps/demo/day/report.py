"""What a day says at its end: a table for people, `var/day.json` for programs, and a verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.demo.day.measure import Measures, as_json, percentile


@dataclass
class Verdict:
    """Everything that makes the day a failure, in words. Empty is a pass."""

    problems: list[str] = field(default_factory=list)

    def expect(self, holds: bool, problem: str) -> None:
        if not holds:
            self.problems.append(problem)


def judge_alerts(
    measures: Measures, expected: Counter[tuple[str, str]], cameras: dict[UUID, str], verdict: Verdict
) -> None:
    """Everybody listed who walked was alerted, once a walk at the most, where they walked, and nobody else.

    `expected` counts walks by (reference, camera name). A second walk within the cool-down of the first is
    the same alert (docs/domain.md §5), so a person's walks are an upper bound and one is the lower.
    """
    raised = Counter((item.reference, cameras[item.alert.camera_id]) for item in measures.alerts)
    for reference, camera in sorted(raised):
        got, walked = raised[reference, camera], expected[reference, camera]
        verdict.expect(
            got <= walked, f"{got} alert(s) for {reference} at {camera}, walked there {walked} time(s)"
        )
    alerted = {reference for reference, _ in raised}
    for reference in sorted({reference for reference, _ in expected} - alerted):
        verdict.expect(False, f"missed: {reference} walked past and was not alerted")
    rejected = measures.decisions.get("operator: not_a_match", 0)
    verdict.expect(rejected == 0, f"{rejected} alert(s) were for somebody else, an operator said")
    undecided = [item.alert.number for item in measures.alerts if item.alert.state != "outcome_recorded"]
    verdict.expect(not undecided, f"alerts without an outcome: {undecided}")


def lines(measures: Measures, extra: dict[str, Any]) -> list[tuple[str, str]]:
    """(what, value) rows of the table."""
    total = measures.total
    ms_a_frame = ", ".join(f"{camera['ms_a_frame']}" for camera in measures.cameras)
    alert_ms, console_ms = measures.captured_to_alert_ms, measures.captured_to_console_ms
    rows = [
        ("frames read by the relay", f"{total('frames_read')}"),
        ("frames sent / received", f"{total('frames_sent')} / {total('frames_received')}"),
        (
            "dropped by relay / on the bus",
            f"{total('frames_dropped_by_relay')} / {total('frames_dropped_on_bus')}",
        ),
        ("frames refused", f"{total('frames_refused')}"),
        ("frames processed", f"{total('frames_processed')}, {ms_a_frame} ms a frame (per camera)"),
        ("faces / tracks / searches", f"{total('faces')} / {total('tracks')} / {total('searches')}"),
        (
            "alerts",
            ", ".join(f"{i.reference} {i.alert.cosine_similarity:.2f}" for i in measures.alerts) or "none",
        ),
        ("decisions", ", ".join(f"{name} {count}" for name, count in sorted(measures.decisions.items()))),
        ("captured to alert", f"p50 {percentile(alert_ms, 50)} ms, p95 {percentile(alert_ms, 95)} ms"),
        ("captured to console", f"p50 {percentile(console_ms, 50)} ms, p95 {percentile(console_ms, 95)} ms"),
        ("gaps", "; ".join(_gap(gap) for gap in measures.gaps) or "none"),
    ]
    return rows + [(name, str(value)) for name, value in extra.items()]


def _gap(gap: Any) -> str:
    return f"{(gap.ended_at - gap.started_at).total_seconds():.1f} s ({gap.reason})"


def table(rows: list[tuple[str, str]]) -> str:
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)


def document(measures: Measures, verdict: Verdict, **more: Any) -> dict[str, Any]:
    """The content of var/day.json."""
    return {"passed": not verdict.problems, "problems": verdict.problems, **as_json(measures), **more}
