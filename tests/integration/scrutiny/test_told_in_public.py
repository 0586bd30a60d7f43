"""Tables by group on the public record: what was told, to strangers, in both languages, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from jsonschema import Draft202012Validator

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.forces.models import Force
from apps.notices import public_files
from apps.notices.groups import TITLES, WORDS
from apps.scrutiny.told import ATTRIBUTES, RESULTS, _apart, tell_groups
from lfrplatform import public_files as files
from tests.integration.notices.test_notice_list import plant
from tests.integration.notices.test_public_files import Site
from tests.integration.scrutiny.test_told import published
from tests.support.alert_stage import make_stage
from tests.support.days import START
from tests.support.outline import Outline, problems
from tests.support.results import RESULTS as PUBLISHED

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs/reference/record.schema.json").read_text())
NOT_YET = "not told yet."


@pytest.fixture
def stage(real_db):
    stage = make_stage("north")
    stage.raise_alert()
    plant(stage.force, status="results_published", start=START, results=PUBLISHED)
    return stage


def page(stage, rest="/", *, client=None, language=""):
    answer = (client or Client()).get(f"{language}/notices/{stage.force.slug}/record{rest}")
    assert answer.status_code == 200
    return answer.getvalue().decode()


def in_json(stage):
    found = json.loads(page(stage, ".json"))
    Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(found)
    return found["groups"]


def tell(stage):
    with stage.context():
        return tell_groups(now=utc_now())


def told_twice(stage):
    published(stage, black=5, white_north=2)
    published(stage, black=1, white_north=4)
    assert tell(stage)


def test_nothing_is_shown_before_it_is_told(stage):
    published(stage, black=20, white_north=20)
    assert tell(stage) == 0
    assert in_json(stage) == []
    assert page(stage).count(NOT_YET) == 3
    assert "IC3" not in page(stage)


def test_what_was_told_is_shown_and_what_came_since_is_not(stage):
    told_twice(stage)
    published(stage, asian=1)
    published(stage, black=7)
    assert tell(stage) == 0
    (table,) = in_json(stage)
    assert (table["attribute"], table["deployments"]) == ("ethnicity", 2)
    numbers = {each["group"]: each["people"] for each in table["groups"] if each["people"]}
    assert numbers == {"Black (IC3)": 6, "White, North European (IC1)": 6}
    shown = page(stage)
    text = " ".join(Outline(shown).text.split())
    assert "Of 2 deployments together, told on" in text
    assert "Sex, as an officer saw it: not told yet." in text
    assert shown.count(NOT_YET) == 2
    assert problems(shown) == []
    # Of all years together: the page of one year has none.
    assert "IC3" not in page(stage, f"/{START.year}/")


def test_it_is_told_in_welsh_where_the_force_offers_it(stage):
    told_twice(stage)
    with stage.context():
        Force.objects.filter(id=stage.force.id).update(languages=["cy"])
    text = " ".join(Outline(page(stage, language="/cy")).text.split())
    for words in ("Ethnigrwydd, fel y gwelodd swyddog ef", "O 2 ddefnydd gyda'i gilydd", "Du (IC3)"):
        assert words in text
    assert "Black" not in text


def test_it_is_the_same_for_whoever_reads_it_and_of_that_force_alone(stage):
    other = make_stage("south")
    other.raise_alert()
    plant(other.force, status="results_published", start=START, results=PUBLISHED)
    told_twice(stage)
    theirs = other.person("reader", Role.OVERSIGHT).client()
    assert "Black (IC3)" in page(stage, client=theirs)
    assert "IC3" not in page(other)
    assert in_json(other) == []


def test_more_history_costs_no_further_query(stage):
    counted = []
    for _ in range(2):
        told_twice(stage)
        with CaptureQueriesContext(connection) as asked:
            page(stage)
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_telling_writes_the_record_as_a_file_and_the_sweep_what_was_missed(stage, settings, tmp_path):
    settings.LFR_PUBLIC_DIR = tmp_path / "public"
    site, path = Site(settings.LFR_PUBLIC_DIR), f"/notices/{stage.force.slug}/record/"
    published(stage, black=5, white_north=2)
    published(stage, black=1, white_north=4)
    assert tell(stage)
    status, _, body = site.get(path)
    assert status == 200
    assert "Black (IC3)" in body
    assert "Black (IC3)" in site.get(f"/notices/{stage.force.slug}/record.json")[2]
    assert site.asked == []
    # Told while no file could be written: the sweep sees that the page is older than what was told.
    published(stage, asian=5, white_north=5)
    published(stage, asian=5, white_north=5)
    folder, settings.LFR_PUBLIC_DIR = settings.LFR_PUBLIC_DIR, ""
    assert tell(stage)
    settings.LFR_PUBLIC_DIR = folder
    assert ">10<" not in site.get(path)[2]
    with stage.context():
        assert public_files.sweep(now=utc_now())
    assert ">10<" in site.get(path)[2]
    assert site.asked == []
    assert not list(settings.LFR_PUBLIC_DIR.glob(f"*{files.CHANGING}"))


def test_every_word_of_the_tables_is_on_the_list_for_translators():
    cells = {
        cell
        for _, groupings in ATTRIBUTES.values()
        for level in groupings.levels
        for cell in level.group_of.values()
    }
    words = {part for cell in cells for part in _apart(cell) if part}
    assert words == set(WORDS)
    assert {name: title for name, (title, _) in ATTRIBUTES.items()} == TITLES
    assert set(RESULTS.values()) <= words
    with translation.override("cy"):
        assert [each for each in (*WORDS, *TITLES.values()) if translation.gettext(each) == each] == []
