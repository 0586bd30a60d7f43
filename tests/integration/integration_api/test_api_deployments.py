"""Plans through the API: the operations of the pages, nobody's change overwritten, nothing done twice."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connections

from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.integration import idempotency
from apps.integration import retention as rules
from apps.integration.models import IdempotencyRecord
from apps.retention import api as retention
from tests.support.api_tokens import PLANS, make_system, plan_body, problem
from tests.support.days import PLANNED, make_day

REASON = "Agreed with the commander at the planning meeting."


@pytest.fixture
def day(real_db):
    return make_day()


@pytest.fixture
def system(day):
    return make_system(day, *PLANS)


@pytest.fixture
def drafted(day, system):
    answer = system.post("deployments/", plan_body(day))
    assert answer.status_code == 201, answer.content
    day.deployment_id = answer.json()["id"]
    return answer.json()


def count(day):
    return len(day.call(deployments.list_for_force))


def match(version):
    return {"If-Match": f'"{version}"'}


def test_a_plan_is_drafted_read_submitted_and_cancelled_by_the_system(day, system, drafted):
    own = f"deployments/{drafted['id']}/"
    assert drafted["state"] == S.DRAFT
    assert drafted["planner"] == "Custody system"
    assert system.get(own).json() == drafted
    sent = system.post(f"{own}submit/", {"version": drafted["plan"]["version"], "declared": True})
    assert sent.json()["state"] == S.SUBMITTED, sent.content
    assert system.post(f"{own}cancel/", {"reason": REASON}).json()["state"] == S.CANCELLED
    # Beside them scrutiny keeps the texts without what may be a name.
    own = {"object_id": drafted["id"], "verb__startswith": "deployment."}
    events = day.call(lambda: list(AuditEvent.objects.filter(**own).order_by("ordinal")))
    assert [event.verb for event in events] == [
        "deployment.drafted",
        "deployment.submitted",
        "deployment.cancelled",
    ]
    assert {event.actor_id for event in events} == {system.token.service_id}
    assert all(str(system.token.id) in event.origin for event in events)


def test_the_rules_of_the_pages_refuse_with_all_their_reasons(day, system):
    answer = system.post("deployments/", plan_body(day, necessity="", legal_bases=[], max_subjects=0))
    body = answer.json()
    refused = system.post(
        f"deployments/{body['id']}/submit/", {"version": body["plan"]["version"], "declared": True}
    )
    found = problem(refused, 422)
    assert len(found["reasons"]) >= 3
    with_words = " ".join(found["reasons"])
    assert "necessity" in with_words
    assert day.call(deployments.get, deployment_id=body["id"]).state is S.DRAFT


def test_a_zone_and_the_width_of_a_far_face_are_kept(day, system):
    camera = plan_body(day)["cameras"][0]
    zone = [{"x": 0.1, "y": 0.1}, {"x": 0.9, "y": 0.1}, {"x": 0.5, "y": 0.9}]
    body = plan_body(day, zones=[{"camera": camera, "zone": zone, "far_face": 0.0208}])
    answer = system.post("deployments/", body)
    (read,) = [each for each in answer.json()["plan"]["cameras"] if each["id"] == str(camera)]
    assert (read["zone"], read["far_face"]) == (zone, 0.0208)
    for wrong in (0, 1.5, "wide"):
        zones = [{"camera": camera, "zone": zone, "far_face": wrong}]
        problem(system.post("deployments/", plan_body(day, zones=zones)), 400)
    assert count(day) == 1


def test_a_zone_that_is_not_sent_again_stays_and_none_is_there_twice(day, system):
    """Else a change of one camera would let another look at its whole picture."""
    first, second = plan_body(day)["cameras"][:2]
    zone = [{"x": 0.1, "y": 0.1}, {"x": 0.9, "y": 0.1}, {"x": 0.5, "y": 0.9}]
    sent = [{"camera": first, "zone": zone, "far_face": 0.02}]
    drafted = system.post("deployments/", plan_body(day, zones=sent)).json()
    path, other = f"deployments/{drafted['id']}/plan/", {"zones": [{"camera": second, "zone": zone}]}
    answer = system.patch(path, other, **match(drafted["plan"]["version"]))
    assert answer.status_code == 200, answer.content
    plan = system.get(path).json()
    assert {each["id"]: each["zone"] for each in plan["cameras"]} == {first: zone, second: zone}
    again = {"zones": [{"camera": first, "zone": zone[::-1]}]}
    answer = system.patch(path, again, **match(plan["version"]))
    assert answer.status_code == 200, answer.content
    plan = system.get(path).json()
    assert {each["id"]: each["far_face"] for each in plan["cameras"]} == {first: 0.02, second: None}
    twice = {"zones": [{"camera": first, "zone": zone}, {"camera": first, "zone": []}]}
    answer = system.patch(path, twice, **match(plan["version"]))
    assert "twice" in problem(answer, 400, "invalid")["errors"]["zones"][0]


def test_what_is_past_is_409(day, system, drafted):
    own = f"deployments/{drafted['id']}/"
    system.post(f"{own}cancel/", {"reason": REASON})
    problem(system.post(f"{own}cancel/", {"reason": REASON}), 409, "invalid-transition")


class TestFields:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"placename": "a slip"}, "placename"),
            ({"area": [{"latitude": 1.0, "longitud": 2.0}]}, "area.0.longitud"),
            ({"area": [{"latitude": 91, "longitude": 2.0}]}, "area.0.latitude"),
            ({"window_start": "2027-01-01T10:00:00"}, "window_start"),
            ({"window_start": "0001-01-01T00:00:00+23:00"}, "window_start"),
            ({"window_end": "2001-01-01T10:00:00Z"}, "window_end"),
            ({"categories": ["victim"]}, "categories"),
            ({"pack_id": "no-such-pack"}, "pack_id"),
            ({"place_name": "a\u0000b"}, "place_name"),
            ({"rehearsal": "yes"}, "rehearsal"),
            ({"threshold": "0.4"}, "threshold"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_each_is_refused_by_its_name(self, day, system, change, field):
        found = problem(system.post("deployments/", plan_body(day, **change)), 400, "invalid")
        assert field in found["errors"]
        assert count(day) == 0

    def test_a_parameter_that_is_not_known_is_refused(self, day, system):
        found = problem(system.get("deployments/?stat=live"), 400, "invalid")
        assert list(found["errors"]) == ["stat"]

    def test_half_a_corner_is_refused_in_a_change_too(self, day, system, drafted):
        answer = system.patch(
            f"deployments/{drafted['id']}/plan/",
            {"area": [{"latitude": 1.0}]},
            **match(drafted["plan"]["version"]),
        )
        assert "area.0.longitude" in problem(answer, 400)["errors"]

    def test_half_a_zone_or_half_a_place_is_refused_in_a_change_too(self, day, system, drafted):
        camera = plan_body(day)["cameras"][0]
        for half in (
            {"zones": [{"camera": camera}]},
            {"zones": [{"zone": []}]},
            {"zones": [{"camera": camera, "zone": [{"x": 0.1}]}]},
            {"alternatives": [{"name": "Corn Exchange"}]},
        ):
            path, version = f"deployments/{drafted['id']}/plan/", drafted["plan"]["version"]
            problem(system.patch(path, half, **match(version)), 400, "invalid")


class TestTwoWriters:
    def test_the_second_hears_that_it_changed_and_overwrites_nothing(self, day, system, drafted):
        path = f"deployments/{drafted['id']}/plan/"
        read = system.get(path)
        assert read.headers["ETag"] == f'"{read.json()["version"]}"'
        first = system.patch(path, {"place_name": "Corn Exchange"}, **{"If-Match": read.headers["ETag"]})
        assert first.status_code == 200, first.content
        assert first.headers["ETag"] != read.headers["ETag"]
        second = system.patch(path, {"place_name": "Town Hall"}, **{"If-Match": read.headers["ETag"]})
        problem(second, 412, "changed-meanwhile")
        after = system.get(path).json()
        assert after["place_name"] == "Corn Exchange"
        assert after["necessity"] == drafted["plan"]["necessity"]

    def test_whoever_names_no_version_is_asked_for_it(self, day, system, drafted):
        path = f"deployments/{drafted['id']}/plan/"
        problem(system.patch(path, {"place_name": "x"}), 428, "version-missing")
        problem(system.patch(path, {"place_name": "x"}, **{"If-Match": "*"}), 412)
        problem(
            system.patch(path, {"place_name": "x"}, **{"If-Match": f'W/"{drafted["plan"]["version"]}"'}), 412
        )

    def test_a_plan_is_submitted_only_as_it_was_read(self, day, system, drafted):
        old = drafted["plan"]["version"]
        system.patch(f"deployments/{drafted['id']}/plan/", {"place_name": "Elsewhere"}, **match(old))
        answer = system.post(f"deployments/{drafted['id']}/submit/", {"version": old, "declared": True})
        problem(answer, 412, "changed-meanwhile")

    def test_an_approval_ends_only_when_that_is_said(self, day, system, drafted):
        own = f"deployments/{drafted['id']}/"
        system.post(f"{own}submit/", {"version": drafted["plan"]["version"], "declared": True})
        day.approve(now=utc_now())
        version = system.get(own).json()["plan"]["version"]
        wider = {"max_subjects": 11, "reason": REASON}
        found = problem(system.patch(f"{own}plan/", wider, **match(version)), 422, "would-void")
        assert found["reasons"]
        done = system.patch(f"{own}plan/", wider | {"accept_voiding": True}, **match(version))
        assert done.status_code == 200, done.content
        assert system.get(own).json()["approved_sha256"] is None


class TestOnce:
    def test_the_same_again_is_done_once_and_answered_alike(self, day, system):
        body = plan_body(day)
        first = system.post("deployments/", body, **{"Idempotency-Key": "one"})
        again = system.post("deployments/", body, **{"Idempotency-Key": "one"})
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.headers["Location"] == first.headers["Location"]
        assert "Idempotency-Replayed" not in first.headers
        assert count(day) == 1

    def test_another_request_with_the_key_is_refused(self, day, system, drafted):
        system.post("deployments/", plan_body(day), **{"Idempotency-Key": "one"})
        other = plan_body(day, place_name="Elsewhere")
        problem(
            system.post("deployments/", other, **{"Idempotency-Key": "one"}), 422, "idempotency-key-reused"
        )
        own = f"deployments/{drafted['id']}/cancel/"
        problem(system.post(own, {"reason": REASON}, **{"Idempotency-Key": "one"}), 422)
        assert count(day) == 2

    def test_a_key_is_of_one_token(self, day, system):
        body = plan_body(day)
        for caller in (system, make_system(day, *PLANS)):
            assert caller.post("deployments/", body, **{"Idempotency-Key": "one"}).status_code == 201
        assert count(day) == 2

    @pytest.mark.parametrize(
        "key", ["", "with space", "x" * 101, "naïve"], ids=["none", "space", "long", "accent"]
    )
    def test_without_a_good_key_nothing_is_written(self, day, system, key):
        answer = system.post("deployments/", plan_body(day), **{"Idempotency-Key": key})
        problem(answer, 400, "idempotency-key")
        assert count(day) == 0

    def test_a_refused_write_keeps_no_key(self, day, system, drafted):
        own = f"deployments/{drafted['id']}/cancel/"
        problem(system.post(own, {"reason": "no"}, **{"Idempotency-Key": "one"}), 422)
        assert day.call(IdempotencyRecord.objects.filter(key="one").count) == 0
        assert system.post(own, {"reason": REASON}, **{"Idempotency-Key": "one"}).status_code == 200

    def test_of_many_at_once_one_is_done(self, day, system):
        body, together, answers = plan_body(day), threading.Barrier(4), []

        def send():
            try:
                together.wait()
                answers.append(system.post("deployments/", body, **{"Idempotency-Key": "same"}))
            finally:
                connections.close_all()

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [answer.status_code for answer in answers] == [201] * 4
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert count(day) == 1

    def test_it_is_kept_for_a_day_and_no_longer(self, day, system):
        body = plan_body(day)
        system.post("deployments/", body, **{"Idempotency-Key": "one"})
        later = utc_now() + idempotency.KEPT_FOR + timedelta(seconds=1)
        assert day.call(rules.due_count, now=utc_now()) == 0
        with time_machine.travel(later, tick=False):
            system.post("deployments/", body, **{"Idempotency-Key": "one"})
            assert count(day) == 2
            system.post("deployments/", body, **{"Idempotency-Key": "two"})
        run = retention.run_due(force_id=day.force.id, now=later + idempotency.KEPT_FOR)
        assert run.problems == ()
        assert not [each for each in run.certificates if each.data_class == rules.DATA_CLASS]
        assert day.call(IdempotencyRecord.objects.count) == 0


class TestPages:
    def test_they_follow_each_other_and_nothing_comes_twice(self, day, system):
        for hours in range(5):
            day.draft(
                window_start=PLANNED + timedelta(days=30, hours=hours),
                window_end=PLANNED + timedelta(days=31),
            )
        seen, cursor = [], ""
        for _ in range(3):
            page = system.get(f"deployments/?limit=2{cursor}").json()
            seen += [row["window_start"] for row in page["items"]]
            cursor = f"&cursor={page['next']}"
        assert page["next"] is None
        assert len(set(seen)) == 5
        assert seen == sorted(seen, reverse=True)

    def test_filters_by_state_and_by_window(self, day, system, drafted):
        day.draft()
        assert len(system.get("deployments/?state=draft").json()["items"]) == 2
        assert system.get("deployments/?state=live").json()["items"] == []
        middle = (PLANNED + timedelta(days=12)).isoformat().replace("+", "%2B")
        assert len(system.get(f"deployments/?starts_before={middle}").json()["items"]) == 1
        later = system.get(f"deployments/?starts_from={middle}").json()["items"]
        assert [row["id"] for row in later] == [drafted["id"]]

    @pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x", "cursor=~", "state=asleep"])
    def test_what_is_no_page_is_refused(self, day, system, query):
        problem(system.get(f"deployments/?{query}"), 400)


def test_a_key_that_is_unknown_to_the_stored_answer_is_no_oracle(day, system):
    """Equal requests have equal hashes only for somebody who has the server's secret."""
    sent = {"reason": REASON}
    one = idempotency.fingerprint("POST", f"/api/v1/deployments/{uuid4()}/cancel/", sent)
    assert one != idempotency.fingerprint("POST", "/api/v1/", sent)
    assert len(one) == 32
