"""The transition tables of what the oversight body asks and recommends: from, to, who may, which audit event.

The body puts and publishes, the force answers. Nobody of the force publishes, and the body answers nothing.
"""

from __future__ import annotations

from apps.core.data import Role
from apps.core.transitions import Transition, TransitionTable
from apps.oversight.data import Publication
from apps.oversight.data import QuestionState as Q
from apps.oversight.data import RecommendationState as R

BODY = frozenset({Role.OVERSIGHT})
FORCE = frozenset({Role.AUTHORISING_OFFICER, Role.SILVER_COMMANDER, Role.FORCE_ADMIN})

# The first entry of every history; no transition, since nothing is there before it.
PUT = "put"
ANSWER = "answer"
PUBLISH = "publish"
WITHDRAW = "withdraw"
ACCEPT = "accept"
ACCEPT_PARTLY = "accept_partly"
NOT_ACCEPT = "not_accept"
REPORT_DONE = "report_done"
FIND_DONE = "find_done"
FIND_NOT_DONE = "find_not_done"

QUESTIONS: TransitionTable[Q] = TransitionTable(
    machine="question",
    transitions=[
        # Again until it is published: each answer stays in the history.
        Transition(ANSWER, frozenset({Q.PUT, Q.ANSWERED}), Q.ANSWERED, FORCE, "oversight.question_answered"),
        Transition(PUBLISH, frozenset({Q.ANSWERED}), Q.PUBLISHED, BODY, "oversight.question_published"),
        Transition(WITHDRAW, frozenset({Q.PUT}), Q.WITHDRAWN, BODY, "oversight.question_withdrawn"),
    ],
)

ACCEPTED = frozenset({R.ACCEPTED, R.PARTLY_ACCEPTED})
RECOMMENDATIONS: TransitionTable[R] = TransitionTable(
    machine="recommendation",
    transitions=[
        Transition(ACCEPT, frozenset({R.MADE}), R.ACCEPTED, FORCE, "oversight.recommendation_accepted"),
        Transition(
            ACCEPT_PARTLY,
            frozenset({R.MADE}),
            R.PARTLY_ACCEPTED,
            FORCE,
            "oversight.recommendation_partly_accepted",
        ),
        Transition(
            NOT_ACCEPT, frozenset({R.MADE}), R.NOT_ACCEPTED, FORCE, "oversight.recommendation_not_accepted"
        ),
        Transition(
            REPORT_DONE,
            ACCEPTED | {R.NOT_DONE},
            R.REPORTED_DONE,
            FORCE,
            "oversight.recommendation_reported_done",
        ),
        Transition(FIND_DONE, frozenset({R.REPORTED_DONE}), R.DONE, BODY, "oversight.recommendation_done"),
        Transition(
            FIND_NOT_DONE, frozenset({R.REPORTED_DONE}), R.NOT_DONE, BODY, "oversight.recommendation_not_done"
        ),
        Transition(WITHDRAW, frozenset({R.MADE}), R.WITHDRAWN, BODY, "oversight.recommendation_withdrawn"),
    ],
)
PUBLICATION: TransitionTable[Publication] = TransitionTable(
    machine="publication of a recommendation",
    transitions=[
        Transition(
            PUBLISH,
            frozenset({Publication.INSIDE}),
            Publication.PUBLIC,
            BODY,
            "oversight.recommendation_published",
        ),
    ],
)

REPLIES = frozenset({ANSWER, ACCEPT, ACCEPT_PARTLY, NOT_ACCEPT})
# Whose turn it is. Neither in the other states: nothing is asked of anybody any more.
WAITS_FOR_FORCE = frozenset(
    {Q.PUT.value, R.MADE.value, R.ACCEPTED.value, R.PARTLY_ACCEPTED.value, R.NOT_DONE.value}
)
UNANSWERED = frozenset({Q.PUT.value, R.MADE.value})
WAITS_FOR_BODY = frozenset({Q.ANSWERED.value, R.REPORTED_DONE.value})
# What a recommendation is to be published with: something that the force said.
REPLIED = frozenset(R) - {R.MADE, R.WITHDRAWN}

STATE_WORDS = {
    Q.PUT: "Waits for an answer",
    Q.ANSWERED: "Answered, not public",
    Q.PUBLISHED: "Published",
    R.MADE: "Waits for a reply",
    R.ACCEPTED: "Accepted",
    R.PARTLY_ACCEPTED: "Accepted in part",
    R.NOT_ACCEPTED: "Not accepted",
    R.REPORTED_DONE: "Done, as the force says",
    R.DONE: "Seen as done",
    R.NOT_DONE: "Seen as not done",
    R.WITHDRAWN: "Withdrawn",
}
STEP_WORDS = {
    PUT: "Put by the oversight body",
    ANSWER: "Answered by the force",
    PUBLISH: "Published by the oversight body",
    WITHDRAW: "Withdrawn by the oversight body",
    ACCEPT: "Accepted by the force",
    ACCEPT_PARTLY: "Accepted in part by the force",
    NOT_ACCEPT: "Not accepted by the force",
    REPORT_DONE: "Done, as the force says",
    FIND_DONE: "Seen as done by the oversight body",
    FIND_NOT_DONE: "Seen as not done by the oversight body",
}
