"""What goes over HTTP, as somebody at the browser's tools would see it."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.alerts import api as alerts
from apps.alerts import retention
from apps.alerts.data import AlertState, OperatorDecision
from apps.alerts.models import Alert
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.deployments import api as deployments
from apps.deployments.data import Cause, DeploymentState
from apps.deployments.models import Deployment
from tests.support.alert_stage import CANDIDATE, PROBE
from tests.support.secrets_in import secrets_in


def news(stage, client, **query):
    answer = client.get(f"/console/{stage.deployment_id}/alerts.json", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def post(client, alert, endpoint, **fields):
    return client.post(f"/alerts/{alert.id}/{endpoint}", json.dumps(fields), content_type="application/json")


def decided(stage, alert, decision=OperatorDecision.MATCH):
    with stage.context():
        return alerts.operator_decide(
            alert_id=alert.id, decision=decision, actor=stage.operator.actor, now=utc_now()
        )


class TestBlind:
    SECRETS = ("cosine", "similarity", "threshold", "0.6172", "0.45", "TEST-01", "Test Subject", "offence")

    def test_before_the_decision_neither_page_nor_json_has_score_threshold_or_name(self, stage):
        stage.raise_alert()
        client = stage.operator.client()
        page = client.get(f"/console/{stage.deployment_id}/").content.decode()
        text = client.get(f"/console/{stage.deployment_id}/alerts.json?after=0").content.decode()
        assert secrets_in(page, self.SECRETS) == []
        assert secrets_in(text, self.SECRETS) == []

    def test_after_the_decision_the_json_has_both(self, stage):
        alert = stage.raise_alert()
        client = stage.operator.client()
        assert post(client, alert, "operator", decision="match").status_code == 200
        (item,) = news(stage, client)["alerts"]
        assert (item["cosine_similarity"], item["threshold"]) == (0.6172, 0.45)

    def test_the_answer_to_a_decision_says_nothing_of_it_either(self, stage):
        alert = stage.raise_alert()
        answer = post(stage.operator.client(), alert, "operator", decision="unsure")
        assert answer.json() == {"revision": 2, "state": "unsure"}

    def test_the_picture_address_and_headers_carry_no_score(self, stage):
        alert = stage.raise_alert()
        answer = stage.operator.client().get(f"/alerts/{alert.id}/probe.jpg")
        assert not any("0.6" in value for value in answer.headers.values())


class TestNews:
    def test_a_console_that_asks_after_its_last_number_misses_nothing(self, stage):
        client = stage.operator.client()
        first = news(stage, client)
        assert (first["revision"], first["alerts"]) == (0, [])
        alert = stage.raise_alert()
        other = stage.raise_alert(subject_id=stage.subjects[1])
        answer = news(stage, client, after=first["revision"])
        assert [(item["number"], item["arrival"]) for item in answer["alerts"]] == [(1, "new"), (2, "new")]
        decided(stage, alert)
        changed = news(stage, client, after=answer["revision"])
        assert [(item["number"], item["state"]) for item in changed["alerts"]] == [(1, "dispatched")]
        assert changed["alerts"][0]["arrival"] == "history"
        assert news(stage, client, after=changed["revision"])["alerts"] == []
        assert other.number == 2

    def test_the_first_load_sounds_for_nothing(self, stage):
        stage.raise_alert()
        assert news(stage, stage.operator.client())["alerts"][0]["arrival"] == "history"

    def test_the_number_of_queries_does_not_grow(self, stage):
        client = stage.operator.client()

        def queries():
            with CaptureQueriesContext(
                connection,
            ) as captured:
                news(stage, client, after=0)
            return len(captured)

        decided(stage, stage.raise_alert())
        queries()  # the first look of a page also asks whether its holder is trained
        one = queries()
        for number in range(1, 12):
            alert = stage.raise_alert(
                subject_id=stage.subjects[number % 3], now=utc_now() + timedelta(minutes=2 * number)
            )
            if number % 2:
                decided(stage, alert)
        assert len(news(stage, client, after=0)["alerts"]) == 12
        assert queries() == one
        assert one <= 21

    @pytest.mark.parametrize("after", ["-1", "x", "9" * 30, "1e3"])
    def test_nonsense_is_refused(self, stage, after):
        answer = stage.operator.client().get(f"/console/{stage.deployment_id}/alerts.json", {"after": after})
        assert answer.status_code == 422

    def test_captured_and_server_time_are_there_to_measure_with(self, stage):
        alert = stage.raise_alert()
        answer = news(stage, stage.operator.client(), after=0)
        assert answer["alerts"][0]["captured_at"] == alert.captured_at.isoformat()
        assert answer["server_time"] > alert.raised_at.isoformat()

    def test_a_suspended_console_says_who_suspended_it_and_why(self, stage):
        client = stage.operator.client()
        assert news(stage, client)["deployment"]["suspension"] is None
        for reason in ("A sign fell over", "Camera <b>moved</b>"):
            with stage.context():
                deployments.suspend(
                    deployment_id=stage.deployment_id,
                    reason=reason,
                    actor=stage.operator.actor,
                    now=utc_now(),
                )
            said = news(stage, client)["deployment"]["suspension"]
            assert (said["by"], said["reason"]) == (stage.operator.actor.label, reason), (
                "the latest one counts"
            )
            with stage.context():
                Deployment.objects.filter(id=stage.deployment_id).update(state=DeploymentState.LIVE)
        assert news(stage, client)["deployment"]["suspension"] is None

    @pytest.mark.parametrize("cause", [Cause.PERSON, Cause.FALSE_ALERTS])
    def test_a_suspended_console_says_who_goes_on_and_offers_it_to_them_only(self, stage, cause):
        with stage.context():
            deployments.suspend(
                deployment_id=stage.deployment_id,
                reason="A sign fell over",
                actor=stage.operator.actor,
                now=utc_now(),
                cause=cause,
            )
        by_accuracy = cause is Cause.FALSE_ALERTS
        said = {
            person: news(stage, getattr(stage, person).client())["deployment"]
            for person in ("operator", "officer", "silver")
        }
        assert {person: each["going_on"] for person, each in said.items()} == {
            "operator": "",
            "officer": "",
            "silver": "End" if by_accuracy else "Resume or end",
        }
        who = (
            "Only an authorising officer can resume it" if by_accuracy else "The silver commander resumes or"
        )
        for each in said.values():
            assert "Alerts that are open can still be decided, and outcomes recorded." in each["banner"]
            assert who in each["banner"]

    def test_a_running_console_offers_nobody_to_resume_it(self, stage):
        assert news(stage, stage.silver.client())["deployment"]["going_on"] == ""

    def test_the_platforms_own_suspension_has_no_persons_name(self, stage):
        with stage.context():
            deployments.suspend(
                deployment_id=stage.deployment_id,
                reason="check failed: signage",
                actor=Actor.system(force_id=stage.force.id, label="checklist"),
                now=utc_now(),
            )
        said = news(stage, stage.silver.client())["deployment"]["suspension"]
        assert said["by"] == "the platform itself"

    def test_nothing_may_be_kept_by_the_browser(self, stage):
        client = stage.operator.client()
        for address in ("/console/", f"/console/{stage.deployment_id}/"):
            assert client.get(address)["Cache-Control"] == "no-store, private"
        assert (
            client.get(f"/console/{stage.deployment_id}/alerts.json")["Cache-Control"] == "no-store, private"
        )


class TestPictures:
    def test_both_pictures_to_an_operator_and_each_look_is_recorded(self, stage):
        alert = stage.raise_alert()
        client = stage.operator.client()
        for which, content in (("probe", PROBE), ("candidate", CANDIDATE)):
            answer = client.get(f"/alerts/{alert.id}/{which}.jpg")
            assert answer.content == content
            assert answer["Content-Type"] == "image/jpeg"
            assert answer["Cache-Control"] == "no-store, private"
        client.get(f"/alerts/{alert.id}/probe.jpg")
        with stage.context():
            looks = AuditEvent.objects.filter(verb="alert.face_viewed", object_id=alert.id)
            assert sorted(look.payload["picture"] for look in looks) == ["candidate", "probe", "probe"]
            assert {look.actor_id for look in looks} == {stage.operator.actor.id}

    def test_reading_the_list_is_not_a_look(self, stage):
        stage.raise_alert()
        news(stage, stage.operator.client())
        with stage.context():
            assert not AuditEvent.objects.filter(verb="alert.face_viewed").exists()

    @pytest.mark.parametrize("which", ["probe", "candidate"])
    def test_another_forces_picture_does_not_exist(self, stage, other_stage, which):
        alert = other_stage.raise_alert()
        answer = stage.operator.client().get(f"/alerts/{alert.id}/{which}.jpg")
        assert answer.status_code == 404
        assert answer.content == stage.operator.client().get(f"/alerts/{uuid4()}/{which}.jpg").content

    def test_gone_after_the_purge(self, stage):
        alert = stage.raise_alert()
        with stage.context():
            Alert.objects.filter(id=alert.id).update(purge_due_at=utc_now())
            retention.purge(utc_now())
        answer = stage.operator.client().get(f"/alerts/{alert.id}/probe.jpg")
        assert answer.status_code == 410
        assert answer["Cache-Control"] == "no-store, private"
        with stage.context():
            assert not AuditEvent.objects.filter(verb="alert.face_viewed").exists()

    def test_the_candidate_is_gone_with_its_list(self, stage):
        from apps.watchlists.models import Picture

        alert = stage.raise_alert()
        with stage.context():
            Picture.objects.update(picture_blob_id=None)
        client = stage.operator.client()
        assert client.get(f"/alerts/{alert.id}/candidate.jpg").status_code == 410
        assert news(stage, client)["alerts"][0]["pictures"]["candidate"] is None

    def test_an_officer_sees_nothing_before_dispatch(self, stage):
        alert = stage.raise_alert()
        client = stage.officer.client()
        assert client.get(f"/alerts/{alert.id}/probe.jpg").status_code == 403
        decided(stage, alert)
        assert client.get(f"/alerts/{alert.id}/probe.jpg").status_code == 200

    @pytest.mark.parametrize(
        "role", [Role.SILVER_COMMANDER, Role.SYSTEM_ENGINEER, Role.OVERSIGHT, Role.PLANNER, Role.FORCE_ADMIN]
    )
    def test_no_other_role_gets_a_byte(self, stage, role):
        alert = stage.raise_alert()
        answer = stage.person("other", role).client().get(f"/alerts/{alert.id}/probe.jpg")
        assert answer.status_code == 403
        assert PROBE not in answer.content

    def test_a_stranger_is_asked_to_sign_in(self, stage):
        alert = stage.raise_alert()
        answer = Client().get(f"/alerts/{alert.id}/probe.jpg")
        assert answer.status_code == 302
        assert answer.url.startswith("/sign-in/")


class TestPosting:
    def test_a_day_over_http(self, stage):
        stage.wanted()
        alert = stage.raise_alert()
        operator, officer = stage.operator.client(), stage.officer.client()
        assert post(operator, alert, "operator", decision="match").status_code == 200
        assert post(officer, alert, "engagement", decision="engage").status_code == 200
        (item,) = news(stage, officer)["alerts"]
        assert "offence" not in item["card"]
        assert set(item["actions"]) == {"outcome", "contradicted", "identified"}
        assert post(officer, alert, "identified").status_code == 200
        (item,) = news(stage, officer)["alerts"]
        assert item["card"]["offence"] == "an invented serious offence"
        refused = post(officer, alert, "outcome", outcomes=["arrest"])
        assert refused.status_code == 422
        assert "still wanted" in refused.json()["error"]
        done = post(officer, alert, "outcome", outcomes=["arrest"], status_confirmed=True)
        assert done.json()["state"] == "outcome_recorded"
        assert post(officer, alert, "contradicted").status_code == 200

    def test_a_form_goes_back_to_the_console(self, stage):
        stage.wanted()
        alert = stage.raise_alert()
        answer = stage.operator.client().post(f"/alerts/{alert.id}/operator", {"decision": "match"})
        assert (answer.status_code, answer.url) == (302, f"/console/{stage.deployment_id}/")
        officer = stage.officer.client()
        officer.post(f"/alerts/{alert.id}/engagement", {"decision": "engage"})
        officer.post(f"/alerts/{alert.id}/identified")
        answer = officer.post(
            f"/alerts/{alert.id}/outcome", {"outcomes": ["arrest", "safeguarded"], "status_confirmed": "on"}
        )
        assert answer.status_code == 302
        assert stage.alert(alert.id).state is AlertState.OUTCOME_RECORDED

    @pytest.mark.parametrize(
        ("endpoint", "fields"),
        [
            ("operator", {"decision": "arrest"}),
            ("operator", {}),
            ("operator", {"decision": ["match"]}),
            ("operator", {"decision": {"a": 1}}),
        ],
    )
    def test_what_is_no_decision_is_refused(self, stage, endpoint, fields):
        alert = stage.raise_alert()
        answer = post(stage.operator.client(), alert, endpoint, **fields)
        if fields.get("decision") == ["match"]:
            assert answer.status_code == 200
        else:
            assert answer.status_code == 422
            assert stage.alert(alert.id).state is AlertState.RAISED

    def test_broken_json_is_refused(self, stage):
        alert = stage.raise_alert()
        answer = stage.operator.client().post(
            f"/alerts/{alert.id}/operator", "{", content_type="application/json"
        )
        assert answer.status_code == 422

    def test_a_second_decision_conflicts(self, stage):
        alert = stage.raise_alert()
        client = stage.operator.client()
        post(client, alert, "operator", decision="not_a_match")
        assert post(client, alert, "operator", decision="match").status_code == 409
        assert stage.alert(alert.id).state is AlertState.NOT_A_MATCH

    def test_another_sites_form_decides_nothing(self, stage):
        alert = stage.raise_alert()
        signed_in = stage.operator.client()
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = signed_in.cookies
        answer = strict.post(f"/alerts/{alert.id}/operator", {"decision": "match"})
        assert answer.status_code == 403
        assert stage.alert(alert.id).state is AlertState.RAISED

    def test_a_get_decides_nothing(self, stage):
        alert = stage.raise_alert()
        for endpoint in ("operator", "engagement", "outcome", "contradicted", "identified", "shown"):
            assert stage.operator.client().get(f"/alerts/{alert.id}/{endpoint}").status_code == 405

    def test_an_operator_cannot_use_the_officers_addresses(self, stage):
        alert = stage.raise_alert()
        client = stage.operator.client()
        post(client, alert, "operator", decision="match")
        for endpoint in ("engagement", "outcome", "contradicted", "identified"):
            assert post(client, alert, endpoint, decision="engage", outcomes=["arrest"]).status_code == 403
        assert stage.alert(alert.id).state is AlertState.DISPATCHED

    def test_another_forces_alert_does_not_exist(self, stage, other_stage):
        alert = other_stage.raise_alert()
        assert post(stage.operator.client(), alert, "operator", decision="match").status_code == 404
        assert other_stage.alert(alert.id).state is AlertState.RAISED

    def test_a_script_without_a_session_gets_401(self, stage):
        alert = stage.raise_alert()
        answer = Client(headers={"Accept": "application/json"}).post(f"/alerts/{alert.id}/operator")
        assert answer.status_code == 401

    def test_first_shown_is_kept_and_recorded_once(self, stage):
        alert = stage.raise_alert()
        client = stage.operator.client()
        assert post(client, alert, "shown").status_code == 200
        first = stage.alert(alert.id).first_shown_at
        post(stage.person("second", Role.OPERATOR).client(), alert, "shown")
        assert stage.alert(alert.id).first_shown_at == first
        assert first > alert.captured_at
        with stage.context():
            assert AuditEvent.objects.filter(verb="alert.shown").count() == 1
