"""A member of staff changes their mind: off every list at once, without a reason, and on none again."""

import pytest
import time_machine

from apps.audit.models import AuditEvent
from apps.core.errors import NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.watchlists import api as watchlists
from apps.watchlists import consents
from apps.watchlists.models import ConsentWithdrawal, Picture, Subject
from tests.support.cast import make_cast
from tests.support.days import CHECKED, IMPORTED, START

REFERENCE = "CONSENT-TS-001"


def withdraw(day, *, actor=None, reference=REFERENCE, now=CHECKED):
    return day.call(
        watchlists.withdraw_consent, consent_reference=reference, actor=actor or day.planner, now=now
    )


def on_list(day):
    return day.call(Subject.objects.filter(removed_at=None).count)


def test_whoever_withdraws_is_found_by_no_list_any_more_and_on_none_again(day, other_day):
    day.to(S.LIVE)
    other_day.to(S.NOTICE_PUBLISHED)
    assert other_day.import_list().committed
    for actor in (day.officer, day.operator, day.engineer, other_day.planner):
        with pytest.raises(NotPermitted):
            withdraw(day, actor=actor)
    for wrong in ("", "   ", "x" * 101, "CONSENT\u200b-TS-001"):
        with pytest.raises(RuleViolated):
            withdraw(day, reference=wrong)
    assert withdraw(day, reference="somebody else's") == 0
    assert on_list(day) == 1
    assert withdraw(day, reference=" consent-ts-001 ", now=START) == 1
    assert (on_list(day), on_list(other_day)) == (0, 1)
    gone = day.call(lambda: list(Picture.objects.values_list("picture_blob_id", "template_blob_id")))
    assert gone == [(None, None)]
    assert withdraw(day) == 0
    recorded = day.call(lambda: AuditEvent.objects.filter(verb="watchlist.consent_withdrawn").count())
    assert recorded == 2  # the one of somebody else, and theirs: repeating it is no news


def test_a_list_that_names_it_again_is_refused_also_when_it_was_checked_before(day):
    day.to(S.NOTICE_PUBLISHED)
    assert withdraw(day) == 0
    report = day.import_list(accept_refusals=True)
    assert [row.code for row in report.refused] == ["consent_withdrawn"]
    assert not report.committed

    def checked_before():
        consents.hold()
        consents.check_not_withdrawn(["other", REFERENCE])

    with pytest.raises(RuleViolated, match="withdrawn meanwhile"):
        day.call(checked_before)


def test_storing_a_list_asks_last_of_all(day, monkeypatch):
    """A withdrawal that commits while a list is being stored."""
    day.to(S.NOTICE_PUBLISHED)
    monkeypatch.setattr(watchlists, "withdrawn_consents", frozenset)
    day.call(ConsentWithdrawal.objects.create, consent_reference="consent-ts-001", withdrawn_at=IMPORTED)
    with pytest.raises(RuleViolated, match="withdrawn meanwhile"):
        day.import_list()
    assert day.call(Subject.objects.count) == 0


def test_the_page_takes_a_reference_and_names_nobody(day):
    cast = make_cast(day)
    day.to(S.NOTICE_PUBLISHED)
    assert day.import_list().committed
    with time_machine.travel(IMPORTED):
        admin = cast["admin"].client()
        assert admin.get("/blue-list/withdraw/").status_code == 200
        assert admin.post("/blue-list/withdraw/", {"reference": ""}).status_code == 422
        answer = admin.post("/blue-list/withdraw/", {"reference": "CONSENT-TS-O01"}, follow=True)
        slip = answer.content.decode()
        assert "No consent CONSENT-TS-O01 is recorded here" in slip
        assert "The consent is withdrawn" not in slip
        answer = admin.post("/blue-list/withdraw/", {"reference": REFERENCE}, follow=True)
        page = answer.content.decode()
        assert "1 entry came off" in page
        assert "Test subject" not in page
        assert cast["operator"].client().get("/blue-list/withdraw/").status_code == 403
        for name in ("planner", "silver"):
            assert 'href="/blue-list/withdraw/"' in cast[name].client().get("/").content.decode(), name
        assert 'href="/blue-list/withdraw/"' not in cast["operator"].client().get("/").content.decode()
    assert on_list(day) == 0
    with pytest.raises(RuleViolated, match="without anybody"):
        day.step(deployments.seal_watchlist, day.planner, IMPORTED)
