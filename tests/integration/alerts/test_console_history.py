"""What is over on a busy day: a console hears of the latest and of all that is open. A page has the rest."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.alerts.data import AlertState, OperatorDecision
from apps.alerts.models import Alert
from apps.alerts.queries import EARLIER_SHOWN, NEWS_PAGE
from apps.core.data import Role
from tests.support.earlier import busy_day, set_state
from tests.support.secrets_in import secrets_in

S = AlertState
OPEN = (S.RAISED, S.UNSURE, S.DISPATCHED, S.ENGAGED)
MANY = 2_000
MOST_OF_THE_FIRST = 12_000
ROW = re.compile(r'<th scope="row">(\d+)</th>')


def news(stage, who=None, **query):
    client = (who or stage.operator).client()
    return client.get(f"/console/{stage.deployment_id}/alerts.json", query).json()


def page_of(stage, who=None, **query):
    return (who or stage.operator).client().get(f"/console/{stage.deployment_id}/earlier/", query)


def numbers(found):
    return [alert["number"] for alert in found["alerts"]]


class TestWhatAConsoleIsToldFirst:
    def test_it_is_all_that_is_open_and_the_latest_of_what_is_over(self, stage):
        busy_day(stage, 4 * EARLIER_SHOWN)
        for number, state in enumerate(OPEN, start=1):
            set_state(stage, number, state)
        found = news(stage, initial=1)
        latest = list(range(2 * EARLIER_SHOWN + 1, 4 * EARLIER_SHOWN + 1))
        assert numbers(found) == [1, 2, 3, 4, *latest]
        assert found["earlier"] == {"decided": 2 * EARLIER_SHOWN - 2, "expired": 2 * EARLIER_SHOWN - 2}
        assert found["revision"] == 4 * EARLIER_SHOWN
        assert found["more"] is False
        assert {alert["arrival"] for alert in found["alerts"]} == {"history"}, "history would sound"

    def test_what_expired_pushes_out_nothing_that_somebody_decided(self, stage):
        busy_day(stage, 4 * EARLIER_SHOWN, [S.EXPIRED])
        set_state(stage, 1, S.NOT_A_MATCH)
        found = news(stage)
        assert numbers(found)[0] == 1
        assert len(found["alerts"]) == EARLIER_SHOWN + 1

    def test_the_latest_is_what_changed_last_not_what_was_raised_last(self, stage):
        busy_day(stage, 2 * EARLIER_SHOWN, [S.NOT_A_MATCH])
        set_state(stage, 1, S.RAISED)
        first = stage.within(lambda: Alert.objects.get(deployment_id=stage.deployment_id, number=1))
        second = stage.person("second", Role.OPERATOR).actor
        stage.decide(first.id, OperatorDecision.NOT_A_MATCH, second)
        assert numbers(news(stage))[-1] == 1

    def test_more_open_ones_than_one_answer_holds_all_come(self, stage):
        busy_day(stage, NEWS_PAGE + 60, [S.RAISED])
        found = news(stage, initial=1)
        assert found["more"]
        rest = news(stage, initial=1, after=found["revision"])
        assert numbers(found) + numbers(rest) == list(range(1, NEWS_PAGE + 61))

    def test_one_that_is_wanted_comes_whatever_its_age(self, stage, other_stage):
        busy_day(stage, 2 * EARLIER_SHOWN, [S.EXPIRED])
        foreign = other_stage.raise_alert()
        third = stage.within(lambda: Alert.objects.get(deployment_id=stage.deployment_id, number=3))
        assert 3 not in numbers(news(stage))
        assert numbers(news(stage, open=str(third.id)))[0] == 3
        assert str(foreign.id) not in str(news(stage, open=str(foreign.id))["alerts"])
        client = stage.operator.client()
        for broken in ("3", "x" * 36, f"{third.id}'"):
            answer = client.get(f"/console/{stage.deployment_id}/alerts.json", {"open": broken})
            assert answer.status_code == 422, broken

    def test_it_is_small_after_two_thousand(self, stage, record_testsuite_property):
        busy_day(stage, MANY)
        client = stage.operator.client()
        address, packed = f"/console/{stage.deployment_id}/", {"accept-encoding": "gzip"}
        page = client.get(address)
        first = client.get(f"{address}alerts.json", {"initial": 1}, headers=packed)
        plain = client.get(f"{address}alerts.json", {"initial": 1})
        poll = client.get(f"{address}alerts.json", {"after": plain.json()["revision"]}, headers=packed)
        sizes = [len(each.content) for each in (page, plain, first, poll)]
        record_testsuite_property("bytes of page, first news, the same compressed, poll", sizes)
        assert plain.json()["earlier"] == {"decided": MANY // 2, "expired": MANY // 2}
        assert sizes[2] < MOST_OF_THE_FIRST
        assert "earlier" not in client.get(f"{address}alerts.json?after={MANY}").json(), "counted for nothing"


def test_a_console_that_has_it_as_open_hears_that_it_is_over_however_many_are(stage):
    """Else a card would stay for ever on which nothing can be done."""
    many = 3 * EARLIER_SHOWN
    busy_day(stage, many, [S.RAISED])
    seen = news(stage)["revision"]
    assert seen == many
    with stage.context():
        for row in Alert.objects.filter(deployment_id=stage.deployment_id):
            row.state, row.revision = S.EXPIRED, row.revision + many
            row.save()
    told = news(stage, after=seen)
    assert numbers(told) == list(range(1, many + 1))
    assert {alert["state"] for alert in told["alerts"]} == {S.EXPIRED}


class TestThePageOfAll:
    def test_it_has_each_alert_that_is_over_once_and_none_that_is_open(self, stage):
        busy_day(stage, 2 * EARLIER_SHOWN + 20)
        set_state(stage, 70, S.RAISED)
        found = []
        for page in (1, 2, 3):
            answer = page_of(stage, page=page)
            assert answer["Cache-Control"] == "no-store, private"
            found += [int(number) for number in ROW.findall(answer.content.decode())]
        assert found == [number for number in range(2 * EARLIER_SHOWN + 20, 0, -1) if number != 70]

    @pytest.mark.parametrize("page", ["", "0", "-1", "x", "99"])
    def test_a_page_that_is_not_there_is_the_nearest(self, stage, page):
        busy_day(stage, EARLIER_SHOWN + 1)
        assert ROW.search(page_of(stage, page=page).content.decode())

    def test_it_says_nothing_of_score_or_face(self, stage):
        stage.wanted()
        busy_day(stage, 4, [S.OUTCOME_RECORDED, S.NOT_A_MATCH, S.NOT_ENGAGED, S.EXPIRED])
        for who in (stage.operator, stage.officer, stage.silver):
            text = page_of(stage, who).content.decode()
            assert secrets_in(text, ("cosine", "0.617", "TEST-0", "Test Subject", ".jpg")) == []

    def test_who_only_looks_on_opens_nothing_from_it(self, stage):
        busy_day(stage, 3, [S.OUTCOME_RECORDED])
        assert "?open=" in page_of(stage, stage.officer).content.decode()
        assert "?open=" not in page_of(stage, stage.silver).content.decode()

    def test_another_force_has_no_such_page(self, stage, other_stage):
        busy_day(stage, 3)
        answer = other_stage.operator.client().get(f"/console/{stage.deployment_id}/earlier/")
        assert answer.status_code == 404

    def test_before_anything_is_over_it_says_so(self, stage):
        stage.raise_alert()
        assert "No alert is over yet" in page_of(stage).content.decode()


@pytest.mark.parametrize("address", ["alerts.json?initial=1", "earlier/"])
def test_as_many_queries_after_many_alerts_as_after_few(stage, other_stage, address):
    def asked(day, alerts):
        busy_day(day, alerts)
        client = day.operator.client()
        client.get(f"/console/{day.deployment_id}/{address}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/console/{day.deployment_id}/{address}").status_code == 200
        return len(queries)

    assert asked(stage, 3 * EARLIER_SHOWN) == asked(other_stage, 4)
