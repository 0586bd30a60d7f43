"""What the alerts app gives to others: frozen values and closed lists. Terms are those of domain.md §5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.core.errors import NotFound, RuleViolated


class AlertState(StrEnum):
    """Where an alert is. "Purged" is a property (`purged_at`), not a state: a review need not wait for it."""

    RAISED = "raised"
    UNSURE = "unsure"
    DISPATCHED = "dispatched"
    NOT_A_MATCH = "not_a_match"
    EXPIRED = "expired"
    ENGAGED = "engaged"
    NOT_ENGAGED = "not_engaged"
    OUTCOME_RECORDED = "outcome_recorded"
    # Of a decoy only: whatever was decided, nothing follows from it (decoys.py).
    DECOY_ANSWERED = "decoy_answered"


# Nobody has decided yet: the clock runs, and running out of it is always "no stop".
AWAITING_OPERATOR = frozenset({AlertState.RAISED, AlertState.UNSURE})
# Each of the two decisions has its time; at `expires_at` it is over.
UNDECIDED = AWAITING_OPERATOR | {AlertState.DISPATCHED}
# The operator said "match" and that decision is stored: only now may the similarity be shown.
MATCHED = frozenset(
    {AlertState.DISPATCHED, AlertState.ENGAGED, AlertState.NOT_ENGAGED, AlertState.OUTCOME_RECORDED}
)
UNBLINDED = MATCHED | {AlertState.NOT_A_MATCH}
# Somebody still has to do something: never left out of what a console shows.
OPEN_STATES = UNDECIDED | {AlertState.ENGAGED}


class OperatorDecision(StrEnum):
    MATCH = "match"
    NOT_A_MATCH = "not_a_match"
    UNSURE = "unsure"


class EngagementDecision(StrEnum):
    ENGAGE = "engage"
    DO_NOT_ENGAGE = "do_not_engage"


class Step(StrEnum):
    """The two decisions of people between a score and a stop."""

    OPERATOR = "operator"
    ENGAGEMENT = "engagement"


class Outcome(StrEnum):
    """The closed list of domain.md §5 (and §4 for people whose whereabouts are theirs). Several may hold."""

    ARREST = "arrest"
    CONDITIONS_COMPLIANT = "conditions_compliant"
    CONDITIONS_BREACHED = "conditions_breached"
    SAFEGUARDED = "safeguarded"
    SAFE_NOT_DISCLOSED = "safe_not_disclosed"
    VOLUNTARY = "voluntary"
    SUMMONS_OR_REPORT = "summons_or_report"
    RELEASED_IDENTITY_WRONG = "released_identity_wrong"
    NO_LONGER_WANTED = "no_longer_wanted"
    NOT_LOCATED = "not_located"
    NOT_ENGAGED = "not_engaged"
    TEST_SUBJECT_RECOGNISED = "test_subject_recognised"


OUTCOME_LABELS: Mapping[Outcome, str] = MappingProxyType(
    {
        # First: where it can be true, it is what an officer looks for.
        Outcome.TEST_SUBJECT_RECOGNISED: "Test subject, correctly recognised",
        Outcome.ARREST: "Arrest",
        Outcome.CONDITIONS_COMPLIANT: "Conditions checked, compliant",
        Outcome.CONDITIONS_BREACHED: "Conditions breached",
        Outcome.SAFEGUARDED: "Safeguarded",
        Outcome.SAFE_NOT_DISCLOSED: "Safe, whereabouts not to be disclosed",
        Outcome.VOLUNTARY: "Voluntary interview or appointment",
        Outcome.SUMMONS_OR_REPORT: "Summons or report",
        Outcome.RELEASED_IDENTITY_WRONG: "Released, identity wrong",
        Outcome.NO_LONGER_WANTED: "Correct identity, no longer wanted",
        Outcome.NOT_LOCATED: "Not located",
        Outcome.NOT_ENGAGED: "Not engaged",
    }
)

# Outcomes that say who the person turned out to be; the rest leave the alert unresolved.
CONFIRMS_IDENTITY = frozenset(
    {
        Outcome.ARREST,
        Outcome.CONDITIONS_COMPLIANT,
        Outcome.CONDITIONS_BREACHED,
        Outcome.SAFEGUARDED,
        Outcome.SAFE_NOT_DISCLOSED,
        Outcome.VOLUNTARY,
        Outcome.SUMMONS_OR_REPORT,
        Outcome.NO_LONGER_WANTED,
        Outcome.TEST_SUBJECT_RECOGNISED,
    }
)
# Whether they were the one or not: somebody was found.
SAYS_WHO = CONFIRMS_IDENTITY | {Outcome.RELEASED_IDENTITY_WRONG}
OTHER_DISPOSALS = frozenset(
    {
        Outcome.CONDITIONS_BREACHED,
        Outcome.SAFEGUARDED,
        Outcome.SAFE_NOT_DISCLOSED,
        Outcome.VOLUNTARY,
        Outcome.SUMMONS_OR_REPORT,
    }
)
NO_ACTION = frozenset(
    {
        Outcome.CONDITIONS_COMPLIANT,
        Outcome.NO_LONGER_WANTED,
        Outcome.RELEASED_IDENTITY_WRONG,
        Outcome.TEST_SUBJECT_RECOGNISED,
    }
)
# Nobody looks for somebody of the Blue List: there is nothing to arrest them for, or to breach or report.
NEVER_OF_A_VOLUNTEER = frozenset({Outcome.ARREST, Outcome.CONDITIONS_BREACHED, Outcome.SUMMONS_OR_REPORT})
# And whoever is looked for is no test subject.
ONLY_OF_A_VOLUNTEER = frozenset({Outcome.TEST_SUBJECT_RECOGNISED})
# Recorded by a button of their own, or by the decision itself.
BY_THEMSELVES = frozenset({Outcome.RELEASED_IDENTITY_WRONG, Outcome.NOT_ENGAGED})
# What can be true of somebody whom no officer spoke to.
WITHOUT_ENGAGEMENT = frozenset({Outcome.NOT_ENGAGED, Outcome.NOT_LOCATED})


class PictureKind(StrEnum):
    PROBE = "probe"
    CANDIDATE = "candidate"


@dataclass(frozen=True)
class ClaimData:
    """Who works on one step of an alert, so that two people do not. It lapses by itself at `lapses_at`, so a
    phone that died holds nobody up (domain.md §5). It says nothing of what its holder thinks."""

    step: Step
    holder_id: UUID
    holder_label: str
    lapses_at: datetime


@dataclass(frozen=True)
class Sighting:
    """What recognition has seen of somebody on the list: everything that an alert is made of.

    `probe_jpeg`: the best face crop, JPEG. `template`: (D,) float32, L2-normalised. `cosine_similarity` and
    `threshold` lie in [-1, 1].
    """

    camera_id: UUID
    track_id: str
    subject_id: UUID
    cosine_similarity: float
    threshold: float
    captured_at: datetime
    probe_jpeg: bytes = field(repr=False)
    template: npt.NDArray[np.float32] = field(repr=False)


@dataclass(frozen=True)
class AlertData:
    """One alert. `number` counts alerts of the deployment; `revision` counts changes to any of them.

    `asked_revision` is that of the last change that put a question to somebody: being raised, or a new state.
    `claim` may have lapsed: ask `policies.standing_claim`.

    `cosine_similarity` and `threshold` lie in [-1, 1]. A view must not pass them on while `state` is not in
    `UNBLINDED` (domain.md §5: the operator decides blind). Blob ids are None once purged.
    `identity_established_by` is the label of the officer, empty while nobody did; `identity_entered_by` of
    whoever wrote it down, where the officer said it by radio.
    `expires_at` is when the present step ends in "no stop": the operator's, then the engagement officer's.
    """

    id: UUID
    force_id: UUID
    deployment_id: UUID
    number: int
    revision: int
    raised_revision: int
    asked_revision: int
    camera_id: UUID
    track_id: str
    subject_id: UUID
    captured_at: datetime
    raised_at: datetime
    expires_at: datetime
    state: AlertState
    cosine_similarity: float
    threshold: float
    key_id: UUID
    probe_blob_id: UUID | None
    template_blob_id: UUID | None
    purge_due_at: datetime
    purged_at: datetime | None
    first_shown_at: datetime | None
    identity_established_at: datetime | None
    identity_established_by: str
    claim: ClaimData | None
    # Shown to see whether operators look; and whose picture it shows as "seen". Nothing may say so before it
    # is decided.
    decoy: bool = False
    decoy_subject_id: UUID | None = None
    identity_entered_by: str = ""


@dataclass(frozen=True)
class SightingAnswer:
    """To one sighting: its alert, raised just now or there already; or why there is none."""

    alert: AlertData | None = None
    refused: RuleViolated | NotFound | None = None


@dataclass(frozen=True)
class DecisionData:
    """One decision by one person. `reason` is free text, empty where none is asked for."""

    alert_id: UUID
    step: Step
    value: str
    reason: str
    actor_id: UUID
    actor_label: str
    decided_at: datetime
    # Who wrote it down, where the officer said it by radio.
    entered_by_id: UUID | None = None
    entered_by: str = ""


@dataclass(frozen=True)
class AlertNews:
    """What changed since a revision, oldest change first; `more` when the page was full."""

    alerts: tuple[AlertData, ...]
    decisions: Mapping[UUID, tuple[DecisionData, ...]]
    outcomes: Mapping[UUID, tuple[Outcome, ...]]
    revision: int
    more: bool


@dataclass(frozen=True)
class EarlierCount:
    """How many alerts are over: without a decision, and otherwise."""

    expired: int
    decided: int


@dataclass(frozen=True)
class AlertSummary:
    """The row of the deployment record, domain.md §7.

    Always `alerts == operator_rejected + confirmed_true + confirmed_false + unresolved`.
    `undecided` and `expired` are parts of `unresolved`, given because each calls for a different question.
    """

    deployment_id: UUID
    alerts: int
    operator_rejected: int
    confirmed_true: int
    confirmed_false: int
    unresolved: int
    expired: int
    undecided: int
    engagements: int
    not_engaged: int
    arrests: int
    other_disposals: int
    no_action: int
    not_located: int
    purged: int
    # About the Blue List on an operational day, in none of the above; and of these, rightly recognised.
    volunteers: int = 0
    volunteers_recognised: int = 0
    volunteers_purged: int = 0

    @property
    def false(self) -> int:
        """Judged wrong: by the operator, or by identity once an officer had spoken to the person."""
        return self.operator_rejected + self.confirmed_false

    @property
    def resolved(self) -> int:
        """Of which somebody found out whether they were right."""
        return self.alerts - self.unresolved


@dataclass(frozen=True)
class Waiting:
    """How many alerts of one deployment wait for an operator, for the engagement officer, and for an
    outcome."""

    operator: int
    engagement: int
    outcome: int
