"""The authority as one file: the same bytes each time, the hashed text inside, and a check that finds out
every changed letter."""

from __future__ import annotations

import hashlib
import io
import json
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from apps.audit.models import AuditEvent
from apps.core.tenancy import force_context
from apps.core.typesetting import attachments, displayable
from apps.deployments import api as deployments
from apps.deployments.data import CameraRef
from apps.deployments.data import DeploymentState as S
from apps.deployments.documents.document import document_of, render
from apps.deployments.documents.public_checks import check_file, check_fingerprint
from apps.deployments.operations.documents import issue_document
from tests.support.cast import make_member
from tests.support.days import PLANNED, VERIFIED
from tests.support.plans import FLOODED, REASONS

CHECK = "/authority/check/"


def issue(day) -> bytes:
    return day.call(
        issue_document, deployment_id=day.deployment_id, force=day.force, actor=day.officer, now=PLANNED
    ).content


def approved(day, **changes) -> bytes:
    day.draft(**changes)
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    return issue(day)


def words(pdf: bytes) -> str:
    # Readers of PDFs put marks of their own between letters and digits.
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).replace("\u200b", "").split()
    )


def test_it_is_made_of_the_hashed_text_and_is_the_same_bytes_every_time(day):
    pdf = approved(day, criteria="Only staff # who *agreed* \\ $in$ writing <and> @nobody else 漢.")
    assert issue(day) == pdf
    (attached,) = attachments(pdf)
    assert hashlib.sha256(attached).hexdigest() == day.get().approved_hash
    assert [inside for (inside,) in PdfReader(BytesIO(pdf)).attachments.values()] == [attached]
    shown = words(pdf)
    assert "Only staff # who *agreed* \\ $in$ writing <and> @nobody else [U+6F22]." in shown
    assert day.get().approved_hash in shown.replace(" ", "")
    assert day.officer.label in shown
    assert REASONS in shown
    with force_context(day.force.id):
        assert AuditEvent.objects.filter(verb="deployment.document_issued").count() == 1


def test_it_is_tagged_for_screen_readers_on_a4(day):
    reader = PdfReader(BytesIO(approved(day)))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].lower().startswith("en")
    assert "pdfuaid" in root["/Metadata"].get_data().decode()
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]


def test_every_part_of_the_content_is_shown(day):
    """Whatever the authority says is in the document: a field that is added must be shown too."""
    plan = day.plan(
        alternatives=(),
        nearby=("school",),
        urgent_grounds="imminent_threat",
        urgent_reason="Reason for haste.",
    )
    canonical = plan.canonical()
    day.draft(nearby=("school",), urgent_grounds="imminent_threat", urgent_reason="Reason for haste.")
    shown = words(day.call(lambda: render(document_of(deployment_id=day.deployment_id, force=day.force))))
    coded = {"version", "use_case", "categories", "nearby", "urgent_grounds", "rehearsal"}
    for name, value in canonical.items():
        if isinstance(value, str) and name not in coded and "_" + name not in "_window_start_window_end":
            shown_as = f"{float(value):g}" if name == "threshold" else " ".join(value.split())
            assert displayable(shown_as) in shown, name
    for label in ("A school", "imminent threat to life", "Blue List", "North side"):
        assert label in shown
    assert all(each["sha256"] in shown.replace(" ", "") for each in canonical["assessments"])


def test_a_document_of_a_draft_says_that_nothing_may_be_done_under_it(day):
    day.draft()
    pdf = issue(day)
    assert "No approval holds for this text" in words(pdf)
    answer = check_file(pdf)
    assert not answer.genuine
    assert "No authority with this fingerprint" in answer.words[0]


def test_the_check_knows_the_approved_one_and_when_it_ends(day):
    pdf = approved(day)
    answer = check_file(pdf)
    assert (answer.genuine, answer.in_force) == (True, True)
    assert answer.words[0].endswith(f"by {day.force.name}.")
    day.step(deployments.amend, day.planner, VERIFIED, authority=day.plan(max_subjects=11), reason=REASONS)
    answer = check_file(pdf)
    assert (answer.genuine, answer.in_force) == (True, False)
    assert "The approval was voided on Wednesday 2 December 2026" in answer.words[1]


def test_a_narrowed_authority_is_another_text_under_the_same_approval(day):
    before = approved(day)
    (first, _) = day.get().authority.cameras
    narrower = day.plan(cameras=(CameraRef(first.id, first.name),))
    day.step(deployments.amend, day.planner, VERIFIED, authority=narrower, reason=REASONS)
    assert "replaced by a narrower text" in check_file(before).words[1]
    after = issue(day)
    assert check_file(after).in_force
    assert "narrowed under an approval" in check_file(after).words[0]
    assert "Narrowed" in words(after)
    day.step(deployments.cancel, day.planner, VERIFIED, **FLOODED)
    # Of the first text, too, it is said that the approval is over.
    assert "cancelled" in check_file(before).words[2]
    assert "cancelled" in check_file(after).words[1]


def test_a_changed_page_around_the_true_text_is_found_out(day):
    pdf = approved(day)
    forged = pdf.replace(b"%PDF-1.7", b"%PDF-1.6", 1)
    assert forged != pdf
    answer = check_file(forged)
    assert not answer.genuine
    assert "somebody may have changed what its pages show" in answer.words[0]


@pytest.mark.parametrize("change", ["place_name", "max_subjects", "spelling"])
def test_one_changed_letter_of_the_text_is_another_fingerprint(day, change):
    pdf = approved(day)
    (attached,) = attachments(pdf)
    content = json.loads(attached)
    if change == "spelling":
        text = json.dumps(content, sort_keys=True).encode()  # the same content, written with blanks
    else:
        content[change] = 9 if change == "max_subjects" else content[change] + "x"
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    whole = b"1 0 obj\n<</Length %d/Type/EmbeddedFile>>\nstream\n%s\nendstream" % (len(text), text)
    assert not check_file(b"%PDF-1.7\n" + whole).genuine


def test_the_command_says_it_in_its_exit_status(day, tmp_path):
    path = tmp_path / "authority.pdf"
    path.write_bytes(approved(day))
    said = io.StringIO()
    call_command("check_authority", path, stdout=said)
    assert "This is what was approved" in said.getvalue()
    assert day.get().approved_hash in said.getvalue()
    path.write_bytes(b"%PDF-1.7 something else %%EOF")
    with pytest.raises(CommandError) as refused:
        call_command("check_authority", path)
    assert refused.value.returncode == 1


def test_anybody_checks_a_file_or_a_fingerprint_and_learns_no_more(day):
    pdf = approved(day)
    stranger, document = Client(), BytesIO(pdf)
    document.name = "authority.pdf"
    answer = stranger.post(CHECK, {"document": document, "fingerprint": ""})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "This is what was approved" in page
    assert day.force.name in page
    for secret in (day.get().reference, day.get().authority.place_name, REASONS, str(day.deployment_id)):
        assert secret not in page
    printed = "\u200b ".join(day.get().approved_hash[i : i + 8] for i in range(0, 64, 8))
    assert "This is what was approved" in stranger.get(CHECK, {"fingerprint": printed}).content.decode()
    assert check_fingerprint("0" * 64).words == (
        "No authority with this fingerprint was approved on this platform.",
    )
    assert "64 characters, each 0 to 9" in stranger.get(CHECK, {"fingerprint": "abc"}).content.decode()
    assert "This is what" not in stranger.get(CHECK, {"fingerprint": "abc\0"}).content.decode()
    nothing = stranger.post(CHECK, {})
    assert nothing.status_code == 422
    assert "Choose the PDF, or type its fingerprint." in nothing.content.decode()
    assert stranger.get(CHECK).status_code == 200


def test_who_reads_reasons_gets_the_file_and_another_force_does_not(day, other_day):
    day.to(S.SUBMITTED)
    address = reverse("deployments:authority-pdf", args=[day.deployment_id])
    operator, engineer = (
        make_member(day, name, role).client()
        for name, role in (("op", next(iter(day.operator.roles))), ("eng", next(iter(day.engineer.roles))))
    )
    answer = operator.get(address)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert engineer.get(address).status_code == 403
    stranger = make_member(other_day, "stranger", next(iter(other_day.officer.roles))).client()
    assert stranger.get(address).status_code == 404
