"""Many sockets asked about at once: each is told what it would be told alone, in a few statements."""

import asyncio
import time
from uuid import uuid4

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from apps.accounts import api as accounts
from apps.accounts import door
from apps.accounts.models import IdentityProvider, User
from apps.accounts.sign_on_client import key_of
from apps.accounts.sign_on_links import BY_OWNER
from apps.alerts import confirming
from apps.alerts.confirming import Listener, confirm_many, confirm_one
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import DomainError
from apps.deployments import api as deployments
from apps.deployments.data import Duty
from tests.support.signing_in import session_of
from tests.support.sockets import off_loop


def listener(stage, person, deployment_id=None):
    return Listener(session_of(person.username), "192.0.2.1", deployment_id or stage.deployment_id)


def change(session_key, **values):
    store = SessionStore(session_key)
    store.update(values)
    store.save()


def alone(each):
    try:
        confirm_one(*each)
    except DomainError as refused:
        return type(refused), str(refused)
    return None


def told(answer):
    return None if answer is None else (type(answer), str(answer))


SAT_STILL_S = 3 * 3600


def sat_still(each):
    change(each.session_key, **{door.SEEN: time.time() - SAT_STILL_S, door.ASKED: time.time()})


def too_old(each):
    change(each.session_key, **{door.BEGAN: time.time() - door.LONGEST_S - 60})


def of_another_password(each):
    change(each.session_key, **{HASH_SESSION_KEY: "0" * 64})


def without_second_factor(each):
    change(each.session_key, **{door.RECORDS: [{"method": "password", "at": time.time()}]})


def by_a_sign_on_that_is_gone(each):
    change(each.session_key, **{door.SIGN_ON_FORCE: str(uuid4()), door.SIGN_ON_LINK: 1})


def of_no_force(each):
    change(each.session_key, **{door.FORCE: ""})


def of_a_force_that_is_not_theirs(each):
    change(each.session_key, **{door.FORCE: str(uuid4())})


def of_a_backend_that_is_gone(each):
    change(each.session_key, _auth_user_backend="elsewhere.Backend")


def deleted(each):
    SessionStore(each.session_key).delete()


SPOILT = [
    sat_still,
    too_old,
    of_another_password,
    without_second_factor,
    by_a_sign_on_that_is_gone,
    of_no_force,
    of_a_force_that_is_not_theirs,
    of_a_backend_that_is_gone,
    deleted,
]


def test_each_is_told_what_it_would_be_told_alone(stage, other_stage, subtests):
    spoilt = {spoil.__name__: listener(stage, stage.operator) for spoil in SPOILT}
    for spoil in SPOILT:
        spoil(spoilt[spoil.__name__])
    spoilt |= {
        "no session": Listener("", "", stage.deployment_id),
        "a made-up session": Listener("x" * 32, "", stage.deployment_id),
        "another force's deployment": listener(stage, stage.operator, other_stage.deployment_id),
        "another force's person": listener(stage, other_stage.operator),
        "a role without a console": listener(stage, stage.person("planner2", Role.PLANNER)),
    }
    fine = [
        listener(stage, stage.operator),
        listener(stage, stage.silver),
        listener(other_stage, other_stage.officer),
    ]
    answers = confirm_many([*spoilt.values(), *fine])
    for name, each in spoilt.items():
        with subtests.test(name):
            assert told(answers[each]) is not None
            assert told(answers[each]) == alone(each)
    assert [answers[each] for each in fine] == [None, None, None]


def account_closed(stage):
    User.objects.filter(id=stage.operator.actor.id).update(is_active=False)


def role_revoked(stage):
    with stage.context():
        accounts.revoke_role(
            user_id=stage.operator.actor.id, role=Role.OPERATOR, actor=stage.system, now=utc_now()
        )


def password_changed(stage):
    user = User.objects.get(id=stage.operator.actor.id)
    user.set_password("another fourteen slow herons")
    user.save()


@pytest.mark.parametrize(
    "end", [account_closed, role_revoked, password_changed], ids=lambda end: end.__name__
)
def test_whoever_may_no_longer_look_is_the_only_one_refused(stage, end):
    theirs, colleagues = listener(stage, stage.operator), listener(stage, stage.officer)
    assert set(confirm_many([theirs, colleagues]).values()) == {None}
    end(stage)
    answers = confirm_many([theirs, colleagues])
    assert told(answers[theirs]) == alone(theirs) != None  # noqa: E711 - refused, and as alone
    assert answers[colleagues] is None


def test_a_console_on_duty_does_not_go_dark(stage):
    on_duty, off_duty = listener(stage, stage.operator), listener(stage, stage.officer)
    with stage.context():
        deployments.record_duty(
            deployment_id=stage.deployment_id, duty=Duty.OPERATOR, actor=stage.operator.actor, now=utc_now()
        )
    sat_still(on_duty)
    sat_still(off_duty)
    answers = confirm_many([on_duty, off_duty])
    assert answers[on_duty] is None
    assert told(answers[off_duty]) == alone(off_duty) != None  # noqa: E711


def test_a_hundred_sockets_cost_as_many_statements_as_two(stage):
    def statements(number):
        asked = [listener(stage, person) for person in (stage.operator, stage.silver) for _ in range(number)]
        with CaptureQueriesContext(
            connection,
        ) as made:
            assert set(confirm_many(asked).values()) == {None}
        return len(made)

    assert statements(1) == statements(20) <= 12


def by_sign_on(stage, person, *, by_owner=True, borrowed=False):
    """A socket of somebody who came through the force's own sign-on."""
    with stage.context():
        provider, _ = IdentityProvider.objects.get_or_create(
            defaults={
                "name": "Directory", "issuer": "https://id.force.example", "client_id": "lfr",
                "enabled": True, "created_at": utc_now(), "changed_at": utc_now(),
            }
        )  # fmt: skip
        link = SocialAccount.objects.create(
            user_id=person.actor.id, provider=key_of(stage.force.id, provider.issuer), uid=uuid4().hex,
            extra_data=BY_OWNER if by_owner else {},
        )  # fmt: skip
    each = listener(stage, person)
    came = {door.SIGN_ON_FORCE: str(stage.force.id), door.SIGN_ON_VERSION: 1, door.SIGN_ON_LINK: link.pk}
    if borrowed:
        came[door.RECORDS] = [{"method": "sign-on", "second_factor": True, "at": time.time()}]
    change(each.session_key, **came)
    return each


def without_password(person):
    User.objects.filter(id=person.actor.id).update(password="!nothing")


def test_who_came_by_a_sign_on_is_asked_about_with_the_others(stage, monkeypatch, subtests):
    """A force that signs in through its directory is nothing but such sockets."""
    people = {name: stage.person(name, Role.OPERATOR) for name in ("given", "bare", "moved", "gone", "stale")}
    without_password(people["bare"])
    asked = {
        "own factor": by_sign_on(stage, stage.operator, by_owner=False),
        "borrowed, tied by its owner": by_sign_on(stage, stage.officer, borrowed=True),
        "borrowed, of an account with a password": by_sign_on(
            stage, people["given"], by_owner=False, borrowed=True
        ),
        "borrowed, with a role that an administrator gave": by_sign_on(
            stage, people["bare"], by_owner=False, borrowed=True
        ),
        "another's link": by_sign_on(stage, people["moved"]),
        "a link that is gone": by_sign_on(stage, people["gone"]),
        "an earlier provider": by_sign_on(stage, people["stale"]),
    }
    of_another = SocialAccount.objects.get(user_id=stage.officer.actor.id).pk
    change(asked["another's link"].session_key, **{door.SIGN_ON_LINK: of_another})
    SocialAccount.objects.filter(user_id=people["gone"].actor.id).delete()
    change(asked["an earlier provider"].session_key, **{door.SIGN_ON_VERSION: 0})
    answers = confirm_many(list(asked.values()))
    for name, each in asked.items():
        with subtests.test(name):
            assert told(answers[each]) == alone(each)
    fine = list(asked.values())[:2]
    assert [answers[each] for each in asked.values()].count(None) == 2
    monkeypatch.setattr(confirming, "confirm_one", lambda *_: 1 / 0)
    assert set(confirm_many(fine).values()) == {None}
    with stage.context():
        IdentityProvider.objects.update(enabled=False)
    assert None not in confirm_many(fine).values()


def test_one_that_breaks_breaks_no_other(stage, monkeypatch):
    fine, broken = listener(stage, stage.operator), Listener("", "", stage.deployment_id)
    monkeypatch.setattr(confirming, "confirm_one", lambda *_: 1 / 0)
    answers = confirm_many([fine, broken])
    assert answers[fine] is None
    assert isinstance(answers[broken], ZeroDivisionError)


async def test_who_asks_at_once_is_asked_about_at_once(stage, monkeypatch):
    asked = []

    async def counted(listeners):
        asked.append(len(listeners))
        return dict.fromkeys(listeners)

    monkeypatch.setattr(confirming, "_confirm_many_off_loop", counted)
    await asyncio.gather(*(confirming.confirm(f"session {n}", "", stage.deployment_id) for n in range(600)))
    assert asked == [500, 100]


async def test_nobody_is_left_waiting_when_the_database_is_gone(stage, monkeypatch):
    async def gone(listeners):
        raise DatabaseError("gone")

    monkeypatch.setattr(confirming, "_confirm_many_off_loop", gone)
    calls = (confirming.confirm(f"session {n}", "", stage.deployment_id) for n in range(3))
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers] == [DatabaseError] * 3


async def test_a_socket_that_leaves_while_it_asks_stops_no_other(stage):
    first, second = await off_loop(lambda: (listener(stage, stage.operator), listener(stage, stage.officer)))
    leaving = asyncio.create_task(confirming.confirm(*first))
    staying = asyncio.create_task(confirming.confirm(*second))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait_for(staying, 5)
    assert leaving.cancelled() or leaving.cancelling()
