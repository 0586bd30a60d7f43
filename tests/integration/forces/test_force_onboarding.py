"""A force begins with one command and one page; its link works once, for it alone, for seven days."""

import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.forces import api as forces
from apps.forces.models import Force, OnboardingLink
from tests.support.days import PLANNED, Day, make_day

PASSWORD = "quiet-heron-beside-mill"
EMAIL = "first@westshire.example"
SECOND = "second@westshire.example"


@pytest.fixture
def command(real_db):
    def run(slug="westshire", **options):
        said = io.StringIO()
        named = {"admin_email": EMAIL, "second_admin_email": SECOND, "second_admin_name": "Bo Lake"} | options
        call_command("onboard_force", name=slug.title(), slug=slug, stdout=said, **named)
        return said.getvalue()

    return run


def path_of(said):
    return re.search(r"https?://[^/]+(/onboard/\S+/)", said)[1]


def second_path_of(said):
    return re.search(rf"For {SECOND}:\s+https?://[^/]+(/join/\S+/)", said)[1]


def typed(**changes):
    """What the page sends when it is left as it is."""
    values = {
        key: value for key, value in forces.values_of_force(Empty.force).items() if value not in ("", [])
    }
    values.pop("trial_mode")
    account = {"display_name": "Alex Moor", "rank": "Superintendent", "password": PASSWORD, "again": PASSWORD}
    return {**values, **account, **changes}


class Empty:
    force = None


@pytest.fixture(autouse=True)
def _defaults(real_db):
    Empty.force = forces.create_force(slug="pattern", name="Pattern Police", now=utc_now(), active=False)


def test_from_the_command_to_the_sign_in_page(command):
    path = path_of(command())
    assert "Westshire" in Client().get(path).content.decode()
    answer = Client().post(path, typed(notice_minimum_days=9, trial_mode="on"))
    assert (answer.status_code, answer.url) == (302, "/sign-in/")
    force = forces.get_force_by_slug(slug="westshire")
    assert (force.active, force.notice_minimum_days, force.trial_mode, force.version) == (True, 9, True, 2)
    with force_context(force.id):
        from apps.accounts.models import RoleGrant

        grants = list(RoleGrant.objects.select_related("user"))
    assert [(grant.user.username, grant.role) for grant in grants] == [(EMAIL, Role.FORCE_ADMIN)]
    assert accounts.forces_of(user_id=grants[0].user_id) == [force.id]
    # Like everybody: nobody is signed in by the link.
    assert not Client().get("/force/").wsgi_request.user.is_authenticated


def test_there_are_two_administrators_and_the_second_joins_once_the_force_is_set_up(command):
    old = second_path_of(command())
    said = command()
    # Run again, every link of before is void, the second one's too.
    assert Client().get(old, follow=True).status_code == 410
    browser = Client()
    early = browser.get(second_path_of(said), follow=True)
    assert (early.status_code, "once the first administrator" in early.content.decode()) == (409, True)
    assert Client().post(path_of(said), typed()).status_code == 302
    assert "Whoever runs the platform" in browser.get("/join/").content.decode()
    password = {"way": "password", "password": PASSWORD, "again": PASSWORD}
    assert browser.post("/join/", password).status_code == 302
    force = forces.get_force_by_slug(slug="westshire")
    with force_context(force.id):
        names = {person.username for person in accounts.list_people(now=utc_now()) if person.active}
        assert accounts.administrators_count() == 2
    assert names == {EMAIL, SECOND}
    with pytest.raises(CommandError, match="Name two administrators"):
        command(slug="eastshire", second_admin_email=EMAIL.upper())


def test_a_force_with_one_administrator_left_gets_another_from_the_platform(command):
    said = io.StringIO()
    assert Client().post(path_of(command()), typed()).status_code == 302
    asked = {"force": "westshire", "email": "third@westshire.example", "reason": "The second one has left"}
    call_command("invite_administrator", **asked, stdout=said)
    browser = Client()
    browser.get(re.search(r"https?://[^/]+(/join/\S+/)", said.getvalue())[1])
    assert (
        browser.post("/join/", {"way": "password", "password": PASSWORD, "again": PASSWORD}).status_code
        == 302
    )
    with force_context(forces.get_force_by_slug(slug="westshire").id):
        assert accounts.administrators_count() == 2
    with pytest.raises(CommandError, match="works for your force already"):
        call_command("invite_administrator", **asked)


def test_only_a_hash_of_the_link_is_stored(command, owner_connection):
    token = path_of(command()).split("/")[2]
    stored = owner_connection.execute("SELECT l::text FROM forces_onboardinglink l").fetchall()
    assert len(stored) == 1
    assert token not in str(stored)
    assert token[32:] not in str(stored)


def test_a_used_link_an_old_one_and_a_made_up_one_say_what_they_are(command):
    old = path_of(command())
    path = path_of(command())
    assert old != path
    made_up = path[:-6] + "aaaaa/"
    for address, words in ((old, "replaced by a newer one"), (made_up, "not an onboarding link")):
        for answer in (Client().get(address), Client().post(address, typed())):
            assert answer.status_code == 410
            assert words in answer.content.decode()
    assert Client().get("/onboard/hello/").status_code == 410
    assert Client().post(path, typed()).status_code == 302
    again = Client().post(path, typed(display_name="Somebody Else"))
    assert again.status_code == 410
    assert "has been used" in again.content.decode()
    with pytest.raises(CommandError, match="set up already"):
        command()


def test_it_expires_after_seven_days(command):
    path = path_of(command())
    with time_machine.travel(utc_now() + timedelta(days=7, seconds=1), tick=False):
        answer = Client().post(path, typed())
        assert answer.status_code == 410
        assert "has expired" in answer.content.decode()
    assert not forces.find_force(slug="westshire").active


def test_a_link_opens_its_own_force_only(command):
    path = path_of(command())
    other = forces.create_force(slug="other", name="Other", now=utc_now(), active=False)
    swapped = path.replace(path.split("/")[2][:32], other.id.hex)
    assert Client().post(swapped, typed()).status_code == 410
    assert not forces.find_force(slug="other").active
    assert not forces.find_force(slug="westshire").active


def test_what_is_wrong_is_said_and_nothing_is_made(command, owner_connection):
    path = path_of(command())
    weak = Client().post(path, typed(password="short", again="short"))
    out = Client().post(path, typed(minimum_staffing=1, again="another-quiet-heron"))
    body = out.content.decode()
    assert (weak.status_code, out.status_code) == (422, 422)
    assert "from 2 to 50 people" in body
    assert "The two passwords differ" in body
    assert "<title>Error: " in body
    assert not forces.find_force(slug="westshire").active
    assert owner_connection.execute("SELECT username FROM accounts_user").fetchall() == [(SECOND,)]


def test_whoever_signs_in_already_keeps_their_password(command):
    """The link of one force is no way into somebody's account of another."""
    accounts.create_user(
        username=EMAIL, display_name="Kim", password="another-fine-password-7", now=utc_now()
    )
    answer = Client().post(path_of(command()), typed())
    assert answer.status_code == 422
    assert "already signs in" in answer.content.decode()
    assert not forces.find_force(slug="westshire").active


def test_before_it_is_finished_it_is_nowhere_public_and_holds_no_deployment(command):
    command()
    force = forces.find_force(slug="westshire")
    assert "Westshire" not in Client().get("/notices/").content.decode()
    unknown, none = Client().get("/notices/westshire/"), Client().get("/notices/no-such-force/")
    assert unknown.status_code == none.status_code == 404
    assert "Westshire" not in unknown.content.decode()
    assert force.id not in {each.id for each in forces.all_forces()}
    unfinished = Day(force)
    with pytest.raises(RuleViolated, match="not set up yet"):
        unfinished.call(deployments.draft, authority=unfinished.plan(), actor=unfinished.planner, now=PLANNED)


def test_a_script_finishes_it_at_once_with_the_defaults(command, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    said = command(yes_with_defaults=True, admin_name="Alex Moor")
    assert "/onboard/" not in said
    force = forces.get_force_by_slug(slug="westshire")
    with force_context(force.id):
        assert OnboardingLink.objects.get().used_at is not None
    assert (force.version, force.notice_minimum_days) == (1, 7)


def test_somebody_signed_in_for_another_force_is_told_to_sign_out(command):
    from tests.support.cast import make_cast

    client = make_cast(make_day("north"))["planner"].client()
    answer = client.get(path_of(command()))
    assert answer.status_code == 409
    assert "Sign out first" in answer.content.decode()


def test_a_link_for_a_force_that_does_not_exist_makes_none(real_db):
    before = Force.objects.count()
    assert Client().get(f"/onboard/{uuid4().hex}{'a' * 43}/").status_code == 410
    assert Force.objects.count() == before


def test_what_is_wrong_with_settings_and_account_is_said_at_once(command):
    wrong = typed(minimum_staffing=1, password="x", again="x")
    page = Client().post(path_of(command()), wrong)
    assert page.status_code == 422
    summary = re.search(r'class="error-summary".*?</div>', page.content.decode(), re.S).group()
    assert "staffing" in summary.lower()
    assert "at least 14 characters" in summary
