"""The sealed copy itself: who can open it, what is in it, and that it lies nowhere."""

import base64
import hashlib
import json
import re
import shlex
import sys
from pathlib import Path

import pytest
from django.db import connection

from apps.alerts import api as alerts
from apps.alerts.data import Outcome
from apps.alerts.engagement_data import Power, StopRecord
from apps.alerts.handover.data import Ground, Kind, To
from apps.alerts.models import Engagement
from apps.audit import api as audit
from apps.audit.models import AuditEvent
from apps.core.errors import NotFound, RuleViolated
from apps.deployments.models import Deployment
from apps.vault.models import VaultBlob
from apps.watchlists import api as watchlists
from tests.support import handing
from tests.support.alert_stage import CANDIDATE, PROBE, THRESHOLD
from tests.support.engaging import do

HOW_TO = Path(__file__).resolve().parents[3] / "docs/how-to/hand-over.md"
EVIDENCE = {"alert.json", "manifest.json", "probe.jpg", "candidate.jpg"}


@pytest.fixture
def case_system(stage):
    return handing.recorded(stage)


@pytest.fixture
def evidence(stage, case_system):
    """An approved evidential copy, and what was collected of it."""
    found = handing.approved(stage, handing.arrested(stage))
    return found, handing.collected(stage, found)


def facts(copy):
    return json.loads(copy["alert.json"])


def test_the_department_opens_it_with_openssl_and_its_key(evidence, case_system, tmp_path):
    copy = handing.opened(evidence[1].content, case_system.key, tmp_path)
    assert set(copy) == EVIDENCE
    assert (copy["probe.jpg"], copy["candidate.jpg"]) == (PROBE, CANDIDATE)
    listed = json.loads(copy["manifest.json"])["files"]
    assert set(listed) == EVIDENCE - {"manifest.json"}
    for name, digest in listed.items():
        assert hashlib.sha256(copy[name]).hexdigest() == digest, name


def test_no_other_key_opens_it(evidence, case_system, tmp_path):
    assert not opens(evidence[1], handing.department("somebody else").key, tmp_path)
    assert opens(evidence[1], case_system.key, tmp_path)


def opens(made, private, folder):
    """Whether the key gives the picture. Another one is refused, or openssl gives noise (by design)."""
    (folder / "sealed.cms").write_bytes(handing.unzipped(made.content)["sealed.cms"])
    (folder / "some.key").write_bytes(private)
    words = "cms -decrypt -inform DER -in sealed.cms -inkey some.key -out tried"
    handing.openssl(*words.split(), folder=folder)
    tried = folder / "tried"
    return tried.exists() and PROBE in tried.read_bytes()


def commands(folder):
    """The commands of the page for whoever opens a copy, in their order."""
    blocks = re.findall(r"```\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = [block for block in blocks if "cms -decrypt" in block]
    return [shlex.split(line) for line in block.splitlines() if line.startswith("openssl")]


def laid_out(evidence, case_system, folder):
    """As the page has it: the file unpacked, the department's key and the platform's public one beside it."""
    for name, content in handing.unzipped(evidence[1].content).items():
        (folder / name).write_bytes(content)
    (folder / "department.key").write_bytes(case_system.key)
    by = audit.signer()
    (folder / "platform.pub.pem").write_text(by.public_keys()[by.key_id])
    (folder / "copy").mkdir()


def test_the_commands_of_the_page_verify_and_open_it(evidence, case_system, tmp_path):
    laid_out(evidence, case_system, tmp_path)
    statement = json.loads((tmp_path / "statement.json").read_bytes())
    said = []
    for words in commands(tmp_path):
        if words[-1] == "copy/manifest.json":
            for name, content in handing.unzipped((tmp_path / "copy.zip").read_bytes()).items():
                (tmp_path / "copy" / name).write_bytes(content)
        done = handing.openssl(*words[1:], folder=tmp_path)
        assert done.returncode == 0, (words, done.stderr)
        said.append(done.stdout.decode())
    assert "Signature Verified Successfully" in said[0]
    assert statement["sealed_sha256"] in said[1]
    assert statement["manifest_sha256"] in said[3]


@pytest.mark.parametrize("name", ["statement.json", "statement.sig"])
def test_a_changed_statement_does_not_verify(evidence, case_system, tmp_path, name):
    laid_out(evidence, case_system, tmp_path)
    content = bytearray((tmp_path / name).read_bytes())
    content[20] ^= 1
    (tmp_path / name).write_bytes(content)
    assert handing.openssl(*commands(tmp_path)[0][1:], folder=tmp_path).returncode != 0


def test_the_statement_says_for_whom_and_by_which_key_and_names_nobody(stage, evidence):
    inside = handing.unzipped(evidence[1].content)
    statement = json.loads(inside["statement.json"])
    with stage.context():
        waiting = Deployment.objects.get(id=stage.deployment_id).reference
    assert statement["deployment"] == waiting
    assert statement["signed_by"] == audit.signer().key_id
    assert inside["signer.pub.pem"].decode() == audit.signer().public_keys()[audit.signer().key_id]
    assert "Test Subject" not in inside["statement.json"].decode()
    assert "Officer" not in inside["statement.json"].decode()


def test_it_says_everything_that_was_recorded_of_the_alert(stage, case_system, tmp_path):
    alert = handing.arrested(stage)
    do(stage, alerts.record_stop, alert, record=StopRecord(power=Power.WARRANT, body_worn="BWV-77"))
    do(stage, alerts.give_receipt, alert)
    found = handing.approved(stage, alert)
    said = facts(handing.opened(handing.collected(stage, found).content, case_system.key, tmp_path))
    assert said["alert"]["number"] == alert.number
    assert said["alert"]["camera"] == "North gate"
    assert (said["alert"]["cosine_similarity"], said["alert"]["threshold"]) == (0.6172, THRESHOLD)
    assert said["deployment"]["model_pack"] == "opencv-zoo"
    assert said["deployment"]["list_sha256"] == "5" * 64
    assert [past["value"] for past in said["decisions"]] == ["match", "engage"]
    assert [past["by"] for past in said["decisions"]] == [
        stage.operator.actor.label,
        stage.officer.actor.label,
    ]
    assert [each["outcome"] for each in said["outcomes"]] == ["arrest"]
    assert (said["engagement"]["power"], said["engagement"]["body_worn"]) == ("warrant", "BWV-77")
    assert said["receipt"]["good_until"]
    assert said["listed"]["reference"] == "TEST-01"
    assert said["request"]["reason"] == handing.WHY
    assert said["request"]["approved_by"] == handing.approver(stage).label


def test_neither_template_nor_how_somebody_looked_is_in_it(stage, case_system, tmp_path):
    alert = handing.arrested(stage)
    with stage.context():
        Engagement.objects.filter(alert_id=alert.id).update(ethnicity="asian", sex="female", age_band="25_34")
    found = handing.approved(stage, alert)
    copy = handing.opened(handing.collected(stage, found).content, case_system.key, tmp_path)
    text = copy["alert.json"].decode()
    for word in ("asian", "female", "25_34", "ethnicity"):
        assert word not in text
    assert set(copy) == EVIDENCE
    # The template of the stage: each of its numbers is the same, four bytes little-endian.
    template = (b"\x00" * 512, b"\xf3\x04\xb5\x3d" * 4)
    assert not any(piece in content for piece in template for content in copy.values())


def test_a_restriction_holds_nothing_of_the_listed_person(stage, tmp_path):
    standards = handing.recorded(stage, To.PROFESSIONAL_STANDARDS)
    alert = handing.engaging.engaged(stage)
    do(stage, alerts.identity_contradicted, alert)
    found = handing.approved(
        stage, alert, Kind.RESTRICTION, ground=Ground.COMPLAINT, complaint_reference="CO/1/26"
    )
    copy = handing.opened(handing.collected(stage, found).content, standards.key, tmp_path)
    assert set(copy) == EVIDENCE - {"candidate.jpg"}
    assert copy["probe.jpg"] == PROBE
    said = facts(copy)
    assert said["listed"] is None
    assert "not in the copy" in said["listed_picture"]
    assert said["request"]["complaint_reference"] == "CO/1/26"
    assert "TEST-01" not in copy["alert.json"].decode()
    assert "invented serious offence" not in copy["alert.json"].decode()


def test_each_goes_to_its_own_department(stage, case_system, tmp_path):
    standards = handing.recorded(stage, To.PROFESSIONAL_STANDARDS)
    found = handing.approved(stage, handing.arrested(stage), Kind.RESTRICTION, ground=Ground.PERSON_STOPPED)
    made = handing.collected(stage, found)
    assert not opens(made, case_system.key, tmp_path)
    assert opens(made, standards.key, tmp_path)


def test_a_listed_picture_that_is_deleted_is_said_to_be(stage, case_system, tmp_path, monkeypatch):
    found = handing.approved(stage, handing.arrested(stage))
    monkeypatch.setattr(watchlists, "subject_card", gone)
    copy = handing.opened(handing.collected(stage, found).content, case_system.key, tmp_path)
    assert "candidate.jpg" not in copy
    assert "deleted from the list" in facts(copy)["listed_picture"]


def gone(**_):
    raise NotFound("the list is deleted")


def test_each_collecting_is_another_sealing_and_its_own_event(stage, evidence):
    found, first = evidence
    second = handing.collected(stage, found)
    assert first.sha256 != second.sha256
    with stage.context():
        events = AuditEvent.objects.filter(verb="handover.collected")
        told = {event.payload["sha256"] for event in events}
        holds = {tuple(event.payload["holds"]) for event in events}
    assert told == {hashlib.sha256(made.content).hexdigest() for made in (first, second)}
    assert holds == {("alert.json", "candidate.jpg", "probe.jpg", "manifest.json")}


writing = []


def _note_open(event, arguments):
    if event == "open" and _watching and isinstance(arguments[2], int) and arguments[2] & 3:
        writing.append(str(arguments[0]))


_watching = False
sys.addaudithook(_note_open)


def test_nothing_is_written_and_no_clear_byte_leaves(stage, case_system):
    global _watching
    audit.signer()  # the key of a new installation is made on first use
    alert = handing.arrested(stage)
    found = handing.approved(stage, alert)
    client = stage.person("superintendent").client()
    writing.clear()
    _watching = True
    answer = client.post(f"/alerts/{alert.id}/hand-over/copy", {"hand_over": str(found.id)})
    _watching = False
    assert answer.status_code == 200
    assert writing == []
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith('attachment; filename="hand-over-LFR-')
    assert "no-store" in answer["Cache-Control"]
    clear = (PROBE[200:300], CANDIDATE[200:300], b"\xff\xd8\xff", b"TEST-01", b"Test Subject", b"arrest")
    assert not any(piece in answer.content for piece in clear)
    with stage.context():
        assert rows_with(VaultBlob.objects.filter(key_id=alert.key_id).first().ciphertext[:60])
        assert rows_with(PROBE[200:260]) == []
        assert rows_with(handing.unzipped(answer.content)["sealed.cms"][200:260]) == []


def rows_with(piece):
    """Tables with a row that holds these bytes, as they are, in hexadecimal or in base 64."""
    looked_for = (piece.hex(), base64.b64encode(piece).decode()[4:-4])
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
    found = []
    for table in tables:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT has_table_privilege(%s, 'SELECT')",
                [table],
            )
            if not cursor.fetchone()[0]:
                continue
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s OR t::text LIKE %s",
                [f"%{text}%" for text in looked_for],
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_an_arrest_is_what_makes_it_evidence(stage, case_system):
    alert = handing.engaging.engaged(stage)
    do(stage, alerts.record_outcome, alert, outcomes=[Outcome.CONDITIONS_COMPLIANT])
    with pytest.raises(RuleViolated, match="No arrest is recorded"):
        handing.asked(stage, alert)
