"""The oversight body is sent no face, no template, no name of anybody listed or of staff, no telephone.

It asks every address that the resolver knows, with everything of both forces that the address could be about,
and follows whatever its own pages lead to. A new address is asked because it exists: if it takes something of
a new kind, `kind_of` fails until tests/access/stage.py has one. What may be changed is the access table's.
"""

import logging
from collections import Counter, defaultdict
from datetime import date, timedelta
from unittest import mock
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
from django.db import connections
from django.urls import Resolver404, resolve

from tests.access import inventory
from tests.support import no_face

PAGES_AT_MOST = 700
# Of the addresses that differ only in what they are about, and in what is chosen of a list.
LIKE_EACH_OTHER = 4
# Whoever is refused because of their role is refused before the thing is looked for: so many times is enough.
REFUSED_ENOUGH = 3
# Kinds of things whose rows in the database are all asked for: (model, what the address takes, field).
ROWS = {
    "deployment": ("deployments.Deployment", {"deployment_id": "id"}),
    "record": ("deployments.Deployment", {"reference": "reference"}),
    "alert": ("alerts.Alert", {"alert_id": "id"}),
    "sign": ("deployments.SignCheck", {"deployment_id": "deployment_id", "sign_id": "id"}),
    "upload": ("watchlists.ImportJob", {"deployment_id": "deployment_id", "job_id": "id"}),
    "assessment": ("deployments.Assessment", {"assessment_id": "id"}),
    "relay": ("relays.Relay", {"relay_id": "id"}),
}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, services):
    """As the access table's, but that everybody has a name that no page could hold by chance."""
    from django.test.utils import override_settings

    from tests.access.stage import make_world
    from tests.support import database, trained
    from tests.support.services import forget_keys

    # Refusals are what is hoped for, and would hide what a failing test says.
    quiet = logging.getLogger("django.request")
    quiet.setLevel(logging.CRITICAL)
    with (
        django_db_blocker.unblock(),
        override_settings(ROOT_URLCONF=inventory.URLCONF),
        mock.patch.object(trained, "named", no_face.named),
    ):
        try:
            found = make_world()
            for side in (found.home, found.away):
                fill(side)
            found.oversight_tokens = tokens_of_oversight(found.home)
            yield found
        finally:
            quiet.setLevel(logging.NOTSET)
            connections.close_all()
            database.reset(services.worker_owner_url)
            forget_keys(services)


def fill(side):
    """A day with its list, what people wrote that they should not have, photographs of signs, and its end."""
    from apps.alerts import api as alerts
    from apps.alerts.data import EngagementDecision, OperatorDecision
    from apps.core.clock import utc_now
    from apps.deployments import api as deployments
    from apps.deployments.data import AssessmentKind
    from apps.deployments.data import DeploymentState as S
    from apps.forces.models import Force
    from apps.watchlists.models import MembershipRegister
    from tests.support.assessed import assessed
    from tests.support.days import END, START
    from tests.support.engaging import do

    day, stage = side.day, side.stage
    hour = timedelta(hours=1)
    with stage.context():
        Force.objects.filter(id=side.force_id).update(sign_check_minutes=240)
    day.to(S.LIVE)
    day.step(deployments.suspend, day.silver, START, reason=no_face.TOLD)
    day.step(deployments.revoke, day.officer, START, reasons=no_face.TOLD)
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, END - hour)
    day.step(deployments.review, day.silver, END + hour, findings=no_face.TOLD)
    # Later than the ones before: two sightings of one person within a minute are one alert.
    refused, rejected = (
        stage.raise_alert(subject_id=stage.subjects[number], now=utc_now() + timedelta(minutes=2 * number))
        for number in (1, 2)
    )
    stage.decide(refused.id, OperatorDecision.MATCH)
    reason = no_face.TOLD.replace("TS-001", "TEST-02")
    do(stage, alerts.engagement_decide, refused, decision=EngagementDecision.DO_NOT_ENGAGE, reason=reason)
    stage.decide(rejected.id, OperatorDecision.NOT_A_MATCH)
    (dpia,) = assessed(side.force_id, day.planner, AssessmentKind.DPIA)
    day.call(
        deployments.end_assessment,
        assessment_id=dpia.id,
        last_day=date(2039, 1, 1),
        reason=no_face.TOLD,
        actor=day.planner,
        now=utc_now(),
    )
    with stage.context():
        sign(stage, note=no_face.TOLD.replace("TS-001", "TEST-01"))
        MembershipRegister.objects.create(
            deployment_id=stage.deployment_id,
            reference="REGISTERED-77",
            folded="registered-77",
            category="suspected",
            listed_at=START,
            ends_at=END,
        )


def tokens_of_oversight(side):
    """By scope, of a system that has no other role."""
    from apps.core.data import Role
    from apps.integration.data import ROLES, Scope
    from tests.support.api_tokens import make_system

    return {
        scope.value: make_system(
            side.day, scope, role=Role.OVERSIGHT, service_name=f"Reads {scope.value}"
        ).text
        for scope in Scope
        if Role.OVERSIGHT in ROLES[scope]
    }


def sign(stage, note):
    from apps.core.clock import utc_now
    from apps.deployments.models import SignCheck
    from tests.support.sign_picture import photograph

    SignCheck.objects.create(
        deployment_id=stage.deployment_id,
        approach="Station Road",
        passed=True,
        note=note,
        photograph=photograph(),
        photograph_sha256="7" * 64,
        latitude=51.9,
        longitude=-0.2,
        actor_id=stage.officer.actor.id,
        actor_label=stage.officer.actor.label,
        recorded_at=utc_now(),
    )


@pytest.fixture(scope="module")
def forbidden(world):
    """Read from the database itself, so that nothing has to be listed here."""
    from apps.accounts.models import User

    found = no_face.Forbidden()
    oversight = User.objects.get(id=world.members["oversight"].actor.id)
    found.own = (oversight.display_name, oversight.username)
    found.word("a member of staff", no_face.FIRST, no_face.LAST)
    found.word("a sign-in name", *User.objects.values_list("username", flat=True))
    found.word("an e-mail address", "odalys@force.example")
    found.word("a telephone number", no_face.TELEPHONE, no_face.TELEPHONE.replace(" ", ""), "7700900123")
    for side in (world.home, world.away):
        with side.stage.context():
            _of_a_force(found)
    return found


def _of_a_force(found):
    from apps.deployments.models import SignCheck
    from apps.vault import api as vault
    from apps.vault.models import VaultBlob
    from apps.watchlists.models import Consent, MembershipRegister, Subject

    for row in Subject.objects.all():
        found.word("somebody who is listed", row.display_name, row.reference, row.consent_reference)
    for row in Consent.objects.all():
        found.word("a consent", row.reference, row.member_label)
    found.word("the register", *MembershipRegister.objects.values_list("reference", flat=True))
    for row in SignCheck.objects.exclude(photograph=None):
        found.content("a sign's photograph", bytes(row.photograph))
    kinds = set()
    for blob_id, kind in VaultBlob.objects.filter(key__destroyed_at=None).values_list("id", "kind"):
        content = vault.read(blob_id=blob_id)
        (found.template if kind == "template" else found.content)(f"a {kind}", content)
        kinds.add(kind)
    assert {"picture", "template", "upload"} <= kinds, "the force has nothing that could be shown"


@pytest.fixture(scope="module")
def asked(world, forbidden):
    """Every address with everything it could be about: (statuses by name, what was wrong)."""
    statuses, wrong = defaultdict(set), []
    for address in inventory.addresses():
        refused = 0
        for row, values, who in questions(world, address):
            if refused == REFUSED_ENOUGH and who == "oversight":
                continue
            answer, where = ask(world, address, row, values, who)
            statuses[address.name].add(answer.status_code)
            wrong += looked_at(forbidden, answer, where)
            refused = refused + 1 if answer.status_code == 403 else 0
    return statuses, wrong


def questions(world, address):
    """(row of the table, what the address is about, who asks). A token asks where oversight's may."""
    from apps.core.data import Role
    from apps.integration.data import ROLES, Scope

    for row, values in things_for(world, address):
        yield row, values, "oversight"
        if row.token_scope and Role.OVERSIGHT in ROLES[Scope(row.token_scope)]:
            yield row, values, "a token of oversight"


def things_for(world, address):
    """Rows of the table that are read, each with everything there is of the kind that it takes."""
    from tests.access.stage import ALWAYS, kind_of
    from tests.access.table import load

    rows = load().rows_of(address.name)
    assert rows, f"{address.name} is not in the access table"
    for row in [row for row in rows if row.method == "GET"] or rows[:1]:
        kind = kind_of(address.ids, row)
        wanted = {row.ids.get(name, name) for name in address.ids if name not in row.fixed}
        for values in everything(world, kind):
            if wanted <= {*values, *ALWAYS}:
                yield row, values


def everything(world, kind):
    from django.apps import apps

    found = []
    for side in (world.home, world.away):
        found += [side.things[name] for name in side.of_kind(kind)]
        # A force cannot be told from the other by its rows: of the other one, a thing of each state will do.
        if kind in ROWS and side is world.home:
            label, fields = ROWS[kind]
            with side.stage.context():
                rows = apps.get_model(label).objects.values_list(*fields.values())
                found += [dict(zip(fields, row, strict=True)) for row in rows]
    return {repr(sorted(values.items())): values for values in found}.values()


def ask(world, address, row, values, who):
    """The answer, and how the address was called. Redirects are not followed: where they lead is asked."""
    from tests.access.trying import path_of

    path = path_of(address, values, row)
    path += f"?{row.query}" if row.query else ""
    headers = {"accept": row.accept} if row.accept else {}
    if who == "a token of oversight":
        client = world.client("anonymous")
        headers["authorization"] = f"Bearer {world.oversight_tokens[row.token_scope]}"
    else:
        client = world.client("oversight", fresh=row.fresh)
    return client.get(path, headers=headers), f"{who} at {path}"


def looked_at(forbidden, answer, where):
    body = b"".join(answer.streaming_content) if answer.streaming and not answer.is_async else b""
    if answer.streaming and answer.is_async:
        from tests.access.trying import _body_of

        body = _body_of(answer)
    body = body or (b"" if answer.streaming else answer.content)
    where = f"{where} ({answer.status_code})"
    said = "\n".join(f"{name}: {value}" for name, value in answer.items() if name.lower() != "vary")
    yield from forbidden.found_in(body, answer.get("Content-Type", ""), where)
    yield from forbidden.found_in(said.encode(), "", f"{where}, its headers")


def test_every_address_is_asked_and_none_shows_a_face_or_a_name(asked):
    statuses, wrong = asked
    assert not wrong, "\n".join(["", *wrong])
    unasked = {address.name for address in inventory.addresses()} - set(statuses)
    assert not unasked, f"nothing was there to ask these about: make one in tests/access/stage.py: {unasked}"
    assert 429 not in set().union(*statuses.values()), "refused for asking often: it was not looked at"


def test_what_oversight_may_read_was_really_read(asked):
    """Or the test above would look at refusals only."""
    from tests.access.table import load

    statuses, _ = asked
    read = {row.name for row in load().routes if row.method == "GET" and "oversight" in row.allowed}
    public = {row.name for row in load().routes if row.is_public}
    # An answer is also that the force has no sign-on of its own.
    shut = {name for name in read - public - {"link-sign-on"} if not {200, 302} & statuses[name]}
    assert not shut, shut
    for name in ("scrutiny:record", "scrutiny:period", "audit:search", "audit:export", "desk:people-on"):
        assert 200 in statuses[name], name


def test_whatever_its_pages_lead_to_shows_none_either(world, forbidden):
    """Every link and every form that only reads, from the first page on; each choice of a form's lists."""
    client = world.client("oversight")
    waiting, seen, wrong, read, kinds = ["/"], set(), [], 0, Counter()
    while waiting:
        path = waiting.pop(0)
        kind = kind_of_path(path)
        if path in seen or path.startswith("/static/") or kinds[kind] >= LIKE_EACH_OTHER:
            continue
        seen.add(path)
        kinds[kind] += 1
        assert len(seen) < PAGES_AT_MOST, f"the pages of oversight do not come to an end: {path}"
        answer = client.get(path)
        wrong += looked_at(forbidden, answer, f"oversight at {path}")
        if answer.status_code == 200:
            read += 1
            waiting += leads_to(path, answer)
        elif answer.status_code in (301, 302, 303, 307):
            waiting += onward(path, [answer["Location"]])
    assert not wrong, "\n".join(["", *wrong])
    assert read > 30
    assert {"/records/", "/audit/"} <= seen


def kind_of_path(path):
    """The view and the names behind the question mark."""
    parts = urlsplit(path)
    try:
        found = resolve(parts.path).view_name or parts.path
    except Resolver404:
        found = parts.path
    return found, tuple(sorted(dict(parse_qsl(parts.query, keep_blank_values=True))))


def leads_to(path, answer):
    if not answer.get("Content-Type", "").startswith("text/html") or answer.streaming:
        return []
    found = no_face.Links()
    found.feed(answer.content.decode())
    addresses = list(found.links)
    for form in found.forms:
        for choice in [(), *form["choices"]]:
            fields = form["fields"] | (dict([choice]) if choice else {})
            addresses.append(f"{form['action'] or urlsplit(path).path}?{urlencode(fields)}")
    return onward(path, addresses)


def onward(path, addresses):
    """Paths on the same host, without their fragments."""
    for address in addresses:
        parts = urlsplit(urljoin(f"http://testserver{path}", address))
        if parts.scheme == "http" and parts.netloc == "testserver":
            yield parts.path + (f"?{parts.query}" if parts.query else "")


async def test_no_socket_opens_for_it(world):
    """Neither of its own force nor of another, and a relay's not by its session."""
    from tests.access.test_access_sockets import in_a_thread, opened
    from tests.access.trying import path_of_socket

    client = await in_a_thread(world.client, "oversight")
    tried = 0
    for socket in inventory.sockets():
        for side in (world.home, world.away):
            path = path_of_socket(socket.path, side.things["deployment.live"])
            assert (await opened(path, client=client))[0] == "403", path
            tried += 1
    assert tried >= 4
