"""Collar numbers: two administrators for each, one at a time, of one force, in no payload of the audit."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts import api as accounts
from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotFound, NotPermitted, ReauthenticationNeeded, RuleViolated
from apps.core.tenancy import force_context
from tests.support.at_once import meanwhile
from tests.support.cast import make_member
from tests.support.days import make_day
from tests.support.signing_in import signed_in

WHY = "From the personnel file"


@pytest.fixture
def force(real_db):
    return Force("north")


class Force:
    def __init__(self, name):
        self.day = make_day(name)
        self.first, self.second = (
            make_member(self.day, name, Role.FORCE_ADMIN) for name in ("first", "second")
        )
        self.officer = make_member(self.day, "officer", Role.PLANNER)

    def within(self, function, **arguments):
        with force_context(self.day.force.id):
            return function(**arguments)

    def do(self, function, by, **arguments):
        return self.within(function, actor=by.actor, now=utc_now(), **arguments)

    def ask(self, number, about=None, by=None):
        return self.do(
            accounts.record_collar_number,
            by or self.first,
            user_id=(about or self.officer).actor.id,
            number=number,
            reason=WHY,
        )

    def confirm(self, by=None):
        (row,) = self.within(accounts.waiting)
        self.do(accounts.confirm, by or self.second, waiting_id=row.id, reason=WHY)

    def number(self, about=None):
        return self.within(accounts.collar_number_of, user_id=(about or self.officer).actor.id)


def test_a_number_counts_once_a_second_administrator_confirmed_it(force):
    force.ask(" hc  2417 ")
    assert force.number() == ""
    with pytest.raises(NotPermitted):
        force.confirm(force.first)
    force.confirm()
    assert force.number() == "HC 2417"
    force.ask("HC 9")
    assert force.number() == "HC 2417"
    force.confirm()
    assert force.number() == "HC 9"
    # The number that was replaced is free again, and nothing else is.
    force.ask("HC 2417", about=force.second)
    with pytest.raises(RuleViolated, match="Somebody else"):
        force.ask("hc 9", about=make_member(force.day, "another", Role.PLANNER))


@pytest.mark.parametrize(
    "number",
    ["", "24—17", "X" * 21, "24<b>17", "\uff12\uff14"],
    ids=["empty", "dash", "long", "markup", "full width"],
)
def test_what_is_no_number_is_refused(force, number):
    with pytest.raises(RuleViolated):
        force.ask(number)
    assert force.within(accounts.waiting) == []


def test_nobody_asks_alone_for_themselves_for_a_stranger_or_twice(force):
    other = Force("south")
    with pytest.raises(NotPermitted):
        force.ask("1", about=force.first)
    with pytest.raises(NotPermitted):
        force.ask("1", by=force.officer)
    with pytest.raises(NotFound):
        force.ask("1", about=other.officer)
    force.ask("1")
    with pytest.raises(RuleViolated, match="waits already"):
        force.ask("2")
    # The other force has numbers of its own.
    other.ask("1")
    other.confirm()
    assert (force.number(), other.number()) == ("", "1")


def test_it_needs_a_fresh_proof_and_the_audit_has_no_number_in_its_payload(force):
    stale = force.first.actor.__class__(
        **{name: getattr(force.first.actor, name) for name in ("id", "label", "force_id", "roles")}
    )
    with pytest.raises(ReauthenticationNeeded):
        force.within(
            accounts.record_collar_number,
            user_id=force.officer.actor.id,
            number="77",
            reason=WHY,
            actor=stale,
            now=utc_now(),
        )
    force.ask("HC777")
    force.confirm()
    events = force.within(audit.events_about, object_id=force.officer.actor.id)
    about = [event for event in events if event.verb.startswith("collar_number.")]
    assert {event.verb for event in about} == {"collar_number.asked", "collar_number.confirmed"}
    assert not any("777" in str(event.payload) for event in about)


def test_the_pages_ask_show_and_confirm(force):
    first, second = signed_in(force.first.username), signed_in(force.second.username)
    page = f"/people/{force.officer.actor.id}/"
    assert "not on record" in first.get(page).content.decode()
    assert first.post(page + "collar-number/", {"number": "", "reason": WHY}).status_code == 422
    assert first.post(page + "collar-number/", {"number": "HC 12", "reason": WHY}).status_code == 302
    assert "A collar number" in first.get("/").content.decode()
    shown = second.get(page).content.decode()
    for words in ("HC 12", "Confirm it", "not on record"):
        assert words in shown
    (row,) = force.within(accounts.waiting)
    assert "a collar number" in second.get(f"/people/waiting/{row.id}/confirm/").content.decode()
    assert second.post(f"/people/waiting/{row.id}/confirm/", {"reason": WHY}).status_code == 302
    assert "HC 12 ·" in first.get(page).content.decode()
    assert "confirmed it" in first.get(f"/people/waiting/{row.id}/confirm/").content.decode()
    assert Client().get(page).status_code == 302


def test_two_who_ask_at_once_for_two_people_do_not_get_one_number(force, owner_connection):
    """The second looks while the first has not committed yet: nothing it can read says that it is taken."""
    another = make_member(force.day, "another", Role.PLANNER)
    ask = {"number": "HC 5", "reason": WHY, "now": utc_now()}
    refused = meanwhile(
        force.day.force.id,
        owner_connection,
        lambda: accounts.record_collar_number(user_id=another.actor.id, actor=force.second.actor, **ask),
        lambda: accounts.record_collar_number(user_id=force.officer.actor.id, actor=force.first.actor, **ask),
    )
    assert isinstance(refused, RuleViolated)
    assert refused.reasons == ("Somebody else of your force has this number.",)
    assert [row.user_id for row in force.within(accounts.waiting)] == [another.actor.id]


def test_the_number_of_somebody_who_left_is_free_and_counts_no_more(force):
    force.ask("HC 5")
    force.confirm()
    force.ask("HC 6")
    force.do(accounts.leave, force.first, user_id=force.officer.actor.id, reason="Retired in May")
    assert force.number() == ""
    assert force.within(accounts.waiting) == []
    another = make_member(force.day, "another", Role.PLANNER)
    force.ask("HC 5", about=another)
    force.confirm()
    assert force.number(another) == "HC 5"


def test_a_refused_number_never_counts_and_whoever_asked_is_told(force):
    force.ask("HC 5")
    (row,) = force.within(accounts.waiting)
    force.do(accounts.refuse, force.second, waiting_id=row.id, reason="Not theirs")
    assert force.number() == ""
    assert "Not theirs" in signed_in(force.first.username).get("/people/").content.decode()
