"""What the gates are decided on, read when asked for: one query a kind for any number of deployments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

# Not functools': before Python 3.12 that one holds a lock of all requests while it asks the database.
from django.utils.functional import cached_property

from apps.accounts import api as accounts
from apps.accounts.data import Training
from apps.core.clock import london
from apps.core.data import Role
from apps.core.tenancy import current_force_id
from apps.deployments import assessment_queries, queries, signs
from apps.deployments.data import (
    COMPUTED_CHECKS,
    Cause,
    CheckData,
    CheckKind,
    ConditionData,
    DeploymentData,
    DeploymentState,
    Duty,
    DutyData,
)
from apps.deployments.data_day import SignData
from apps.deployments.models import CheckRecord, DeploymentDuty, SignCheck
from apps.deployments.rules import signs as sign_rules
from apps.deployments.rules.assessments import AssessmentData, no_longer_assessed
from apps.deployments.rules.authority import unfit_for_grade
from apps.deployments.rules.blockers import Blocker
from apps.deployments.rules.policies import DUTY_ROLES, seal_accepted
from apps.deployments.rules.remaking import is_approvals_own, of_another_model
from apps.deployments.rules.staffing import NEEDED, ON_DUTY
from apps.deployments.rules.starting import start_blockers as blockers
from apps.deployments.rules.states import APPROVED_STATES, CHECKING
from apps.deployments.rules.waiting import Awaited
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.watchlists import api as watchlists
from apps.watchlists.data import WatchlistData


class Shelf:
    """What is known about some deployments of the open force. A step that stops something looks at hardly
    any of it, so that nothing that cannot be read stands in its way."""

    def __init__(self, deployments: Iterable[DeploymentData], *, force: ForceData | None = None) -> None:
        """Pass the `force` where it is known already: it saves a query."""
        self._force = force
        self.deployments = {deployment.id: deployment for deployment in deployments}
        self._training: dict[UUID, Training] = {}

    def facts(self, deployment_id: UUID) -> DeploymentFacts:
        return DeploymentFacts(self.deployments[deployment_id], self)

    @cached_property
    def rules(self) -> Mapping[int, ForceData]:
        """The force under each version of its settings that binds one of the deployments: one query more
        where a setting was changed since one of them was drafted."""
        force = self._force or forces.get_force(force_id=current_force_id())
        bound = {deployment.settings_version for deployment in self.deployments.values()}
        return forces.settings_of(force=force, versions=bound)

    @cached_property
    def open_trial(self) -> DeploymentData | None:
        """Whose results are awaited before another is submitted, where the force is on trial."""
        return queries.unreviewed()

    @cached_property
    def cameras(self) -> Mapping[UUID, str]:
        return queries.registered_cameras()

    @cached_property
    def assessments(self) -> Mapping[UUID, AssessmentData]:
        """Those that any of the plans names."""
        named = {ref.id for each in self.deployments.values() for ref in each.authority.assessments}
        return assessment_queries.assessments_by_id(ids=named)

    @cached_property
    def duties(self) -> Mapping[UUID, list[DutyData]]:
        found: defaultdict[UUID, list[DutyData]] = defaultdict(list)
        for row in DeploymentDuty.objects.filter(deployment_id__in=self.deployments).order_by("first_at"):
            found[row.deployment_id].append(
                DutyData(row.actor_id, row.actor_label, Duty(row.duty), row.laid_down_at)
            )
        return found

    @cached_property
    def conditions(self) -> Mapping[UUID, list[ConditionData]]:
        found: defaultdict[UUID, list[ConditionData]] = defaultdict(list)
        for condition in queries.conditions_of(deployment_ids=self.deployments):
            found[condition.deployment_id].append(condition)
        return found

    def training(self, user_id: UUID) -> Training:
        """Everybody on duty is looked up together with whoever is asked about first."""
        if user_id not in self._training:
            people = {user_id} | {past.actor_id for duties in self.duties.values() for past in duties}
            missing = people - self._training.keys()
            self._training |= dict.fromkeys(missing, accounts.training_of(user_ids=missing))
        return self._training[user_id]

    @cached_property
    def watchlists(self) -> Mapping[UUID, WatchlistData]:
        return watchlists.get_for_deployments(deployment_ids=list(self.deployments))

    @cached_property
    def looks(self) -> Mapping[UUID, Mapping[str, SignCheck]]:
        """The latest look at the sign of each approach since the seal."""
        return signs.latest_looks(self.deployments.values())

    @cached_property
    def recorded(self) -> Mapping[UUID, Mapping[str, CheckRecord]]:
        """The latest recording of each item since the seal."""
        found: defaultdict[UUID, dict[str, CheckRecord]] = defaultdict(dict)
        sealed = {d.id: d.sealed_at for d in self.deployments.values() if d.sealed_at is not None}
        if not sealed:
            return found
        for record in CheckRecord.objects.filter(deployment_id__in=sealed).order_by("recorded_at"):
            if record.recorded_at >= sealed[record.deployment_id]:
                found[record.deployment_id][record.kind] = record
        return found


@dataclass(frozen=True)
class DeploymentFacts:
    """The facts about one deployment (gates.Facts)."""

    deployment: DeploymentData
    shelf: Shelf

    @property
    def force(self) -> ForceData:
        """With the settings that bind this deployment, which may be older than those in force."""
        return self.shelf.rules[self.deployment.settings_version]

    @property
    def open_trial(self) -> DeploymentData | None:
        """Another deployment without published results; only looked for in trial mode."""
        return self.shelf.open_trial if self.force.trial_mode else None

    @property
    def cameras(self) -> Mapping[UUID, str]:
        return self.shelf.cameras

    @property
    def assessments(self) -> Mapping[UUID, AssessmentData]:
        return self.shelf.assessments

    @property
    def duties(self) -> tuple[DutyData, ...]:
        return tuple(self.shelf.duties.get(self.deployment.id, ()))

    def trained(self, user_id: UUID, role: Role, days: Collection[date]) -> bool:
        """Whether the person holds the role and a certificate for it that is current on each of the days."""
        return self.shelf.training(user_id).covers(user_id, role, days)

    def lapsed(self, now: datetime) -> tuple[DutyData, ...]:
        """Duties whose person has lost the role since, or is not trained for it today."""
        today = (london(now).date(),)
        return tuple(
            past
            for past in self.duties
            if past.duty in ON_DUTY
            and past.laid_down_at is None
            and not any(self.trained(past.actor_id, role, today) for role in DUTY_ROLES[past.duty])
        )

    def lapsed_now(self, now: datetime) -> tuple[DutyData, ...]:
        """For pages of the day: what became of people after it ended is nothing to mark on it."""
        return self.lapsed(now) if self.deployment.state in APPROVED_STATES else ()

    @property
    def looks(self) -> tuple[SignData, ...]:
        """The latest look at each approach, in the order of the authority."""
        latest = self.shelf.looks.get(self.deployment.id, {})
        return signs.in_order(self.deployment, latest, sign_rules.interval(self.force))

    def signs_overdue(self, now: datetime) -> tuple[str, ...]:
        """At which approaches nobody has looked within the interval of the force."""
        return sign_rules.overdue(self.looks, now=now)

    @property
    def conditions(self) -> tuple[ConditionData, ...]:
        """Of the approval that holds, and of those before it."""
        return tuple(self.shelf.conditions.get(self.deployment.id, ()))

    @property
    def watchlist(self) -> WatchlistData | None:
        return self.shelf.watchlists.get(self.deployment.id)

    @property
    def grade(self) -> str | None:
        return queries.grade_of(self.deployment.authority, pictures=self._pictures)

    def _pictures(self) -> int:
        """On the list that belongs to this approval."""
        present = self.watchlist
        return present.pictures if present is not None and is_approvals_own(self) else 0

    @property
    def edition(self) -> str | None:
        return queries.pack_edition(self.deployment.authority.pack_id)

    @property
    def awaited(self) -> Awaited:
        # What failed while it was live has suspended it, so nothing is open where it still is.
        live = self.deployment.state is DeploymentState.LIVE
        return Awaited(
            items=() if live else self.open_items,
            has_model=self._has_model,
            conditions=tuple(each.number for each in self.conditions if each.is_open),
            unassessed=tuple(no_longer_assessed(self.deployment.authority, self.assessments)),
            duties=self._lost_duties,
            signs=self._unseen_signs,
            unsigned=self._unsigned,
        )

    @property
    def _unsigned(self) -> int:
        """Only asked where somebody could sign: an imported list that is not sealed yet."""
        waiting = self.deployment.state is DeploymentState.NOTICE_PUBLISHED
        if not waiting or self.deployment.watchlist_id is None or self.watchlist is None:
            return 0
        return self.watchlist.unsigned

    @property
    def _lost_duties(self) -> tuple[Duty, ...]:
        """The duties that nobody is on, after a suspension for want of people."""
        if self.deployment.suspended_for is not Cause.STAFFING:
            return ()
        on_duty = {taken.duty for taken in self.duties if taken.laid_down_at is None}
        return tuple(duty for duty in NEEDED if duty not in on_duty)

    @property
    def _unseen_signs(self) -> tuple[str, ...]:
        """After a suspension because nobody looked at the signs: those at which nobody has looked since."""
        since = self.deployment.state_since
        if self.deployment.suspended_for is not Cause.SIGN_OVERDUE or since is None:
            return ()
        return self.signs_overdue(since)

    @property
    def open_items(self) -> tuple[CheckKind, ...]:
        """What somebody still has to record, or to record again, as long as the checklist is open."""
        if self.deployment.state not in CHECKING:
            return ()
        recorded = self.shelf.recorded.get(self.deployment.id, {})
        return tuple(
            kind
            for kind in CheckKind
            if kind not in COMPUTED_CHECKS and not _recorded(kind, recorded.get(kind)).passed
        )

    @property
    def _has_model(self) -> bool:
        """A rehearsal has one as long as it names one; that is for the planner to choose."""
        return self.deployment.authority.rehearsal or queries.any_pack_operational()

    @property
    def checks(self) -> tuple[CheckData, ...]:
        """Every item: the latest recording since the seal, or what the platform works out."""
        recorded = self.shelf.recorded.get(self.deployment.id, {})
        computed = self._computed()
        return tuple(
            CheckData(kind, computed[kind], True, "", "", None)
            if kind in computed
            else _recorded(kind, recorded.get(kind))
            for kind in CheckKind
        )

    def _computed(self) -> dict[CheckKind, bool]:
        """Model equal to the authority's and fit for it; the list searched equal to the accepted one."""
        authority, watchlist = self.deployment.authority, self.watchlist
        if watchlist is None:
            return {CheckKind.MODEL_MATCHES: False, CheckKind.WATCHLIST_MATCHES: False}
        return {
            CheckKind.MODEL_MATCHES: not of_another_model(self)
            and not unfit_for_grade(authority, self.grade),
            CheckKind.WATCHLIST_MATCHES: seal_accepted(self.deployment)
            and watchlist.seal_hash == self.deployment.accepted_seal_hash,
        }


def _recorded(kind: CheckKind, record: CheckRecord | None) -> CheckData:
    if record is None:
        return CheckData(kind, False, False, "", "", None)
    return CheckData(kind, record.passed, False, record.note, record.actor_label, record.recorded_at)


def of(deployment: DeploymentData, *, force: ForceData | None = None) -> DeploymentFacts:
    return Shelf([deployment], force=force).facts(deployment.id)


def rules_of(deployment: DeploymentData, *, force: ForceData | None = None) -> ForceData:
    """The force with the settings that bind the deployment. Pass the `force` where it is known already."""
    return of(deployment, force=force).force


def checklist(*, deployment_id: UUID) -> tuple[CheckData, ...]:
    """Every item: the latest recording since the seal, or what the platform works out. Raises NotFound."""
    return of(queries.get(deployment_id=deployment_id)).checks


def lapsed_duties(*, deployment_id: UUID, now: datetime) -> tuple[DutyData, ...]:
    """Who no longer counts for minimum staffing, see `DeploymentFacts.lapsed_now`. Raises NotFound."""
    return of(queries.get(deployment_id=deployment_id)).lapsed_now(now)


def start_blockers(*, deployment_id: UUID, now: datetime) -> tuple[str, ...]:
    """Everything a start would be refused for at `now`, whatever the state; empty when nothing is missing."""
    return start_blockers_on(known=of(queries.get(deployment_id=deployment_id)), now=now)


def start_blockers_on(*, known: DeploymentFacts, now: datetime) -> tuple[str, ...]:
    """The same, for a page that has the facts already."""
    return tuple(blocker.words for blocker in blockers_on(known=known, now=now))


def blockers_on(*, known: DeploymentFacts, now: datetime) -> tuple[Blocker, ...]:
    """The same with what each is about, so that a page can say who mends it and where."""
    return tuple(blockers(known.deployment, known, now=now))
