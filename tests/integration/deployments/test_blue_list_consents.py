"""Consents of the Blue List: nobody is listed without one that holds, and it ends when it says, or sooner."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError

from apps.audit.models import AuditEvent
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments import imports
from apps.deployments.data import DeploymentState as S
from apps.recognition.engine.pictures import encode_jpeg
from apps.retention import api as retention
from apps.vault import api as vault
from apps.watchlists import api as watchlists
from apps.watchlists.agreed import ConsentState, GivenHow, NewConsent
from apps.watchlists.models import Consent, Picture, Subject
from tests.support.cast import make_cast
from tests.support.days import CHECKED, IMPORTED, PLANNED, START, astronaut, listed

DAY = START.date()
MINE, OTHERS = "/blue-list/mine/", "/blue-list/"


def record(day, actor, *, now=PLANNED, **changes):
    asked = {
        "member_id": day.operator.id,
        "reference": "C-1",
        "begins_on": PLANNED.date(),
        "ends_on": DAY,
        "wording_version": "2.1",
        "given_how": GivenHow.PAPER.value,
    }
    return day.call(watchlists.record_consent, new=NewConsent(**asked | changes), actor=actor, now=now)


def refused(day, reference, **changes):
    rows = [replace(listed(), consent_reference=reference)]
    report = day.import_list(rows=rows, dry_run=True, **changes)
    return [row.code for row in report.refused]


def test_nobody_is_listed_without_a_consent_that_holds_now_and_on_the_day(day):
    engineer = day.engineer
    before = {"begins_on": DAY - timedelta(days=9), "ends_on": DAY - timedelta(days=1)}
    record(day, engineer, reference="over before the day", **before, now=PLANNED)
    record(day, engineer, reference="begins after it", begins_on=DAY + timedelta(days=1),
           ends_on=DAY + timedelta(days=9))  # fmt: skip
    record(day, engineer, reference="holds")
    day.to(S.NOTICE_PUBLISHED)
    for reference in ("nobody's", "over before the day", "begins after it"):
        assert refused(day, reference) == ["consent_not_in_force"], reference
    assert refused(day, " HOLDS ") == []
    day.call(watchlists.withdraw_consent, consent_reference="holds", actor=day.planner, now=IMPORTED)
    assert refused(day, "holds") == ["consent_withdrawn"]


def test_the_end_of_a_consent_takes_its_member_off_every_list(day):
    """At its last midnight no search finds them, and the sweep deletes what there is."""
    record(day, day.engineer, reference="ends", picture=astronaut(), captured_on=PLANNED.date())
    day.to(S.NOTICE_PUBLISHED)
    report = day.import_list(rows=[replace(listed(), consent_reference="ends")])
    assert report.committed
    end = day.call(Consent.objects.get, reference="ends").ends_at
    assert end.astimezone(START.tzinfo) >= START
    assert day.call(Subject.objects.get).expires_at == end
    key = day.call(Consent.objects.get, reference="ends").key_id

    def left():
        return (
            day.call(Subject.objects.filter(removed_at=None).count),
            day.call(Picture.objects.exclude(template_blob_id=None).count),
            day.call(lambda: vault.key_exists(key_id=key)),
        )

    retention.run_due(force_id=day.force.id, now=end - timedelta(seconds=1))
    assert left() == (1, 1, True)
    run = retention.run_due(force_id=day.force.id, now=end)
    assert left() == (0, 0, False)
    (certificate,) = [each for each in run.certificates if each.data_class == "blue_list"]
    assert dict(certificate.counts) == {"consents": 1, "entries": 1, "pictures": 1, "keys": 1}
    assert certificate.due_at == end
    row = day.call(Consent.objects.get, reference="ends")
    assert (row.picture_blob_id, row.closed_at) == (None, end)


def test_a_picture_is_under_a_key_of_its_own_and_goes_with_the_withdrawal(day):
    made = record(day, day.engineer, picture=astronaut(), captured_on=PLANNED.date())
    row = day.call(Consent.objects.get, id=made.id)
    jpeg = day.call(lambda: vault.read(blob_id=row.picture_blob_id))
    assert jpeg[:2] == b"\xff\xd8"
    day.to(S.NOTICE_PUBLISHED)
    assert day.import_list().committed
    keys = day.call(lambda: {row.key_id, *Subject.objects.values_list("watchlist__key_id", flat=True)})
    assert len(keys) == 2
    with pytest.raises(NotFound):
        day.call(watchlists.withdraw_own_consent, consent_id=made.id, actor=day.engineer, now=IMPORTED)
    day.call(watchlists.withdraw_own_consent, consent_id=made.id, actor=day.operator, now=IMPORTED)
    assert not day.call(lambda: vault.key_exists(key_id=row.key_id))
    assert day.call(vault.blob_ids_of, owner_id=made.id) == []
    run = retention.run_due(force_id=day.force.id, now=IMPORTED)
    (certificate,) = run.certificates
    assert (certificate.data_class, certificate.due_at) == ("blue_list", IMPORTED)
    assert day.call(Subject.objects.filter(removed_at=None).count) == 1  # of another consent
    with pytest.raises(RuleViolated, match="used before"):
        record(day, day.engineer, reference="c-1")


def test_what_was_agreed_is_never_rewritten_and_of_no_other_force(day, other_day):
    made = record(day, day.engineer)
    longer = {"ends_on": date(2090, 1, 1)}
    with pytest.raises(DatabaseError, match="never rewritten"), force_context(day.force.id):
        Consent.objects.filter(id=made.id).update(**longer)
    with pytest.raises(DatabaseError, match="permission denied"), force_context(day.force.id):
        Consent.objects.filter(id=made.id).delete()
    assert not other_day.call(Consent.objects.filter(id=made.id).exists)
    with pytest.raises(RuleViolated, match="of your force"):
        record(day, day.engineer, reference="C-2", member_id=other_day.operator.id)
    for actor in (day.planner, day.officer, day.operator, other_day.engineer):
        with pytest.raises(NotPermitted):
            record(day, actor, reference="C-2")


def test_wrong_records_are_refused_with_everything_that_is_wrong(day):
    with pytest.raises(RuleViolated) as wrong:
        record(
            day, day.engineer, reference=" ", wording_version="", given_how="by telephone",
            begins_on=DAY, ends_on=DAY - timedelta(days=800), picture=b"x",
        )  # fmt: skip
    assert len(wrong.value.reasons) == 6
    with pytest.raises(RuleViolated, match="two years"):
        record(day, day.engineer, ends_on=DAY + timedelta(days=800))
    with pytest.raises(RuleViolated, match="picture cannot be used"):
        record(day, day.engineer, picture=b"no picture at all", captured_on=PLANNED.date())
    assert day.call(Consent.objects.filter(folded="c-1").count) == 0


@pytest.mark.parametrize(("picture", "words"), [("group.jpg", "6 faces"), (None, "no face")])
def test_nobody_is_kept_who_never_agreed(day, photos, picture, words):
    """A picture of colleagues would keep all of them for years under one person's signature."""
    content = (
        (photos / picture).read_bytes() if picture else encode_jpeg(np.full((200, 200, 3), 128, np.uint8))
    )
    with pytest.raises(RuleViolated, match=words):
        record(day, day.engineer, picture=content, captured_on=PLANNED.date())
    assert day.call(lambda: Consent.objects.filter(picture_blob_id__isnull=False).count()) == 0


def test_the_member_sees_it_and_withdraws_by_one_button(day):
    cast = make_cast(day)
    with time_machine.travel(PLANNED):
        admin, member = cast["admin"].client(), cast["operator"].client()
        sent = {
            "member": day.operator.id, "reference": "C-7", "begins_on": "2020-01-01",
            "ends_on": DAY.isoformat(), "wording_version": "2.1", "given_how": "paper",
            "picture": SimpleUploadedFile("me.png", astronaut()), "captured_on": "2021-01-01",
        }  # fmt: skip
        assert admin.post(OTHERS, sent | {"reference": ""}).status_code == 422
        sent["picture"] = SimpleUploadedFile("me.png", astronaut())
        assert admin.post(OTHERS, sent).status_code == 422  # longer than two years
        sent |= {"begins_on": "2026-01-01" if DAY.year == 2026 else PLANNED.date().isoformat()}
        sent["picture"] = SimpleUploadedFile("me.png", astronaut())
        page = admin.post(OTHERS, sent, follow=True).content.decode()
        assert "C-7" in page
        assert "kept apart" in page
        assert "<img" not in page.split("<main")[1]
        assert cast["planner"].client().get(OTHERS).status_code == 403
        page = member.get(MINE).content.decode()
        assert "C-7" in page
        assert "In force" in page
        assert "C-7" not in cast["silver"].client().get(MINE).content.decode()
        consent_id = day.call(Consent.objects.get, reference="C-7").id
        assert cast["silver"].client().post(MINE, {"consent": consent_id}).status_code == 404
        assert "Withdrawn" in member.post(MINE, {"consent": consent_id}, follow=True).content.decode()
    (mine,) = day.call(watchlists.own_consents, actor=day.operator, now=CHECKED)
    assert (mine.state, mine.has_picture, mine.can_be_withdrawn) == (ConsentState.WITHDRAWN, False, False)
    verbs = day.call(
        lambda: set(AuditEvent.objects.filter(verb__startswith="watchlist.").values_list("verb", flat=True))
    )
    assert verbs == {"watchlist.consent_recorded", "watchlist.consent_withdrawn"}


def test_somebody_who_agreed_twice_is_told_so_and_withdraws_both_by_one_button(day):
    cast = make_cast(day)
    record(day, day.engineer)
    record(day, day.engineer, reference="C-2")
    record(day, day.engineer, reference="of another", member_id=day.planner.id)
    with time_machine.travel(PLANNED):
        member = cast["operator"].client()
        page = member.get(MINE).content.decode()
        assert "You have 2 consents" in page
        assert "From that moment no search finds you" not in page
        page = member.post(MINE, {"step": "all"}, follow=True).content.decode()
        assert "Your consents are withdrawn" in page
        assert "Withdraw all" not in member.get(MINE).content.decode()
    mine = day.call(watchlists.own_consents, actor=day.operator, now=PLANNED)
    assert [each.state for each in mine] == [ConsentState.WITHDRAWN] * 2
    assert day.call(Consent.objects.get, reference="of another").withdrawn_at is None


def test_a_rehearsal_takes_the_blue_list_from_the_kept_pictures(day, sent):
    cast = make_cast(day)
    record(day, day.engineer, picture=astronaut(), captured_on=PLANNED.date())
    record(day, day.engineer, reference="no picture")
    gone = record(day, day.engineer, reference="gone", picture=astronaut(), captured_on=PLANNED.date())
    day.call(watchlists.withdraw_own_consent, consent_id=gone.id, actor=day.operator, now=PLANNED)
    day.to(S.NOTICE_PUBLISHED)
    with time_machine.travel(IMPORTED):
        planner = cast["planner"].client()
        address = f"/deployments/{day.deployment_id}/list/"
        assert "Take the Blue List" in planner.get(address).content.decode()
        answer = planner.post(address, {"step": "blue-list"}, follow=True)
        assert "being checked: 1 person." in answer.content.decode()
        job = day.call(watchlists.latest_import, deployment_id=day.deployment_id)
        assert (job.rows, job.unused_pictures) == (1, 0)
        assert imports.run(force_id=day.force.id, job_id=job.id, clock=lambda: IMPORTED) == "checked"
    job = day.call(deployments.import_job, deployment_id=day.deployment_id)
    assert (job.report.accepted_subjects, job.report.refused) == (1, ())
