"""One picture twice stops an upload until a person decides: under one identity, and under two."""

import io
import re

import pytest
import time_machine
from PIL import Image

from apps.audit.models import AuditEvent
from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.deployments import operations
from apps.deployments.data import DeploymentState as S
from apps.watchlists.data import Copied, ImportState, Keep, Settlement, UploadedList
from apps.watchlists.models import FaceDecision, Picture, PictureDecision
from tests.support.cast import make_cast
from tests.support.days import IMPORTED
from tests.support.import_jobs import checked, confirm, count, job_of, run, verbs
from tests.support.uploads import pictures_zip, row

FIRST, SECOND = "TS-ONE", "TS-TWO"
LINES = (2, 3)
WHY = "The custody record has this photograph once"
NAME = "Unforgettable Name"
ROWS = [
    row(FIRST, "subject_b_1.jpg", display_name=NAME),
    row(FIRST, "again.png", display_name=NAME, source_record="another record"),
    row(SECOND, "subject_c_1.jpg"),
]


@pytest.fixture(autouse=True)
def hours_before_the_start():
    with time_machine.travel(IMPORTED):
        yield


def as_png(path):
    """Other bytes, the same pixels."""
    out = io.BytesIO()
    Image.open(path).save(out, "PNG")
    return out.getvalue()


def smaller(path):
    out = io.BytesIO()
    with Image.open(path) as picture:
        picture.resize((picture.width * 7 // 10, picture.height * 7 // 10)).save(out, "JPEG", quality=75)
    return out.getvalue()


@pytest.fixture
def repeated(ready, photos):
    checked(ready, ROWS, photos, extra={"again.png": as_png(photos / "subject_b_1.jpg")})
    return ready


def settle(day, choice, *, actor=None, lines=LINES, reason=WHY):
    return day.step(
        operations.settle_picture, actor or day.planner, IMPORTED,
        job_id=job_of(day).id, lines=lines, choice=choice, reason=reason,
    )  # fmt: skip


def take_back(day):
    return day.step(operations.take_back_picture, day.planner, IMPORTED, job_id=job_of(day).id, lines=LINES)


def checked_again(day):
    assert run(day, job_of(day)) == "checked"
    return job_of(day).report


def listed(day):
    confirm(day, job_of(day), refusals=True)
    assert run(day, job_of(day)) == "imported"
    return day.call(lambda: sorted(Picture.objects.values_list("subject__reference", "source_record")))


def test_nothing_is_imported_before_a_person_decides(repeated, other_day):
    report = job_of(repeated).report
    [repeat] = report.repeats
    assert (repeat.lines, repeat.how, report.conflicts) == (LINES, Copied.EXACT, ())
    assert [(each.line, each.code) for each in report.refused] == [(3, "picture_twice")]
    for refusals in (False, True):
        with pytest.raises(RuleViolated, match="picture is there twice"):
            confirm(repeated, job_of(repeated), refusals=refusals)
    assert job_of(repeated).state is ImportState.CHECKED
    only_what_is_open_can_be_decided_and_only_by_a_planner(repeated, other_day)


def only_what_is_open_can_be_decided_and_only_by_a_planner(day, other_day):
    with pytest.raises(InvalidTransition):
        settle(day, Keep.FIRST, lines=(2, 4))
    with pytest.raises(NotPermitted):
        settle(day, Keep.FIRST, actor=day.officer)
    with pytest.raises(NotPermitted):
        day.step(operations.repeat_cases, day.officer, IMPORTED)
    with pytest.raises(RuleViolated, match="very same picture"):
        settle(day, Keep.BOTH)
    with pytest.raises(RuleViolated, match="characters"):
        settle(day, Keep.FIRST, reason="same")
    with pytest.raises(NotFound):
        other_day.call(
            operations.settle_picture, deployment_id=day.deployment_id, job_id=job_of(day).id, lines=LINES,
            choice=Keep.FIRST, reason=WHY, actor=other_day.planner, now=IMPORTED,
        )  # fmt: skip
    assert count(day, PictureDecision) == 0


def test_what_is_decided_is_what_is_listed_and_may_be_taken_back(repeated, sent):
    assert settle(repeated, Keep.FIRST) is True
    assert len(sent) == 2  # the upload is given to a worker again
    assert checked_again(repeated).repeats == ()
    assert take_back(repeated) is True
    assert [each.lines for each in checked_again(repeated).repeats] == [LINES]
    with pytest.raises(NotFound):
        take_back(repeated)
    settle(repeated, Keep.SECOND)
    report = checked_again(repeated)
    assert [(each.line, each.code) for each in report.refused] == [(2, "left_out")]
    assert (FIRST, "another record") in listed(repeated)
    assert count(repeated, Picture) == 2
    assert count(repeated, PictureDecision) == 0  # it goes with the upload; the audit says that it was made
    assert "watchlist.picture_repeat_settled" in verbs(repeated)
    events = repeated.call(lambda: list(AuditEvent.objects.filter(verb__contains="picture_repeat")))
    said = " ".join(f"{each.payload} {each.reason}" for each in events)
    assert "[2, 3]" in said
    assert not {FIRST, NAME, "again.png"} & set(re.findall(r"[\w.-]+", said))


def test_a_copy_in_another_size_may_be_said_to_be_another_photograph(ready, photos):
    rows = [row(FIRST, "subject_b_1.jpg"), row(FIRST, "small.jpg")]
    checked(ready, rows, photos, extra={"small.jpg": smaller(photos / "subject_b_1.jpg")})
    [repeat] = job_of(ready).report.repeats
    assert repeat.how is Copied.RESAVED
    settle(ready, Keep.BOTH)
    assert (checked_again(ready).repeats, job_of(ready).report.accepted_pictures) == ((), 2)


def test_two_photographs_of_one_person_are_no_copies(ready, photos):
    rows = [row(FIRST, f"subject_c_{n}.jpg") for n in (1, 2, 3)]
    assert checked(ready, rows, photos).report.repeats == ()


def test_the_same_pixels_cannot_be_two_people_even_when_they_come_after_the_decision(ready, photos):
    """Two people are confirmed by two persons; then the same picture arrives for both of them."""
    rows = [row(FIRST, "subject_c_1.jpg"), row(SECOND, "subject_c_2.jpg")]
    rows += [row(FIRST, "late.png"), row(SECOND, "subject_b_1.jpg")]
    checked(ready, rows, photos)
    pair = {"job_id": job_of(ready).id, "pair": (FIRST, SECOND)}
    said = {"choice": Settlement.TWO_PEOPLE, "reason": WHY}
    ready.step(operations.settle_faces, ready.planner, IMPORTED, **pair, **said)
    ready.step(operations.confirm_faces, ready.officer, IMPORTED, **pair, agrees=True)
    assert checked_again(ready).conflicts == ()
    late = {"late.png": as_png(photos / "subject_b_1.jpg")}
    upload = UploadedList(archive=io.BytesIO(pictures_zip(photos, extra=late)))
    ready.step(operations.add_pictures, ready.planner, IMPORTED, job_id=job_of(ready).id, upload=upload)
    found = checked_again(ready).conflicts
    assert len(found) == 1
    [conflict] = found
    assert (conflict.same_picture, conflict.first_line, conflict.second_line) == (True, 4, 5)
    [case] = ready.step(operations.face_cases, ready.planner, IMPORTED).open
    assert case.decided is None  # it is open, and not confirmed by what was said before
    with pytest.raises(RuleViolated, match="same picture"):
        ready.step(operations.settle_faces, ready.planner, IMPORTED, **pair, **said)
    with pytest.raises(NotFound):
        ready.step(operations.confirm_faces, ready.officer, IMPORTED, **pair, agrees=True)
    ready.step(
        operations.settle_faces, ready.planner, IMPORTED, **pair, **said | {"choice": Settlement.NEITHER}
    )
    assert checked_again(ready).accepted_subjects == 0
    assert count(ready, FaceDecision) == 1


def test_the_page_compares_decides_and_is_gone_afterwards(day, sent, photos):
    cast = make_cast(day)
    day.to(S.NOTICE_PUBLISHED)
    extra = {"again.png": as_png(photos / "subject_b_1.jpg")}
    checked(day, ROWS, photos, extra=extra, actor=cast["planner"].actor)
    whole = f"/deployments/{day.deployment_id}/list/"
    address, pictures = f"{whole}same-picture/", f"{whole}same-face/"
    planner, officer = cast["planner"].client(), cast["officer"].client()
    report = planner.get(whole).content.decode()
    assert address in report
    assert "from a similarity of 0.450 on" in report
    assert "Import without what is refused" not in report  # it would be refused
    page = planner.get(address).content.decode()
    assert all(words in page for words in (FIRST, NAME, "another record", f"{pictures}3.jpg"))
    assert "They are two photographs" not in page
    assert planner.get(f"{pictures}3.jpg").status_code == 200
    assert planner.get(f"{pictures}4.jpg").status_code == 404  # nobody doubts that one
    assert officer.get(address).status_code == 403
    form = {"job": str(job_of(day).id), "first": 2, "second": 3}
    empty = planner.post(address, {"step": "settle", **form})
    assert (empty.status_code, "Choose which row stays" in empty.content.decode()) == (422, True)
    wrong = planner.post(address, {"step": "settle", **form, "choice": "both", "reason": WHY})
    assert (wrong.status_code, "very same picture" in wrong.content.decode()) == (422, True)
    answer = planner.post(address, {"step": "settle", **form, "choice": "first", "reason": WHY})
    assert (answer.status_code, answer["Location"]) == (302, whole)
    assert job_of(day).state is ImportState.UPLOADED
    assert planner.get(f"{pictures}3.jpg").status_code == 410
    assert planner.get(address).status_code == 302
