"""What must agree before a frame is looked at: authority, model pack, sealed list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from apps.core.errors import RuleViolated
from apps.deployments.data import LiveAuthority
from apps.live.policies import can_recognise, check_may_recognise
from apps.recognition import api as recognition
from apps.recognition.engine.packs import EvidenceGrade
from apps.watchlists.data import WatchlistData, WatchlistState

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SEAL = "a" * 64
MANIFEST = recognition.manifest("opencv-zoo")
AUTHORITY = LiveAuthority(
    deployment_id=uuid4(),
    force_id=uuid4(),
    camera_ids=frozenset({uuid4()}),
    pack_id="opencv-zoo",
    threshold=0.45,
    seal_hash=SEAL,
    window_end=NOW,
    rehearsal=True,
    settings_version=1,
)
WATCHLIST = WatchlistData(
    id=uuid4(),
    deployment_id=AUTHORITY.deployment_id,
    state=WatchlistState.SEALED,
    subjects=1,
    pictures=1,
    seal_hash=SEAL,
    sealed_at=NOW,
    accepted_at=NOW,
    purge_due_at=NOW,
    pack_id="opencv-zoo",
    pack_version=MANIFEST.edition,
    dimension=MANIFEST.dimension,
)


def test_what_belongs_together_may_recognise():
    check_may_recognise(authority=AUTHORITY, manifest=MANIFEST, watchlist=WATCHLIST)
    assert can_recognise(authority=AUTHORITY, manifest=MANIFEST, watchlist=WATCHLIST)


def test_an_operational_pack_may_run_what_is_no_rehearsal():
    manifest = replace(MANIFEST, evidence_grade=EvidenceGrade.OPERATIONAL)
    assert can_recognise(
        authority=replace(AUTHORITY, rehearsal=False), manifest=manifest, watchlist=WATCHLIST
    )


@pytest.mark.parametrize(
    ("authority", "manifest", "watchlist", "reason"),
    [
        ({"rehearsal": False}, {}, {}, "rehearsals only"),
        ({"pack_id": "insightface"}, {}, {}, "not the authorised"),
        ({}, {"id": "insightface"}, {}, "not the authorised"),
        ({}, {"dimension": 512}, {}, "dimensions"),
        ({"seal_hash": "b" * 64}, {}, {}, "not the accepted one"),
        ({}, {}, {"seal_hash": None}, "no sealed watchlist"),
        ({}, {}, {"pack_id": "insightface"}, "enrolled with pack"),
        ({}, {}, {"pack_version": "yunet+sface@" + "0" * 20}, "other files"),
        ({}, {"files": {"other.onnx": "1" * 64}}, {}, "other files"),
        ({}, {}, {"pack_version": ""}, "other files"),
    ],
)
def test_anything_that_does_not_belong_refuses_recognition(authority, manifest, watchlist, reason):
    with pytest.raises(RuleViolated, match=reason):
        check_may_recognise(
            authority=replace(AUTHORITY, **authority),
            manifest=replace(MANIFEST, **manifest),
            watchlist=replace(WATCHLIST, **watchlist),
        )


def test_without_any_list_nothing_is_recognised():
    assert not can_recognise(authority=AUTHORITY, manifest=MANIFEST, watchlist=None)
