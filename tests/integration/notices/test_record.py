"""The public record of a force: the numbers of the notices and no others, summed by one rule."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from apps.core.tenancy import force_context
from apps.forces.models import Force
from apps.notices.data import ResultRate, ResultsData
from apps.recognition.api import exact_rate
from tests.integration.notices.test_notice_list import plant
from tests.support.days import START
from tests.support.outline import Outline, problems
from tests.support.results import RESULTS

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "docs/reference/record.schema.json").read_text())
YEAR = timedelta(days=366)
OPERATION = replace(
    RESULTS,
    rehearsal=False,
    list_subjects=812,
    threshold=0.42,
    pack_id="opencv-zoo",
    operation="Operation Lantern",
)
UNCOUNTED = replace(OPERATION, tracks=None, false_of_tracks=None, arrests=2)


def get(day, rest="", *, language=""):
    answer = Client().get(f"{language}/notices/{day.force.slug}/record{rest}")
    assert answer.status_code == 200, rest
    return answer


def body(day, rest="/", **options) -> str:
    return get(day, rest, **options).content.decode()


def text(day, rest="/", **options) -> str:
    return " ".join(Outline(body(day, rest, **options)).text.split())


def told(day):
    return get(day, ".json").json()


def table(day) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(get(day, ".csv").content.decode("utf-8-sig"))))


def results_published(day, **options):
    """As if they had taken place when they were announced."""
    asked = {"status": "results_published", "start": START, "results": OPERATION} | options
    start = asked["start"]
    if isinstance(asked["results"], ResultsData):
        times = {"started_at": start, "ended_at": start + timedelta(hours=5, minutes=30)}
        asked["results"] = replace(asked["results"], **times)
    plant(day.force, **asked)


def exact(false, of):
    found = exact_rate(false, of)
    return {"numerator": false, "denominator": of, "low": found.low, "high": found.high}


def test_page_table_and_json_have_the_numbers_of_the_notices(day):
    results_published(day, place_name="Market Square")
    (row,) = told(day)["deployments"]
    wanted = {
        "date": "2026-12-10",
        "start": "2026-12-10T10:00:00Z",
        "end": "2026-12-10T15:30:00Z",
        "operation": "Operation Lantern",
        "people_on_list": 812,
        "threshold": 0.42,
        "faces_seen": 200,
        "alerts": 5,
        "operator_rejected": 1,
        "confirmed_true": 2,
        "confirmed_false": 1,
        "unresolved": 1,
        "engagements": 3,
        "arrests": 0,
        "other_disposals": 0,
        "no_action": 3,
        "not_located": 0,
    }
    assert {name: row[name] for name in wanted} == wanted
    (line,) = table(day)
    assert {name: line[name] for name in wanted} == {name: str(value) for name, value in wanted.items()}
    assert (line["false_of_alerts"], line["false_of_alerts_of"]) == ("2", "4")
    assert line["true_recognition"] == line["corrected_at"] == ""
    page = text(day)
    for words in (
        "812",
        "0.42",
        "Operation: Lantern",
        "2 of 4 (50%)",
        "likely 6.8% to 93%",
        "2 of 200 (1.0%)",
    ):
        assert words in page
    assert "Not recorded" in page  # the True Recognition Rate, and not 0


def test_sums_are_of_all_years_and_each_and_leave_out_faces_that_nobody_counted(day):
    results_published(day, count=2)
    results_published(day, start=START - YEAR, results=UNCOUNTED)
    found = told(day)
    summed = found["operations"]
    assert (summed["deployments"], summed["alerts"], summed["unresolved"], summed["arrests"]) == (3, 15, 3, 2)
    assert summed["first"] == (START - YEAR).date().isoformat()
    assert (summed["faces_seen"], summed["without_faces_seen"]) == (400, 1)
    assert summed["false_of_alerts"] == pytest.approx(exact(6, 12))
    # Of the two that were counted: the third one's mismatches are of no faces.
    assert summed["false_of_faces"] == pytest.approx(exact(4, 400))
    years = {each["year"]: each["operations"] for each in found["years"]}
    assert {year: each["deployments"] for year, each in years.items()} == {2026: 2, 2025: 1}
    assert years[2025]["false_of_faces"] is None
    page = text(day)
    assert "without 1 deployment" in page
    assert "6 of 12 (50%)" in page
    assert "4 of 400 (1.0%)" in page


def test_rehearsals_stand_apart_and_are_in_no_sum_of_operations(day):
    results_published(day)
    results_published(day, results=replace(RESULTS, list_subjects=None), rehearsal=True, count=3)
    found = told(day)
    assert (found["operations"]["deployments"], found["rehearsals"]["deployments"]) == (1, 3)
    assert (found["operations"]["alerts"], found["rehearsals"]["alerts"]) == (5, 15)
    page = body(day)
    operations = page.split('<h2 id="deployments">')[1].split("</section>")[0]
    rehearsals = page.split('<h2 id="rehearsals">')[1].split("</section>")[0]
    assert (operations.count("<tr>"), rehearsals.count("<tr>")) == (2, 4)
    assert "People on the list" not in rehearsals
    assert sorted(line["rehearsal"] for line in table(day)) == ["no", "yes", "yes", "yes"]


def test_what_was_called_off_is_listed_with_its_state_and_what_is_only_planned_is_not(day):
    results_published(day, place_name="Done Street")
    results_published(day, status="revoked", place_name="Stopped Street")
    for status in ("cancelled", "expired", "withdrawn", "revoked", "published", "live", "ended"):
        plant(day.force, status=status, start=START, place_name=f"{status.title()} Road")
    off = {each["place"]: each["status"]["code"] for each in told(day)["called_off"]}
    assert off == {
        f"{status.title()} Road": status for status in ("cancelled", "expired", "withdrawn", "revoked")
    }
    assert {row["place"] for row in told(day)["deployments"]} == {"Stopped Street", "Done Street"}
    page = text(day)
    for words in ("Cancelled Road", "Stopped Street", "Done Street"):
        assert words in page
    for words in ("Published Road", "Live Road", "Ended Road"):
        assert words not in page
    lines = {line["place"]: line for line in table(day)}
    assert (lines["Cancelled Road"]["status"], lines["Cancelled Road"]["alerts"]) == ("cancelled", "")
    assert told(day)["operations"]["deployments"] == 2


def test_each_year_has_a_page_of_its_own_and_the_first_page_links_all_and_lists_the_newest(day):
    results_published(day, place_name="New Street", count=10)
    results_published(day, start=START - YEAR, place_name="Old Street")
    results_published(day, start=START.replace(year=2024, month=12, day=31, hour=23), place_name="Eve Street")
    page = body(day)
    for year in (2026, 2025, 2024):
        assert f'href="/notices/{day.force.slug}/record/{year}/"' in page
    assert page.count("New Street") == 10
    assert "Old Street" not in page
    old = text(day, "/2025/")
    assert "Old Street" in old
    assert "New Street" not in old
    assert "Eve Street" in text(day, "/2024/")
    for rest in ("/2023/", "/0/", "/99999/"):
        assert Client().get(f"/notices/{day.force.slug}/record{rest}").status_code == 404


def test_a_withheld_number_is_said_to_be_withheld_everywhere(day):
    results_published(day, results=OPERATION.without(["list_subjects", "other_disposals", "tracks"]))
    (row,) = told(day)["deployments"]
    assert row["withheld"] == ["people_on_list", "other_disposals", "faces_seen"]
    assert row["people_on_list"] is row["faces_seen"] is row["false_of_faces"] is None
    page = text(day)
    # Of the deployment: people listed, faces, mismatches of faces, other results; and the last three of the
    # sums of all time and of the year.
    assert page.count("Withheld by the force") == 4 + 2 * 3
    # As a number: the page has addresses and codes in which anything may stand.
    assert re.findall(r"\b812\b", page + str(row) + str(table(day))) == []
    summed = told(day)["operations"]
    assert (summed["without_other_disposals"], summed["without_faces_seen"]) == (1, 1)
    assert summed["other_disposals"] is summed["faces_seen"] is None, "of no deployment known is not 0"


class Old:
    """Results as they were kept before the younger fields."""

    def snapshot(self):
        young = ("threshold", "pack_id", "operation", "list_subjects", "pauses", "waiting", "withheld")
        return {name: value for name, value in OPERATION.snapshot().items() if name not in young}


def test_results_from_before_a_field_existed_say_that_it_was_not_recorded(day):
    results_published(day, results=Old())
    page = text(day)
    for words in ("Operation: Not recorded", "People on the list: Not recorded", "Threshold: Not recorded"):
        assert words in page
    (row,) = told(day)["deployments"]
    assert row["operation"] is row["threshold"] is row["people_on_list"] is row["model"] is None
    (line,) = table(day)
    assert line["threshold"] == line["people_on_list"] == ""


def test_another_forces_deployment_is_in_nothing(day, other_day):
    results_published(day, place_name="North Street")
    results_published(other_day, place_name="South Street")
    for rest in ("/", "/2026/", ".csv", ".json"):
        found = get(day, rest).content.decode()
        assert "North Street" in found
        assert "South Street" not in found
        assert other_day.force.slug not in found


def test_what_somebody_typed_is_text_and_never_markup_or_a_formula(day):
    results_published(
        day, place_name='<script>alert("x")</script>', results=replace(OPERATION, operation="=1+1")
    )
    page = body(day)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    (line,) = table(day)
    assert line["operation"] == "'=1+1"
    results_published(day, place_name="  @SUM(A1)", start=START - YEAR)
    assert table(day)[1]["place"].lstrip().startswith("'@")


def test_every_kind_of_record_is_as_the_schema_says(day):
    validator = Draft202012Validator(SCHEMA)
    validator.check_schema(SCHEMA)
    assert list(validator.iter_errors(told(day))) == []
    results_published(day)
    results_published(day, results=UNCOUNTED.without(["other_disposals"]), start=START - YEAR)
    results_published(
        day, rehearsal=True, results=replace(RESULTS, true_recognition=ResultRate(3, 4, 0.2, 0.99))
    )
    plant(day.force, status="cancelled", start=START)
    found = told(day)
    assert [error.message for error in validator.iter_errors(found)] == []
    # A schema that takes anything says nothing.
    assert not validator.is_valid(found | {"surname": "Thistlewood"})
    found["deployments"][0]["surname"] = "Thistlewood"
    assert not validator.is_valid(found)


def test_it_can_be_read_aloud_without_javascript_and_in_welsh(day):
    with force_context(day.force.id):
        Force.objects.filter(id=day.force.id).update(languages=["cy"])
    assert "No results are published yet." in body(day)
    results_published(day)
    plant(day.force, status="cancelled", start=START)
    for rest in ("/", "/2026/"):
        assert problems(body(day, rest)) == []
        assert Outline(body(day, rest)).count("script") == 0
        welsh = body(day, rest, language="/cy")
        assert problems(welsh) == ["the language is not said"]  # English is not
        assert '<html lang="cy"' in welsh
        assert "Deployments" not in welsh
    assert f'href="/cy/notices/{day.force.slug}/record/"' in body(day)
    assert (
        f"/notices/{day.force.slug}/record/" in Client().get(f"/notices/{day.force.slug}/").content.decode()
    )


def test_reading_and_the_files_ask_as_much_however_long_the_history(day):
    def queries(rest):
        with CaptureQueriesContext(connection) as asked:
            get(day, rest)
        return len(asked)

    results_published(day)
    few = {rest: queries(rest) for rest in ("/", "/2026/", ".csv", ".json")}
    results_published(day, count=40)
    assert {rest: queries(rest) for rest in few} == few
    assert told(day)["address"].startswith(settings.LFR_PUBLIC_BASE_URL)
