"""What becomes of a case: from, to, who may, which audit event."""

from __future__ import annotations

from apps.casework.data import BreachState, ComplaintState, RequestState
from apps.core.data import Role
from apps.core.transitions import Transition, TransitionTable

# Who works on cases; nobody of the oversight body, which reads numbers in the scrutiny report.
WORKERS = frozenset({Role.PLANNER, Role.SILVER_COMMANDER, Role.AUTHORISING_OFFICER, Role.FORCE_ADMIN})
# Who says how one ends.
DECIDERS = frozenset({Role.AUTHORISING_OFFICER, Role.FORCE_ADMIN})
C, B, R = ComplaintState, BreachState, RequestState
IN_HAND = frozenset({C.UNDER_REVIEW, C.REFERRED})
OPEN_COMPLAINTS = frozenset({C.RECEIVED, C.UNDER_REVIEW, C.REFERRED})
# Steps that say whether a complaint was right, and all that end one: for nobody who took part in what it is
# about. One that was withdrawn may still be referred.
JUDGES = frozenset({"uphold", "not_uphold", "resolve"})
ENDS = JUDGES | {"withdraw"}

COMPLAINTS = TransitionTable(
    machine="complaint",
    transitions=[
        Transition(
            "begin_review", frozenset({C.RECEIVED, C.REFERRED}), C.UNDER_REVIEW, WORKERS,
            "casework.complaint_review_begun",
        ),
        Transition("uphold", IN_HAND, C.UPHELD, DECIDERS, "casework.complaint_upheld"),
        Transition("not_uphold", IN_HAND, C.NOT_UPHELD, DECIDERS, "casework.complaint_not_upheld"),
        Transition("resolve", IN_HAND, C.RESOLVED, DECIDERS, "casework.complaint_resolved"),
        Transition("withdraw", OPEN_COMPLAINTS, C.WITHDRAWN, WORKERS, "casework.complaint_withdrawn"),
        # Whoever complained may ask for a review of the result; a serious one goes there at once.
        Transition(
            "refer", frozenset(C) - {C.REFERRED}, C.REFERRED, DECIDERS,
            "casework.complaint_referred",
        ),
    ],
)  # fmt: skip
BREACHES = TransitionTable(
    machine="breach",
    transitions=[
        Transition("close", frozenset({B.OPEN}), B.CLOSED, DECIDERS, "casework.breach_closed"),
        Transition("reopen", frozenset({B.CLOSED}), B.OPEN, DECIDERS, "casework.breach_reopened"),
    ],
)
REQUESTS = TransitionTable(
    machine="request",
    transitions=[
        Transition("answer", frozenset({R.RECEIVED}), R.ANSWERED, WORKERS, "casework.request_answered"),
        Transition("withdraw", frozenset({R.RECEIVED}), R.WITHDRAWN, WORKERS, "casework.request_withdrawn"),
        Transition(
            "reopen", frozenset({R.ANSWERED, R.WITHDRAWN}), R.RECEIVED, WORKERS, "casework.request_reopened"
        ),
    ],
)
STEP_LABELS = {
    "record": "Recorded",
    "update": "What was done was entered",
    "begin_review": "Review begun",
    "uphold": "Upheld",
    "not_uphold": "Not upheld",
    "resolve": "Resolved",
    "withdraw": "Withdrawn",
    "refer": "Referred to the Independent Office for Police Conduct",
    "close": "Closed",
    "reopen": "Opened again",
    "answer": "Answered",
}
