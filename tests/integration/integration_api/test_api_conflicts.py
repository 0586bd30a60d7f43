"""What of an import waits for a person, through the API: it is read there, and decided on a page."""

from __future__ import annotations

import io
from uuid import UUID

import pytest
import time_machine
from celery import current_app

from apps.audit.models import AuditEvent
from apps.core import uploads
from apps.deployments import imports, operations
from apps.deployments.data import DeploymentState as S
from apps.integration.data import Scope
from apps.watchlists.data import Keep, Settlement
from apps.watchlists.models import FaceDecision, PictureDecision, StagedPicture
from tests.support.api_tokens import PLANS, make_system, problem
from tests.support.days import IMPORTED, make_day
from tests.support.import_jobs import NAME
from tests.support.uploads import csv_bytes, pictures_zip, row

ROWS = [
    row("TS-1", "subject_c_1.jpg", display_name=NAME),
    row("TS-2", "subject_c_2.jpg", display_name=NAME),
    row("TS-3", "subject_b_1.jpg", display_name=NAME),
    row("TS-3", "copy.jpg", display_name=NAME),
]
WHY = "The custody record says who this is"


@pytest.fixture
def day(real_db):
    return make_day()


@pytest.fixture
def system(day, monkeypatch):
    # What a worker does, the tests do themselves.
    monkeypatch.setattr(current_app, "send_task", lambda *_, **__: None)
    day.to(S.NOTICE_PUBLISHED)
    with time_machine.travel(IMPORTED, tick=False):
        yield make_system(day, Scope.WATCHLIST_IMPORT)


def file(content):
    found = io.BytesIO(content)
    found.name = "more.zip"
    return found


@pytest.fixture
def own(day, system):
    """The address of an upload whose rows have come, without a picture."""
    path = f"deployments/{day.deployment_id}/imports/"
    return f"{path}{system.upload(path, {'csv': io.BytesIO(csv_bytes(ROWS))}).json()['id']}/"


def check(day, own):
    imports.run(force_id=day.force.id, job_id=own.rstrip("/").split("/")[-1], clock=lambda: IMPORTED)


def conflicts(system, own):
    answer = system.get(f"{own}conflicts/")
    assert answer.status_code == 200, answer.content
    assert NAME not in answer.content.decode()
    return answer.json()


def test_pictures_come_in_parts_and_a_person_decides_before_anything_is_imported(day, system, own, photos):
    assert conflicts(system, own)["faces"] == []  # not checked yet
    first = {"archive": file(pictures_zip(photos, "subject_c_1.jpg", "subject_c_2.jpg"))}
    key = {"Idempotency-Key": "one"}
    answer = system.upload(f"{own}pictures/", first, **key)
    assert (answer.status_code, answer.json()["state"]) == (202, "uploaded"), answer.content
    first["archive"].seek(0)
    assert system.upload(f"{own}pictures/", first, **key).json() == answer.json()
    photo = (photos / "subject_b_1.jpg").read_bytes()
    rest = file(pictures_zip(photos, extra={"subject_b_1.jpg": photo, "copy.jpg": photo}))
    system.upload(f"{own}pictures/", {"archive": rest})
    assert day.call(StagedPicture.objects.count) == 4
    check(day, own)
    assert system.get(own).json()["report"]["waits_for_person"] is True
    found = conflicts(system, own)
    [face], [picture] = found["faces"], found["pictures"]
    assert (face["first"], face["second"], face["waits_for"]) == ("TS-1", "TS-2", "planner")
    assert (picture["first_line"], picture["second_line"], picture["how"]) == (4, 5, "exact")
    assert found["same_face"]["threshold"] == 0.45
    assert found["faces_page"].endswith(f"/deployments/{day.deployment_id}/list/same-face/")
    assert len(day.call(lambda: list(AuditEvent.objects.filter(verb="api.import_conflicts_read")))) == 1
    for body in ({}, {"without_refused": True}):
        refused = problem(system.post(f"{own}confirm/", body), 409, "waits-for-person")
        assert "two identities" in refused["detail"]
    nothing_is_decided_by_a_system(day, system, own, found)
    a_person_decides(day, system, own)


def nothing_is_decided_by_a_system(day, system, own, found):
    problem(system.post(f"{own}conflicts/", {"choice": "neither"}), 405)
    for page in (found["faces_page"], found["pictures_page"]):
        path = page.partition("/deployments/")[2]
        problem(system.post(f"deployments/{path}", {}), 404)
    assert day.call(FaceDecision.objects.count) == day.call(PictureDecision.objects.count) == 0


def a_person_decides(day, system, own):
    known = {"job_id": UUID(own.rstrip("/").split("/")[-1]), "reason": WHY}
    two = {"pair": ("TS-1", "TS-2"), "choice": Settlement.TWO_PEOPLE}
    day.step(operations.settle_faces, day.planner, IMPORTED, **known, **two)
    assert conflicts(system, own)["faces"][0]["waits_for"] == "second_person"
    agreed = {"job_id": known["job_id"], "pair": two["pair"], "agrees": True}
    assert day.step(operations.confirm_faces, day.officer, IMPORTED, **agreed) is False
    kept = {"lines": (4, 5), "choice": Keep.FIRST}
    assert day.step(operations.settle_picture, day.planner, IMPORTED, **known, **kept) is True
    assert conflicts(system, own)["pictures"] == []  # it is being checked again
    check(day, own)
    assert system.get(own).json()["report"]["waits_for_person"] is False
    assert system.post(f"{own}confirm/", {"without_refused": True}).json()["state"] == "importing"
    problem(system.upload(f"{own}pictures/", {"archive": file(b"x")}), 409)


def test_what_no_row_needs_and_another_deployments_upload_are_refused(day, system, own, photos):
    unknown = file(pictures_zip(photos, extra={"nobody.jpg": b"x"}))
    problem(system.upload(f"{own}pictures/", {"archive": unknown}), 422, "import-file")
    problem(system.upload(f"{own}pictures/", {"csv": file(b"x")}), 400, "invalid")
    reader = make_system(day, Scope.DEPLOYMENTS_READ)
    problem(reader.get(f"{own}conflicts/"), 403, "scope-missing")
    problem(reader.upload(f"{own}pictures/", {}), 403, "scope-missing")
    stranger = make_system(make_day("south"), *PLANS)
    problem(stranger.get(f"{own}conflicts/"), 404)
    problem(stranger.upload(f"{own}pictures/", {"archive": file(b"x")}), 404)
    job = own.rstrip("/").split("/")[-1]
    day.draft()
    other = f"deployments/{day.deployment_id}/imports/{job}/"
    problem(system.get(f"{other}conflicts/"), 404)
    problem(system.upload(f"{other}pictures/", {"archive": file(b"x")}), 404)


def test_a_large_part_is_taken_where_parts_are():
    base = "/api/v1/deployments/00000000-0000-0000-0000-000000000000/imports/"
    part = f"{base}00000000-0000-0000-0000-000000000001/pictures/"
    assert uploads.body_limit(part) == uploads.body_limit(base) > uploads.body_limit(f"{part}x/")
