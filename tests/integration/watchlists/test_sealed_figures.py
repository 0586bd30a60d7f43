"""What the record can still say of a list when the list is gone: counts at the seal, and of nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from apps.core.clock import LONDON, utc_now
from apps.core.tenancy import force_context
from apps.watchlists import api as watchlists
from apps.watchlists.models import Picture, Refusal, Subject, Watchlist
from apps.watchlists.sealed_figures import OTHER_SOURCES, SOURCES, figures
from tests.support.alert_stage import make_stage

SEALED = datetime(2026, 6, 15, 9, 0, tzinfo=LONDON)


@pytest.fixture
def stage(real_db):
    stage = make_stage("north", subjects=4)
    stage.wanted()
    return stage


def of(stage):
    with stage.context():
        return figures(Watchlist.objects.get(deployment_id=stage.deployment_id), now=SEALED)


def put(stage, number, **changes):
    """The stage's person of this number, or their picture, with `changes`."""
    mine = {name: changes.pop(name) for name in ("category", "removed_at") if name in changes}
    with stage.context():
        Subject.objects.filter(id=stage.subjects[number]).update(**mine) if mine else None
        Picture.objects.filter(subject_id=stage.subjects[number]).update(**changes) if changes else None


def test_people_and_pictures_are_counted_by_category_source_age_and_disposal(stage):
    for number in range(4):
        put(stage, number, category="suspected", source_system="Custody North", custody_disposal="retained")
    put(stage, 0, captured_date=date(2025, 6, 16))
    put(stage, 1, captured_date=date(2025, 6, 15), custody_disposal="deletion_requested")
    put(stage, 2, captured_date=date(2016, 6, 15), category="court_warrant", custody_disposal="")
    put(stage, 3, captured_date=date(2021, 6, 15), source_system="Passport copy", custody_disposal="")
    found = of(stage)
    assert found["subjects"] == {"suspected": 3, "court_warrant": 1}
    assert found["pictures"] == {"suspected": 3, "court_warrant": 1}
    assert found["sources"] == {"Custody North": 3, "Passport copy": 1}
    assert found["ages"] == {
        "less than a year": 1,
        "1 year": 1,
        "10 years or more": 1,
        "5 to 9 years": 1,
    }
    assert found["custody"] == {"retained": 1, "deletion_requested": 1, "not recorded": 1}


def test_volunteers_and_whoever_was_removed_are_in_no_count(stage):
    put(stage, 0, category="blue_list")
    put(stage, 1, removed_at=utc_now())
    assert sum(of(stage)["subjects"].values()) == 2
    assert sum(of(stage)["pictures"].values()) == 2


def test_a_person_with_two_pictures_is_one_person(stage):
    with stage.context():
        second = Picture.objects.get(subject_id=stage.subjects[0])
        second.id = None
        second.save(force_insert=True)
    found = of(stage)
    assert (sum(found["subjects"].values()), sum(found["pictures"].values())) == (4, 5)


def test_what_was_left_out_is_counted_by_its_reason_and_many_sources_stay_short(stage):
    with stage.context():
        listed = Watchlist.objects.get(deployment_id=stage.deployment_id)
        for line, code in enumerate(("status_stale", "status_stale", "under_18")):
            Refusal.objects.create(watchlist=listed, line=line, code=code, reason="it is so")
        (picture, *_) = Picture.objects.filter(subject__watchlist=listed)
        for number in range(SOURCES + 5):
            picture.id, picture.source_system = None, f"System {number}"
            picture.save(force_insert=True)
    found = of(stage)
    assert found["refused"] == {"status_stale": 2, "under_18": 1}
    assert len(found["sources"]) == SOURCES + 1
    assert sum(found["sources"].values()) == sum(found["pictures"].values())
    assert OTHER_SOURCES in found["sources"]


def test_the_seal_keeps_them_and_the_purge_leaves_them(listed):
    with force_context(listed.tenant.id):
        sealed = watchlists.get(watchlist_id=listed.watchlist_id)
        assert set(sealed.sealed_figures) == {"subjects", "pictures", "sources", "ages", "custody", "refused"}
        assert sealed.sealed_figures["subjects"] == {}, "volunteers only"
        later = utc_now() + timedelta(hours=25)
        watchlists.purge(watchlist_id=listed.watchlist_id, actor=listed.tenant.system(), now=later)
        kept = watchlists.get(watchlist_id=listed.watchlist_id)
    assert replace(kept, sealed_figures={}) != sealed
    assert kept.sealed_figures == sealed.sealed_figures


def test_how_many_were_taken_off_stays_when_the_list_is_deleted(listed):
    with force_context(listed.tenant.id):
        subject = Subject.objects.first()
        watchlists.remove_subject(
            subject_id=subject.id, reason="no longer wanted", actor=listed.tenant.planner, now=utc_now()
        )
        assert watchlists.get(watchlist_id=listed.watchlist_id).removed == 1
        later = utc_now() + timedelta(hours=25)
        watchlists.purge(watchlist_id=listed.watchlist_id, actor=listed.tenant.system(), now=later)
        assert watchlists.get(watchlist_id=listed.watchlist_id).removed == 1
