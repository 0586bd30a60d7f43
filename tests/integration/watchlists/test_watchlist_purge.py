"""After the purge nothing is left but that somebody was listed (domain.md §6)."""

from datetime import timedelta

import pytest

from apps.core import retention
from apps.core.clock import utc_now
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.tenancy import force_context
from apps.vault import api as vault
from apps.vault.data import KeyDestroyed
from apps.watchlists import api as watchlists
from apps.watchlists import gallery
from apps.watchlists.data import WatchlistState
from apps.watchlists.models import MembershipRegister, Picture, Refusal, Subject, Watchlist
from apps.watchlists.seals import template_bytes
from tests.integration.watchlists.listed import JPEG, store_list, unit_templates

A_DAY_LATER = timedelta(hours=25)


@pytest.fixture
def rule():
    return next(rule for rule in retention.rules() if rule.data_class == "watchlist")


def purge(rule, tenant, now):
    with force_context(tenant.id):
        return rule.purge(now)


def verify(rule, tenant, now):
    with force_context(tenant.id):
        return rule.verify(now)


def test_nothing_is_purged_before_its_deadline(rule, listed):
    now = utc_now() + timedelta(hours=23)
    with force_context(listed.tenant.id):
        assert rule.due_count(now) == 0
        assert rule.purge(now) == []
        with pytest.raises(RuleViolated, match="not come"):
            watchlists.purge(watchlist_id=listed.watchlist_id, actor=listed.tenant.system(), now=now)
    assert listed.search(listed.templates).seal_ok


def test_a_purge_counts_what_it_deletes_and_verifies(rule, listed):
    now = utc_now() + A_DAY_LATER
    assert verify(rule, listed.tenant, now) == [f"watchlist of {listed.deployment_id}: not purged"]
    (result,) = purge(rule, listed.tenant, now)
    assert result.data_class == "watchlist"
    assert result.subject_id == listed.deployment_id
    assert result.counts == {
        "subjects": 40,
        "pictures": 40,
        "refusals": 0,
        "keys": 1,
        "gallery_partitions": 1,
        "blobs": 80,
    }
    assert verify(rule, listed.tenant, now) == []
    with force_context(listed.tenant.id):
        assert rule.due_count(now) == 0
        assert rule.purge(now) == []


def test_no_picture_template_name_or_offence_is_left(rule, listed, owner_connection):
    with force_context(listed.tenant.id):
        key_id = Watchlist.objects.get(id=listed.watchlist_id).key_id
        picture = Picture.objects.first()
    purge(rule, listed.tenant, utc_now() + A_DAY_LATER)
    with force_context(listed.tenant.id):
        assert not vault.key_exists(key_id=key_id)
        assert vault.blob_count(key_id=key_id) == 0
        assert not gallery.partition_exists(deployment_id=listed.deployment_id)
        for blob_id in (picture.picture_blob_id, picture.template_blob_id):
            with pytest.raises((NotFound, KeyDestroyed)):
                vault.read(blob_id=blob_id)
        with pytest.raises(NotFound):
            watchlists.subject_card(subject_id=listed.subject_ids[0])
        for model in (Subject, Picture, Refusal):
            assert not model.objects.exists()
    everything = dump(owner_connection)
    for trace in (b"Unforgettable", b"unmistakable", JPEG, template_bytes(listed.templates[0])):
        assert trace not in everything
        assert trace.hex().encode() not in everything
    half = gallery.halfvec_text(listed.templates[0]).encode()
    assert half[1:30] not in everything


def test_the_dump_of_the_test_above_would_find_them(listed, owner_connection):
    everything = dump(owner_connection)
    assert b"Unforgettable" in everything
    assert b"unmistakable" in everything
    assert gallery.halfvec_text(listed.templates[0]).encode()[1:8] in everything


def dump(owner) -> bytes:
    """Every row of every table as text, the partitions included."""
    tables = owner.execute(
        "SELECT oid::regclass::text FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    rows = [row for (table,) in tables for row in owner.execute(f"SELECT t::text FROM {table} t").fetchall()]
    return "\n".join(text for (text,) in rows).encode()


def test_that_somebody_was_listed_stays_and_the_counts_for_the_record_too(rule, listed):
    purge(rule, listed.tenant, utc_now() + A_DAY_LATER)
    with force_context(listed.tenant.id):
        register = MembershipRegister.objects.filter(deployment_id=listed.deployment_id)
        assert register.count() == 40
        assert {row.category for row in register} == {"blue_list"}
        data = watchlists.get_for_deployment(deployment_id=listed.deployment_id)
    assert data.state is WatchlistState.PURGED
    assert data.purged_at is not None
    assert (data.subjects, data.pictures, data.sealed_subjects, data.sealed_pictures) == (0, 0, 40, 40)
    assert data.seal_hash == listed.seal_hash


def test_searching_a_purged_list_is_not_no_match(rule, listed):
    purge(rule, listed.tenant, utc_now() + A_DAY_LATER)
    result = listed.search(listed.templates)
    assert not result.seal_ok
    assert result.hits == [None] * 40


def test_a_purge_touches_no_other_list(rule, listed, other_tenant):
    now = utc_now()
    later = store_list(listed.tenant, unit_templates(3, seed=8), now=now + timedelta(minutes=3))
    foreign = store_list(other_tenant, unit_templates(3, seed=9))
    purge(rule, listed.tenant, now + timedelta(hours=24, minutes=1))
    assert later.search(later.templates).seal_ok
    assert foreign.search(foreign.templates).seal_ok


def test_an_imported_list_that_was_never_sealed_goes_too(rule, tenant):
    store_list(tenant, unit_templates(2, seed=1), sealed=False)
    now = utc_now() + A_DAY_LATER
    (result,) = purge(rule, tenant, now)
    assert result.counts["gallery_partitions"] == 0
    assert result.counts["blobs"] == 4
    assert verify(rule, tenant, now) == []


def test_a_rolled_back_purge_deletes_nothing(listed):
    with pytest.raises(ZeroDivisionError), force_context(listed.tenant.id):
        watchlists.purge_due(utc_now() + A_DAY_LATER)
        raise ZeroDivisionError
    assert listed.search(listed.templates).seal_ok
    with force_context(listed.tenant.id):
        assert watchlists.subject_card(subject_id=listed.subject_ids[0]).display_name


def test_what_comes_back_from_a_backup_is_a_problem(rule, listed, owner_connection):
    now = utc_now() + A_DAY_LATER
    copied = owner_connection.execute(
        "SELECT * FROM watchlists_subject WHERE id = %s", [listed.subject_ids[0]]
    ).fetchone()
    purge(rule, listed.tenant, now)
    marks = ", ".join(["%s"] * len(copied))
    owner_connection.execute(f"INSERT INTO watchlists_subject VALUES ({marks})", list(copied))
    assert verify(rule, listed.tenant, now) == [
        f"watchlist of {listed.deployment_id}: 1 subject rows still there"
    ]


def test_only_the_platform_purges(listed):
    with pytest.raises(NotPermitted), force_context(listed.tenant.id):
        watchlists.purge(
            watchlist_id=listed.watchlist_id, actor=listed.tenant.planner, now=utc_now() + A_DAY_LATER
        )


def bring_forward(listed, to, actor=None):
    with force_context(listed.tenant.id):
        return watchlists.bring_forward_purge(
            deployment_id=listed.deployment_id,
            purge_due_at=to,
            actor=actor or listed.tenant.system(),
            now=utc_now(),
        )


def test_the_deadline_moves_earlier_and_never_later(rule, listed):
    with force_context(listed.tenant.id):
        set_at_import = watchlists.get(watchlist_id=listed.watchlist_id).purge_due_at
    assert bring_forward(listed, set_at_import + timedelta(hours=5)).purge_due_at == set_at_import
    earlier = set_at_import - timedelta(hours=5)
    assert bring_forward(listed, earlier).purge_due_at == earlier
    assert bring_forward(listed, set_at_import).purge_due_at == earlier
    with pytest.raises(NotPermitted):
        bring_forward(listed, utc_now(), listed.tenant.engineer)


def test_a_deployment_without_a_list_has_no_deadline_to_move(tenant, listed):
    with force_context(tenant.id):
        nothing = watchlists.bring_forward_purge(
            deployment_id=listed.watchlist_id, purge_due_at=utc_now(), actor=tenant.system(), now=utc_now()
        )
    assert nothing is None


def test_a_discarded_import_is_gone_at_once_and_makes_room(rule, tenant):
    listed = store_list(tenant, unit_templates(2, seed=1), sealed=False)
    now = utc_now()
    with force_context(tenant.id):
        watchlists.discard(
            watchlist_id=listed.watchlist_id, reason="wrong file", actor=tenant.planner, now=now
        )
    with force_context(tenant.id):
        assert watchlists.get(watchlist_id=listed.watchlist_id).state is WatchlistState.PURGED
        assert not Subject.objects.exists()
    assert verify(rule, tenant, now) == []


def test_a_sealed_list_cannot_be_discarded(listed):
    with pytest.raises(Exception, match="discard is possible from imported"), force_context(listed.tenant.id):
        watchlists.discard(
            watchlist_id=listed.watchlist_id, reason="x", actor=listed.tenant.planner, now=utc_now()
        )
