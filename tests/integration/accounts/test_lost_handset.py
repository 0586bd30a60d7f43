"""One press ends every sign-in of a person, and starts the clock of the breach."""

from datetime import timedelta

import pytest

from apps.accounts import api as accounts
from apps.accounts import breaches, presence
from apps.accounts.models import Breach
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from tests.support.alert_stage import make_stage
from tests.support.signing_in import session_of, signed_in
from tests.support.sockets import off_loop, socket


def recorded(place):
    return place.within(lambda: list(Breach.objects.all()))


def test_ones_own_with_one_press_and_one_confirmation(place):
    user = place.person(Role.OPERATOR)
    here, handset = signed_in(user.username, proved=False), signed_in(user.username)
    page = here.get("/account/end-sign-ins/").content.decode()
    assert "72 hours" in page
    assert handset.get("/console/").status_code == 200
    # A press in the wrong hands asks nobody to prove anything: time counts.
    assert here.post("/account/end-sign-ins/", {"summary": "Left on a bus."}).status_code == 302
    for client in (here, handset):
        assert client.get("/console/").status_code == 302
    (breach,) = recorded(place)
    assert breach.summary == "Left on a bus."
    assert breach.ico_due_at - breach.found_at == timedelta(hours=72)
    assert "sign_ins.ended" in [verb for verb, _ in place.verbs(user)]
    # Signing in again works.
    assert signed_in(user.username).get("/console/").status_code == 200


def test_an_open_socket_closes_within_two_seconds(real_db):
    from asgiref.sync import async_to_sync

    async def play():
        stage = await off_loop(make_stage, "north")
        client = await off_loop(lambda: stage.operator.client())
        channel = socket(stage, client)
        assert await channel.connect()
        await channel.heard()

        def press():
            with stage.context():
                accounts.end_sign_ins(
                    user_id=stage.operator.actor.id,
                    summary="",
                    actor=stage.operator.actor,
                    now=utc_now(),
                )

        await off_loop(press)
        message = await channel.receive_output(2)
        await channel.leave()
        return message

    closed = async_to_sync(play)()
    assert (closed["type"], closed["code"]) == ("websocket.close", 4403)


def test_who_may_do_it_for_somebody_else(place, other, monkeypatch):
    user, admin = place.person(Role.OPERATOR), place.person(Role.FORCE_ADMIN)
    silver, planner = place.person(Role.SILVER_COMMANDER), place.person(Role.PLANNER)
    foreign = other.person(Role.FORCE_ADMIN)
    monkeypatch.setattr(presence, "_on_duty", [frozenset])
    wanted = {"user_id": user.id, "summary": "", "now": utc_now()}
    # Somebody of another force does not even learn that there is such a person.
    refusals = ((place, planner, NotPermitted), (place, silver, NotPermitted), (other, foreign, NotFound))
    for force, who, refusal in refusals:
        with pytest.raises(refusal):
            force.within(accounts.end_sign_ins, actor=force.actor(who), **wanted)
    assert recorded(place) == []
    place.within(accounts.end_sign_ins, actor=place.actor(admin), **wanted)
    monkeypatch.setattr(presence, "_on_duty", [lambda: frozenset({user.id})])
    client = signed_in(user.username)
    answer = signed_in(silver.username).post(f"/breaches/lost-handset/{user.id}/", {"summary": ""})
    assert answer.status_code == 302
    assert client.get("/console/").status_code == 302
    assert len(recorded(place)) == 2


def test_every_force_of_the_person_has_a_record_and_a_clock(place, other):
    user = place.person(Role.OPERATOR)
    other.person(Role.PLANNER, user=user)
    elsewhere = session_of(user.username, force_id=other.force.id)
    place.within(accounts.end_sign_ins, user_id=user.id, summary="x", actor=place.actor(user), now=utc_now())
    assert [len(recorded(place)), len(recorded(other))] == [1, 1]
    # What was typed in one force is not told in the other.
    assert recorded(other)[0].summary != "x"
    with pytest.raises(NotPermitted):
        accounts.person_of_session(elsewhere)


def test_the_clock_is_told_stopped_and_closed(place, other):
    admin = place.person(Role.FORCE_ADMIN)
    client, actor, now = signed_in(admin.username), place.actor(admin), utc_now()
    breach_id = place.within(
        accounts.end_sign_ins, user_id=admin.id, summary="", actor=actor, now=now - timedelta(hours=80)
    )
    client = signed_in(admin.username)
    assert place.within(accounts.overdue_count, now=now) == 1
    assert "Overdue" in client.get("/breaches/").content.decode()
    assert "1 breach is past the 72 hours" in client.get("/").content.decode()
    path = f"/breaches/{breach_id}/"
    assert client.post(path, {"step": "close", "words": "It was found in a drawer."}).status_code == 422
    told = {"step": "told", "reference": "IC-123", "told_at": f"{now - timedelta(minutes=90):%Y-%m-%dT%H:%M}"}
    assert client.post(path, told | {"reference": ""}).status_code == 422
    assert client.post(path, told).status_code == 302
    assert place.within(accounts.overdue_count, now=now) == 0
    assert client.post(path, {"step": "close", "words": "It was found in a drawer."}).status_code == 302
    foreign = other.person(Role.FORCE_ADMIN)
    assert signed_in(foreign.username).get(path).status_code == 404
    with pytest.raises(NotFound):
        other.within(breaches.get_breach, breach_id=breach_id, actor=other.actor(foreign))


def test_not_telling_needs_a_reason(place):
    admin = place.person(Role.FORCE_ADMIN)
    actor, now = place.actor(admin), utc_now()
    breach_id = place.within(accounts.end_sign_ins, user_id=admin.id, summary="", actor=actor, now=now)
    about = {"breach_id": breach_id, "actor": actor, "now": now}
    with pytest.raises(RuleViolated):
        place.within(breaches.note_not_told, reason="no", **about)
    place.within(breaches.note_not_told, reason="It was locked and encrypted, and was wiped.", **about)
    assert place.within(accounts.overdue_count, now=now + timedelta(hours=80)) == 0


@pytest.mark.parametrize("role", [Role.PLANNER, Role.OPERATOR, Role.OVERSIGHT])
def test_breaches_are_the_administrators(place, role):
    client = signed_in(place.person(role).username)
    assert client.get("/breaches/").status_code == 403
    assert client.get("/breaches/lost-handset/").status_code == 403
