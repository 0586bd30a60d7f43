"""Sealing, accepting, and taking a person off (domain.md §2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.core.models import DomainEvent
from apps.core.tenancy import force_context
from apps.vault import api as vault
from apps.watchlists import api as watchlists
from apps.watchlists.data import WatchlistState
from apps.watchlists.models import Picture, Watchlist
from tests.integration.watchlists.listed import near, store_list, unit_templates


def remove(listed, index, *, actor=None, reason="no longer wanted"):
    with force_context(listed.tenant.id):
        return watchlists.remove_subject(
            subject_id=listed.subject_ids[index],
            reason=reason,
            actor=actor or listed.tenant.operator,
            now=utc_now(),
        )


def events(listed, object_id):
    with force_context(listed.tenant.id):
        return [event.verb for event in audit.events_about(object_id=object_id)]


def test_a_removed_subject_is_not_found_and_the_others_are(listed):
    assert listed.found(near(listed.templates[5])) == listed.subject_ids[5]
    data = remove(listed, 5)
    result = listed.search(listed.templates)
    assert result.seal_ok
    assert listed.subject_ids[5] not in {hit.subject_id for hit in result.hits}
    assert [h.subject_id for i, h in enumerate(result.hits) if i != 5] == [
        s for i, s in enumerate(listed.subject_ids) if i != 5
    ]
    assert (data.subjects, data.removed, data.sealed_subjects) == (39, 1, 40)
    assert data.seal_hash == listed.seal_hash


def test_a_removal_deletes_picture_and_template_at_once(listed):
    with force_context(listed.tenant.id):
        picture = Picture.objects.get(subject_id=listed.subject_ids[5])
    remove(listed, 5)
    with force_context(listed.tenant.id):
        for blob_id in (picture.picture_blob_id, picture.template_blob_id):
            with pytest.raises(NotFound):
                vault.read(blob_id=blob_id)
        assert watchlists.subject_card(subject_id=listed.subject_ids[5]).picture_blob_id is None


def test_every_picture_of_a_removed_subject_goes(tenant):
    templates = unit_templates(3, seed=5)
    listed = store_list(tenant, templates, owners=[0, 0, 1])
    remove(listed, 0)
    result = listed.search(templates)
    assert result.seal_ok
    assert {hit.subject_id for hit in result.hits} == {listed.subject_ids[2]}


def test_a_removal_is_audited_and_told_to_others(listed):
    remove(listed, 5, reason="warrant withdrawn")
    assert events(listed, listed.subject_ids[5]) == ["watchlist.subject_removed"]
    with force_context(listed.tenant.id):
        told = DomainEvent.objects.get(kind="watchlist.subject_removed")
        assert told.subject_id == listed.subject_ids[5]
        assert told.payload == {"deployment_id": str(listed.deployment_id)}


def test_a_removal_that_fails_leaves_everything(listed):
    with pytest.raises(ZeroDivisionError), force_context(listed.tenant.id):
        watchlists.remove_subject(
            subject_id=listed.subject_ids[5], reason="x", actor=listed.tenant.operator, now=utc_now()
        )
        raise ZeroDivisionError
    assert listed.found(listed.templates[5]) == listed.subject_ids[5]
    assert events(listed, listed.subject_ids[5]) == []


def test_a_subject_is_removed_once(listed):
    remove(listed, 5)
    with pytest.raises(NotFound):
        remove(listed, 5)
    assert listed.search(listed.templates[:1]).seal_ok


def test_a_removal_needs_a_reason_and_somebody_on_duty(listed, other_tenant):
    with pytest.raises(RuleViolated):
        remove(listed, 5, reason="  ")
    with pytest.raises(NotPermitted):
        remove(listed, 5, actor=listed.tenant.engineer)
    with pytest.raises(NotPermitted):
        remove(listed, 5, actor=other_tenant.operator)
    with pytest.raises(NotFound):
        remove(replace(listed, tenant=other_tenant), 5)
    assert listed.found(listed.templates[5]) == listed.subject_ids[5]


def test_somebody_found_before_the_seal_is_not_on_the_sealed_list(tenant):
    listed = store_list(tenant, unit_templates(3, seed=6), sealed=False)
    remove(listed, 1)
    with force_context(tenant.id):
        data = watchlists.seal(watchlist_id=listed.watchlist_id, actor=tenant.planner, now=utc_now())
    listed = replace(listed, seal_hash=data.seal_hash)
    result = listed.search(listed.templates)
    assert result.seal_ok
    assert listed.subject_ids[1] not in {hit.subject_id for hit in result.hits}
    assert (data.subjects, data.sealed_subjects) == (2, 2)


def test_a_list_of_nobody_cannot_be_sealed(tenant):
    listed = store_list(tenant, unit_templates(1, seed=6), sealed=False)
    remove(listed, 0)
    with pytest.raises(RuleViolated, match="without anybody"), force_context(tenant.id):
        watchlists.seal(watchlist_id=listed.watchlist_id, actor=tenant.planner, now=utc_now())


def test_a_list_is_sealed_once_by_a_planner_before_its_deadline(tenant):
    listed = store_list(tenant, unit_templates(2, seed=6), sealed=False)

    def seal(actor, now):
        with force_context(tenant.id):
            return watchlists.seal(watchlist_id=listed.watchlist_id, actor=actor, now=now)

    with pytest.raises(NotPermitted):
        seal(tenant.officer, utc_now())
    with pytest.raises(RuleViolated, match="deadline"):
        seal(tenant.planner, utc_now() + timedelta(hours=25))
    sealed = seal(tenant.planner, utc_now())
    assert sealed.state is WatchlistState.SEALED
    with pytest.raises(InvalidTransition):
        seal(tenant.planner, utc_now())
    assert events(listed, listed.watchlist_id) == ["watchlist.imported", "watchlist.sealed"]


def test_a_pack_that_changed_since_the_import_is_not_sealed(tenant):
    listed = store_list(tenant, unit_templates(2, seed=6), sealed=False)
    with force_context(tenant.id):
        Watchlist.objects.filter(id=listed.watchlist_id).update(pack_version="0-other")
    with pytest.raises(RuleViolated, match="model pack changed"), force_context(tenant.id):
        watchlists.seal(watchlist_id=listed.watchlist_id, actor=tenant.planner, now=utc_now())


def accept(listed, seal_hash, actor):
    with force_context(listed.tenant.id):
        return watchlists.accept(
            watchlist_id=listed.watchlist_id, seal_hash=seal_hash, actor=actor, now=utc_now()
        )


def test_an_officer_accepts_exactly_the_sealed_hash(listed):
    with pytest.raises(RuleViolated, match="not the hash"):
        accept(listed, "00" * 32, listed.tenant.officer)
    with pytest.raises(NotPermitted):
        accept(listed, listed.seal_hash, listed.tenant.planner)
    first = accept(listed, listed.seal_hash, listed.tenant.officer)
    again = accept(listed, listed.seal_hash, listed.tenant.officer)
    assert first.accepted_at is not None
    assert again.accepted_at == first.accepted_at
    assert events(listed, listed.watchlist_id).count("watchlist.accepted") == 1


def test_an_unsealed_list_cannot_be_accepted(tenant):
    listed = store_list(tenant, unit_templates(2, seed=6), sealed=False)
    with pytest.raises(InvalidTransition):
        accept(listed, "", tenant.officer)
