"""Assessments: recorded, replaced, ended; read by their own force and, if published, by everybody."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.core.data import Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import AssessmentKind
from apps.deployments.data import DeploymentState as S
from tests.support.assessed import assessed, pdf
from tests.support.cast import make_cast, make_member
from tests.support.days import PLANNED, START


def new(**changes):
    return deployments.NewAssessment(
        **{
            "kind": AssessmentKind.DPIA,
            "title": "Data protection, vans",
            "version": "1",
            "in_force_from": date(2026, 1, 1),
            "in_force_until": date(2027, 12, 31),
            "content": pdf("one"),
            "is_public": False,
        }
        | changes
    )


def upload(day, *, actor=None, replaces=None, **changes):
    return day.call(
        deployments.upload_assessment,
        new=new(**changes),
        actor=actor or day.planner,
        now=PLANNED,
        replaces=replaces,
    )


def refusal(day, **changes) -> str:
    with pytest.raises(RuleViolated) as refused:
        upload(day, **changes)
    return refused.value.message


def test_the_next_version_ends_the_one_before_and_both_are_on_record(day):
    first = upload(day)
    second = upload(day, replaces=first.id, version="2", in_force_from=date(2026, 6, 1), content=pdf("two"))
    rows = {row.version: row for row in day.call(deployments.list_assessments)}
    assert rows["1"].in_force_until == date(2026, 5, 31)
    assert rows["1"].end_reason == "Replaced by version 2."
    assert second.sha256 != first.sha256
    with force_context(day.force.id):
        found = AuditEvent.objects.filter(object_type="assessment").values_list("verb", flat=True)
        assert sorted(found) == ["assessment.ended", "assessment.uploaded", "assessment.uploaded"]


def test_what_is_no_whole_harmless_pdf_is_refused_with_the_reason(day):
    assert "not a whole PDF" in refusal(day, content=b"PK\x03\x04 a spreadsheet")
    assert "not a whole PDF" in refusal(day, content=pdf()[:-8])
    assert "password" in refusal(day, content=pdf("/Encrypt 5 0 R"))
    assert "script" in refusal(day, content=pdf("/OpenAction /JavaScript"))
    assert "20 MB" in refusal(day, content=pdf() + b" " * (20 * 1024 * 1024))
    assert "last day" in refusal(day, in_force_until=date(2025, 1, 1))
    assert "recognition model" in refusal(day, kind=AssessmentKind.BIAS)
    upload(day)
    assert "there already" in refusal(day)
    assert len(day.call(deployments.list_assessments)) == 1


def test_only_planners_and_administrators_keep_them_and_only_their_own(day, other_day):
    with pytest.raises(NotPermitted):
        upload(day, actor=day.officer)
    theirs = upload(other_day)
    with pytest.raises(NotFound):
        upload(day, replaces=theirs.id, version="2", in_force_from=date(2026, 6, 1))
    with pytest.raises(NotFound):
        day.call(
            deployments.end_assessment,
            assessment_id=theirs.id,
            last_day=date(2026, 2, 1),
            reason="not ours to end",
            actor=day.planner,
            now=PLANNED,
        )


def test_an_end_only_comes_nearer(day):
    row = upload(day)
    asked = {"assessment_id": row.id, "reason": "The vans changed.", "actor": day.planner, "now": PLANNED}
    with pytest.raises(RuleViolated):
        day.call(deployments.end_assessment, last_day=date(2028, 1, 1), **asked)
    assert day.call(deployments.end_assessment, last_day=date(2026, 12, 1), **asked).in_force_until == date(
        2026, 12, 1
    )


def test_no_plan_is_submitted_or_approved_without_what_it_rests_on(day):
    day.draft(assessments=())
    with pytest.raises(RuleViolated) as refused:
        day.step(deployments.submit, day.planner, PLANNED)
    assert {"DPIA" in refused.value.message, "EIA" in refused.value.message} == {True}
    day.step(deployments.amend, day.planner, PLANNED, authority=day.plan())
    day.step(deployments.submit, day.planner, PLANNED)
    dpia = next(row for row in day.call(deployments.list_assessments) if row.kind == "dpia")
    day.call(
        deployments.end_assessment,
        assessment_id=dpia.id,
        last_day=START.date().replace(day=1),
        reason="It was withdrawn.",
        actor=day.planner,
        now=PLANNED,
    )
    with pytest.raises(RuleViolated) as refused:
        day.approve()
    assert "data protection impact assessment is not in force" in refused.value.message
    assert day.get().state is S.SUBMITTED


def test_another_forces_assessment_cannot_be_leant_on(day, other_day):
    theirs = assessed(other_day.force.id, other_day.planner)
    day.draft(assessments=theirs)
    with pytest.raises(RuleViolated) as refused:
        day.step(deployments.submit, day.planner, PLANNED)
    assert "not among those of the force" in refused.value.message


def test_pages_from_upload_to_download(day):
    client = make_cast(day)["planner"].client()
    document = BytesIO(pdf("page"))
    document.name = "dpia.pdf"
    sent = {
        "kind": "dpia",
        "title": "Data protection, vans",
        "version": "3",
        "in_force_from": "2026-01-01",
        "in_force_until": "2027-12-31",
        "is_public": "",
        "content": document,
    }
    page = client.post(reverse("deployments:assessment-new"), sent | {"title": ""})
    assert page.status_code == 422
    assert "Give the title." in page.content.decode()
    document.seek(0)
    assert client.post(reverse("deployments:assessment-new"), sent).status_code == 302
    listed = client.get(reverse("deployments:assessments")).content.decode()
    assert "Data protection, vans, version 3" in listed
    (row,) = day.call(deployments.list_assessments)
    answer = client.get(reverse("deployments:assessment-file", args=[row.id]))
    assert answer.content == pdf("page")
    assert answer["Content-Disposition"].startswith("attachment")
    end = client.post(
        reverse("deployments:assessment-end", args=[row.id]),
        {"last_day": "2026-12-01", "reason": "Vans are sold."},
    )
    assert end.status_code == 302


def test_a_file_is_read_by_its_own_force_and_by_the_public_only_if_published(day, other_day):
    kept, published = upload(day), upload(day, kind=AssessmentKind.EIA, is_public=True, content=pdf("all"))
    stranger, other = Client(), make_cast(other_day)["planner"].client()
    for row in (kept, published):
        assert other.get(reverse("deployments:assessment-file", args=[row.id])).status_code == 404
        assert stranger.get(reverse("deployments:assessment-file", args=[row.id])).status_code == 302
    for client in (stranger, other):
        assert client.get(reverse("deployments:assessment-public", args=[kept.id])).status_code == 404
        assert client.get(reverse("deployments:assessment-public", args=[uuid4()])).status_code == 404
        assert client.get(reverse("deployments:assessment-public", args=[published.id])).content == pdf("all")


def test_an_operator_reads_the_list_and_uploads_nothing(day):
    client = make_member(day, "operator", Role.OPERATOR).client()
    assert client.get(reverse("deployments:assessments")).status_code == 200
    assert client.get(reverse("deployments:assessment-new")).status_code == 403
