"""What a receipt says is what was recorded, in both languages, and who compared the pictures."""

from datetime import timedelta

from django.test import Client

from apps.alerts import api as alerts
from apps.alerts import engagement_queries, receipts
from apps.alerts.data import EngagementDecision, OperatorDecision
from apps.alerts.engagement_data import ForceKind, Power, SearchPower, StopRecord
from apps.alerts.templatetags.engagement_words import search_words
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments.models import Deployment
from tests.support.engaging import do

ENGLISH, WELSH, PRINTED = "english", "welsh", "printed"
EVERYWHERE = (ENGLISH, WELSH, PRINTED)


def engage(stage, alert):
    do(stage, alerts.engagement_decide, alert, decision=EngagementDecision.ENGAGE, reason="")
    return alert


def read(stage, alert):
    """The receipt in English, in Welsh, and as it is printed."""
    do(stage, alerts.give_receipt, alert)
    address, _ = stage.within(receipts.given, alert_id=alert.id, now=utc_now())
    path = "/receipt/" + address.split("/receipt/")[1]
    pages = {ENGLISH: Client().get(path), WELSH: Client().get(f"/cy{path}")}
    pages[PRINTED] = stage.officer.client().get(f"/alerts/{alert.id}/receipt/")
    return {name: page.content.decode() for name, page in pages.items()}


def recorded(stage, alert, **record):
    do(stage, alerts.record_stop, alert, record=StopRecord(**record), now=utc_now())
    return read(stage, alert)


class TestByNoPower:
    def test_a_search_by_no_power_is_said_and_not_called_unrecorded(self, stage, engaged):
        about = {"power": Power.ARREST, "searched": True, "search_power": SearchPower.NONE}
        pages = recorded(stage, engaged, **about)
        for name in (ENGLISH, PRINTED):
            assert "You were searched by no power" in pages[name], name
            assert "is not recorded" not in pages[name], name
        assert "chwilio heb bŵer" in pages[WELSH]
        assert "wedi&#x27;i gofnodi" not in pages[WELSH]

    def test_a_search_whose_power_is_missing_says_that(self, stage, engaged):
        do(stage, alerts.record_stop, engaged, record=StopRecord(power=Power.ARREST))
        with stage.context():
            engagement_queries.Engagement.objects.update(searched=True)
        pages = read(stage, engaged)
        assert "By which power is not recorded" in pages[ENGLISH]
        assert "by no power" not in pages[ENGLISH]

    def test_the_record_for_the_review_tells_the_two_apart(self, stage, engaged):
        about = {"power": Power.ARREST, "searched": True, "search_power": SearchPower.NONE}
        recorded(stage, engaged, **about)
        found = stage.within(engagement_queries.engagement_of, alert_id=engaged.id)
        assert search_words(found) == "yes, by no power"
        with stage.context():
            engagement_queries.Engagement.objects.update(search_power="")
        found = stage.within(engagement_queries.engagement_of, alert_id=engaged.id)
        assert search_words(found) == "yes; by which power is not recorded"

    def test_who_was_kept_by_no_power_is_not_told_that_they_were_free_to_go(self, stage, engaged):
        now = utc_now()
        times = {"started_at": now, "ended_at": now + timedelta(0)}
        by_force = {"force_used": True, "force_kinds": (ForceKind.HANDCUFFS,)}
        searched = {"searched": True, "search_power": SearchPower.NONE}
        for done in (times, by_force, searched):
            pages = recorded(stage, engaged, power=Power.NONE, **done)
            for name in (ENGLISH, PRINTED):
                assert "free to go" not in pages[name], done
                assert "recorded that there was none" in pages[name], done
            assert "rhydd i fynd" not in pages[WELSH], done
        pages = recorded(stage, engaged, power=Power.NONE, **times)
        assert "The stop began" in pages[ENGLISH]
        assert "The stop ended" in pages[ENGLISH]

    def test_who_was_asked_to_talk_was_free_to_go(self, stage, engaged):
        pages = recorded(stage, engaged, power=Power.NONE, searched=False, force_used=False)
        assert "you were free to go" in pages[ENGLISH]
        assert "rhydd i fynd" in pages[WELSH]


class TestWhoCompared:
    def test_one_person_compared(self, stage, engaged):
        pages = read(stage, engaged)
        for name in (ENGLISH, PRINTED):
            assert "One person compared the pictures" in pages[name], name
        assert "Cymharodd un person y lluniau" in pages[WELSH]

    def test_after_a_second_opinion_two_did(self, stage):
        alert = stage.raise_alert()
        stage.decide(alert.id, OperatorDecision.UNSURE)
        second = stage.person("second", Role.OPERATOR).actor
        stage.decide(alert.id, OperatorDecision.MATCH, second)
        pages = read(stage, engage(stage, alert))
        for name in (ENGLISH, PRINTED):
            assert "Two people compared the pictures" in pages[name], name
            assert "One person" not in pages[name], name
        assert "Cymharodd dau berson y lluniau" in pages[WELSH]


class TestTypedWords:
    def test_on_the_welsh_page_what_a_person_typed_is_marked_as_english(self, stage, engaged):
        about = {"searched": True, "search_power": SearchPower.OTHER, "search_other": "Some Act, section 2"}
        pages = recorded(stage, engaged, power=Power.OTHER, power_other="Another Act, section 1", **about)
        with stage.context():
            place = Deployment.objects.get(id=stage.deployment_id).authority["place_name"]
        for typed in ("Another Act, section 1", "Some Act, section 2", place):
            assert f'<span lang="en-GB">{typed}</span>' in pages[WELSH], typed
            assert typed in pages[ENGLISH]

    def test_what_is_shown_is_escaped(self, stage, engaged):
        pages = recorded(stage, engaged, power=Power.OTHER, power_other="<b>Act</b> 1 & 2")
        for name in EVERYWHERE:
            assert "&lt;b&gt;Act&lt;/b&gt; 1 &amp; 2" in pages[name], name


def test_nobody_is_told_to_press_keys_that_a_phone_has_not(stage, engaged):
    page = read(stage, engaged)[PRINTED]
    assert "on a phone" in page.partition("<h1")[2]
