"""The transition table of an alert: from, to, who may, which audit event (domain.md §5).

There is no transition from a score to a stop: DISPATCHED needs an operator, ENGAGED another officer, and
every path that ends by itself ends in "no stop".
"""

from __future__ import annotations

from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision
from apps.core.data import Role
from apps.core.transitions import Transition, TransitionTable

OPERATOR = frozenset({Role.OPERATOR})
ENGAGEMENT = frozenset({Role.ENGAGEMENT_OFFICER})
AUTOMATIC = frozenset({Role.SYSTEM})

CONFIRM_IDENTITY = "confirm_identity"
RECORD_OUTCOME = "record_outcome"
CONTRADICT = "contradict"
EXPIRE = "expire"
LAPSE_UNSURE = "lapse_unsure"
SECOND_UNSURE = "second_unsure"
ANSWER = "answer"
WITHDRAW = "withdraw"

ALERTS = TransitionTable(
    machine="alert",
    transitions=[
        Transition(
            name=OperatorDecision.MATCH,
            sources=frozenset({AlertState.RAISED, AlertState.UNSURE}),
            target=AlertState.DISPATCHED,
            roles=OPERATOR,
            audit_verb="alert.operator_match",
        ),
        Transition(
            name=OperatorDecision.NOT_A_MATCH,
            sources=frozenset({AlertState.RAISED, AlertState.UNSURE}),
            target=AlertState.NOT_A_MATCH,
            roles=OPERATOR,
            audit_verb="alert.operator_not_a_match",
        ),
        Transition(
            name=OperatorDecision.UNSURE,
            sources=frozenset({AlertState.RAISED}),
            target=AlertState.UNSURE,
            roles=OPERATOR,
            audit_verb="alert.operator_unsure",
        ),
        # Two people could not say: that is no match.
        Transition(
            name=SECOND_UNSURE,
            sources=frozenset({AlertState.UNSURE}),
            target=AlertState.NOT_A_MATCH,
            roles=OPERATOR,
            audit_verb="alert.second_operator_unsure",
        ),
        # Of a dispatched one: no officer decided in time.
        Transition(
            name=EXPIRE,
            sources=frozenset({AlertState.RAISED, AlertState.DISPATCHED}),
            target=AlertState.EXPIRED,
            roles=AUTOMATIC,
            audit_verb="alert.expired",
        ),
        # "Unsure" counts as no match when there is no second operator.
        Transition(
            name=LAPSE_UNSURE,
            sources=frozenset({AlertState.UNSURE}),
            target=AlertState.NOT_A_MATCH,
            roles=AUTOMATIC,
            audit_verb="alert.unsure_lapsed",
        ),
        Transition(
            name=EngagementDecision.ENGAGE,
            sources=frozenset({AlertState.DISPATCHED}),
            target=AlertState.ENGAGED,
            roles=ENGAGEMENT,
            audit_verb="alert.engaged",
        ),
        Transition(
            name=EngagementDecision.DO_NOT_ENGAGE,
            sources=frozenset({AlertState.DISPATCHED}),
            target=AlertState.NOT_ENGAGED,
            roles=ENGAGEMENT,
            audit_verb="alert.not_engaged",
        ),
        Transition(
            name=RECORD_OUTCOME,
            sources=frozenset({AlertState.ENGAGED, AlertState.NOT_ENGAGED, AlertState.OUTCOME_RECORDED}),
            target=AlertState.OUTCOME_RECORDED,
            roles=ENGAGEMENT,
            audit_verb="alert.outcome_recorded",
        ),
        Transition(
            name=CONTRADICT,
            sources=frozenset({AlertState.ENGAGED, AlertState.OUTCOME_RECORDED}),
            target=AlertState.OUTCOME_RECORDED,
            roles=ENGAGEMENT,
            audit_verb="alert.identity_contradicted",
        ),
    ],
)
# Another kind of thing, though it is shown as an alert is: nothing leads from it to a person (decoys.py).
DECOYS = TransitionTable(
    machine="decoy",
    transitions=[
        Transition(
            name=ANSWER,
            sources=frozenset({AlertState.RAISED}),
            target=AlertState.DECOY_ANSWERED,
            roles=OPERATOR,
            audit_verb="decoy.answered",
        ),
        Transition(
            name=EXPIRE,
            sources=frozenset({AlertState.RAISED}),
            target=AlertState.EXPIRED,
            roles=AUTOMATIC,
            audit_verb="decoy.expired",
        ),
        # An alert came, or the volunteer left the list.
        Transition(
            name=WITHDRAW,
            sources=frozenset({AlertState.RAISED}),
            target=AlertState.EXPIRED,
            roles=AUTOMATIC,
            audit_verb="decoy.withdrawn",
        ),
    ],
)


def table_of(*, decoy: bool) -> TransitionTable[AlertState]:
    return DECOYS if decoy else ALERTS
