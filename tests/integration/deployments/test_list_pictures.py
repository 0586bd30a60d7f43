"""The pictures that a planner has to look at before accepting a warning: as they will be used, for that
planner alone, each look on record, and gone with the decision."""

import io
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import time_machine
from PIL import Image

from apps.accounts import api as accounts
from apps.audit.models import AuditEvent
from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.operations import import_jobs
from apps.vault import api as vault
from apps.vault.data import BlobKind
from apps.vault.models import VaultBlob
from apps.watchlists import reports
from apps.watchlists.data import ImportState
from apps.watchlists.models import ImportJob, Picture
from tests.support.cast import make_cast, make_member
from tests.support.days import END, IMPORTED
from tests.support.import_jobs import GOOD, begin, checked, confirm, job_of, run
from tests.support.plans import FLOODED
from tests.support.uploads import row

NAME, REFERENCE = "Unforgettable Name", "TS-TURNED"
# Line 1 is the header of the file.
PLAIN, TURNED, REFUSED = 2, 3, 4


def turned(photos):
    """The picture lies on its side and says so nowhere; where it was taken it does say."""
    image = Image.open(photos / "subject_b_1.jpg").rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x010E] = "taken in a secret place"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif.tobytes(), quality=95)
    return out.getvalue()


@pytest.fixture(autouse=True)
def hours_before_the_start():
    with time_machine.travel(IMPORTED):
        yield


@pytest.fixture
def cast(day, sent):
    members = make_cast(day)
    day.to(S.NOTICE_PUBLISHED)
    return members


@pytest.fixture
def upload(day, cast, photos):
    """A checked upload: a picture without a doubt, one that was turned, one that is missing."""
    rows = [
        row("TS-C", "subject_c_1.jpg"),
        row(REFERENCE, "turned.jpg", display_name=NAME),
        row("TS-X", "missing.jpg"),
    ]
    job = checked(day, rows, photos, extra={"turned.jpg": turned(photos)})
    assert {warning.line for warning in job.report.warnings} == {TURNED}
    assert [refused.line for refused in job.report.refused] == [REFUSED]
    return job


@pytest.fixture
def planner(cast):
    return cast["planner"].client()


def picture_of(day, line=TURNED):
    return f"/deployments/{day.deployment_id}/list/pictures/{line}.jpg"


def looks(day):
    return day.call(
        lambda: list(AuditEvent.objects.filter(verb="watchlist.staged_picture_viewed").order_by("ordinal"))
    )


def page_of(day):
    return f"/deployments/{day.deployment_id}/list/"


def test_the_page_shows_the_picture_beside_its_warning(day, upload, planner):
    page = planner.get(page_of(day)).content.decode()
    images = [part.split(">")[0] for part in page.split("<img")[1:]]
    assert len(images) == 1
    assert f'src="{picture_of(day)}"' in images[0]
    assert 'loading="lazy"' in images[0]
    alt = images[0].split('alt="')[1].split('"')[0]
    assert alt == f"The picture of line {TURNED}, as it will be used"
    assert "I have looked at each picture with a warning" in page
    assert looks(day) == []


def test_it_is_upright_and_the_very_picture_that_is_enrolled(day, upload, planner):
    answer = planner.get(picture_of(day))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "filename" not in answer["Content-Disposition"]
    assert b"secret place" not in answer.content
    confirm(day, upload, refusals=True, warnings=True)
    assert run(day, upload) == "imported"
    enrolled = day.call(lambda: Picture.objects.get(subject__reference=REFERENCE).picture_blob_id)
    assert answer.content == day.call(vault.read, blob_id=enrolled)


def vault_read(day, blob_id):
    return day.call(vault.read, blob_id=blob_id)


def shape(jpeg):
    image = Image.open(io.BytesIO(jpeg))
    return image.width / image.height


def test_it_is_shown_as_if_it_had_never_lain_on_its_side(day, cast, photos, planner):
    job = checked(day, [row("TS-B", "subject_b_1.jpg")], photos)
    confirm(day, job)
    run(day, job)
    straight = vault_read(day, day.call(lambda: Picture.objects.get().picture_blob_id))
    day.step(deployments.discard_watchlist, day.planner, IMPORTED, reason="now the same one turned")
    later = IMPORTED + timedelta(seconds=1)
    checked(day, [row(REFERENCE, "turned.jpg")], photos, extra={"turned.jpg": turned(photos)}, now=later)
    shown = planner.get(picture_of(day, 2)).content
    assert shape(straight) < 0.95
    assert shape(shown) == pytest.approx(shape(straight), abs=0.03)


def test_each_look_is_on_record_without_a_name(day, upload, cast, planner):
    for _ in range(2):
        assert planner.get(picture_of(day)).status_code == 200
    seen = looks(day)
    assert len(seen) == 2
    assert seen[0].payload == {"job_id": str(upload.id), "line": TURNED}
    assert seen[0].actor_id == cast["planner"].actor.id
    for secret in (NAME, REFERENCE, "turned.jpg"):
        assert secret not in str(seen[0].__dict__)


def test_a_row_without_a_warning_is_not_shown(day, upload, planner):
    for line in (0, 1, PLAIN, REFUSED, 5, 10**30):
        answer = planner.get(picture_of(day, line))
        assert answer.status_code == 404, line
        assert b"\xff\xd8" not in answer.content
    assert looks(day) == []


def test_what_is_no_line_is_no_address(day, upload, planner):
    for line in ("turned", "-3", "3.0", "3%2F..%2F2", "../3", ""):
        assert planner.get(picture_of(day, line)).status_code == 404, line


def test_it_is_not_for_another_role(day, upload, cast):
    for who in ("officer", "silver", "operator", "engagement", "engineer", "oversight", "admin"):
        assert cast[who].client().get(picture_of(day)).status_code == 403, who
    assert b"<img" not in cast["officer"].client().get(page_of(day)).content
    assert looks(day) == []


def test_it_is_not_for_another_planner_who_then_cannot_say_that_they_looked(day, upload):
    colleague = make_member(day, "colleague", Role.PLANNER)
    client = colleague.client()
    assert client.get(picture_of(day)).status_code == 403
    page = client.get(page_of(day)).content.decode()
    assert "<img" not in page
    assert "accept_warnings" not in page
    assert "who uploaded them, and to nobody else" in page
    with pytest.raises(RuleViolated, match="looked at by the person who uploaded them"):
        confirm(day, upload, refusals=True, warnings=True, actor=colleague.actor)
    assert looks(day) == []
    assert confirm(day, upload, refusals=True, actor=colleague.actor).state is ImportState.IMPORTING


def test_it_is_not_for_whoever_lost_the_role(day, upload, cast, planner):
    day.call(
        accounts.revoke_role,
        user_id=cast["planner"].actor.id,
        role=Role.PLANNER,
        actor=day.system,
        now=IMPORTED,
    )
    assert planner.get(picture_of(day)).status_code in (302, 403)
    assert looks(day) == []


def test_it_is_not_for_another_force(day, other_day, upload, photos):
    """Its planner has an upload with a warning in the same line, and knows the address."""
    stranger = make_member(other_day, "planner", Role.PLANNER)
    other_day.planner = stranger.actor
    other_day.to(S.NOTICE_PUBLISHED)
    client = stranger.client()
    assert client.get(picture_of(day)).status_code == 404
    assert client.get(picture_of(other_day)).status_code == 404
    assert looks(day) == []


def test_it_is_not_for_another_deployment(day, upload, planner):
    day.to(S.NOTICE_PUBLISHED)
    assert planner.get(picture_of(day)).status_code == 404
    day.deployment_id = uuid4()
    assert planner.get(picture_of(day)).status_code == 404


def test_strangers_are_asked_to_sign_in(day, upload, client):
    answer = client.get(picture_of(day))
    assert (answer.status_code, urlsplit(answer["Location"]).path) == (302, "/sign-in/")


def test_it_is_only_looked_at(day, upload, planner):
    for ask in (planner.post, planner.head, planner.put, planner.delete):
        assert ask(picture_of(day)).status_code == 405
    assert looks(day) == []


def test_before_the_report_there_is_nothing_to_look_at(day, cast, planner, photos):
    assert planner.get(picture_of(day)).status_code == 404
    begin(day, GOOD, photos)
    assert planner.get(picture_of(day, 2)).status_code == 404


def confirmed(day, job):
    confirm(day, job, refusals=True, warnings=True)


def imported(day, job):
    confirmed(day, job)
    assert run(day, job) == "imported"


def discarded(day, job):
    day.call(deployments.discard_import, job_id=job.id, actor=day.planner, now=IMPORTED)


def failed(day, job):
    day.call(import_jobs.sweep_imports, now=END)
    assert job_of(day).state is ImportState.FAILED


def cancelled(day, job):
    """The sweep that deletes the upload has not come by yet."""
    day.step(deployments.cancel, day.planner, IMPORTED, **FLOODED)
    assert job_of(day).state is ImportState.CHECKED


@pytest.mark.parametrize(
    "decision", [confirmed, imported, discarded, failed, cancelled], ids=lambda step: step.__name__
)
def test_it_is_gone_as_soon_as_there_is_nothing_to_decide(day, upload, planner, decision):
    assert planner.get(picture_of(day)).status_code == 200
    decision(day, upload)
    for line in (TURNED, PLAIN):
        answer = planner.get(picture_of(day, line))
        assert answer.status_code == 410
        assert answer["Content-Type"].startswith("text/plain")
        assert "no-store" in answer["Cache-Control"]
        assert b"\xff\xd8" not in answer.content
    assert len(looks(day)) == 1
    assert b"<img" not in planner.get(page_of(day)).content


def test_what_is_looked_at_lies_encrypted_under_the_key_of_the_upload_and_goes_with_it(day, upload, planner):
    shown = planner.get(picture_of(day)).content
    key_id = day.call(lambda: ImportJob.objects.get(id=upload.id).key_id)
    # The file as it was sent is not kept once its face is made.
    kinds = day.call(lambda: list(VaultBlob.objects.filter(key_id=key_id).values_list("kind", flat=True)))
    assert sorted(kinds) == sorted(
        [BlobKind.UPLOAD, BlobKind.REPORT, *[BlobKind.PICTURE] * 2, *[BlobKind.TEMPLATE] * 2]
    )
    stored = day.call(lambda: [bytes(blob.ciphertext) for blob in VaultBlob.objects.filter(key_id=key_id)])
    assert not any(shown[:64] in ciphertext for ciphertext in stored)
    discarded(day, upload)
    assert day.call(vault.blob_count, key_id=key_id) == 0
    assert not day.call(vault.key_exists, key_id=key_id)


def test_a_report_that_changed_is_looked_at_again(day, upload, planner):
    confirm(day, upload, refusals=True, warnings=True)
    day.call(lambda: ImportJob.objects.update(problem="", report_blob_id=reread(upload)))
    assert run(day, upload) == "checked again"
    assert planner.get(picture_of(day)).status_code == 200


def reread(job):
    """A report in which one person fewer could be imported."""
    staged = ImportJob.objects.get(id=job.id)
    reports.write(staged, replace(job.report, accepted_subjects=1), now=IMPORTED)
    return staged.report_blob_id


def test_the_address_carries_nothing_of_the_person(day, upload, planner):
    page = planner.get(page_of(day)).content.decode()
    src = page.split("<img", 1)[1].split('src="')[1].split('"')[0]
    assert urlsplit(src).path == picture_of(day)
    for secret in (NAME, REFERENCE, "turned"):
        assert secret not in src


def test_who_may_be_listed_is_said_for_a_rehearsal(day, cast, planner):
    page = planner.get(page_of(day)).content.decode()
    assert "agreed to take part" in page
    assert "18 or over" not in page


def test_who_may_be_listed_says_whom_an_officer_signs_for(day, cast, planner):
    """It said that everybody is 18 or over, which a signature makes untrue."""
    day.draft(rehearsal=False, categories=("court_order",))
    page = planner.get(page_of(day)).content.decode()
    assert "18 or over" not in page
    assert "under 18 or of unknown age" in page
    assert "the signature of an authorising officer" in page
