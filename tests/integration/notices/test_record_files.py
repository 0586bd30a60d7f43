"""The record of a force as files: read without a query, and never older than the database."""

import pytest

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.notices import public_files
from lfrplatform import public_files as files
from tests.integration.notices.test_notice_list import plant
from tests.integration.notices.test_public_files import Site
from tests.support.days import END, PLANNED, START
from tests.support.outages import database_door
from tests.support.plans import FLOODED, REASONS
from tests.support.results import RESULTS


@pytest.fixture
def site(settings, tmp_path):
    settings.LFR_PUBLIC_DIR = tmp_path / "public"
    return Site(settings.LFR_PUBLIC_DIR)


def addresses(day):
    force = f"/notices/{day.force.slug}"
    return [f"{force}/record/", f"{force}/record/2026/", f"{force}/record.csv", f"{force}/record.json"]


def reviewed(day):
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, END)
    day.step(deployments.review, day.silver, END, findings=REASONS)


def test_when_results_are_published_the_record_is_there_without_django_and_without_a_database(
    day, site, services
):
    reviewed(day)
    with database_door(services) as door:
        door.close()
        bodies = [site.get(path) for path in addresses(day)]
        assert site.asked == []
    for path, (status, _, body) in zip(addresses(day), bodies, strict=True):
        assert status == 200, path
        assert "Market Square" in body
    for path, found in zip(addresses(day), bodies, strict=True):
        assert found == site.get(path, django_only=True)


def test_the_steps_of_a_day_leave_the_record_alone_and_what_is_called_off_comes_onto_it(day, site):
    day.to(S.NOTICE_PUBLISHED)
    whole = addresses(day)[0]
    file = site.files.folder / f"{files.name_of(whole)}.page"
    written = file.stat().st_mtime_ns
    with force_context(day.force.id):
        from apps.notices.models import Notice

        row = Notice.objects.get(deployment_id=day.deployment_id)
        row.status = "live"
        public_files.announce(row)
    assert file.stat().st_mtime_ns == written
    assert "No results are published yet." in site.get(whole)[2]
    day.step(deployments.cancel, day.planner, PLANNED, **FLOODED)
    for path in addresses(day):
        assert "Market Square" in site.get(path)[2]
    assert site.asked == []


def test_the_sweep_writes_the_record_once_and_only_the_years_that_changed(day, site):
    reviewed(day)
    plant(day.force, status="results_published", start=START.replace(year=2024), results=RESULTS)
    old, new = f"/notices/{day.force.slug}/record/2024/", addresses(day)[1]
    with force_context(day.force.id):
        public_files.sweep(now=utc_now())
        assert public_files.sweep(now=utc_now()) == 0
    before = (site.files.folder / f"{files.name_of(new)}.page").stat().st_mtime_ns
    plant(day.force, status="results_published", start=START.replace(year=2024), results=RESULTS)
    with force_context(day.force.id):
        assert public_files.sweep(now=utc_now()) > 0
    assert (site.files.folder / f"{files.name_of(new)}.page").stat().st_mtime_ns == before
    assert site.get(old)[2].count('<th scope="row"><a') == 2
    assert site.asked == []
