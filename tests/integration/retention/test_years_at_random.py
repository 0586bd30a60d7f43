"""Random histories and changes of years: nothing younger goes, nothing older stays, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.clock import utc_now
from apps.deployments.data import DeploymentState as S
from apps.retention import api
from apps.retention.models import DeletionCertificate
from tests.support.alert_stage import make_stage
from tests.support.years import left_of, plant, set_years, years

CLOSED = (S.RESULTS_PUBLISHED, S.CANCELLED, S.EXPIRED, S.REFUSED, S.REVOKED, S.ENDED, S.REVIEWED)
OPEN = (S.APPROVED, S.NOTICE_PUBLISHED)
# Around the borders of the years, where mistakes are: whole years, and some days more or less.
AGES = st.builds(
    lambda number, days: years(number) + timedelta(days=days),
    st.integers(1, 5),
    st.sampled_from((-30, -2, 0, 1, 40)),
)
HISTORIES = st.lists(
    st.tuples(AGES, st.sampled_from((*CLOSED, *OPEN)), st.booleans()), min_size=1, max_size=6
)
CHANGES = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=1, max_size=3)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES, changes=CHANGES)
def test_nothing_younger_goes_and_nothing_older_stays(real_db, history, changes):
    stage, other = make_stage("north"), make_stage("south")
    now = utc_now()
    planted = {
        plant(stage, now - age, state=state, alerts=int(some)): (age, state) for age, state, some in history
    }
    theirs = {plant(other, now - age, state=state): state for age, state, _some in history}
    untouched = {each: left_of(other, each) for each in theirs}
    logged = {each: "alerts.Alert" in left_of(stage, each) for each in planted}
    gone: dict[str, set] = {"log": set(), "record": set()}
    for log, record in changes:
        set_years(stage, decision_log_years=log, authority_years=record)
        done = api.run_due(force_id=stage.force.id, now=utc_now())
        assert done.problems == ()
        for each, (age, state) in planted.items():
            if state in CLOSED and age >= years(log):
                gone["log"].add(each)
            if state in CLOSED and age >= years(max(log, record)):
                gone["record"].add(each)
            left = left_of(stage, each)
            assert ("deployments.Deployment" in left) is (each not in gone["record"])
            assert ("alerts.Alert" in left) is (logged[each] and each not in gone["log"])
            assert bool(left) is (each not in gone["record"])
    assert {each: left_of(other, each) for each in theirs} == untouched
    with stage.context():
        proven = DeletionCertificate.objects.filter(data_class="deployment_record", finished_at__isnull=False)
        assert set(proven.values_list("subject_id", flat=True)) == gone["record"]
        assert proven.count() == len(gone["record"])
