"""Who gets in with what, and what a thief, a neighbour or a browser gets instead."""

from __future__ import annotations

import logging
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client

from apps.accounts import api as accounts
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted, ReauthenticationNeeded
from apps.core.limits import Limit, counter
from apps.core.tenancy import maybe_force_id
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState
from apps.forces import api as forces
from apps.integration import door
from apps.integration.credentials import parse_token
from apps.integration.data import Caller, Scope
from apps.integration.models import ApiToken
from apps.integration.operations import revoke_token
from tests.support.api_tokens import PLANS, READS, administrator, make_system, plan_body, problem
from tests.support.cast import make_member
from tests.support.days import IMPORTED, PLANNED, make_day
from tests.support.plans import REASONS

READ, WRITE = Scope.DEPLOYMENTS_READ, Scope.DEPLOYMENTS_WRITE


@pytest.fixture(autouse=True)
def nothing_counted(valkey, monkeypatch):
    """Counted anew in each test, in one minute that does not end."""
    monkeypatch.setattr(counter, "clock", lambda: 30.0)


@pytest.fixture
def day(real_db):
    day = make_day()
    day.draft()
    return day


@pytest.fixture
def system(day):
    return make_system(day, *PLANS)


def verbs(day):
    return day.call(lambda: list(AuditEvent.objects.order_by("ordinal").values_list("verb", flat=True)))


def test_a_good_token_reads_its_own_force_and_says_when_it_was_used(day, system):
    answer = system.get("deployments/")
    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()["items"]] == [str(day.deployment_id)]
    assert answer.headers["Cache-Control"] == "no-store"
    used = day.call(lambda: ApiToken.objects.get().last_used_at)
    assert utc_now() - used < timedelta(minutes=1)
    assert maybe_force_id() is None


def test_the_database_holds_no_secret(day, system, owner_connection):
    stored = owner_connection.execute("SELECT row_to_json(t)::text FROM integration_apitoken t").fetchone()[0]
    secret = parse_token(system.text).secret
    assert secret not in stored
    assert secret not in repr(parse_token(system.text))
    written = owner_connection.execute("SELECT row_to_json(e)::text FROM audit_auditevent e").fetchall()
    assert not [row for (row,) in written if secret in row]


class TestRefused:
    def test_without_a_token(self, day):
        answer = Client().get("/api/v1/deployments/")
        problem(answer, 401, "token-missing")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="lfr"'

    def test_an_unknown_force_an_unknown_token_and_a_wrong_secret_look_alike(self, day, system):
        good = parse_token(system.text)
        bad = [
            f"lfr_nowhere_{good.id.hex}_{good.secret}",
            f"lfr_{good.force_slug}_{uuid4().hex}_{good.secret}",
            f"lfr_{good.force_slug}_{good.id.hex}_{'0' * 64}",
        ]
        answers = [system.get("deployments/", Authorization=f"Bearer {text}") for text in bad]
        assert {answer.content for answer in answers} == {answers[0].content}
        problem(answers[0], 401, "token-invalid")
        assert 'error="invalid_token"' in answers[0].headers["WWW-Authenticate"]

    def test_an_expired_one(self, day, system):
        with time_machine.travel(utc_now() + timedelta(days=31), tick=False):
            problem(system.get("deployments/"), 401, "token-expired")

    def test_a_revoked_one_at_once_and_on_record_once(self, day, system):
        day.call(
            revoke_token, token_id=system.token.id, reason="lost it", actor=administrator(day), now=utc_now()
        )
        problem(system.get("deployments/"), 401, "token-revoked")
        problem(system.get("deployments/"), 401, "token-revoked")
        assert verbs(day)[-2:] == ["api_token.revoked", "api_token.refused"]

    def test_one_of_another_network(self, day):
        elsewhere = make_system(day, READ, networks=("192.0.2.0/24",))
        problem(elsewhere.get("deployments/"), 403, "wrong-network")
        here = make_system(day, READ, networks=("192.0.2.0/24", "127.0.0.0/8"))
        assert here.get("deployments/").status_code == 200

    def test_one_without_the_scope_learns_which(self, day):
        reader = make_system(day, READ)
        answer = reader.post("deployments/", plan_body(day))
        problem(answer, 403, "scope-missing")
        assert 'error="insufficient_scope", scope="deployments:write"' in answer.headers["WWW-Authenticate"]
        assert len(day.call(deployments.list_for_force)) == 1

    @pytest.mark.parametrize("name", ["token", "access_token", "q"])
    def test_one_in_an_address_even_a_good_one(self, day, system, name):
        answer = Client().get("/api/v1/deployments/", {name: system.text})
        problem(answer, 400, "token-in-address")
        assert system.text not in answer.content.decode()

    def test_one_whose_system_lost_its_roles(self, day, system):
        day.call(
            accounts.revoke_role,
            user_id=system.token.service_id,
            role=Role.PLANNER,
            actor=administrator(day),
            now=utc_now(),
        )
        problem(system.get("deployments/"), 403, "not-permitted")

    def test_one_whose_system_was_deactivated(self, day, system):
        User.objects.filter(id=system.token.service_id).update(is_active=False)
        problem(system.get("deployments/"), 403, "not-permitted")

    def test_whoever_guesses_has_to_wait_and_a_neighbour_with_a_token_has_not(self, day, system, monkeypatch):
        monkeypatch.setattr(door, "WRONG", Limit(person=0, address=3, seconds=60))
        guess = {"Authorization": f"Bearer lfr_{day.force.slug}_{uuid4().hex}_{'0' * 64}"}
        answers = [system.get("deployments/", **guess) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
        problem(answers[-1], 429, "throttled")
        assert int(answers[-1].headers["Retry-After"]) == 30
        assert system.get("deployments/").status_code == 200


class TestAnotherForce:
    @pytest.fixture
    def theirs(self, real_db):
        return make_system(make_day("south"), *PLANS)

    def test_nothing_of_ours_is_there(self, day, theirs):
        assert theirs.get("deployments/").json() == {"items": [], "next": None}
        own = f"deployments/{day.deployment_id}/"
        for path in (own, f"{own}plan/", f"{own}notice/", f"{own}imports/{uuid4()}/"):
            problem(theirs.get(path), 404, "not-found")

    def test_nothing_of_ours_can_be_changed(self, day, theirs):
        before = day.get()
        version = deployments.plan_version(before)
        own = f"deployments/{day.deployment_id}/"
        problem(theirs.patch(f"{own}plan/", {"place_name": "x"}, **{"If-Match": f'"{version}"'}), 404)
        problem(theirs.post(f"{own}submit/", {"version": version, "declared": True}), 404)
        problem(theirs.post(f"{own}cancel/", {"reason": "not theirs to cancel"}), 404)
        for step in ("confirm", "discard"):
            problem(theirs.post(f"{own}imports/{uuid4()}/{step}/", {}), 404)
        assert day.get() == before

    def test_our_cameras_are_unknown_to_them(self, day, theirs):
        sent = theirs.post("deployments/", plan_body(day))
        found = problem(sent, 400, "invalid")
        assert "There is no camera" in found["errors"]["cameras"][0]

    def test_a_token_never_works_under_another_forces_name(self, day, theirs, system):
        good = parse_token(system.text)
        renamed = system.text.replace(good.force_slug, parse_token(theirs.text).force_slug)
        problem(system.get("deployments/", Authorization=f"Bearer {renamed}"), 401, "token-invalid")


class TestABrowser:
    def test_a_signed_in_person_is_nobody_here(self, day):
        client = make_member(day, "planner", Role.PLANNER).client()
        assert client.get("/deployments/").status_code == 200
        problem(client.get("/api/v1/deployments/"), 401, "token-missing")

    def test_the_cookies_of_another_force_do_not_come_between(self, day, system):
        client = make_member(make_day("south"), "planner", Role.PLANNER).client()
        answer = client.get("/api/v1/deployments/", headers={"Authorization": f"Bearer {system.text}"})
        assert [row["id"] for row in answer.json()["items"]] == [str(day.deployment_id)]
        assert not answer.cookies

    def test_no_other_site_is_let_in(self, day, system):
        answer = system.get("deployments/", Origin="https://elsewhere.example")
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        asked = Client().options(
            "/api/v1/deployments/",
            headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"},
        )
        problem(asked, 405)

    def test_csrf_is_no_matter(self, day, system):
        strict = Client(enforce_csrf_checks=True)
        headers = {"Authorization": f"Bearer {system.text}", "Idempotency-Key": "a"}
        answer = strict.post("/api/v1/deployments/", {}, content_type="application/json", headers=headers)
        problem(answer, 400, "invalid")


def test_a_token_opens_no_page(day, system):
    answer = Client().get("/deployments/", headers={"Authorization": f"Bearer {system.text}"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("scope", list(Scope))
def test_no_scope_makes_anybody_who_decides(day, scope):
    """Whatever a system is granted by mistake: of its roles only those remain that the scope is for."""
    deciding = {Role.AUTHORISING_OFFICER, Role.URGENT_AUTHORISING_OFFICER, Role.SILVER_COMMANDER}
    assert not door.ROLES[scope] & (deciding | {Role.FORCE_ADMIN, Role.SYSTEM, Role.OPERATOR})


STEPS = {
    "approve": (deployments.approve, {"reasons": REASONS, "authority_hash": "x"}),
    "seal": (deployments.seal_watchlist, {}),
    "accept": (deployments.accept_watchlist, {"seal_hash": "x"}),
    "start": (deployments.start, {}),
}


@pytest.mark.parametrize("step", list(STEPS))
def test_a_decision_is_impossible_for_the_actor_of_a_token_and_has_no_address(day, step):
    system = make_system(day, *PLANS)
    caller = Caller(token=system.token, scope=WRITE, address="127.0.0.1")
    operation, typed = STEPS[step]
    actor = day.call(door.actor_of, caller=caller)
    assert not actor.reauthenticated
    if step == "seal":  # planners seal; a system of theirs never
        day.to(DeploymentState.NOTICE_PUBLISHED)
        day.import_list()
    with pytest.raises((NotPermitted, ReauthenticationNeeded)):
        day.step(operation, actor, IMPORTED if step == "seal" else PLANNED, **typed)
    for name in (step, f"{step}-list", "decide", "run"):
        problem(system.get(f"deployments/{day.deployment_id}/{name}/"), 404)
        problem(system.post(f"deployments/{day.deployment_id}/{name}/", {}), 404)


def test_even_a_system_with_every_role_stays_what_its_scope_says(day, system, monkeypatch):
    everything = SimpleNamespace(actor_for=lambda **_: day.person("all", *(set(Role) - {Role.SYSTEM})))
    monkeypatch.setattr(door, "accounts", everything)
    actor = day.call(door.actor_of, caller=Caller(token=system.token, scope=WRITE, address=""))
    assert actor.roles == {Role.PLANNER}
    assert not actor.reauthenticated


def test_what_planners_may_do_oversight_may_not(day):
    reader = make_system(day, *READS, role=Role.OVERSIGHT)
    assert reader.get("notices/").status_code == 200
    problem(reader.get("deployments/"), 403, "scope-missing")


def test_nothing_is_written_for_a_force_that_leaves(day, system, monkeypatch):
    half_gone = SimpleNamespace(confirmations=(("id", "label", utc_now()),))
    monkeypatch.setattr(forces, "leaving", lambda: half_gone)
    problem(system.post("deployments/", plan_body(day)), 403, "force-leaving")
    assert system.get("deployments/").status_code == 200


def test_no_token_is_in_a_log(day, system, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(deployments, "list_page", lambda **_: 1 / 0)
    found = problem(system.get("deployments/"), 500, "failed")
    assert "division" not in str(found)
    assert "division by zero" in caplog.text
    system.get("deployments/", Authorization="Bearer lfr_x")
    Client().get("/api/v1/deployments/", {"token": system.text})
    secret = parse_token(system.text).secret
    assert secret not in caplog.text


def test_an_answer_of_500_leaves_nothing_behind(day, system, monkeypatch):
    real = deployments.start_plan

    def fails_afterwards(**arguments):
        real(**arguments)
        raise RuntimeError("too late")

    monkeypatch.setattr(deployments, "start_plan", fails_afterwards)
    problem(system.post("deployments/", plan_body(day)), 500)
    assert len(day.call(deployments.list_for_force)) == 1


def test_a_rate_is_kept_for_each_token_by_itself(day, system, settings):
    settings.LFR_API_REQUESTS_A_MINUTE = 3
    other = make_system(day, READ)
    answers = [system.get("cameras/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    problem(answers[-1], 429)
    assert answers[-1].headers["Retry-After"] == "30"
    assert other.get("cameras/").status_code == 200


class TestForms:
    def test_405_406_415_and_nothing_here(self, day, system):
        refused = system.call("delete", "deployments/")
        problem(refused, 405)
        assert set(refused.headers["Allow"].split(", ")) >= {"GET", "POST"}
        problem(system.get("deployments/", Accept="text/html"), 406)
        headers = {"Authorization": f"Bearer {system.text}", "Idempotency-Key": "a"}
        problem(Client().post("/api/v1/deployments/", "a=b", content_type="text/plain", headers=headers), 415)
        problem(Client().get("/api/v1/no-such-thing/"), 404)

    def test_a_body_over_the_limit_is_a_problem_too(self, day, system, settings):
        settings.LFR_MAX_BODY_BYTES = 100
        problem(system.post("deployments/", {"place_name": "x" * 200}), 413)

    def test_a_permission_denied_of_django_is_one(self, day, system, monkeypatch):
        def refuse(**_):
            raise PermissionDenied("words of an inner part")

        monkeypatch.setattr(deployments, "list_page", refuse)
        found = problem(system.get("deployments/"), 403, "not-permitted")
        assert "inner part" not in str(found)
