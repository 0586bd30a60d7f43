"""Every byte of a face: who gets it, when, and that no cache, range or name in the request gives more.

What each picture's own page allows is in the tests of alerts and lists; here are the ways around it.
"""

import ast
from pathlib import Path

import pytest

from apps.accounts import api as accounts
from apps.alerts.data import OperatorDecision
from apps.core.clock import utc_now
from apps.core.data import Role
from tests.support.alert_stage import CANDIDATE, PROBE
from tests.support.web_routes import every_route

APPS = Path(__file__).resolve().parents[3] / "apps"
# Every route that answers with a picture. A new one fails here until it is walked below or in its own tests.
MEDIA = {
    "alerts:picture",
    "deployments:list-picture",
    "deployments:same-face-picture",
    "deployments:sign-photograph",
}


def addresses(alert):
    return [f"/alerts/{alert.id}/{which}.jpg" for which in ("probe", "candidate")]


def bytes_of_a_face(answer):
    return any(piece in answer.content for piece in (PROBE[200:300], CANDIDATE[200:300], b"\xff\xd8\xff"))


def test_every_route_that_gives_a_picture_is_known():
    found = {name for path, name in every_route() if path.endswith((".jpg", ".jpeg", ".png", ".webp"))}
    assert found == MEDIA


def test_the_wall_stands_for_every_kind_of_stranger(stage, other_stage):
    alert = stage.raise_alert()
    people = {
        "another force's operator": other_stage.operator,
        "a planner": stage.person("second-planner", Role.PLANNER),
        "the administrator": stage.person("administrator", Role.FORCE_ADMIN),
        "oversight": stage.person("overseer", Role.OVERSIGHT),
        "the engineer": stage.person("engineer", Role.SYSTEM_ENGINEER),
        "silver": stage.silver,
        "an officer before the match": stage.officer,
    }
    for who, person in people.items():
        client = person.client()
        for address in addresses(alert):
            answer = client.get(address)
            assert answer.status_code in {403, 404}, (who, address)
            assert not bytes_of_a_face(answer), (who, address)
            assert "no-store" in answer["Cache-Control"], (who, address)


def closed_by_a_decision(stage, alert):
    stage.decide(alert.id, OperatorDecision.NOT_A_MATCH)


def out_of_time(stage, alert):
    from datetime import timedelta

    from apps.alerts.models import Alert

    with stage.context():
        Alert.objects.filter(id=alert.id).update(expires_at=utc_now() - timedelta(seconds=1))


def role_lost(stage, alert):
    with stage.context():
        accounts.revoke_role(
            user_id=stage.operator.actor.id, role=Role.OPERATOR, actor=stage.system, now=utc_now()
        )


@pytest.mark.parametrize("end", [closed_by_a_decision, out_of_time, role_lost], ids=lambda end: end.__name__)
def test_whoever_saw_it_sees_it_no_more_once_it_is_over(stage, end):
    alert = stage.raise_alert()
    client = stage.operator.client()
    assert client.get(addresses(alert)[0]).status_code == 200
    end(stage, alert)
    for address in addresses(alert):
        answer = client.get(address)
        assert answer.status_code in {302, 403, 404, 410}, address
        assert not bytes_of_a_face(answer)


CONDITIONS = {
    "a range": {"Range": "bytes=0-10"},
    "many ranges": {"Range": "bytes=0-1,5-9"},
    "not modified since": {"If-Modified-Since": "Wed, 01 Jan 2200 00:00:00 GMT"},
    "any version": {"If-None-Match": "*"},
    "an old range": {"If-Range": '"x"', "Range": "bytes=0-"},
    "another method": {"X-HTTP-Method-Override": "POST"},
}


def test_ranges_and_conditions_give_nothing_more(stage):
    """Either the whole picture, recorded as a look, or none of it: no 206, no 304 that tells of a copy."""
    alert = stage.raise_alert()
    allowed, stranger = stage.operator.client(), stage.silver.client()
    for name, headers in CONDITIONS.items():
        answer = allowed.get(addresses(alert)[0], headers=headers)
        assert (answer.status_code, answer.content) == (200, PROBE), name
        assert "ETag" not in answer, name
        assert "Last-Modified" not in answer, name
        assert stranger.get(addresses(alert)[0], headers=headers).status_code == 403, name
    assert allowed.head(addresses(alert)[0]).status_code in {200, 405}
    assert stranger.head(addresses(alert)[0]).status_code in {403, 405}


def test_a_picture_is_a_picture_and_nothing_else(stage):
    answer = stage.operator.client().get(addresses(stage.raise_alert())[0])
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == "inline"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]


def test_an_alert_is_not_found_by_counting(stage):
    stage.raise_alert()
    client = stage.operator.client()
    for address in ("/alerts/1/probe.jpg", "/alerts/../probe.jpg", "/alerts/%2e%2e/probe.jpg"):
        assert client.get(address).status_code == 404


# Reading, writing or naming a file.
FILES = {"open", "Path", "FileResponse", "sendfile", "serve", "unlink", "remove", "mkdir", "rename"}
ASKED = {"GET", "POST", "FILES", "META", "headers", "COOKIES", "body"}


def of_a_request(node):
    """Whether an expression contains something of `request`: request.GET[...], self.request.POST, …"""
    return any(
        isinstance(part, ast.Attribute)
        and part.attr in ASKED
        and isinstance(part.value, ast.Name | ast.Attribute)
        and (part.value.id if isinstance(part.value, ast.Name) else part.value.attr) == "request"
        for part in ast.walk(node)
    )


def name_of(function):
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def web_files():
    wanted = ("views", "rest", "consumers", "forms", "middleware", "api_views")
    return [
        path for path in APPS.rglob("*.py") if any(word in str(path.relative_to(APPS)) for word in wanted)
    ]


def test_nothing_of_a_request_becomes_a_file_name_or_a_header():
    guilty = []
    for path in web_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node.func) in FILES:
                arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
                if any(of_a_request(argument) for argument in arguments):
                    guilty.append(f"{path.name}:{node.lineno}")
            if isinstance(node, ast.Constant) and "filename=" in str(node.value):
                guilty += [] if "{" not in str(node.value) else [f"{path.name}:{node.lineno}"]
    assert guilty == []


def test_names_of_downloads_are_fixed_or_made_of_letters(stage):
    """f-strings that name a download are looked at one by one: what is in them is a constant or a slug."""
    found = set()
    for path in APPS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) and "filename=" in ast.unparse(node):
                found.update(
                    f"{path.relative_to(APPS)}: {ast.unparse(part.value)}"
                    for part in node.values
                    if isinstance(part, ast.FormattedValue)
                )
    assert found <= LOOKED_AT, "say here why it cannot carry what somebody typed"


LOOKED_AT = {
    "alerts/handover/views.py: made.name",  # a reference and a number, and letters, digits and dashes only
    "demo/views.py: sample.FILE_NAME",  # a constant
    "notices/views_people.py: name",  # a word of the code
    "notices/views_people.py: notice.slug",
    "notices/views_people.py: suffix",  # a language that the platform offers
    "scrutiny/views_exceptions.py: name",  # two days
    "scrutiny/exports/files.py: report.name",  # a word of the code with two days or a reference
    "scrutiny/exports/files.py: form",  # the name of a format
    "deployments/views/assessments.py: name",  # an enum and a date, or a deployment's reference
    "desk/people_views.py: form.at",  # an instant, written as digits
    "ops/record/views.py: audit.export_name(slug, begun)",  # the force's slug, an instant, an enum
}
