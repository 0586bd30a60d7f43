"""The membership register goes by the force's years, counted from the end of somebody's time on a list."""

import math
from datetime import timedelta

import pytest

from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.retention import api as retention
from apps.watchlists import api as watchlists
from apps.watchlists import retention_register
from apps.watchlists.models import MembershipRegister
from tests.integration.watchlists.listed import store_list, unit_templates
from tests.support.at_once import meanwhile

DAY = timedelta(days=1)
ON_THE_LIST = timedelta(hours=24)  # as listed.store_list says


def years(number):
    return timedelta(days=math.ceil(number * 365.25))


def references(tenant):
    with force_context(tenant.id):
        return sorted(MembershipRegister.objects.values_list("reference", flat=True))


def run(tenant, now):
    """What a sweep does; the certificates of the register alone."""
    done = retention.run_due(force_id=tenant.id, now=now)
    assert done.problems == ()
    return [one for one in done.certificates if one.data_class == "register"]


def set_years(tenant, number):
    with force_context(tenant.id):
        force = forces.get_force(force_id=tenant.id)
        admin = Actor(
            tenant.planner.id, "admin", tenant.id, frozenset({Role.FORCE_ADMIN}), reauthenticated=True
        )
        forces.change_settings(
            changes={"register_years": number}, seen_version=force.version,
            reason="The schedule of the force changed.", actor=admin, now=utc_now(),
        )  # fmt: skip


def test_a_day_before_its_time_it_stays_and_a_day_after_it_is_gone_and_proven(tenant, other_tenant):
    now = utc_now()
    listed = store_list(tenant, unit_templates(2, seed=1), now=now)
    store_list(other_tenant, unit_templates(1, seed=2), now=now)
    due_at = now + ON_THE_LIST + years(7)
    assert run(tenant, due_at - DAY) == []
    assert len(references(tenant)) == 2
    (proof,) = run(tenant, due_at + DAY)
    assert references(tenant) == []
    assert (proof.subject_id, proof.counts, proof.due_at) == (listed.deployment_id, {"entries": 2}, due_at)
    assert proof.verified_how
    assert len(references(other_tenant)) == 1
    assert run(tenant, due_at + 2 * DAY) == []


def test_the_years_are_those_that_the_force_has_now(tenant):
    now = utc_now()
    store_list(tenant, unit_templates(1, seed=1), now=now)
    set_years(tenant, 1)
    assert run(tenant, now + years(1)) == []
    set_years(tenant, 2)
    assert run(tenant, now + ON_THE_LIST + years(1) + DAY) == []
    assert len(references(tenant)) == 1
    set_years(tenant, 1)
    assert len(run(tenant, now + ON_THE_LIST + years(1) + DAY)) == 1
    assert references(tenant) == []


def test_whoever_was_taken_off_early_goes_by_that_time(tenant):
    now = utc_now()
    listed = store_list(tenant, unit_templates(2, seed=1), now=now)
    with force_context(tenant.id):
        watchlists.remove_subject(
            subject_id=listed.subject_ids[0], reason="no longer wanted", actor=tenant.planner,
            now=now + timedelta(hours=1),
        )  # fmt: skip
    assert len(run(tenant, now + timedelta(hours=2) + years(7))) == 1
    assert references(tenant) == ["TS-00001"]


def test_the_time_ends_with_the_entry_with_the_list_or_sooner(tenant):
    now = utc_now()
    expiring = now + timedelta(hours=3)
    listed = store_list(tenant, unit_templates(2, seed=1), expires_at={0: expiring}, now=now)
    assert times(listed) == {"TS-00000": expiring, "TS-00001": now + ON_THE_LIST}
    over = now + timedelta(hours=9)
    with force_context(tenant.id):
        for ends in (over, over + timedelta(hours=2)):  # never later again
            watchlists.bring_forward_purge(
                deployment_id=listed.deployment_id, purge_due_at=ends, actor=tenant.system(), now=now
            )
    assert times(listed) == {"TS-00000": expiring, "TS-00001": over}


def test_a_discarded_list_ends_with_its_discarding(tenant):
    now = utc_now()
    listed = store_list(tenant, unit_templates(1, seed=1), sealed=False, now=now)
    with force_context(tenant.id):
        watchlists.discard(
            watchlist_id=listed.watchlist_id, reason="wrong file", actor=tenant.planner, now=now + DAY / 8
        )
    assert times(listed) == {"TS-00000": now + DAY / 8}


def times(listed):
    with force_context(listed.tenant.id):
        found = MembershipRegister.objects.filter(deployment_id=listed.deployment_id)
        return dict(found.values_list("reference", "ends_at"))


def test_two_schedulers_at_once_delete_and_count_once(tenant, owner_connection):
    now = utc_now()
    store_list(tenant, unit_templates(3, seed=1), now=now)
    late = now + years(8)
    counted = []
    second = meanwhile(
        tenant.id,
        owner_connection,
        lambda: counted.extend(retention_register.purge_due(late)),
        lambda: retention_register.purge_due(late),
    )
    assert [one.counts for one in counted] == [{"entries": 3}]
    assert second == []
    with force_context(tenant.id):
        assert AuditEvent.objects.filter(verb="watchlist.register_deleted").count() == 1


def test_to_ask_what_would_go_deletes_nothing(tenant):
    now = utc_now()
    store_list(tenant, unit_templates(2, seed=1), now=now)
    would = retention.simulate_due(force_id=tenant.id, now=now + years(8))
    assert [one.counts for one in would if one.data_class == "register"] == [{"entries": 2}]
    assert len(references(tenant)) == 2


def test_what_comes_back_from_a_backup_is_a_problem(tenant):
    now = utc_now()
    listed = store_list(tenant, unit_templates(1, seed=1), now=now)
    late = now + years(8)
    with force_context(tenant.id):
        row = MembershipRegister.objects.get()
        retention_register.purge_due(late)
        assert retention_register.verify(late) == []
        row.save(force_insert=True)
        (problem,) = retention_register.verify(late)
    assert str(listed.deployment_id) in problem
    assert row.reference not in problem


@pytest.mark.parametrize("number", [1, 7, 30])
def test_no_year_is_a_day_short(number):
    since = utc_now().replace(month=3, day=1)
    assert retention_register.length(number) + since >= since.replace(year=since.year + number)
