"""The search is exact, sees one list only, and knows when its gallery is not whole (invariants 2 and 3)."""

from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.db import connection

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.watchlists import api as watchlists
from apps.watchlists import gallery
from apps.watchlists.gallery import PackMismatch
from tests.integration.watchlists.listed import DIMENSION, near, store_list, unit_templates


def test_it_finds_what_brute_force_finds(tenant):
    """Recall 1.0 at rank 1 over random templates, several pictures a subject, with the same similarity."""
    templates = unit_templates(600, seed=2)
    listed = store_list(tenant, templates, owners=[n // 3 for n in range(600)])
    probes = np.concatenate(
        [unit_templates(60, seed=3), [near(t, seed=n) for n, t in enumerate(templates[:60])]]
    )
    result = listed.search(probes)
    assert result.seal_ok
    # The gallery holds half floats, so brute force over the same half floats must agree exactly in rank.
    halves = [m.astype(np.float16).astype(np.float64) for m in (probes, templates)]
    halves = [m / np.linalg.norm(m, axis=1, keepdims=True) for m in halves]
    similarities = halves[0] @ halves[1].T
    for index, hit in enumerate(result.hits):
        assert hit.probe_index == index
        best = similarities[index].argmax()
        assert hit.subject_id == listed.subject_ids[best]
        assert hit.cosine_similarity == pytest.approx(similarities[index].max(), abs=1e-5)
        assert hit.cosine_similarity == pytest.approx((probes[index] @ templates.T).max(), abs=2e-3)


def test_the_top_subject_is_given_once_with_the_picture_that_matched(tenant):
    base = unit_templates(2, seed=4)
    pictures = np.stack([base[0], near(base[0], seed=1), base[1]])
    listed = store_list(tenant, pictures, owners=[0, 0, 1])
    (hit,) = listed.search(pictures[1]).hits
    assert hit.subject_id == listed.subject_ids[0]
    assert hit.cosine_similarity == pytest.approx(1.0, abs=1e-3)
    with force_context(tenant.id):
        data = watchlists.get(watchlist_id=listed.watchlist_id)
    assert (data.subjects, data.pictures) == (2, 3)


def test_the_nearest_is_given_however_far_and_similarity_is_signed(listed):
    opposite = -listed.templates.mean(axis=0)
    opposite /= np.linalg.norm(opposite)
    (hit,) = listed.search(opposite.astype(np.float32)).hits
    assert -1.0 <= hit.cosine_similarity < 0.3


def test_without_probes_it_still_tells_whether_the_gallery_is_whole(listed):
    result = listed.search(np.empty((0, DIMENSION), dtype=np.float32))
    assert result.hits == []
    assert result.seal_ok


def kept_statements(cursor):
    cursor.execute(
        "SELECT statement, generic_plans FROM pg_prepared_statements WHERE statement LIKE '%nearest%'"
    )
    return cursor.fetchall()


def test_it_is_one_statement_bound_on_the_server_and_prepared_and_planned_once(listed):
    """Every value is a parameter: the statement PostgreSQL keeps is the constant, and there is one of it. Its
    plan is for any number of probes, and PostgreSQL keeps it by itself."""
    connection.close()
    with force_context(listed.tenant.id):
        for count in (1, 3, 1, 1, 32, 1, 1, 2):
            assert listed.search(listed.templates[:count]).seal_ok
        with connection.cursor() as cursor:
            ((seen, kept_plans),) = kept_statements(cursor)
    assert "$1" in seen
    assert "[" not in seen.replace("::text[]", "")
    assert kept_plans == 3


def test_more_lists_than_a_connection_keeps_statements_of(tenant):
    lists = [store_list(tenant, unit_templates(3, seed=20 + number)) for number in range(4)]
    connection.close()
    with force_context(tenant.id), connection.cursor() as cursor:
        cursor.connection.prepared_max = 4
        for each in lists * 3:
            assert [hit.subject_id for hit in each.search(each.templates).hits] == each.subject_ids
        assert len(kept_statements(cursor)) <= 4
    connection.close()


def test_the_statement_reads_the_partition_of_its_deployment_and_no_index_of_vectors(listed, tenant):
    neighbour = store_list(tenant, unit_templates(5, seed=5))
    parameters = {
        "deployment": listed.deployment_id,
        "seal": bytes.fromhex(listed.seal_hash),
        "seal_hex": listed.seal_hash,
        "templates": [gallery.halfvec_text(listed.templates[0])],
        "now": utc_now(),
    }
    with force_context(tenant.id):
        statement = gallery.search_statement(listed.deployment_id)
        plan = gallery._execute("EXPLAIN " + statement, parameters).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert f"watchlists_gallery_{listed.deployment_id.hex}" in text
    assert neighbour.deployment_id.hex not in text
    assert "hnsw" not in text
    assert "ivfflat" not in text


def test_another_deployments_list_is_never_searched(listed, tenant):
    """The very same face on the neighbour's list, and only there, is not found here."""
    wanted_there = unit_templates(1, seed=6)
    neighbour = store_list(tenant, wanted_there)
    (hit,) = listed.search(wanted_there).hits
    assert hit.subject_id in listed.subject_ids
    assert hit.cosine_similarity < 0.6
    assert neighbour.found(wanted_there[0]) == neighbour.subject_ids[0]


def test_another_forces_list_is_never_searched(listed, other_tenant):
    with force_context(other_tenant.id):
        result = watchlists.search(
            deployment_id=listed.deployment_id, seal_hash=listed.seal_hash, templates=listed.templates[:2]
        )
    assert result.hits == [None, None]
    assert not result.seal_ok


def test_without_a_force_nothing_is_searched(listed):
    result = watchlists.search(
        deployment_id=listed.deployment_id, seal_hash=listed.seal_hash, templates=listed.templates[:1]
    )
    assert result.hits == [None]
    assert not result.seal_ok


@pytest.mark.parametrize("change", [{"seal_hash": "00" * 32}, {"deployment_id": uuid4()}])
def test_another_seal_or_deployment_is_not_no_match(listed, change):
    result = listed.search(listed.templates[:1], **change)
    assert result.hits == [None]
    assert not result.seal_ok


def test_an_unsealed_list_is_not_searched(tenant):
    listed = store_list(tenant, unit_templates(3, seed=7), sealed=False)
    result = listed.search(listed.templates, seal_hash="00" * 32)
    assert not result.seal_ok
    assert result.hits == [None] * 3


def test_an_expired_entry_is_not_found(tenant):
    now = utc_now()
    listed = store_list(tenant, unit_templates(4, seed=8), expires_at={2: now + timedelta(hours=1)}, now=now)
    before = listed.search(listed.templates[2], now=now + timedelta(minutes=59))
    after = listed.search(listed.templates[2], now=now + timedelta(hours=1))
    assert before.hits[0].subject_id == listed.subject_ids[2]
    assert after.seal_ok
    assert after.hits[0].subject_id != listed.subject_ids[2]


def test_when_everybody_has_expired_there_is_no_hit_and_the_gallery_is_whole(tenant):
    now = utc_now()
    listed = store_list(tenant, unit_templates(1, seed=9), expires_at={0: now + timedelta(hours=1)}, now=now)
    result = listed.search(listed.templates, now=now + timedelta(hours=2))
    assert result.seal_ok
    assert result.hits == [None]


def test_probes_of_another_dimension_are_refused(listed):
    probe = np.zeros((1, 512), dtype=np.float32)
    probe[0, 0] = 1
    with force_context(listed.tenant.id):
        for _ in range(2):
            with pytest.raises(PackMismatch):
                listed.search(probe)
        # The caller's transaction goes on.
        assert listed.search(listed.templates[:1]).seal_ok


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_malformed_probes_are_refused_before_the_database(listed, bad):
    with pytest.raises(ValueError, match="finite"):
        listed.search(np.full((1, DIMENSION), bad, dtype=np.float32))


def test_of_two_as_near_the_same_one_is_found_before_and_after_a_refill(tenant, owner_connection):
    """Two people of one list with one template: who is shown must not depend on how rows lie on a disk."""
    listed = store_list(tenant, np.repeat(unit_templates(1, seed=10), 8, axis=0))
    (before,) = listed.search(listed.templates[:1]).hits
    owner_connection.execute(f'TRUNCATE "watchlists_gallery_{listed.deployment_id.hex}"')
    with force_context(tenant.id):
        assert watchlists.refill_gallery(watchlist_id=listed.watchlist_id, now=utc_now()) == 8
    (after,) = listed.search(listed.templates[:1]).hits
    assert after == before
