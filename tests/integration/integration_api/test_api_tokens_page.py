"""The administrator's pages of tokens: made once, shown once, revoked at once, all on record."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotFound, NotPermitted, ReauthenticationNeeded, RuleViolated
from apps.core.tenancy import force_context
from apps.integration import operations, queries, views
from apps.integration.data import Scope, TokenWish
from apps.integration.models import ApiToken
from tests.support.api_tokens import PLANS, administrator, make_system
from tests.support.days import make_day

TOKEN = re.compile(r"lfr_[A-Za-z0-9_-]+_[0-9a-f]{32}_[0-9a-f]{64}")
FILLED = {
    "name": "Night batch",
    "service": "new",
    "service_name": "Custody system",
    "role": "planner",
    "scopes": ["deployments:read", "watchlist:import"],
    "networks": "192.0.2.0/24\n2001:db8::/32",
    "days": "90",
    "reason": "Replaces the export by hand",
}
WISH = TokenWish(
    name="x",
    scopes=frozenset({Scope.DEPLOYMENTS_READ}),
    networks=(),
    days=10,
    reason="for a test",
    service_name="A system",
    role=Role.PLANNER,
)


@pytest.fixture
def day(real_db):
    return make_day()


def ask(day, view, actor, data=None, *, session=None, at="/", **arguments):
    """One request of `actor` at a page, as the door lets them in."""
    request = RequestFactory().get(at) if data is None else RequestFactory().post(at, data)
    request.actor, request.force, request.user = actor, day.force, None
    request.session, request._messages = {} if session is None else session, _Messages()
    with force_context(day.force.id):
        return view(request, **arguments)


class _Messages(list):
    def add(self, *said):
        self.append(said)


def events(day):
    return day.call(lambda: list(AuditEvent.objects.filter(object_type="api_token").order_by("ordinal")))


def test_a_token_is_shown_in_one_answer_works_and_is_never_shown_again(day):
    boss = administrator(day)
    session = {}
    asked = ask(day, views.new_token, boss, FILLED, session=session)
    assert asked.status_code == 302
    made, again = (ask(day, views.new_token, boss, session=session, at=asked.url) for _ in range(2))
    assert made.status_code == 200
    assert not TOKEN.search(again.content.decode())
    (text,) = set(TOKEN.findall(made.content.decode()))
    assert "no-store" in made.headers["Cache-Control"]
    page = ask(day, views.tokens, boss).content.decode()
    assert "Night batch" in page
    assert text.rsplit("_", 1)[1] not in page
    (event,) = events(day)
    assert (event.verb, event.reason) == ("api_token.created", "Replaces the export by hand")
    assert event.payload["networks"] == ["192.0.2.0/24", "2001:db8::/32"]


def test_it_is_asked_who_they_are_even_to_see_the_form(day):
    boss = replace(administrator(day), reauthenticated=False)
    for data in (None, FILLED):
        with pytest.raises(ReauthenticationNeeded):
            ask(day, views.new_token, boss, data)
    with pytest.raises(ReauthenticationNeeded):
        day.call(operations.create_token, wish=WISH, actor=boss, now=utc_now())
    assert day.call(queries.tokens) == []


def test_nobody_else_makes_or_revokes_one(day):
    system = make_system(day, *PLANS)
    for role in set(Role) - {Role.FORCE_ADMIN}:
        somebody = day.person("somebody", role) if role is not Role.SYSTEM else day.system
        with pytest.raises(NotPermitted):
            day.call(operations.create_token, wish=WISH, actor=somebody, now=utc_now())
        with pytest.raises(NotPermitted):
            day.call(
                operations.revoke_token,
                token_id=system.token.id,
                reason="not mine",
                actor=somebody,
                now=utc_now(),
            )
    south = make_day("south")
    with pytest.raises(NotFound):
        ask(south, views.revoke_token, administrator(south), {"reason": "not ours"}, token_id=system.token.id)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"networks": "192.0.2.7/24"}, "192.0.2.7/24 is not a network"),
        ({"scopes": ["audit:export"]}, "The scope audit:export would give it nothing"),
        ({"days": "366"}, "365"),
        ({"reason": "x"}, "Write the reason"),
        ({"service_name": ""}, "name"),
        ({"service": str(uuid4())}, "choose from the list"),
        ({"scopes": ["everything"]}, "choose from the list"),
    ],
    ids=["network", "scope", "days", "reason", "system", "another system", "another scope"],
)
def test_what_is_wrong_is_said_and_nothing_is_made(day, changes, words):
    answer = ask(day, views.new_token, administrator(day), FILLED | changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert day.call(queries.tokens) == []


def test_a_second_token_is_of_the_same_system(day):
    first = make_system(day, *PLANS)
    second = make_system(day, Scope.DEPLOYMENTS_READ, service_id=first.token.service_id)
    assert second.token.service_id == first.token.service_id
    assert len(day.call(queries.services)) == 1
    with pytest.raises(RuleViolated, match="audit:export"):
        make_system(day, Scope.AUDIT_EXPORT, service_id=first.token.service_id)


def test_revoking_needs_a_reason_and_is_done_once(day):
    system, boss = make_system(day, *PLANS), administrator(day)
    short = ask(day, views.revoke_token, boss, {"reason": "x"}, token_id=system.token.id)
    assert short.status_code == 422
    for _ in range(2):
        done = ask(day, views.revoke_token, boss, {"reason": "sent by mistake"}, token_id=system.token.id)
        assert done.status_code == 302
    assert [event.verb for event in events(day)] == ["api_token.created", "api_token.revoked"]
    assert system.get("deployments/").status_code == 401


def test_the_database_keeps_no_token_for_longer_than_a_year(day):
    system = make_system(day, *PLANS)

    def lengthen():
        with transaction.atomic():
            ApiToken.objects.filter(id=system.token.id).update(expires_at=utc_now() + timedelta(days=400))

    with pytest.raises(IntegrityError):
        day.call(lengthen)
