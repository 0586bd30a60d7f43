"""The past of the demonstration: looks and mails that are played, said to be so, and refused elsewhere."""

from datetime import timedelta

import pytest
from django.core import mail

from apps.audit.models import AuditEvent
from apps.core.errors import NotPermitted
from apps.deployments.data import DeploymentState as S
from apps.notices import api as notices
from apps.notices import mails
from apps.notices.models import NoticeOutage, OutgoingMail
from tests.support.days import VERIFIED, make_day

DAYS = timedelta(days=3)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def day(real_db):
    day = make_day("north", oversight_email="body@county.example")
    day.to(S.NOTICE_PUBLISHED)
    return day


def test_looks_of_a_played_past_leave_no_gap_and_say_that_they_were_played(day):
    day.call(notices.looked_meanwhile, deployment_id=day.deployment_id, until=VERIFIED + DAYS)
    assert day.verify(now=VERIFIED + DAYS + MINUTE).verified
    assert day.call(NoticeOutage.objects.count) == 0
    assert day.call(AuditEvent.objects.filter(verb="notice.looks_simulated").count) == 1


def test_without_them_nobody_looked(day):
    assert day.verify(now=VERIFIED + DAYS + MINUTE).verified
    assert day.call(lambda: NoticeOutage.objects.get().was_looked_at) is False


def test_mails_of_a_played_past_are_sent_to_nobody(day):
    mail.outbox.clear()
    assert day.call(OutgoingMail.objects.count) == 1
    assert day.call(notices.forget_mails, now=VERIFIED + DAYS) == 1
    mails.send_due(force_id=day.force.id, now=VERIFIED + DAYS)
    assert mail.outbox == []


def test_neither_is_there_where_clocks_are_real(day, settings):
    settings.LFR_ALLOW_SIMULATED_CLOCK = False
    for call in (
        lambda: notices.looked_meanwhile(deployment_id=day.deployment_id, until=VERIFIED + DAYS),
        lambda: notices.forget_mails(now=VERIFIED + DAYS),
    ):
        with pytest.raises(NotPermitted):
            day.call(call)
    assert day.call(OutgoingMail.objects.count) == 1
