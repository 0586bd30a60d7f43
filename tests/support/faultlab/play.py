"""Plays the faults on one running platform and says what came of each."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.faultlab import lab as laboratory

TRACES, AUDIT = "traces", "audit"


def say(text: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} faults     {text}", flush=True)


def play(folder: Path, *, only: Collection[str] = (), everywhere: bool = False) -> list[Any]:
    """The outcome of each fault, and of the trace check and the audit at the end."""
    with laboratory.running(folder, say) as lab:
        # Needs Django, which the stack has set up by now.
        from tests.support.faultlab.faults import FAULTS

        outcomes = [_one(lab, fault) for fault in FAULTS if not only or fault.name in only]
        lab.end()
        return [*outcomes, _traces(lab, everywhere), _audit(lab)]


def _one(lab: Any, fault: Any) -> Any:
    from tests.support.faultlab.judge import Outcome, judge, look_before, recover

    say(f"{fault.name}: {fault.title}")
    began, outcome = time.monotonic(), Outcome(fault.name, fault.title)
    before = look_before(lab)
    try:
        fault.play(lab)
        recover(lab)
        judge(lab, fault, before, outcome)
    except Exception as error:  # noqa: BLE001 - one fault that fails must not hide what the next ones show
        outcome.problems.append(f"{type(error).__name__}: {error}")
        outcome.seen = outcome.seen or lab.watch.said(before.at)
        traceback.print_exc()
        lab.mend()
    outcome.seconds = round(time.monotonic() - began, 1)
    outcome.measured, lab.measured = lab.measured, []
    for problem in outcome.problems:
        say(f"  FAILED: {problem}")
    return outcome


def _traces(lab: Any, everywhere: bool) -> Any:
    from tests.support.faultlab import traces
    from tests.support.faultlab.judge import Outcome

    say("looking for traces of whoever walked past")
    began = time.monotonic()
    words, findings = traces.check(lab, everywhere=everywhere)
    seconds = round(time.monotonic() - began, 1)
    return Outcome(TRACES, "nothing of a passer-by is left", seconds, seen=[words], problems=findings[:20])


def _audit(lab: Any) -> Any:
    from apps.audit import api as audit
    from apps.core.clock import utc_now
    from tests.support.faultlab.judge import Outcome

    checked = audit.verify(force_id=lab.force_id, now=utc_now())
    words = f"{checked.events} events, {checked.links} links"
    problems = [] if checked.ok else [str(problem) for problem in checked.problems[:5]]
    return Outcome(AUDIT, "the audit verifies", seen=[words], problems=problems)


def table(outcomes: list[Any]) -> str:
    lines = []
    for found in outcomes:
        verdict = "FAILED" if found.problems else "passed"
        gaps = ", ".join(f"{reason} {seconds} s" for reason, seconds in found.gaps) or "none"
        lines.append(f"{verdict}  {found.title} ({found.seconds} s)")
        if found.name not in {TRACES, AUDIT}:
            lines.append(f"          gaps counted: {gaps}; alerts meanwhile: {found.alerts}")
            lines.append(f"          the strip: {'; '.join(found.seen) or 'nothing'}")
        else:
            lines += [f"          {words}" for words in found.seen]
        lines += [f"          measured: {words}" for words in found.measured]
        lines += [f"          PROBLEM: {problem}" for problem in found.problems]
    return "\n".join(lines)


def write(outcomes: list[Any], path: Path) -> None:
    path.write_text(json.dumps([asdict(found) for found in outcomes], indent=1), encoding="utf-8")
