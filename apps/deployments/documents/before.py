"""What was decided on a deployment before: the last approval, what was narrowed under it, its conditions and
what became of each. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.deployments.data import ConditionData, DecisionData

DECIDED = frozenset({"return", "approve"})
ENDINGS = frozenset(
    {
        "void",
        "refuse",
        "cancel",
        "revoke",
        "expire",
        "end",
        "end_at_window_close",
        "refuse_unstarted",
        "refuse_running",
        "refuse_afterwards",
    }
)


@dataclass(frozen=True)
class LastApproval:
    """The latest approval, in force or not. `text_hash` is of the last text that was in force under it."""

    decision: DecisionData
    narrowings: tuple[DecisionData, ...]
    conditions: tuple[ConditionData, ...]
    # The change that ended it, with its reason; None while it holds, or where something else ended it.
    voided: DecisionData | None = None

    @property
    def text_hash(self) -> str:
        return self.narrowings[-1].content_hash if self.narrowings else self.decision.content_hash


def last_approval(log: Sequence[DecisionData], conditions: Iterable[ConditionData]) -> LastApproval | None:
    """None where nobody ever approved it. Both are oldest first, as the queries give them."""
    approvals = [row for row in log if row.kind == "approve"]
    if not approvals:
        return None
    last = approvals[-1]
    return LastApproval(
        decision=last,
        narrowings=tuple(row for row in log if row.kind == "narrow" and row.decided_at >= last.decided_at),
        conditions=tuple(each for each in conditions if each.set_at == last.decided_at),
        voided=next((row for row in log if row.kind == "void" and row.decided_at >= last.decided_at), None),
    )


def ending(log: Sequence[DecisionData], *, since: datetime) -> DecisionData | None:
    """The decision by which a deployment, or the approval given at `since`, came to its end, if it did."""
    over = [row for row in log if row.kind in ENDINGS and row.decided_at >= since]
    return over[-1] if over else None


def last_decision(log: Sequence[DecisionData]) -> DecisionData | None:
    """By an officer, to approve or to return."""
    officers = [row for row in log if row.kind in DECIDED]
    return officers[-1] if officers else None
