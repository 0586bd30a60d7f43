"""The transition table of a notice. Only the platform itself moves one: it follows its deployment."""

from __future__ import annotations

from apps.core.data import Role
from apps.core.transitions import Transition, TransitionTable
from apps.notices.data import NoticeStatus as N

AUTOMATIC = frozenset({Role.SYSTEM})
WAITING = frozenset({N.SCHEDULED, N.WITHDRAWN})
STANDING = WAITING | {N.PUBLISHED}

PUBLISH = "publish"
WITHDRAW = "withdraw"
CANCEL = "cancel"
REVOKE = "revoke"
EXPIRE = "expire"
END = "end"


def _row(name: str, sources: frozenset[N], target: N) -> Transition[N]:
    return Transition(
        name=name, sources=sources, target=target, roles=AUTOMATIC, audit_verb=f"notice.{target.value}"
    )


NOTICES: TransitionTable[N] = TransitionTable(
    machine="notice",
    transitions=[
        _row(PUBLISH, WAITING, N.PUBLISHED),
        _row(WITHDRAW, STANDING, N.WITHDRAWN),
        _row(CANCEL, STANDING, N.CANCELLED),
        _row(REVOKE, STANDING, N.REVOKED),
        _row(EXPIRE, STANDING, N.EXPIRED),
        _row(END, frozenset({N.PUBLISHED}), N.ENDED),
    ],
)
