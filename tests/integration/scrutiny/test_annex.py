"""The annex of the impact assessment: from the registry, in the words of the notices, alike in every form."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from pathlib import Path

import pytest
from django.apps import apps
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from apps.alerts.models import Alert
from apps.audit.models import AuditEvent
from apps.core import retention as registry
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.retention import RetentionRule
from apps.core.version import platform_version
from apps.core.wording import say_date
from apps.deployments.models import Deployment
from apps.forces import api as forces
from apps.notices.kept import kept_rows
from apps.retention import api as retention
from apps.scrutiny.annex.places import PLACES
from apps.scrutiny.annex.report import NOT_SAID, annex_report
from apps.watchlists.models import MembershipRegister
from tests.support.alert_stage import make_stage
from tests.support.reports import taken
from tests.support.years import plant, set_years, years

PAGE = "/records/retention/"
READERS = (
    Role.OVERSIGHT,
    Role.SILVER_COMMANDER,
    Role.AUTHORISING_OFFICER,
    Role.URGENT_AUTHORISING_OFFICER,
    Role.PLANNER,
    Role.FORCE_ADMIN,
)
NAMED = "Exempt, and named in public notices"
DOCUMENT = Path("docs/explanation/what-remains-after-deletion.md")


@pytest.fixture
def stage(real_db):
    return make_stage("north")


def force_of(stage):
    with stage.context():
        return forces.get_force(force_id=stage.force.id)


def report(stage):
    with stage.context():
        return annex_report(force=force_of(stage), now=utc_now())


def tables(stage):
    return {table.caption: table.rows for table in report(stage).tables}


def exempt(stage):
    """(what, why) of each."""
    found = [rows for caption, rows in tables(stage).items() if caption.startswith("Exempt")]
    return [(row[0], row[-1]) for rows in found for row in rows]


def cells(found):
    return [cell for table in found.tables for row in table.rows for cell in row]


def see(stage, role=Role.FORCE_ADMIN, query=""):
    answer = stage.person(f"reader {role}", role).client().get(PAGE + query)
    return answer.status_code, answer.getvalue().decode()


def plain(text):
    """Without the line breaks and spaces that a form has of its own."""
    return re.sub(r"\s+", "", text)


@pytest.fixture
def new_rule():
    rule = RetentionRule(
        data_class="zzz_test",
        title="Gait of passers-by",
        kept="%(span)s from the walk",
        setting="audit_years",
        source="this test",
        models=(),
        due_count=lambda now: 0,
        purge=lambda now: [],
        verify=lambda now: [],
        verified_how="no gait is left",
        counted_from="The walk.",
    )
    registry.register(rule)
    yield rule
    del registry._rules[rule.data_class]


@pytest.fixture
def new_exemption():
    registry.exempt("watchlists.Subject", "A reason that only this test has", public=None)
    yield
    del registry._exemptions["watchlists.Subject"]


def test_a_new_rule_is_in_the_annex_by_itself(stage, new_rule):
    set_years(stage, audit_years=12)
    found = tables(stage)
    (kept,) = [row for row in found["What the platform deletes by itself"] if row[0] == new_rule.title]
    assert kept == ("Gait of passers-by", "12 years from the walk", "The walk.")
    (gone,) = [row for row in found["Destruction"] if row[0] == new_rule.title]
    assert gone[1:] == (NOT_SAID, "No gait is left.", NOT_SAID)


def test_a_new_exemption_is_in_the_annex_by_itself(stage, new_exemption):
    assert ("Subject", "A reason that only this test has.") in exempt(stage)


def test_every_rule_says_from_when_it_counts_how_it_destroys_and_what_remains(real_db):
    unsaid = [
        rule.data_class
        for rule in registry.rules()
        if not (rule.counted_from and rule.destroyed_how and rule.elsewhere and rule.verified_how)
    ]
    assert unsaid == []


def test_every_model_of_the_platform_is_under_a_rule_or_an_exemption_of_it(stage):
    found = json.loads(taken(stage, f"{PAGE}?", "json", Role.FORCE_ADMIN))
    named = {model for rule in found["rules"] for model in rule["models"]}
    named |= {each["model"] for each in found["exemptions"]}
    assert {model._meta.label for model in apps.get_models()} - named == set()
    rows = exempt(stage)
    for each in registry.exemptions():
        model = str(apps.get_model(each.model)._meta.verbose_name).lower()
        reason = each.reason.rstrip(".").lower()
        assert any(model in row[0].lower() and reason in row[1].lower() for row in rows), each.model


def test_every_time_is_said_in_the_words_of_the_public_notice(stage):
    set_years(stage, decision_log_years=3, authority_years=9, audit_years=11, register_years=1)
    public, found = dict(kept_rows(force_of(stage))), tables(stage)
    assert len(public) > 20
    said = dict(row[:2] for row in found["What the platform deletes by itself"])
    said |= dict(row[:2] for row in found["What is in memory only"])
    for row in found[NAMED]:
        # With the names of the tables in brackets behind the words of the notice.
        said |= {title: row[1] for title in public if row[0].startswith(f"{title} (")}
    assert {title: said.get(title) for title in public} == public
    assert {"3 years", "9 years", "11 years", "1 year"} <= {
        span for kept in said.values() for span in re.findall(r"\d+ years?", kept)
    }


def test_the_record_of_a_deployment_goes_by_the_longer_of_two_settings(stage):
    set_years(stage, decision_log_years=12, authority_years=5)
    rows = {row[0]: row[1] for row in tables(stage)["Settings that the times come from"]}
    assert (rows["Decision log"], rows["Authorities and notices"]) == ("12 years", "5 years")
    assert rows["Record of a deployment"] == "12 years"


def test_after_the_time_that_the_annex_states_it_is_deleted_and_not_before(stage):
    """Four years old: kept while the annex says five, deleted once it says four."""
    now = utc_now()
    set_years(stage, decision_log_years=5, authority_years=5, register_years=5)
    old = plant(stage, now - years(4))
    with stage.context():
        MembershipRegister.objects.create(
            deployment_id=old, reference="R-1", folded="r-1", category="suspected",
            listed_at=now - years(5), ends_at=now - years(4),
        )  # fmt: skip
    assert (stated(stage), there(stage, old)) == ((5, 5, 5), (True, True, True))
    set_years(stage, decision_log_years=4)
    assert (stated(stage), there(stage, old)) == ((4, 5, 5), (False, True, True))
    set_years(stage, register_years=4)
    assert (stated(stage), there(stage, old)) == ((4, 5, 4), (False, True, False))
    set_years(stage, authority_years=4)
    assert (stated(stage), there(stage, old)) == ((4, 4, 4), (False, False, False))


def stated(stage):
    """The years of the log of alerts, of a deployment and of the register."""
    found = json.loads(taken(stage, f"{PAGE}?", "json", Role.FORCE_ADMIN))
    kept = {rule["data_class"]: rule["kept"] for rule in found["rules"]}
    words = [kept[name] for name in ("decision_log", "deployment_record", "register")]
    return tuple(int(re.search(r"(\d+) years", each)[1]) for each in words)


def there(stage, deployment_id):
    """Whether these three are, after the purge."""
    retention.run_due(force_id=stage.force.id, now=utc_now())
    with stage.context():
        return (
            Alert.objects.filter(deployment_id=deployment_id).exists(),
            Deployment.objects.filter(id=deployment_id).exists(),
            MembershipRegister.objects.filter(deployment_id=deployment_id).exists(),
        )


def test_all_forms_have_the_same_lines(stage):
    found = report(stage)
    words = [paragraph for section in found.sections for paragraph in (*section.paragraphs, *section.notes)]
    lines = [*words, *(section.title for section in found.sections), *cells(found)]
    assert len(lines) > 150
    content = {
        form: taken(stage, f"{PAGE}?", form, Role.FORCE_ADMIN) for form in ("pdf", "ods", "csv", "json")
    }
    pages = PdfReader(io.BytesIO(content["pdf"])).pages
    book = CalamineWorkbook.from_filelike(io.BytesIO(content["ods"]))
    sheets = [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    table = csv.reader(io.StringIO(content["csv"].decode("utf-8-sig")))
    assert json.loads(content["json"])["report"] == json.loads(found.canonical())["report"]
    page = unescape(re.sub(r"<[^>]+>", " ", see(stage)[1]))
    said = {
        "pdf": re.sub(
            r"NorthPolice\.[^.]*?page\d+of\d+", "", plain(" ".join(p.extract_text() for p in pages))
        ),
        "ods": plain(" ".join(str(cell) for row in sheets for cell in row)),
        "csv": plain(" ".join(cell for row in table for cell in row)),
        "page": plain(page),
    }
    for form, text in said.items():
        assert [line for line in lines if plain(line) not in text] == [], form


def test_it_says_of_which_versions_it_is_and_when_it_was_made(stage):
    set_years(stage, audit_years=8)
    force = force_of(stage)
    assert force.version > 1
    status, page = see(stage)
    assert status == 200
    assert f"Platform version {platform_version()}. Settings version {force.version}, in force since" in page
    found = json.loads(taken(stage, f"{PAGE}?", "json", Role.OVERSIGHT))
    assert found["settings_version"] == force.version
    assert found["platform"] == platform_version()
    assert found["report"]["period"].endswith(f"as of {say_date(utc_now())}")


def test_another_force_has_its_own_years_and_nothing_of_this_one(stage):
    other = make_stage("south")
    set_years(stage, decision_log_years=29, authority_years=29, audit_years=29, register_years=29)
    set_years(other, decision_log_years=13, authority_years=13, audit_years=13, register_years=13)
    for here, there, mine, theirs in ((stage, other, "29", "13"), (other, stage, "13", "29")):
        for text in (see(here)[1], taken(here, f"{PAGE}?", "json", Role.FORCE_ADMIN).decode()):
            assert f"{mine} years" in text
            assert f"{theirs} years" not in text
            assert there.force.name not in text
            assert str(there.force.id) not in text


def test_the_places_are_those_of_the_document(real_db):
    """Docs and annex name the same places, until the same time."""
    rows = DOCUMENT.read_text().split("## Place by place")[1].split("## What whoever")[0]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines() if "|" in row]
    written = [(row[0], row[2].replace("**", "")) for row in cells[2:]]
    assert [(place.name, place.until) for place in PLACES] == written


def test_it_names_nobody_who_works_there_and_the_taking_is_on_record(stage):
    set_years(stage, audit_years=8)
    body = see(stage, Role.OVERSIGHT)[1].split("<main")[-1]
    assert [person.actor.label for person in stage.people.values() if person.actor.label in body] == []
    taken(stage, f"{PAGE}?", "ods", Role.OVERSIGHT)
    with stage.context():
        (event,) = AuditEvent.objects.filter(verb="scrutiny.annex_exported")
        assert event.payload["format"] == "ods"
        assert event.payload["settings_version"] == force_of(stage).version


@pytest.mark.parametrize("role", READERS)
def test_who_reads_the_records_reads_it_from_their_page(stage, role):
    assert see(stage, role)[0] == 200
    assert (
        f'href="{PAGE}"' in stage.person(f"reader {role}", role).client().get("/records/").getvalue().decode()
    )


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SYSTEM_ENGINEER])
def test_it_is_not_for(stage, role):
    assert see(stage, role)[0] == 403


def test_two_tables_that_are_exempt_for_one_reason_are_one_line(stage):
    (line,) = [row for row in tables(stage)[NAMED] if row[0].startswith("The audit record: ")]
    assert line[0].endswith("(audit anchor, audit event, audit link, audit pending)")
