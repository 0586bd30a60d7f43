"""A disclosure pack: what it holds of one alert and of nobody else, who makes it, and its record."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from apps.alerts import api as alerts
from apps.alerts.data import OperatorDecision, Outcome
from apps.alerts.models import Alert
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments.models import Deployment
from apps.recognition import api as recognition
from apps.retention import api as retention
from apps.watchlists.models import Subject
from tests.support.alert_stage import make_stage
from tests.support.engaging import do, engaged

REASON = "Asked for by the reviewing lawyer, case 11 of the unit."
NAMES = ("Peregrine", "Thistlewood", "Cassandra", "Ashgrove", "TEST-0", "Test Subject")


@pytest.fixture
def stage(real_db):
    """Three people listed, by names that stand nowhere else; staff with such names."""
    stage = make_stage("north")
    stage.people["operator"] = stage.person("Peregrine Thistlewood", Role.OPERATOR)
    stage.people["officer"] = stage.person("Cassandra Ashgrove", Role.ENGAGEMENT_OFFICER)
    return stage


@pytest.fixture
def busy(stage):
    """Alert 1 was another person, alert 2 no match at once, alert 3 an arrest, alert 4 waits."""
    one = engaged(stage)
    do(stage, alerts.identity_contradicted, one)
    two = stage.raise_alert(subject_id=stage.subjects[1], cosine_similarity=0.4731)
    stage.decide(two.id, OperatorDecision.NOT_A_MATCH)
    stage.wanted()
    three = engaged(stage, 2)
    do(stage, alerts.establish_identity, three)
    do(stage, alerts.record_outcome, three, outcomes={Outcome.ARREST}, status_confirmed=True)
    with stage.context():
        Alert.objects.filter(id__in=[one.id, two.id, three.id]).update(
            raised_at=utc_now() - timedelta(hours=1)
        )
    stage.raise_alert(subject_id=stage.subjects[1])
    stage.alerts = (one, two, three)
    return stage


def path(stage):
    with stage.context():
        return f"/records/{Deployment.objects.get(id=stage.deployment_id).reference.lower()}/disclosure/"


def make(stage, role=Role.SILVER_COMMANDER, /, **sent):
    client = stage.person(f"maker {role}", role).client()
    return client.post(path(stage), {"alert": "3", "reason": REASON} | sent)


def unpacked(answer):
    assert answer.status_code == 200, answer.getvalue().decode()
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    pack = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    return {name.rpartition(".")[2]: pack.read(name) for name in pack.namelist()}


def pdf_text(content):
    pages = PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def tables(pack):
    sections = json.loads(pack["json"])["report"]["sections"]
    return {table["caption"]: table["rows"] for section in sections for table in section["tables"]}


def test_it_holds_what_is_asked_about_one_alert(busy):
    pack = unpacked(make(busy))
    assert set(pack) == {"pdf", "json"}
    found = json.loads(pack["json"])
    three = busy.alerts[2]
    assert found["alert"]["number"] == 3
    assert (found["alert"]["cosine_similarity"], found["alert"]["threshold"]) == (0.6172, 0.45)
    happened = [row[1] for row in tables(pack)["What happened, in order"]]
    wanted = ("Raised by recognition", "Operator: match", "Engagement officer: engage", "Outcome recorded")
    assert [words for words in happened if words in wanted] == list(wanted)
    assert ["Outcome", "Arrest"] in tables(pack)["The alert"]
    assert tables(pack)["What was recorded of it"][0][0] == "Engaged"
    manifest = recognition.manifest("opencv-zoo")
    model = dict(tables(pack)["The model"])
    assert model["Version"] == manifest.version
    assert set(manifest.files.values()) <= set(model.values())
    (impostors,) = tables(pack)["Different people taken for one (false matches)"]
    assert impostors[2:5] == ["0", "154", "12"]
    assert found["moment"]["at"] == busy.within(Alert.objects.get, id=three.id).raised_at.isoformat()
    words = pdf_text(pack["pdf"])
    assert "Disclosure" in words
    assert "Operator: match" in words
    assert found["moment"]["conclusion"] in words


def test_every_false_alert_of_the_day_is_there_by_number_and_band_only(busy):
    pack = unpacked(make(busy))
    rows = tables(pack)["Every false alert of the day"]
    assert [(row[0], row[2]) for row in rows] == [("1", "0.60 to below 0.65"), ("2", "0.45 to below 0.50")]
    assert "somebody else" in rows[0][3]
    assert "not a match" in rows[1][3]
    assert json.loads(pack["json"])["false_alerts"] == [1, 2]
    said = pack["json"].decode()
    assert "0.4731" not in said
    assert all(str(alert.id) not in said for alert in busy.alerts[:2])


@pytest.mark.parametrize("number", ["3", ""])
def test_it_names_nobody_and_shows_no_face(busy, number):
    pack = unpacked(make(busy, alert=number))
    for said in (pack["json"].decode(), pdf_text(pack["pdf"])):
        assert not [name for name in NAMES if name in said]
        assert not [subject for subject in busy.subjects if str(subject) in said]
    assert not list(PdfReader(io.BytesIO(pack["pdf"])).pages[0].images)
    assert b"/Subtype /Image" not in pack["pdf"]
    assert b"\xff\xd8\xff" not in pack["pdf"]


def test_the_events_are_those_of_the_audit_by_their_digests(busy):
    found = json.loads(unpacked(make(busy))["json"])
    with busy.context():
        events = AuditEvent.objects.filter(object_id=busy.alerts[2].id).order_by("ordinal")
        recorded = [(str(one.id), one.ordinal, bytes(one.digest).hex()) for one in events]
    assert [(one["id"], one["ordinal"], one["digest"]) for one in found["events"]] == recorded
    assert len(recorded) >= 5


def test_making_it_is_on_record_with_its_reason_and_signed(busy):
    before = busy.within(AuditEvent.objects.filter(verb__startswith="scrutiny.").count)
    anchor = json.loads(unpacked(make(busy, Role.AUTHORISING_OFFICER))["json"])["audit_anchor"]
    with busy.context():
        made, exported = AuditEvent.objects.filter(verb__startswith="scrutiny.").order_by("ordinal")[before:]
    assert (made.verb, made.reason, made.object_id) == ("scrutiny.disclosed", REASON, busy.deployment_id)
    assert made.payload["alert"] == 3
    assert made.actor_label == busy.people["maker authorising_officer"].actor.label
    assert anchor["event_id"] == str(exported.id)
    assert made.payload["sha256"] == exported.payload["sha256"] == anchor["content_sha256"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"reason": ""}, "Who asked for it"),
        ({"reason": "because"}, "at least 20 characters"),
        ({"reason": " " * 40}, "Who asked for it"),
        ({"alert": "4"}, "still waits for a decision"),
        ({"alert": "5"}, "There is no alert 5"),
        ({"alert": "0"}, "must be 1 or more"),
        ({"alert": "<b>3"}, "must be a whole number"),
        ({"alert": "99999999999999999999"}, "or less"),
    ],
)
def test_nothing_is_made_without_a_reason_or_of_what_cannot_go_out(busy, sent, said):
    answer = make(busy, **sent)
    assert answer.status_code == 422
    assert said in answer.getvalue().decode()
    assert b"<b>3" not in answer.getvalue()
    assert busy.within(AuditEvent.objects.filter(verb="scrutiny.disclosed").count) == 0


def test_a_decoy_is_no_alert_to_disclose(stage):
    alert = stage.raise_alert()
    stage.decide(alert.id, OperatorDecision.NOT_A_MATCH)
    with stage.context():
        Alert.objects.filter(id=alert.id).update(
            decoy=True, decoy_subject_id=stage.subjects[0], counted_apart=True, state="decoy_answered",
            template_blob_id=None,
        )  # fmt: skip
    answer = make(stage, alert="1")
    assert answer.status_code == 422
    assert "There is no alert 1" in answer.getvalue().decode()
    whole = unpacked(make(stage, alert=""))
    assert "Every alert, by its number" not in tables(whole)


def test_the_similarity_of_an_alert_that_waits_is_in_no_pack(busy):
    with busy.context():
        Alert.objects.filter(number=4).update(cosine_similarity=0.987654)
    rows = tables(unpacked(make(busy, alert="")))["Every alert, by its number"]
    assert rows[3][2:4] == ["not told before it is decided", "not decided yet"]
    assert "0.98" not in json.dumps(rows)


@pytest.mark.parametrize(
    "role", [Role.OVERSIGHT, Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SYSTEM_ENGINEER, Role.FORCE_ADMIN]
)
def test_who_may_not_make_one_gets_nothing(busy, role):
    client = busy.person(f"other {role}", role).client()
    assert client.get(path(busy)).status_code == 403
    assert make(busy, role).status_code == 403
    assert busy.within(AuditEvent.objects.filter(verb="scrutiny.disclosed").count) == 0


def test_another_force_makes_none(busy):
    other = make_stage("south")
    client = other.person("commander", Role.SILVER_COMMANDER).client()
    answer = client.post(path(busy), {"alert": "3", "reason": REASON})
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_an_address_alone_makes_nothing(busy):
    client = busy.person("commander", Role.SILVER_COMMANDER).client()
    answer = client.get(path(busy), {"alert": "3", "reason": REASON})
    assert answer["Content-Type"].startswith("text/html")
    assert busy.within(AuditEvent.objects.filter(verb="scrutiny.disclosed").count) == 0


def test_certificates_of_the_deletion_are_in_it_with_their_hashes(busy):
    done = retention.run_due(force_id=busy.force.id, now=utc_now() + timedelta(hours=25))
    rows = tables(unpacked(make(busy)))["What was deleted"]
    hashes = {certificate.sha256 for certificate in done.certificates}
    assert hashes
    assert hashes <= {row[3].split("\n")[1] for row in rows}
    (deleted,) = [
        row[1] for row in tables(unpacked(make(busy)))["The alert"] if row[0] == "Picture and template"
    ]
    assert deleted.startswith("deleted ")


def test_names_stay_out_after_they_are_written_into_a_camera(busy):
    """What somebody typed is told without names as far as the platform knows them, and never as markup."""
    with busy.context():
        Subject.objects.filter(id=busy.subjects[0]).update(display_name="Quentin Larkspur")
        row = Deployment.objects.get(id=busy.deployment_id)
        row.authority = {**row.authority, "place_name": "<b>by Quentin Larkspur's</b> #panic()"}
        row.save()
    pack = unpacked(make(busy))
    for said in (pack["json"].decode(), pdf_text(pack["pdf"])):
        assert "Larkspur" not in said
        assert "#panic()" in said


def test_as_many_queries_for_many_alerts(busy):
    few = queries(busy)
    for _ in range(4):
        alert = busy.raise_alert(subject_id=busy.subjects[0])
        busy.decide(alert.id, OperatorDecision.NOT_A_MATCH)
        with busy.context():
            Alert.objects.filter(id=alert.id).update(raised_at=utc_now() - timedelta(hours=1))
    assert queries(busy) == few


def queries(stage):
    client = stage.silver.client()
    address, sent = path(stage), {"alert": "3", "reason": REASON}
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.post(address, sent).status_code == 200
    return len(asked)
