"""An emptied gallery, wholly or in part, must not look like "no match", and is refilled (invariant 2)."""

import pytest
from django.db import DataError, InternalError, connection
from psycopg import sql

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.errors import InvalidTransition
from apps.core.tenancy import force_context
from apps.watchlists import api as watchlists
from apps.watchlists.gallery import _in_a_savepoint
from apps.watchlists.models import Picture, Watchlist
from apps.watchlists.operations import SealBroken
from tests.integration.watchlists.listed import near, store_list, unit_templates


def partition(listed):
    return sql.Identifier(f"watchlists_gallery_{listed.deployment_id.hex}")


def damage(owner, listed, statement):
    owner.execute(sql.SQL(statement).format(partition(listed)))


EMPTIED = "TRUNCATE {}"
DAMAGES = {
    "emptied": EMPTIED,
    "a row lost": "DELETE FROM {0} WHERE picture_id = (SELECT min(picture_id::text)::uuid FROM {0})",
    "marker lost": "DELETE FROM {} WHERE embedding IS NULL",
    "templates lost": "DELETE FROM {} WHERE embedding IS NOT NULL",
    "another seal": "UPDATE {} SET seal_hash = decode(repeat('00', 32), 'hex') WHERE embedding IS NULL",
    "a row added": "INSERT INTO {0} (force_id, deployment_id, subject_id, picture_id, embedding, place)"
    " SELECT force_id, deployment_id, subject_id, gen_random_uuid(), embedding, place + 40 FROM {0}"
    " WHERE embedding IS NOT NULL LIMIT 1",
}


def refill(listed):
    with force_context(listed.tenant.id):
        return watchlists.refill_gallery(watchlist_id=listed.watchlist_id, now=utc_now())


@pytest.mark.parametrize("statement", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_gallery_gives_no_hit_and_says_so_and_is_refilled(listed, owner_connection, statement):
    damage(owner_connection, listed, statement)
    broken = listed.search(listed.templates)
    assert not broken.seal_ok
    assert broken.hits == [None] * 40
    assert refill(listed) == 40
    whole = listed.search(listed.templates)
    assert whole.seal_ok
    assert [hit.subject_id for hit in whole.hits] == listed.subject_ids


def test_a_lost_partition_is_opened_again(listed, owner_connection):
    damage(owner_connection, listed, "DROP TABLE {}")
    assert not listed.search(listed.templates[:1]).seal_ok
    assert refill(listed) == 40
    assert listed.found(listed.templates[3]) == listed.subject_ids[3]


def test_a_lost_partition_is_no_end_of_the_transaction_and_opened_again_is_searched(listed, owner_connection):
    """On one connection, whose statement was kept for the partition that is gone."""
    assert listed.search(listed.templates[:1]).seal_ok
    damage(owner_connection, listed, "DROP TABLE {}")
    with force_context(listed.tenant.id):
        for _ in range(2):
            lost = listed.search(listed.templates)
            assert (lost.seal_ok, lost.hits) == (False, [None] * 40)
        assert Watchlist.objects.get(id=listed.watchlist_id).state == "sealed"
        assert watchlists.refill_gallery(watchlist_id=listed.watchlist_id, now=utc_now()) == 40
        whole = listed.search(listed.templates)
    assert whole.seal_ok
    assert [hit.subject_id for hit in whole.hits] == listed.subject_ids


def test_who_ends_the_transaction_is_told_of_a_lost_partition_and_nothing_else_changes(
    listed, owner_connection
):
    for probes in (listed.templates[:1], listed.templates):
        assert listed.search(probes, goes_on=False) == listed.search(probes)
    damage(owner_connection, listed, EMPTIED)
    assert not listed.search(listed.templates, goes_on=False).seal_ok
    damage(owner_connection, listed, "DROP TABLE {}")
    with pytest.raises(watchlists.GalleryMissing):
        listed.search(listed.templates, goes_on=False)
    assert refill(listed) == 40
    assert listed.search(listed.templates[:1], goes_on=False).seal_ok


def test_refilling_a_whole_gallery_does_nothing(listed):
    assert refill(listed) == 0
    assert listed.search(listed.templates[:1]).seal_ok


def test_a_refill_is_audited(listed, owner_connection):
    damage(owner_connection, listed, EMPTIED)
    refill(listed)
    with force_context(listed.tenant.id):
        verbs = [event.verb for event in audit.events_about(object_id=listed.watchlist_id)]
    assert verbs.count("watchlist.gallery_refilled") == 1


def test_a_removed_subject_does_not_come_back_with_a_refill(listed, owner_connection):
    gone = listed.subject_ids[5]
    with force_context(listed.tenant.id):
        watchlists.remove_subject(
            subject_id=gone, reason="no longer wanted", actor=listed.tenant.operator, now=utc_now()
        )
    damage(owner_connection, listed, EMPTIED)
    assert refill(listed) == 39
    result = listed.search(listed.templates)
    assert result.seal_ok
    assert gone not in {hit.subject_id for hit in result.hits}


def test_a_removal_while_the_gallery_is_empty_is_kept_by_the_refill(listed, owner_connection):
    damage(owner_connection, listed, EMPTIED)
    gone = listed.subject_ids[5]
    with force_context(listed.tenant.id):
        watchlists.remove_subject(
            subject_id=gone, reason="no longer wanted", actor=listed.tenant.operator, now=utc_now()
        )
    assert not listed.search(listed.templates[:1]).seal_ok
    assert refill(listed) == 39
    assert gone not in {hit.subject_id for hit in listed.search(listed.templates).hits}


def test_what_does_not_reproduce_the_seal_is_not_searched(listed, owner_connection):
    """Somebody exchanges an encrypted template for another person's and empties the gallery."""
    with force_context(listed.tenant.id):
        one, other = Picture.objects.filter(subject__watchlist_id=listed.watchlist_id)[:2]
        Picture.objects.filter(id=one.id).update(template_blob_id=other.template_blob_id)
    damage(owner_connection, listed, EMPTIED)
    with pytest.raises(SealBroken):
        refill(listed)
    assert not listed.search(listed.templates[:1]).seal_ok


def test_mixing_packs_is_refused(listed, owner_connection):
    with force_context(listed.tenant.id):
        Picture.objects.filter(subject_id=listed.subject_ids[0]).update(pack_id="insightface")
    damage(owner_connection, listed, EMPTIED)
    with pytest.raises(SealBroken, match="another model pack"):
        refill(listed)


def test_an_unsealed_list_is_not_filled(tenant):
    listed = store_list(tenant, unit_templates(2, seed=1), sealed=False)
    with pytest.raises(InvalidTransition):
        refill(listed)


def test_a_gallery_filled_for_fewer_than_the_list_says_is_not_whole(listed):
    """The count is vouched for by the logged list, not by the gallery itself."""
    with force_context(listed.tenant.id):
        Watchlist.objects.filter(id=listed.watchlist_id).update(gallery_templates=41)
    assert not listed.search(near(listed.templates[0])).seal_ok


def test_what_fails_before_its_savepoint_is_there_tells_its_own_error(listed):
    """As a time-out that cancels the very first statement: there is no savepoint to go back to."""
    with (
        pytest.raises(InternalError, match="current transaction is aborted"),
        force_context(listed.tenant.id),
    ):
        with pytest.raises(DataError), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        with connection.wrap_database_errors:
            _in_a_savepoint(connection.connection, "SELECT 1", {})
