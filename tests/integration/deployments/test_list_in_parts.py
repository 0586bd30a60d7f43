"""A list too large for one upload: its rows first, then its pictures in parts, each looked at once."""

from __future__ import annotations

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.watchlists import faces
from apps.watchlists.data import ImportState, Refused
from apps.watchlists.models import StagedPicture
from tests.support.cast import make_cast
from tests.support.days import IMPORTED
from tests.support.import_jobs import checked, confirm, count, job_of, refusals, run, verbs
from tests.support.uploads import csv_bytes, pictures_zip, row, uploaded, zip_bytes

ROWS = [row("TS-B", "subject_b_1.jpg"), row("TS-C", "subject_c_1.jpg"), row("TS-X", "never.jpg")]


def add(day, raw, *, actor=None, deployment_id=None):
    return day.call(
        deployments.add_pictures,
        deployment_id=deployment_id or day.deployment_id,
        job_id=job_of(day).id,
        upload=uploaded(raw),
        actor=actor or day.planner,
        now=IMPORTED,
    )


def test_the_rest_comes_later_and_nothing_is_looked_at_twice(ready, sent, photos, monkeypatch):
    seen = []
    enrol = faces.enrol_picture
    monkeypatch.setattr(faces, "enrol_picture", lambda pack, raw: seen.append(raw) or enrol(pack, raw))
    broken = {"subject_c_1.jpg": b"this is no picture" * 20}
    checked(ready, ROWS, photos / "no such folder", extra=broken)
    codes = {"subject_b_1.jpg": Refused.PICTURE_MISSING, "subject_c_1.jpg": "undecodable"}
    assert {
        name: code for (_, name), code in refusals(job_of(ready).report).items() if name in codes
    } == codes

    job = add(ready, pictures_zip(photos, "subject_b_1.jpg", extra={"nobody.jpg": b"x"}))
    assert (job.state, job.unused_pictures, len(sent)) == (ImportState.UPLOADED, 1, 2)
    assert run(ready, job) == "checked"
    add(ready, pictures_zip(photos, "subject_b_1.jpg", "subject_c_1.jpg"))  # one of them is here already
    assert run(ready, job) == "checked"
    assert [len(raw) for raw in seen] == [
        len(broken["subject_c_1.jpg"]),
        *((photos / name).stat().st_size for name in ("subject_b_1.jpg", "subject_c_1.jpg")),
    ]
    report = job_of(ready).report
    assert (report.accepted_subjects, list(refusals(report))) == (2, [("TS-X", "never.jpg")])
    assert verbs(ready).count("watchlist.import_pictures_added") == 2
    confirm(ready, job, refusals=True)
    with pytest.raises(InvalidTransition):
        add(ready, pictures_zip(photos, "subject_b_2.jpg"))
    assert run(ready, job) == "imported"


def test_what_does_not_belong_to_the_upload_is_refused_and_changes_nothing(ready, photos, other_day):
    checked(ready, ROWS, photos)
    before = (count(ready, StagedPicture), job_of(ready))
    with pytest.raises(RuleViolated, match="No row needs"):
        add(ready, pictures_zip(photos, "subject_b_1.jpg"))  # here, and good
    with pytest.raises(RuleViolated, match="list is here already"):
        add(ready, zip_bytes({"watchlist.csv": csv_bytes(ROWS), "pictures/never.jpg": b"x"}))
    with pytest.raises(NotPermitted):
        add(ready, pictures_zip(photos, extra={"never.jpg": b"x"}), actor=ready.officer)
    other_day.to(S.NOTICE_PUBLISHED)
    with pytest.raises(NotFound):
        other_day.call(
            deployments.add_pictures, deployment_id=other_day.deployment_id, job_id=before[1].id,
            upload=uploaded(pictures_zip(photos, extra={"never.jpg": b"x"})), actor=other_day.planner,
            now=IMPORTED,
        )  # fmt: skip
    assert (count(ready, StagedPicture), job_of(ready)) == before


def test_the_page_takes_further_pictures(day, sent, photos):
    with time_machine.travel(IMPORTED):
        cast = make_cast(day)
        day.to(S.NOTICE_PUBLISHED)
        job = checked(day, ROWS, photos, actor=cast["planner"].actor)
        client, address = cast["planner"].client(), f"/deployments/{day.deployment_id}/list/"
        assert "Add or replace pictures" in client.get(address).content.decode()
        nothing = client.post(address, {"step": "more", "job": str(job.id)})
        assert (nothing.status_code, "No row needs" in nothing.content.decode()) == (422, True)
        file = SimpleUploadedFile("never.jpg", (photos / "subject_b_2.jpg").read_bytes(), "image/jpeg")
        sent_form = {"step": "more", "job": str(job.id), "pictures": file}
        assert client.post(address, sent_form).status_code == 302
        assert job_of(day).state is ImportState.UPLOADED
