"""What waits for a second administrator is on their home, with where to answer it."""

import re

import pytest

from apps.accounts import api as accounts
from apps.accounts import sign_on_settings
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.forces import api as forces
from tests.support.cast import make_member
from tests.support.days import make_day
from tests.support.people import WHY, within

MINE = "waits for another administrator"


@pytest.fixture
def day(real_db):
    return make_day("north")


@pytest.fixture
def first(day):
    return make_member(day, "first", Role.FORCE_ADMIN)


@pytest.fixture
def second(day):
    return make_member(day, "second", Role.FORCE_ADMIN)


@pytest.fixture
def stranger(real_db):
    return make_member(make_day("south"), "stranger", Role.FORCE_ADMIN)


def ask_for_role(day, first):
    member = make_member(day, "member", Role.PLANNER)
    asked = {"user_id": member.actor.id, "role": Role.FORCE_ADMIN, "reason": WHY}
    within(day, accounts.grant_role, **asked, actor=first.actor, now=utc_now())


def ask_for_sign_on(day, first):
    within(
        day,
        sign_on_settings.configure,
        name="North",
        issuer="https://idp.example",
        client_id="lfr",
        secret="the secret of the client",
        role_claim="groups",
        role_map={"planners": Role.PLANNER},
        second_factor_values=[],
        email_domains=[],
        enabled=True,
        actor=first.actor,
        now=utc_now(),
    )


def confirm_leaving(day, admin):
    within(
        day,
        forces.confirm_leaving,
        manifest_sha256="ab" * 32,
        slug=day.force.slug,
        independent=lambda one, other: True,
        actor=admin.actor,
        now=utc_now(),
    )


def ask_for_leaving(day, first):
    exported = {"manifest_sha256": "ab" * 32, "counts": {"people": 2}}
    within(day, forces.note_export, **exported, actor=day.system, now=utc_now())
    confirm_leaving(day, first)


def waiting_for(member):
    """What the home says about it, and the addresses that it leads to."""
    page = member.client().get("/").content.decode()
    found = re.search(r'<section class="panel" aria-labelledby="agreements">.*?</section>', page, re.S)
    return found.group() if found else ""


@pytest.mark.parametrize(
    ("ask", "words", "href"),
    [
        (ask_for_role, "The role force administrator for PC Member", "/people/"),
        (ask_for_sign_on, "Settings of single sign-on", "/force/sign-on/"),
        (ask_for_leaving, "That the force leaves", "/force/leaving/"),
    ],
    ids=["role", "sign-on", "leaving"],
)
def test_the_second_administrator_is_told_and_whoever_asked_reads_that_it_waits(
    day, first, second, stranger, ask, words, href
):
    ask(day, first)
    told = waiting_for(second)
    assert words in told
    assert f'href="{href}"' in told
    assert "Asked for by PC First" in told
    assert MINE not in told
    assert second.client().get(href).status_code == 200
    own = waiting_for(first)
    assert words in own
    assert MINE in own
    assert "You can answer it" not in own
    assert waiting_for(stranger) == ""


def test_nobody_but_administrators_is_told_and_nothing_is_said_when_nothing_waits(day, first, second):
    assert waiting_for(second) == ""
    ask_for_role(day, first)
    assert waiting_for(make_member(day, "officer", Role.AUTHORISING_OFFICER)) == ""
    page = second.client().get("/").content.decode()
    assert "Nothing waits for you" not in page
    assert "No deployment waits for you" in page


def test_whom_it_concerns_does_not_answer_it(day, first, second):
    asked = {"user_id": second.actor.id, "role": Role.AUTHORISING_OFFICER, "reason": WHY, "rank": "Supt"}
    within(day, accounts.grant_role, **asked, actor=first.actor, now=utc_now())
    told = waiting_for(second)
    assert "It concerns you" in told
    assert "You can answer it" not in told


def test_what_was_answered_waits_no_more(day, first, second):
    ask_for_leaving(day, first)
    confirm_leaving(day, second)
    assert waiting_for(first) == waiting_for(second) == ""
