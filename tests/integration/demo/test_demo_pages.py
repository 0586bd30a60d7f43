"""The guided pages: only in the demonstration, without secrets; and a sample list for planners alone."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import Client

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.demo import live, people, seed
from apps.demo.day import filming
from apps.demo.people import create_people
from apps.demo.player import Player
from apps.demo.seed import Told
from apps.forces import api as forces
from tests.support.alert_stage import PASSWORD
from tests.support.signing_in import signed_in as as_signed_in

pytestmark = [pytest.mark.usefixtures("real_db")]
PAGES = ("/try/", "/try/planner/", "/try/system-engineer/", "/try/sample-list.zip")


@pytest.fixture
def demo(settings, tmp_path, photos):
    settings.LFR_DEMO = True
    settings.LFR_DEMO_STORY = tmp_path / "story.json"
    settings.ROOT_URLCONF = "tests.support.demo_urls"
    return settings


def signed_in(*roles: Role) -> Client:
    force = forces.create_force(slug="north", name="North Police", now=utc_now())
    user = accounts.create_user(
        username="somebody@north.example", display_name="Somebody", password=PASSWORD, now=utc_now()
    )
    with force_context(force.id):
        for role in roles:
            accounts.grant_role(
                user_id=user.id,
                role=role,
                actor=Actor.system(force_id=force.id, label="test"),
                now=utc_now(),
            )
    return as_signed_in("somebody@north.example")


@pytest.mark.parametrize("path", PAGES)
def test_outside_the_demonstration_there_is_nothing(path):
    assert Client().get(path).status_code == 404


def test_a_planner_outside_the_demonstration_gets_no_sample_either():
    assert signed_in(Role.PLANNER).get("/try/sample-list.zip").status_code == 404


def test_production_never_reads_the_switch():
    source = (Path(__file__).parents[3] / "lfrplatform" / "settings" / "production.py").read_text()
    assert "LFR_DEMO" not in source


@pytest.mark.parametrize("path", PAGES[:3])
def test_the_pages_say_so_while_the_demonstration_is_set_up(demo, path):
    page = Client().get(path)
    assert page.status_code == 200
    assert "still being set up" in page.content.decode()


@pytest.mark.parametrize("path", ["/try/nobody/", "/try/../try/", "/try/PLANNER/"])
def test_there_is_no_page_for_a_role_that_does_not_exist(demo, path):
    assert Client().get(path).status_code in (301, 404)


def test_nobody_writes_to_a_guided_page(demo):
    assert Client().post("/try/").status_code == 405


def test_story_and_pages_hold_no_password(demo, tmp_path):
    now = utc_now()
    force = forces.create_force(slug="north", name="North Police", now=now)
    made = create_people(force_id=force.id, slug="north", now=now, names=seed.HERTFORDSHIRE.names)
    told = Told(Player(force, made, faces=None))
    place = SimpleNamespace(var=tmp_path, base=tmp_path, home=tmp_path)
    film = filming.plan(seed=1, seconds=20, photos=tmp_path, folder=tmp_path)
    platform = SimpleNamespace(base_url="http://127.0.0.1:1", ws_url="ws://127.0.0.1:1", place=place)
    live.write_story(platform, [told], film)
    written = demo.LFR_DEMO_STORY.read_text()
    assert stat.S_IMODE(demo.LFR_DEMO_STORY.stat().st_mode) == 0o600
    assert json.loads(written)["forces"][0]["people"]["planner"] == "planner@north.example"
    shown = "".join(Client().get(path).content.decode() for path in PAGES[:3])
    assert "planner@north.example" in shown
    for person in made.values():
        assert person.password not in written
        assert person.password not in shown


def test_a_stranger_is_asked_to_sign_in_before_the_sample(demo):
    answer = Client().get("/try/sample-list.zip")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PLANNER, Role.SYSTEM}))
def test_the_sample_is_refused_to_everybody_else(demo, role):
    answer = signed_in(role).get("/try/sample-list.zip")
    assert answer.status_code == 403
    assert not answer.content.startswith(b"PK")


def test_a_planner_gets_the_sample_and_no_cache_keeps_it(demo):
    answer = signed_in(Role.PLANNER).get("/try/sample-list.zip")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        text = archive.read("watchlist.csv").decode()
    assert len(text.splitlines()) == 5
    assert "other" in text
    assert sum(name.startswith("pictures/") for name in names) == 4


def test_words_that_resemble_an_address_are_drawn_again(monkeypatch):
    drawn = iter(["orchard-summer-feather-bridge"])
    fresh = people.new_password
    monkeypatch.setattr("apps.demo.people.new_password", lambda: next(drawn, None) or fresh())
    now = utc_now()
    force = forces.create_force(slug="hertfordshire", name="North Police", now=now)
    monkeypatch.setattr("apps.demo.people.CAST", (("commander", "", Role.SILVER_COMMANDER),))
    made = create_people(force_id=force.id, slug="hertfordshire", now=now)
    assert made["commander"].password != "orchard-summer-feather-bridge"
    with pytest.raises(RuleViolated, match="already signs in"):
        create_people(force_id=force.id, slug="hertfordshire", now=now)
