"""The transition table of a notice. Only the platform itself moves one: it follows its deployment."""

from __future__ import annotations

from apps.core.data import Role
from apps.core.transitions import Transition, TransitionTable
from apps.notices.data import NoticeStatus as N

AUTOMATIC = frozenset({Role.SYSTEM})
WAITING = frozenset({N.SCHEDULED, N.WITHDRAWN})
STANDING = WAITING | {N.PUBLISHED}
RUNNING = frozenset({N.LIVE, N.SUSPENDED})
# Announced and not called off. An event that was missed is caught up after later ones: each step may find the
# page as any of the steps before it left it.
UNDER_WAY = RUNNING | {N.PUBLISHED}
CALLED_OFF = frozenset({N.WITHDRAWN, N.CANCELLED, N.REVOKED, N.EXPIRED})
OVER = frozenset({N.ENDED, N.RESULTS_PUBLISHED})
# On the record of a force; what was stopped while it ran has results there.
RECORDED = CALLED_OFF | {N.RESULTS_PUBLISHED}

PUBLISH = "publish"
GO_LIVE = "go_live"
SUSPEND = "suspend"
RESUME = "resume"
WITHDRAW = "withdraw"
CANCEL = "cancel"
REVOKE = "revoke"
EXPIRE = "expire"
END = "end"
PUBLISH_RESULTS = "publish_results"


def _row(name: str, sources: frozenset[N], target: N) -> Transition[N]:
    return Transition(
        name=name, sources=sources, target=target, roles=AUTOMATIC, audit_verb=f"notice.{target.value}"
    )


NOTICES: TransitionTable[N] = TransitionTable(
    machine="notice",
    transitions=[
        _row(PUBLISH, WAITING, N.PUBLISHED),
        _row(GO_LIVE, frozenset({N.PUBLISHED}), N.LIVE),
        _row(SUSPEND, frozenset({N.PUBLISHED, N.LIVE}), N.SUSPENDED),
        _row(RESUME, frozenset({N.PUBLISHED, N.SUSPENDED}), N.LIVE),
        _row(WITHDRAW, STANDING, N.WITHDRAWN),
        _row(CANCEL, STANDING, N.CANCELLED),
        _row(REVOKE, STANDING | RUNNING, N.REVOKED),
        _row(EXPIRE, STANDING, N.EXPIRED),
        _row(END, UNDER_WAY, N.ENDED),
        _row(PUBLISH_RESULTS, UNDER_WAY | {N.ENDED}, N.RESULTS_PUBLISHED),
    ],
)
