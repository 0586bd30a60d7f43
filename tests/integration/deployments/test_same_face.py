"""One face under two identities stops an upload until a person decides; two people need two persons' word."""

import re
from datetime import timedelta

import pytest
import time_machine

from apps.audit.models import AuditEvent
from apps.core.data import Role
from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.deployments import operations
from apps.deployments.data import DeploymentState as S
from apps.watchlists.data import ImportState, Settlement, StagedPictureGone
from apps.watchlists.models import FaceDecision, MembershipRegister, Picture, Subject
from tests.support.cast import make_cast, make_member
from tests.support.days import END, IMPORTED
from tests.support.import_jobs import checked, confirm, count, job_of, run, verbs
from tests.support.uploads import row

FIRST, SECOND, OTHER = "TS-ONE", "TS-TWO", "TS-B"
PAIR = (FIRST, SECOND)
WHY = "The custody record of both has the same fingerprints"
ROWS = [
    row(FIRST, "subject_c_1.jpg", display_name="Unforgettable Name"),
    row(SECOND, "subject_c_2.jpg", display_name="Another Alias"),
    row(OTHER, "subject_b_1.jpg"),
]


@pytest.fixture(autouse=True)
def hours_before_the_start():
    with time_machine.travel(IMPORTED):
        yield


@pytest.fixture
def doubted(ready, photos):
    checked(ready, ROWS, photos)
    return ready


def settle(day, choice, *, actor=None, pair=PAIR, reason=WHY):
    return day.step(
        operations.settle_faces, actor or day.planner, IMPORTED,
        job_id=job_of(day).id, pair=pair, choice=choice, reason=reason,
    )  # fmt: skip


def agree(day, actor, *, agrees=True):
    return day.step(
        operations.confirm_faces, actor, IMPORTED, job_id=job_of(day).id, pair=PAIR, agrees=agrees
    )


def take_back(day):
    return day.step(operations.take_back_faces, day.planner, IMPORTED, job_id=job_of(day).id, pair=PAIR)


def checked_again(day):
    assert run(day, job_of(day)) == "checked"
    return job_of(day)


def listed(day):
    job = job_of(day)
    confirm(day, job, refusals=bool(job.report.refused))
    assert run(day, job) == "imported"

    def found():
        pictures = Picture.objects.values_list("subject__reference", flat=True)
        return sorted(pictures)

    return day.call(found)


def test_nothing_is_imported_before_a_person_decides(doubted, other_day):
    job = job_of(doubted)
    [conflict] = job.report.conflicts
    assert (conflict.pair, conflict.first_line, conflict.second_line) == (PAIR, 2, 3)
    assert (conflict.same_picture, conflict.cosine_similarity > 0.5) == (False, True)
    for refusals in (False, True):
        with pytest.raises(RuleViolated, match="under two identities"):
            confirm(doubted, job, refusals=refusals)
    assert job_of(doubted).state is ImportState.CHECKED
    only_what_is_open_can_be_decided_and_only_by_a_planner(doubted, other_day)


def test_what_is_decided_is_what_is_listed_and_may_be_taken_back(doubted, sent):
    assert settle(doubted, Settlement.ONLY_FIRST) is True
    assert len(sent) == 2  # the upload is given to a worker again
    assert checked_again(doubted).report.conflicts == ()
    assert take_back(doubted) is True
    assert [each.pair for each in checked_again(doubted).report.conflicts] == [PAIR]
    with pytest.raises(NotFound):
        take_back(doubted)
    settle(doubted, Settlement.SAME_SECOND)
    checked_again(doubted)
    assert listed(doubted) == [OTHER, SECOND, SECOND]
    assert doubted.call(lambda: Subject.objects.get(reference=SECOND).display_name) == "Another Alias"
    register = doubted.call(lambda: set(MembershipRegister.objects.values_list("reference", flat=True)))
    assert register == {OTHER, SECOND}
    assert count(doubted, FaceDecision) == 0


def test_two_people_need_a_second_person(doubted, sent):
    assert settle(doubted, Settlement.TWO_PEOPLE) is False
    assert job_of(doubted).state is ImportState.CHECKED
    with pytest.raises(RuleViolated, match="under two identities"):
        confirm(doubted, job_of(doubted), refusals=True)
    with pytest.raises(NotPermitted, match="somebody else"):
        agree(doubted, doubted.planner)
    with pytest.raises(NotPermitted):
        agree(doubted, doubted.operator)
    with pytest.raises(RuleViolated, match="waits for a second person"):
        settle(doubted, Settlement.NEITHER)
    assert len(sent) == 1
    assert agree(doubted, doubted.officer, agrees=False) is False
    assert count(doubted, FaceDecision) == 0
    settle(doubted, Settlement.TWO_PEOPLE)
    assert agree(doubted, doubted.officer) is True
    assert verbs(doubted)[-2:] == ["watchlist.face_conflict_settled", "watchlist.face_conflict_confirmed"]
    found = doubted.call(lambda: list(AuditEvent.objects.filter(verb__startswith="watchlist.face")))
    assert {(str(e.payload["lines"]), e.payload["choice"]) for e in found} == {("[2, 3]", "two_people")}
    assert not {FIRST, SECOND} & {
        word for e in found for word in re.findall(r"[\w-]+", f"{e.payload} {e.reason}")
    }
    assert checked_again(doubted).report.refused == ()
    assert listed(doubted) == [OTHER, FIRST, SECOND]


def test_the_report_asks_only_for_what_is_undecided(doubted):
    planner = make_cast(doubted)["planner"].client()

    def shown():
        return planner.get(f"/deployments/{doubted.deployment_id}/list/").content.decode()

    assert "One face is there under two identities, 1 pair." in shown()
    settle(doubted, Settlement.TWO_PEOPLE)
    page = shown()
    assert "1 pair of this upload waits" in page
    assert "Compare and decide" not in page
    take_back(doubted)
    assert "Compare and decide" in shown()


def test_one_picture_cannot_be_two_people(ready, photos):
    rows = [row(FIRST, "subject_c_1.jpg"), row(SECOND, "copy.jpg")]
    checked(ready, rows, photos, extra={"copy.jpg": (photos / "subject_c_1.jpg").read_bytes()})
    assert job_of(ready).report.conflicts[0].same_picture
    with pytest.raises(RuleViolated, match="same picture"):
        settle(ready, Settlement.TWO_PEOPLE)
    settle(ready, Settlement.NEITHER)
    ready.call(operations.discard_import, job_id=job_of(ready).id, actor=ready.planner, now=IMPORTED)
    assert count(ready, FaceDecision) == 0


def only_what_is_open_can_be_decided_and_only_by_a_planner(doubted, other_day):
    with pytest.raises(InvalidTransition):
        settle(doubted, Settlement.NEITHER, pair=(FIRST, OTHER))
    with pytest.raises(NotPermitted):
        settle(doubted, Settlement.NEITHER, actor=doubted.officer)
    with pytest.raises(RuleViolated, match="characters"):
        settle(doubted, Settlement.NEITHER, reason="same")
    with pytest.raises(NotFound):
        other_day.call(
            operations.settle_faces, deployment_id=doubted.deployment_id, job_id=job_of(doubted).id,
            pair=PAIR, choice=Settlement.NEITHER, reason=WHY, actor=other_day.planner, now=IMPORTED,
        )  # fmt: skip
    assert count(doubted, FaceDecision) == 0
    for late in (END, END + timedelta(hours=1)):
        with pytest.raises(StagedPictureGone):
            doubted.step(operations.face_cases, doubted.planner, late)
        with pytest.raises(StagedPictureGone):
            doubted.step(operations.view_conflict_picture, doubted.planner, late, line=2)


def test_the_page_compares_decides_and_is_gone_afterwards(day, sent, photos):
    cast = make_cast(day)
    day.to(S.NOTICE_PUBLISHED)
    checked(day, ROWS, photos, actor=cast["planner"].actor)
    address = f"/deployments/{day.deployment_id}/list/same-face/"
    planner, officer = cast["planner"].client(), cast["officer"].client()
    whole = f"/deployments/{day.deployment_id}/list/"
    report = planner.get(whole).content.decode()
    assert address in report
    assert "Import without what is refused" not in report  # it would be refused
    assert address not in officer.get(whole).content.decode()
    page = planner.get(address).content.decode()
    assert all(words in page for words in (FIRST, SECOND, "Unforgettable Name", f"{address}2.jpg"))
    picture = planner.get(f"{address}2.jpg")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")
    assert "no-store" in picture["Cache-Control"]
    assert planner.get(f"{address}4.jpg").status_code == 404  # the face that nobody doubts
    sent_form = {"job": str(job_of(day).id), "first": FIRST, "second": SECOND}
    empty = planner.post(address, {"step": "settle", **sent_form})
    assert (empty.status_code, "Choose who they are" in empty.content.decode()) == (422, True)
    answer = planner.post(address, {"step": "settle", "choice": "two_people", "reason": WHY, **sent_form})
    assert answer.status_code == 302
    assert "They are two people" not in planner.get(address).content.decode()
    assert planner.post(address, {"step": "agree", **sent_form}).status_code == 403
    assert address in officer.get(whole).content.decode()
    assert "They are two people" in officer.get(address).content.decode()
    assert officer.post(address, {"step": "agree", **sent_form}).status_code == 302
    assert job_of(day).state is ImportState.UPLOADED
    assert planner.get(f"{address}2.jpg").status_code == 410
    assert planner.get(address).status_code == 302
    stranger = make_member(day, "operator", Role.OPERATOR).client()
    assert stranger.get(address).status_code == 403
