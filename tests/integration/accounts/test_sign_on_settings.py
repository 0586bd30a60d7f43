"""Setting a force's sign-on takes two administrators; what it may be set to; and what ends with it."""

import pytest
from django.test import Client

from apps.accounts import sign_on_settings
from apps.accounts.models import User
from apps.accounts.secrets import secrets
from apps.accounts.sign_on_client import secret_name
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted, ReauthenticationNeeded, RuleViolated
from tests.support.sign_on import ask, configure, confirm, domain_of, row_of, tell, through, wanted
from tests.support.signing_in import signed_in

DECIDE = "/force/sign-on/decide/"


def begin(place):
    return Client().get(f"/sign-in/{place.force.slug}/")


def decide(place, admin, step, **more):
    shown = sign_on_settings.shown_as(row_of(place))
    return signed_in(admin.username).post(DECIDE, {"step": step, "shown": shown} | more)


def record_of(place, verb):
    return place.within(lambda: list(AuditEvent.objects.filter(verb=verb).values_list("actor_id", "payload")))


def test_until_a_second_administrator_confirms_nobody_signs_in_through_it(place, issuer):
    first, second = place.person(Role.FORCE_ADMIN), place.person(Role.FORCE_ADMIN)
    ask(place, issuer, admin=first)
    assert begin(place).status_code == 404
    page = signed_in(first.username).get("/force/sign-on/").content.decode()
    assert "you cannot confirm it" in page
    assert "Confirm it" not in page
    assert decide(place, first, "confirm").status_code == 403
    assert begin(place).status_code == 404
    page = signed_in(second.username).get("/force/sign-on/").content.decode()
    assert all(words in page for words in ("Somebody asked for this", issuer, "Confirm it"))
    decide(place, second, "confirm")
    assert begin(place)["Location"].startswith(issuer)
    ((by, payload),) = record_of(place, "sign_on.confirmed")
    assert (by, payload["asked_by"]) == (second.id, str(first.id))
    assert len(record_of(place, "sign_on.configured")) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://idp.example", "secret": "another one"},
        {"client_id": "other", "secret": "another one"},
        {"role_map": {"golf": Role.OPERATOR}},
        {"role_claim": "hobbies"},
        {"second_factor_values": ["pwd"]},
        {"email_domains": []},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_waits_and_the_settings_of_before_stay(place, provider, change):
    (field,) = set(change) - {"secret"}
    before = row_of(place)
    ask(place, provider, **({"secret": ""} | change))
    row = row_of(place)
    assert (getattr(row, field), row.version) == (getattr(before, field), before.version)
    assert secrets().get(secret_name(row.id)) == "the secret of the client"
    confirm(place)
    row = row_of(place)
    assert getattr(row, field) == change[field]
    assert row.version > before.version
    assert secrets().get(secret_name(row.id)) == change.get("secret", "the secret of the client")
    assert secrets().get(secret_name(row.id, waits=True)) is None


def test_what_is_confirmed_is_what_was_read(place, provider):
    second = place.person(Role.FORCE_ADMIN)
    ask(place, provider, role_map={"a": Role.PLANNER})
    read = sign_on_settings.shown_as(row_of(place))
    ask(place, provider, role_map={"a": Role.OPERATOR})
    decide(place, second, "confirm", shown=read)
    assert row_of(place).role_map == {"lfr-readers": "oversight", "lfr-planners": "planner"}
    decide(place, second, "refuse")
    assert row_of(place).proposed is None
    assert record_of(place, "sign_on.refused")


def test_only_administrators_who_have_just_proved_it(place, issuer):
    planner, admin = place.person(Role.PLANNER), place.person(Role.FORCE_ADMIN)
    arguments = wanted(place, issuer) | {"now": utc_now()}
    with pytest.raises(NotPermitted):
        place.within(sign_on_settings.configure, actor=place.actor(planner), **arguments)
    with pytest.raises(ReauthenticationNeeded):
        place.within(sign_on_settings.configure, actor=place.actor(admin, reauthenticated=False), **arguments)
    ask(place, issuer)
    shown = sign_on_settings.shown_as(row_of(place))
    with pytest.raises(ReauthenticationNeeded):
        place.within(
            sign_on_settings.confirm,
            shown=shown,
            actor=place.actor(admin, reauthenticated=False),
            now=utc_now(),
        )


@pytest.mark.parametrize(
    "role", ["authorising officer", "urgent authorising officer", "force admin", "system"]
)
def test_no_group_approves_or_administers(place, issuer, role):
    client = signed_in(place.person(Role.FORCE_ADMIN).username)
    typed = {
        "name": "x", "issuer": issuer, "client_id": "x", "secret": "x", "role_claim": "groups",
        "role_map": f"cover = {role}", "enabled": "on",
    }  # fmt: skip
    answer = client.post("/force/sign-on/", typed)
    assert answer.status_code == 422
    assert "No group can have" in answer.content.decode()
    assert row_of(place) is None


def test_a_role_map_of_before_this_rule_gives_no_approving_role(place, provider):
    row = row_of(place)
    row.role_map = {"cover": "authorising_officer", "lfr-readers": "oversight"}
    place.within(row.save)
    tell(provider, "s1", email=f"s1@{domain_of(place)}", groups=["cover"])
    _, answer = through(place, provider, "s1")
    assert answer["Location"] == "/sign-in/"
    assert not User.objects.filter(username=f"s1@{domain_of(place)}").exists()


class TestDomains:
    def test_one_is_of_one_force_and_whose_is_not_said(self, place, other, provider, issuer):
        with pytest.raises(RuleViolated) as refused:
            ask(other, issuer, email_domains=[domain_of(place)])
        words = str(refused.value)
        assert "cannot be used: ask the platform's operator" in words
        assert place.force.name not in words

    def test_nor_is_one_in_which_another_forces_administrators_are(self, place, other, issuer):
        admin = other.person(Role.FORCE_ADMIN)
        domain = f"own-{domain_of(other)}"
        User.objects.filter(id=admin.id).update(username=f"chief@{domain}")
        with pytest.raises(RuleViolated, match="cannot be used"):
            ask(place, issuer, email_domains=[domain])

    def test_and_of_two_that_ask_the_first_confirmed_has_it(self, place, other, issuer):
        for one in (place, other):
            ask(one, issuer, email_domains=["shared.example"])
        confirm(place)
        with pytest.raises(RuleViolated, match="cannot be used"):
            confirm(other)
        assert row_of(other).enabled is False

    def test_it_is_a_domain(self, place, issuer):
        for domain in ("example", "a b.example", "*.example", "x@y.example", "1.2.3.4"):
            with pytest.raises(RuleViolated, match="is no domain"):
                ask(place, issuer, email_domains=[domain])


class TestSessionsThatCameThroughIt:
    @pytest.fixture
    def client(self, place, provider):
        tell(provider, "s2", email=f"s2@{domain_of(place)}", groups=["lfr-readers"])
        client, answer = through(place, provider, "s2")
        assert answer["Location"] == "/records/"
        assert client.get("/records/").status_code == 200
        return client

    def test_end_at_once_when_one_administrator_turns_it_off(self, place, provider, client):
        admin = place.person(Role.FORCE_ADMIN)
        with_password = signed_in(admin.username)
        with_password.post(DECIDE, {"step": "off"})
        assert client.get("/records/").status_code == 302
        assert begin(place).status_code == 404
        assert with_password.get("/force/sign-on/").status_code == 200
        assert record_of(place, "sign_on.turned_off")
        # Turned on again by two: the old session stays over.
        configure(place, provider)
        assert client.get("/records/").status_code == 302

    def test_end_when_a_change_is_confirmed_and_not_before(self, place, provider, client):
        ask(place, provider, role_map={"lfr-readers": Role.OVERSIGHT})
        assert client.get("/records/").status_code == 200
        confirm(place)
        assert client.get("/records/").status_code == 302


def test_a_secret_is_asked_for_after_the_proof_and_kept_in_no_session(place, issuer):
    admin = place.person(Role.FORCE_ADMIN)
    client = signed_in(admin.username, proved=False)
    assert client.get("/force/sign-on/")["Location"].startswith("/sign-in/confirm/")
    answer = client.post(
        "/force/sign-on/", {"name": "x", "secret": "KEPT-SECRET-123", "role_map": "a = planner"}
    )
    assert answer["Location"].startswith("/sign-in/confirm/")
    assert "KEPT-SECRET-123" not in str(dict(client.session))
    assert row_of(place) is None


def test_another_issuer_is_never_sent_the_secret_of_the_one_before(place, provider):
    with pytest.raises(RuleViolated, match="client secret"):
        ask(place, provider, issuer="https://elsewhere.example", secret="")
