"""The pages of an engagement over HTTP: stop, child, receipt, decision by radio, review of false ones."""

import json
import re
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone

from apps.alerts import api as alerts
from apps.alerts import engagement_queries, engagement_retention
from apps.alerts.data import OperatorDecision, Outcome
from apps.alerts.engagement_data import Power, StopRecord
from apps.alerts.models import Engagement, Receipt
from apps.core.clock import utc_now
from apps.core.redaction import redact
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState, Duty
from apps.deployments.models import Deployment
from tests.support.engaging import do
from tests.support.secrets_in import secrets_in

ADDRESS = re.compile(r"/receipt/([\w.=-]+)/")


def found(stage, alert):
    return stage.within(engagement_queries.engagement_of, alert_id=alert.id)


class TestStopPage:
    def test_the_two_buttons_put_the_present_time_and_the_rest_is_kept(self, stage, engaged):
        client, address = stage.officer.client(), f"/alerts/{engaged.id}/stop/"
        page = client.get(address)
        assert "no power to stop anybody" in page.content.decode()
        refused = client.post(address, {"now": "begin"})
        assert refused.status_code == 422
        assert "by which power" in refused.content.decode()
        began = client.post(address, {"power": "arrest", "now": "begin"})
        assert began.status_code == 302
        record = found(stage, engaged).record
        assert (record.power, record.ended_at) == (Power.ARREST, None)
        # The form gives the minute back; the second that was stored stays.
        shown = client.get(address).context["form"].initial["started"].strftime("%H:%M")
        fields = {"power": "arrest", "started": shown, "searched": "no", "force_used": "no", "now": "end"}
        assert client.post(address, fields).status_code == 302
        after = found(stage, engaged).record
        assert after.started_at == record.started_at
        assert after.ended_at is not None
        assert (after.searched, after.force_used, after.ethnicity) == (False, False, None)

    def test_an_operator_and_the_commander_have_no_such_page(self, stage, engaged):
        for person in (stage.operator, stage.silver):
            assert person.client().get(f"/alerts/{engaged.id}/stop/").status_code == 403

    def test_the_console_links_to_it_and_shows_the_clock_to_colleagues(self, stage, engaged):
        do(stage, alerts.mark_child, engaged, child=True)
        address = f"/console/{stage.deployment_id}/alerts.json"
        (mine,) = stage.officer.client().get(address).json()["alerts"]
        assert mine["engagement"]["links"]["stop"] == f"/alerts/{engaged.id}/stop/"
        assert mine["engagement"]["child"] is True
        (theirs,) = stage.operator.client().get(address).json()["alerts"]
        assert theirs["engagement"]["escalates_at"] == mine["engagement"]["escalates_at"]
        assert theirs["engagement"]["links"] == {}

    def test_before_the_decision_the_json_says_nothing_of_it(self, stage):
        stage.raise_alert()
        (item,) = stage.operator.client().get(f"/console/{stage.deployment_id}/alerts.json").json()["alerts"]
        assert item["engagement"] is None

    def test_a_child_is_marked_by_json_true_or_false_alone(self, stage, engaged):
        client = stage.officer.client()

        def post(body):
            address = f"/alerts/{engaged.id}/child"
            return client.post(address, json.dumps(body), content_type="application/json").status_code

        assert post({"child": "yes"}) == 422
        assert found(stage, engaged).child_at is None
        assert post({"child": True}) == 200
        assert found(stage, engaged).child_at is not None


class TestReceipt:
    NEVER = ("TEST-01", "Test Subject", "offence", "0.6172", "0.45", "Blue List", "PC Officer", "<img")

    def give(self, stage, alert):
        client, address = stage.officer.client(), f"/alerts/{alert.id}/receipt/"
        assert "<svg" not in client.get(address).content.decode()
        assert client.post(address).status_code == 302
        page = client.get(address).content.decode()
        assert "<svg" in page
        return ADDRESS.search(page)[0]

    def test_a_stranger_reads_why_by_which_power_what_came_of_it_and_whom_to_ask(self, stage, engaged):
        record = StopRecord(power=Power.NONE, searched=False, body_worn="BWV-1")
        do(stage, alerts.record_stop, engaged, record=record)
        address = self.give(stage, engaged)
        answer = Client().get(address)
        page = answer.content.decode()
        for words in (
            "free to go",
            "not searched",
            "No other result stands here",
            "deleted on",
            "0303 123 1113",
        ):
            assert words in page
        assert secrets_in(page, (*self.NEVER, "BWV-1")) == []
        assert "<script" not in page.partition("<body")[2]
        assert answer["Cache-Control"] == "no-store, private"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert not answer.cookies
        do(stage, alerts.identity_contradicted, engaged)
        assert "You are not the person" in Client().get(address).content.decode()

    def test_it_is_there_in_welsh(self, stage, engaged):
        address = self.give(stage, engaged)
        page = Client().get(f"/cy{address}").content.decode()
        assert 'lang="cy"' in page
        assert "Derbynneb" in page

    def test_of_somebody_at_risk_it_tells_whoever_finds_it_nothing(self, stage, engaged):
        address = self.give(stage, engaged)
        do(stage, alerts.establish_identity, engaged)
        do(stage, alerts.record_outcome, engaged, outcomes=[Outcome.SAFE_NOT_DISCLOSED])
        page = Client().get(address).content.decode()
        assert "No other result stands here" in page
        assert [words for words in ("safe", "risk", "disclos", "whereabouts") if words in page.lower()] == []

    def test_nobody_guesses_an_address(self, stage, engaged, other_stage):
        address = self.give(stage, engaged)
        token = ADDRESS.search(address)[1]
        slug, code = token[:-23].rstrip("-"), token[-23:]
        assert code.replace("-", "").isalnum()
        with stage.context():
            receipt = Receipt.objects.get()
        # One character is another, one is too many or missing, another force's, no code at all.
        forged = [
            f"{slug}-{code[:at]}{'1' if code[at] == '0' else '0'}{code[at + 1 :]}"
            for at, char in enumerate(code)
            if char != "-"
        ]
        forged += [token[:-1], f"{token}0", f"{other_stage.force.slug}-{code}", f"nowhere-{code}", slug, code]
        forged += [str(receipt.id), "x.y", ".", "-", "u" * 300, f"{slug}-{'u' * 20}"]
        for wrong in forged:
            assert Client().get(f"/receipt/{wrong}/").status_code == 404, wrong
        assert str(receipt.id) not in address
        elsewhere = other_stage.officer.client().get(address)
        assert elsewhere.status_code == 404
        assert "signed in for another force" in elsewhere.content.decode()

    def test_it_is_short_and_opens_as_somebody_reads_it_off_paper(self, stage, engaged):
        address = self.give(stage, engaged)
        token = ADDRESS.search(address)[1]
        slug, code = token[:-23].rstrip("-"), token[-23:]
        assert len(code.replace("-", "")) == 20
        bare = code.replace("-", "")
        for typed in (bare, bare.upper(), code.replace("0", "O").replace("1", "l"), code.replace("1", "I")):
            assert Client().get(f"/receipt/{slug}-{typed}/").status_code == 200, typed
            assert Client().get(f"/cy/receipt/{slug}-{typed}/").status_code == 200, typed
        assert Client().get(f"/receipt/{slug.upper()}-{code.upper()}").headers["Location"].endswith("/")

    def test_an_address_of_the_long_kind_opens_by_its_signature_alone(self, stage, engaged, other_stage):
        self.give(stage, engaged)
        with stage.context():
            receipt = Receipt.objects.get()
        named = urlsafe_b64encode(receipt.force_id.bytes + receipt.id.bytes).decode().rstrip("=")
        token = Signer(salt="alerts.receipt", sep=".").sign(named)
        ids, _, seal = token.partition(".")
        for language in ("", "/cy"):
            assert Client().get(f"{language}/receipt/{token}/").status_code == 200
        for wrong in (f"{ids}.{seal[:-1]}", f"{ids[:-2]}AA.{seal}", ids):
            assert Client().get(f"/receipt/{wrong}/").status_code == 404, wrong
        assert other_stage.officer.client().get(f"/receipt/{token}/").status_code == 404

    def test_the_key_of_before_goes_on_opening_what_it_sealed(self, stage, engaged, settings):
        address = self.give(stage, engaged)
        before = settings.SECRET_KEY
        settings.SECRET_KEY = "another-key-" * 5
        assert Client().get(address).status_code == 404
        settings.SECRET_KEY_FALLBACKS = [before]
        assert Client().get(address).status_code == 200

    def test_its_address_is_in_no_log(self, stage, engaged):
        address = self.give(stage, engaged)
        assert ADDRESS.search(address)[1] not in redact(f"GET {address} 200")

    def test_it_dies_at_its_time_and_its_row_is_deleted(self, stage, engaged):
        address = self.give(stage, engaged)
        over = found(stage, engaged).engaged_at + timedelta(days=90)
        with stage.context():
            assert Receipt.objects.get().expires_at == over
            assert engagement_retention.purge_receipts(over - timedelta(seconds=1)) == []
            (result,) = engagement_retention.purge_receipts(over)
            assert (result.subject_id, result.counts) == (stage.deployment_id, {"rows": 1})
            assert engagement_retention.verify_receipts(over) == []
        assert Client().get(address).status_code == 404

    def test_past_its_time_it_answers_no_more_though_nobody_purged_it(self, stage, engaged):
        do(stage, alerts.give_receipt, engaged)
        with stage.context():
            Engagement.objects.update(engaged_at=utc_now() - timedelta(days=91))
            Receipt.objects.all().delete()
            Receipt.objects.create(
                engagement=Engagement.objects.get(),
                given_at=utc_now(),
                given_by="x",
                expires_at=utc_now() - timedelta(seconds=1),
            )
        page = stage.officer.client().get(f"/alerts/{engaged.id}/receipt/").content.decode()
        assert ADDRESS.search(page) is None

    def test_free_words_go_when_their_time_is_over(self, stage, engaged):
        record = StopRecord(power=Power.OTHER, power_other="Some Act, section 1", body_worn="BWV-9")
        do(stage, alerts.record_stop, engaged, record=record)
        with stage.context():
            due = Engagement.objects.get().texts_due_at
            assert due > timezone.now() + timedelta(days=6 * 365)
            assert engagement_retention.purge_texts(due - timedelta(seconds=1)) == []
            assert len(engagement_retention.purge_texts(due)) == 1
            assert engagement_retention.verify_texts(due) == []
        after = found(stage, engaged).record
        assert (after.power, after.power_other, after.body_worn) == (Power.OTHER, "", "")


class TestByRadio:
    @pytest.fixture
    def dispatched(self, stage):
        with stage.context():
            for actor, duty in ((stage.silver.actor, Duty.SILVER), (stage.officer.actor, Duty.ENGAGEMENT)):
                about = {"deployment_id": stage.deployment_id, "duty": duty}
                deployments.record_duty(**about, actor=actor, now=utc_now())
        alert = stage.raise_alert()
        stage.decide(alert.id, OperatorDecision.MATCH)
        return alert

    def test_the_commander_enters_it_without_seeing_who_it_is(self, stage, dispatched):
        client, address = stage.silver.client(), f"/alerts/{dispatched.id}/by-radio/"
        page = client.get(address).content.decode()
        assert [words for words in ("TEST-01", "Test Subject", "0.6172", "<img") if words in page] == []
        no_reason = {"officer": str(stage.officer.actor.id), "said": "do_not_engage"}
        assert client.post(address, no_reason).status_code == 422
        said = {"officer": str(stage.officer.actor.id), "said": "engage"}
        assert client.post(address, said).status_code == 302
        released = {"officer": str(stage.officer.actor.id), "said": "released"}
        assert client.post(address, released).status_code == 302
        assert stage.outcomes(dispatched.id) == (Outcome.RELEASED_IDENTITY_WRONG,)

    def test_the_operator_who_said_match_is_refused_and_gets_no_link(self, stage, dispatched):
        client = stage.operator.client()
        assert client.get(f"/alerts/{dispatched.id}/by-radio/").status_code == 403
        news = f"/console/{stage.deployment_id}/alerts.json"
        (item,) = client.get(news).json()["alerts"]
        assert item["engagement"]["links"] == {}
        (item,) = stage.silver.client().get(news).json()["alerts"]
        assert list(item["engagement"]["links"]) == ["by_radio"]


def test_the_review_is_refused_until_each_false_engagement_is_answered(stage, engaged):
    do(stage, alerts.identity_contradicted, engaged)
    now = utc_now()
    with stage.context():
        Deployment.objects.update(state=DeploymentState.ENDED, ended_at=now, window_end=now)
    client = stage.silver.client()
    page = client.get(f"/deployments/{stage.deployment_id}/review/").content.decode()
    assert "Alert 1: say what happened" in page
    review = {
        "findings": "The purpose was met and the place was right. One alert was false.",
        "confirmed": "1",
    }
    refused = client.post(f"/deployments/{stage.deployment_id}/review/", review)
    assert refused.status_code == 422
    address = f"/deployments/{stage.deployment_id}/engagements/"
    assert client.post(address, {"alert_id": str(engaged.id), "words": "x"}).status_code == 422
    words = {"alert_id": str(engaged.id), "words": "Taken for another. They went on at once."}
    assert client.post(address, words).status_code == 302
    assert "They went on at once" in client.get(address).content.decode()
    assert client.post(f"/deployments/{stage.deployment_id}/review/", review).status_code == 302
