"""Which address a webhook may have: each thing that is wrong with one is said by its name."""

import html

import pytest

from apps.core.data import Role
from tests.support.alert_stage import make_stage


@pytest.fixture
def stage(real_db):
    return make_stage("hooks")


def admin(stage):
    return stage.person("admin", Role.FORCE_ADMIN)


WRONG = {
    "http://hooks.police.example/x": "Start the address with https://",
    "https://127.0.0.1/x": "127.0.0.1 is the machine of the platform itself",
    "https://localhost/x": "localhost is the machine of the platform itself",
    "https://[::1]:8443/x": "::1 is the machine of the platform itself",
    "https://me:pw@hooks.police.example/x": "Leave out the name and the password",
    "https://hooks.police.example/x#top": "Leave out everything from the #",
    "https://elsewhere.example/x": "elsewhere.example is not allowed",
    "https://hooks.police.example:8443/x": "hooks.police.example:8443 is not allowed",
    "hooks.police.example/x": "Write a whole address",
    "https://hooks.police.example/a b": "Write a whole address",
    "https://hooks.police.example:port/": "Write a whole address",
    "https://hooks.police.example/" + "x" * 300: "at most 300 characters",
}


@pytest.mark.parametrize("url", WRONG, ids=[*WRONG.values()])
def test_it_is_said_which_is_wrong_with_an_address(stage, settings, url):
    settings.LFR_SERVICE_LOOPBACK = False
    settings.LFR_WEBHOOK_HOSTS = ["hooks.police.example"]
    sent = {"name": "Told", "url": url, "events": ["alert.raised"], "reason": "It shows them"}
    answer = admin(stage).client().post("/force/webhooks/new/", sent)
    form = answer.context["form"]
    (said,) = form.errors["url"]
    assert WRONG[url] in said
    assert {words for words in WRONG.values() if words in said} == {WRONG[url]}, "that and nothing else"
    assert "pw" not in said
    assert answer.status_code == 422


def test_it_is_said_which_hosts_are_allowed_and_not_those_of_another_force(stage, settings):
    client = admin(stage).client()

    def page():
        return html.unescape(client.get("/force/webhooks/new/").content.decode())

    settings.LFR_WEBHOOK_HOSTS = []
    assert "No host is allowed yet. Whoever runs the platform can change that" in page()
    settings.LFR_WEBHOOK_HOSTS = ["hooks.police.example", "desk.police.example:8443"]
    assert "Allowed: hooks.police.example and desk.police.example:8443." in page()
    make_stage("another")
    assert "police.example:8443" not in page()
    assert "LFR_WEBHOOK_HOSTS" in page()
