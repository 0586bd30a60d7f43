"""A notice that was deleted by the years of its force: its address says so, in plain words, to anybody."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.core.clock import utc_now
from apps.forces import api as forces
from apps.notices import public_files
from apps.notices.models import Notice
from apps.retention import api as retention
from lfrplatform import public_files as files
from tests.support.alert_stage import make_stage
from tests.support.years import plant, years

FORMS = ("notice", "easy-read", "notice-json", "notice-calendar", "notice-cy", "easy-read-cy")


@pytest.fixture
def stage(real_db):
    return make_stage(
        "north", languages=("cy",), contact_lines=("Write to the data protection officer: dpo@north.example",)
    )


def run(stage):
    assert retention.run_due(force_id=stage.force.id, now=utc_now()).problems == ()


def slug_of(stage, deployment_id):
    with stage.context():
        return Notice.objects.get(deployment_id=deployment_id).slug


def address(name, stage, slug):
    return reverse(f"notices:{name}", args=[stage.force.slug, slug])


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_it_was_there_and_is_gone(stage, name):
    slug = slug_of(stage, plant(stage, utc_now() - years(7)))
    assert Client().get(address(name, stage, slug)).status_code == 200
    run(stage)
    answer = Client().get(address(name, stage, slug))
    assert answer.status_code == 410
    assert slug.upper() in answer.content.decode()


def test_it_says_why_in_plain_words_and_whom_to_ask(stage):
    slug = slug_of(stage, plant(stage, utc_now() - years(7)))
    run(stage)
    page = Client().get(address("notice", stage, slug)).content.decode()
    assert "This notice has been deleted" in page
    assert "the years for which the force keeps it are over" in page
    assert "dpo@north.example" in page
    assert stage.force.name in page
    assert "<script" not in page.split("<main")[1].split("</main>")[0]
    welsh = Client().get(address("notice-cy", stage, slug)).content.decode()
    assert "wedi&#x27;i ddileu" in welsh or "wedi'i ddileu" in welsh


def test_an_old_version_of_it_is_gone_too(stage):
    slug = slug_of(stage, plant(stage, utc_now() - years(7)))
    run(stage)
    where = reverse("notices:version", args=[stage.force.slug, slug, 1])
    assert Client().get(where).status_code == 410


def test_what_was_never_there_or_never_public_is_unknown(stage):
    slug = slug_of(stage, plant(stage, utc_now() - years(7), notice_published_at=None))
    run(stage)
    assert Client().get(address("notice", stage, slug)).status_code == 404
    assert Client().get(address("notice", stage, "lfr-1999-001")).status_code == 404


def test_another_force_with_the_same_reference_says_nothing_of_it(stage):
    slug = slug_of(stage, plant(stage, utc_now() - years(7)))
    run(stage)
    other = forces.create_force(slug="other-years", name="Other Police", now=utc_now())
    assert Client().get(reverse("notices:notice", args=[other.slug, slug])).status_code == 404


def test_somebody_signed_in_to_another_force_reads_the_same(stage):
    slug = slug_of(stage, plant(stage, utc_now() - years(7)))
    run(stage)
    other = make_stage("south")
    assert other.silver.client().get(address("notice", stage, slug)).status_code == 410


def test_its_files_are_taken_away_and_the_list_is_written_anew(stage, settings, tmp_path):
    settings.LFR_PUBLIC_DIR = where = tmp_path / "public"
    slug = slug_of(stage, plant(stage, utc_now() - years(7)))
    with stage.context():
        public_files.sweep(now=utc_now())
    file = where / f"{files.name_of(address('notice', stage, slug))}{files.PAGE}"
    listed = where / f"{files.name_of(reverse('notices:force', args=[stage.force.slug]))}{files.PAGE}"
    assert file.exists()
    assert slug in listed.read_bytes().decode(errors="replace").lower()
    run(stage)
    assert not list(where.glob(f"*{slug}*")), "neither a page nor a mark"
    assert slug not in listed.read_bytes().decode(errors="replace").lower()


def test_a_rehearsal_leaves_no_mark_on_the_files(stage, settings, tmp_path):
    settings.LFR_PUBLIC_DIR = where = tmp_path / "public"
    plant(stage, utc_now() - years(7) + (years(1) - years(1)))
    assert retention.rehearse(force_id=stage.force.id, now=utc_now()) == ()
    assert not list(where.glob("*"))


def test_the_sums_of_the_force_say_how_many_uses_they_lack(stage):
    for _ in range(2):
        plant(stage, utc_now() - years(7))
    plant(stage, utc_now() - years(1))
    here = reverse("notices:force", args=[stage.force.slug])
    assert "Not counted" not in Client().get(here).content.decode()
    run(stage)
    assert "Not counted: 2 earlier uses" in Client().get(here).content.decode()
