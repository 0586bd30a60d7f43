"""Builders of frozen values for rules that need no database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from apps.alerts.data import AlertData, AlertState, DecisionData, EngagementDecision, OperatorDecision, Step
from apps.alerts.policies import Case
from apps.core.data import Actor, Role
from apps.deployments.data import Authority, CameraRef, DeploymentData, DeploymentState, LiveAuthority
from apps.watchlists.data import Category, SubjectCard

NOW = datetime(2026, 12, 11, 14, 0, tzinfo=UTC)
FORCE = uuid4()
PLANNER, APPROVER, OPERATOR, OTHER_OPERATOR, OFFICER = (uuid4() for _ in range(5))
CAMERA = uuid4()


class Build:
    now = NOW
    camera = CAMERA
    planner, approver, operator_id, officer_id = PLANNER, APPROVER, OPERATOR, OFFICER

    def actor(self, *roles: Role, id: UUID | None = None) -> Actor:
        return Actor(id=id or uuid4(), label="PC Test", force_id=FORCE, roles=frozenset(roles))

    def operator(self) -> Actor:
        return self.actor(Role.OPERATOR, id=OPERATOR)

    def other_operator(self) -> Actor:
        return self.actor(Role.OPERATOR, id=OTHER_OPERATOR)

    def officer(self) -> Actor:
        return self.actor(Role.ENGAGEMENT_OFFICER, id=OFFICER)

    def system(self) -> Actor:
        return Actor.system(force_id=FORCE, label="recognition")

    def authority(self) -> Authority:
        return Authority(
            place_name="High Street",
            polygon=((51.9, -0.2), (51.9, -0.19), (51.91, -0.2)),
            window_start=NOW - timedelta(hours=1),
            window_end=NOW + timedelta(hours=4),
            use_case="crime_hotspot",
            necessity="n",
            proportionality="p",
            less_intrusive_means="l",
            collateral_intrusion="c",
            policing_purpose="pp",
            legal_bases=("common law",),
            categories=(Category.BLUE_LIST.value,),
            max_subjects=10,
            cameras=(CameraRef(CAMERA, "North gate"),),
            pack_id="opencv-zoo",
            threshold=0.45,
            rehearsal=True,
        )

    def deployment(self, **changes) -> DeploymentData:
        authority = self.authority()
        values = DeploymentData(
            id=uuid4(),
            force_id=FORCE,
            reference="LFR-1",
            state=DeploymentState.LIVE,
            authority=authority,
            authority_hash=authority.sha256(),
            approved_hash=authority.sha256(),
            planner_id=PLANNER,
            planner_label="DS Planner",
            approver_id=APPROVER,
            approver_label="Supt Approver",
            approved_at=NOW,
            publish_at=NOW,
            notice_published_at=NOW,
            notice_verified_at=NOW,
            watchlist_id=uuid4(),
            watchlist_seal_hash="a" * 64,
            accepted_seal_hash="a" * 64,
            sealed_at=NOW,
            started_at=NOW,
            ended_at=None,
            created_at=NOW,
        )
        return replace(values, **changes)

    def live(self, **changes) -> LiveAuthority:
        values = LiveAuthority(
            deployment_id=uuid4(),
            force_id=FORCE,
            camera_ids=frozenset({CAMERA}),
            pack_id="opencv-zoo",
            threshold=0.45,
            seal_hash="a" * 64,
            window_end=NOW + timedelta(hours=4),
            rehearsal=True,
            settings_version=1,
        )
        return replace(values, **changes)

    def card(self, **changes) -> SubjectCard:
        values = SubjectCard(
            subject_id=uuid4(),
            deployment_id=uuid4(),
            reference="TEST-01",
            display_name="Test Subject One",
            category=Category.SUSPECTED.value,
            offence="a serious offence",
            picture_blob_id=uuid4(),
            captured_date=date(2025, 10, 1),
            picture_age_days=436,
            removed_at=None,
        )
        return replace(values, **changes)

    def alert(self, **changes) -> AlertData:
        values = AlertData(
            id=uuid4(),
            force_id=FORCE,
            deployment_id=uuid4(),
            number=3,
            revision=7,
            raised_revision=7,
            asked_revision=7,
            camera_id=CAMERA,
            track_id="t",
            subject_id=uuid4(),
            captured_at=NOW,
            raised_at=NOW,
            expires_at=NOW + timedelta(seconds=60),
            state=AlertState.RAISED,
            cosine_similarity=0.6172,
            threshold=0.45,
            key_id=uuid4(),
            probe_blob_id=uuid4(),
            template_blob_id=uuid4(),
            purge_due_at=NOW + timedelta(hours=24),
            purged_at=None,
            first_shown_at=None,
            identity_established_at=None,
            identity_established_by="",
            claim=None,
        )
        return replace(values, **changes)

    def decision(self, value, by: UUID) -> DecisionData:
        step = Step.OPERATOR if isinstance(value, OperatorDecision) else Step.ENGAGEMENT
        return DecisionData(uuid4(), step, value.value, "", by, "PC Test", NOW)

    def matched(self) -> DecisionData:
        return self.decision(OperatorDecision.MATCH, OPERATOR)

    def engaging(self) -> DecisionData:
        return self.decision(EngagementDecision.ENGAGE, OFFICER)

    def case(self, state=AlertState.RAISED, *, decisions=(), duties=(), outcomes=(), **changes) -> Case:
        return Case(
            alert=self.alert(state=state, **changes),
            deployment=self.deployment(),
            duties=duties,
            decisions=decisions,
            outcomes=outcomes,
        )

    def engaged_case(self, **more) -> Case:
        return self.case(AlertState.ENGAGED, decisions=(self.matched(), self.engaging()), **more)
