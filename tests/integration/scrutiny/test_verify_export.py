"""A reader with the documentation, a downloaded file and a public key, and nothing of the platform."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command
from django.db import connections
from django.test import AsyncClient
from pypdf import PdfReader, PdfWriter

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.json_text import gathered
from apps.core.typesetting import typeset
from apps.scrutiny import period_rows
from apps.scrutiny.exports import files, report, text
from apps.scrutiny.exports import pdf as pdf_form
from apps.scrutiny.exports.report import ANCHOR_WORDS, Column, Table
from tests.support.alert_stage import make_stage
from tests.support.record_forger import chain
from tests.support.reports import FORMS, PERIOD, busy_stage, copies, record_url, taken, written

DOCS = Path(__file__).resolve().parents[3] / "docs/how-to"
PAGE = DOCS / "verify-an-export.md"
SCRIPTS = ("verify_export.py", "verify_audit_export.py")
KEY = ("--key", "key.pub.pem")
CHECKED = "this is what was taken out"


@pytest.fixture
def busy(real_db):
    stage = busy_stage()
    # Signs and letters that take their own ways through a PDF: ligatures, none in the typefaces, long lines.
    written(stage, necessity="Office efflux – 漢字, naïve\N{SOFT HYPHEN}té. " * 40, place_name="=1+1")
    chain(stage.force)
    audit.take_anchor(force_id=stage.force.id)
    return stage


@pytest.fixture
def desk(busy, tmp_path):
    """The reader's folder: the scripts and the key."""
    for name in SCRIPTS:
        shutil.copy(DOCS / "administrator" / name, tmp_path)
    by = audit.signer()
    (tmp_path / "key.pub.pem").write_text(by.public_keys()[by.key_id])
    return tmp_path


def run(desk, command):
    """As typed, with this Python."""
    typed = re.sub(r"^python3 ", f"{shlex.quote(sys.executable)} -I ", command)
    done = subprocess.run(typed, shell=True, cwd=desk, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def verify(desk, name, *options):
    return run(desk, shlex.join(["python3", "verify_export.py", name, *KEY, *options]))


def commands():
    """What the page tells to type, without what it says the answer is."""
    blocks = re.findall(r"```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith(("python3 ", "sha256sum ", "cat "))]


def export_audit(stage, path, *, named=True):
    if named:
        call_command("export_audit", force=stage.force.slug, to=path, reason="Asked for by a court", by="t")
        return
    chain(stage.force)
    audit.take_anchor(force_id=stage.force.id)
    with stage.context():
        export = audit.begin_export(
            kind=audit.ExportKind.CHAIN,
            filters=audit.Filters(),
            reason="Asked for by ourselves",
            actor=stage.person("reader", Role.OVERSIGHT).actor,
            now=utc_now(),
            by_standing_token=True,
        )
    path.write_bytes(b"".join(audit.chunks(export)))


@pytest.mark.parametrize("form", ["csv", "json"])
async def test_a_report_in_many_pieces_under_asgi_is_what_was_signed(busy, desk, monkeypatch, form):
    monkeypatch.setattr(period_rows, "PACK", 3)
    for module in (text, files, report):
        monkeypatch.setattr(module, "gathered", partial(gathered, size=100))
    await sync_to_async(copies)(busy, 8)
    client = AsyncClient()
    client.cookies = await sync_to_async(lambda: busy.person("reader", Role.OVERSIGHT).client().cookies)()
    answer = await client.get(f"{PERIOD}&format={form}")
    assert (answer.status_code, answer.is_async) == (200, True)
    pieces = [piece async for piece in answer.streaming_content]
    # The thread of the requests keeps its connection until somebody closes it.
    await sync_to_async(connections.close_all)()
    assert len(pieces) > 9
    (desk / f"report.{form}").write_bytes(b"".join(pieces))
    code, words = await sync_to_async(verify)(desk, f"report.{form}")
    assert code == 0, words
    assert CHECKED in words


@pytest.mark.parametrize("of", ["period", "record"])
def test_the_documented_commands_verify_a_downloaded_pdf(busy, desk, of):
    url = PERIOD if of == "period" else record_url(busy)
    (desk / "report.pdf").write_bytes(taken(busy, url, "pdf"))
    export_audit(busy, desk / "audit.jsonl")
    typed = commands()
    assert len(typed) == 6
    said = []
    for command in typed:
        code, words = run(desk, command)
        assert code == 0, (command, words)
        said.append(words)
    anchor = json.loads(said[3])
    assert said[2].split()[0] == anchor["content_sha256"]
    assert CHECKED in said[0]
    assert anchor["newest_anchor"], "there was an anchor to carry"
    assert "the record holds together" in said[4]
    assert "the audit record holds the event: link" in said[5]
    assert "no anchor covers" not in said[5]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("of", ["period", "record"])
def test_each_kind_of_file_is_verified_against_a_record_without_names(busy, desk, form, of):
    url = PERIOD if of == "period" else record_url(busy)
    (desk / f"report.{form}").write_bytes(taken(busy, url, form))
    export_audit(busy, desk / "audit.jsonl", named=False)
    code, said = verify(desk, f"report.{form}", "--audit", "audit.jsonl")
    assert code == 0, said
    assert "the audit record holds the event" in said
    assert CHECKED in said


def forged(content, *, shown=None, attached=None, anchor=None):
    """The same PDF made anew by somebody without the key, with other pages or other attachments."""
    inside = {name: each[0].decode() for name, each in PdfReader(io.BytesIO(content)).attachments.items()}
    report = attached or inside["report.json"]
    anchor = anchor or inside["audit-anchor.json"]
    said, rows = json.loads(shown or report)["report"], json.loads(anchor)
    for section in said["sections"]:
        section["tables"] = [part for table in section["tables"] for part in parts(table)]
        for chart in section["charts"]:
            chart["tables"] = list(parts(chart.pop("table")))
            texts = "".join(
                f'<text x="0" y="{20 * at + 20}" font-size="13" font-family="Libertinus Serif">{label}</text>'
                for at, label in enumerate(chart["labels"])
            )
            chart["svg"] = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400">{texts}</svg>'
            chart["alt"] = "forged"
    data = {**said, "made": rows["exported_words"]}
    data["anchor"] = [[words, str(rows[name])] for name, words in ANCHOR_WORDS.items()]
    return typeset(pdf_form.TEMPLATE, data=data, at=utc_now(), report=report, anchor=anchor)


def parts(table):
    columns = tuple(Column(each["title"], each["number"]) for each in table["columns"])
    return pdf_form.parts(Table(table["caption"], columns, tuple(tuple(row) for row in table["rows"])))


def one_alert_fewer(text):
    found = text.replace('["Alerts","4"]', '["Alerts","3"]')
    assert found != text
    return found


def inside(content, name):
    return PdfReader(io.BytesIO(content)).attachments[name][0].decode()


def test_a_pdf_made_anew_without_a_change_is_still_what_was_taken_out(busy, desk):
    """So that the forgeries below fail for what was forged, and not for how."""
    (desk / "report.pdf").write_bytes(forged(taken(busy, PERIOD, "pdf")))
    assert verify(desk, "report.pdf")[0] == 0


def test_a_number_changed_on_the_page_alone_is_found(busy, desk):
    content = taken(busy, PERIOD, "pdf")
    (desk / "report.pdf").write_bytes(forged(content, shown=one_alert_fewer(inside(content, "report.json"))))
    code, said = verify(desk, "report.pdf")
    assert code == 1
    assert "the pages say" in said


def test_a_number_changed_on_the_page_and_in_the_attachment_is_found(busy, desk):
    content = taken(busy, PERIOD, "pdf")
    changed = one_alert_fewer(inside(content, "report.json"))
    (desk / "report.pdf").write_bytes(forged(content, attached=changed))
    code, said = verify(desk, "report.pdf")
    assert code == 1
    assert "the content is not what was taken out" in said


def test_a_hash_made_to_fit_is_found_by_the_signature(busy, desk):
    content = taken(busy, PERIOD, "pdf")
    changed = one_alert_fewer(inside(content, "report.json"))
    anchor = json.loads(inside(content, "audit-anchor.json"))
    anchor["content_sha256"] = hashlib.sha256(changed.encode()).hexdigest()
    (desk / "report.pdf").write_bytes(forged(content, attached=changed, anchor=audit.canonical(anchor)))
    code, said = verify(desk, "report.pdf")
    assert code == 1
    assert "was not signed with a key that you gave" in said


def test_the_true_anchor_of_another_report_is_found(busy, desk):
    content, other = taken(busy, PERIOD, "pdf"), taken(busy, record_url(busy), "pdf")
    (desk / "report.pdf").write_bytes(forged(content, anchor=inside(other, "audit-anchor.json")))
    code, said = verify(desk, "report.pdf")
    assert code == 1
    assert "the content is not what was taken out" in said
    assert "not signed" not in said


def test_a_second_attachment_of_the_same_name_is_found(busy, desk):
    writer = PdfWriter(clone_from=io.BytesIO(taken(busy, PERIOD, "pdf")))
    writer.add_attachment("report.json", b"{}")
    writer.write(desk / "report.pdf")
    assert verify(desk, "report.pdf")[0] == 1


@pytest.mark.parametrize(
    ("form", "old", "new"),
    [
        ("json", b'"alerts": 4', b'"alerts": 3'),
        ("csv", b"\r\nAlerts,4\r\n", b"\r\nAlerts,3\r\n"),
        ("csv", b"Taken out at,2", b"Taken out at,1"),
        ("ods", b'office:value="4"><text:p>4<', b'office:value="3"><text:p>3<'),
        ("ods", b'office:value="4"><text:p>4<', b'office:value="3"><text:p>4<'),
    ],
    ids=["json", "csv", "csv anchor", "ods", "ods hidden value"],
)
def test_a_number_changed_in_another_file_is_found(busy, desk, form, old, new):
    content, path = taken(busy, PERIOD, form), desk / f"report.{form}"
    path.write_bytes(content)
    assert verify(desk, path.name)[0] == 0
    path.write_bytes(rezipped(content, old, new) if form == "ods" else replaced(content, old, new))
    code, said = verify(desk, path.name)
    assert code == 1, said


def replaced(content, old, new):
    assert old in content
    return content.replace(old, new, 1)


def rezipped(content, old, new):
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(made, "w") as after:
        for name in before.namelist():
            part = before.read(name)
            after.writestr(name, replaced(part, old, new) if name == "content.xml" else part)
    return made.getvalue()


def test_a_key_of_somebody_else_verifies_nothing(busy, desk):
    (desk / "report.pdf").write_bytes(taken(busy, PERIOD, "pdf"))
    theirs = Ed25519PrivateKey.generate().public_key()
    (desk / "key.pub.pem").write_bytes(
        theirs.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    code, said = verify(desk, "report.pdf")
    assert code == 1
    assert "was not signed with a key that you gave" in said


def test_a_record_that_is_older_or_of_another_force_does_not_hold_the_event(busy, desk):
    export_audit(busy, desk / "before.jsonl")
    (desk / "report.pdf").write_bytes(taken(busy, PERIOD, "pdf"))
    other = make_stage("south")
    export_audit(other, desk / "theirs.jsonl")
    for name, words in (("before.jsonl", "no such event"), ("theirs.jsonl", "is of another force")):
        code, said = verify(desk, "report.pdf", "--audit", name)
        assert code == 1
        assert words in said


@pytest.mark.parametrize(
    ("field", "words"),
    [("event_object_id", "of another content"), ("chain_hash", "not the one that the file names")],
)
def test_a_record_that_says_something_else_is_found(busy, desk, field, words):
    (desk / "report.json").write_bytes(taken(busy, PERIOD, "json"))
    export_audit(busy, desk / "audit.jsonl")
    anchor = json.loads((desk / "report.json").read_bytes())["audit_anchor"]
    other = "00000000" + anchor[field][8:]
    record = (desk / "audit.jsonl").read_text().replace(anchor[field], other)
    (desk / "audit.jsonl").write_text(record)
    code, said = verify(desk, "report.json", "--audit", "audit.jsonl")
    assert code == 1
    assert words in said


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 nonsense", b"\xff\xfe{}"])
@pytest.mark.parametrize("form", FORMS)
def test_what_is_no_export_is_called_none(desk, form, content):
    (desk / f"report.{form}").write_bytes(content)
    code, said = verify(desk, f"report.{form}")
    assert (code, CHECKED in said) in ((2, False), (1, False))
