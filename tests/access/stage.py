"""Two forces with a thing of every kind that an address can name, and one person for each role of the first.

Built once for a test module, in real transactions: nothing is made anew for a cell of the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

from django.test import Client

from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.deployments.data import DeploymentState as S
from tests.access.table import ROLES, Route
from tests.support.alert_stage import Stage, make_stage
from tests.support.assessed import assessed
from tests.support.cast import Member, make_member
from tests.support.days import Day

# The visitors' force, and the one whose things they are not to see. No other word contains these.
HOME, AWAY = "norvik", "sudrey"
# Which kind of thing an address is about, by the names of what it takes. A new name: add it here, and make
# such a thing in `_Force`.
THINGS: Mapping[frozenset[str], str] = {
    frozenset(names.split()): kind
    for names, kind in {
        "": "nothing",
        "deployment_id": "deployment",
        "deployment_id job_id": "upload",
        "alert_id": "alert",
        "relay_id": "relay",
        "code_id": "relay code",
        "reference": "record",
        "force_slug": "notice",
        "force_slug slug": "notice",
        "user_id": "person",
        "user_id certificate_id": "person",
        "factor_id": "factor",
        "breach_id": "breach",
        "token": "link",
        "token_id": "token",
        "webhook_id": "webhook",
        "waiting_id": "waiting",
        "assessment_id": "assessment",
        "case_id": "case",
        "matter_id": "matter",
        "deployment_id sign_id": "sign",
    }.items()
}
# What is no name of a thing, and the same whoever owns it.
ALWAYS: Mapping[str, Any] = {"step_name": "purpose", "line": 2, "which": "probe"}


@dataclass
class Side:
    """One force: `things` are by kind and state, each with what an address takes."""

    stage: Stage
    day: Day
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)
    minutes: Iterator[int] = field(default_factory=lambda: count(2, 2))

    @property
    def force_id(self) -> UUID:
        return self.stage.force.id

    def raise_next(self) -> int:
        """One more alert, and its number: two minutes after the one before, or it would be the same alert."""
        return self.stage.raise_alert(now=utc_now() + timedelta(minutes=next(self.minutes))).revision

    def of_kind(self, kind: str) -> list[str]:
        return [name for name in self.things if name.partition(".")[0] == kind]


@dataclass
class World:
    home: Side
    away: Side
    members: dict[str, Member]
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, who: str, *, fresh: bool = False) -> Client:
        """Signed in once each; `fresh` for what ends a sign-in."""
        if who == "anonymous":
            return Client(raise_request_exception=False)
        if who == "halfway":
            return self.members["everything"].client(raise_request_exception=False, second_factor=False)
        if fresh:
            self.clients.clear()  # other sign-ins of theirs may have ended as well
            return self.members[who].client(raise_request_exception=False)
        if who not in self.clients:
            self.clients[who] = self.members[who].client(raise_request_exception=False)
        return self.clients[who]


def make_world() -> World:
    home, away = (_make_side(name) for name in (HOME, AWAY))
    members = {role: make_member(home.day, f"{HOME}-{role}", Role(role)) for role in ROLES}
    # Oversight is independent: it cannot be held beside another role.
    several = [Role(role) for role in ROLES if role != Role.OVERSIGHT]
    members["everything"] = make_member(home.day, f"{HOME}-everything", *several)
    return World(home, away, members)


def _make_side(name: str) -> Side:
    stage = make_stage(name)
    side = Side(stage, Day(stage.force))
    _deployments(side, name)
    _alerts(side)
    _relay(side, name)
    _people(side, name)
    _tokens(side)
    _webhook(side)
    _matters(side, name)
    _cases(side)
    side.things["notice.list"] = {"force_slug": stage.force.slug}
    side.things["force.itself"] = {"force": stage.force.id}
    side.things["nothing"] = {}
    return side


def _deployments(side: Side, name: str) -> None:
    """Drafted and decided by people whom no test signs in: what a person did before is another table's."""
    from apps.forces.models import Force
    from apps.notices.models import Notice

    # Forces count their deployments each for itself: numbers that the visitors' force has are not asked for.
    for _ in range(3 if name == AWAY else 0):
        side.day.draft()
    for state in (S.DRAFT, S.SUBMITTED, S.NOTICE_PUBLISHED):
        found = side.day.draft(place_name=f"{name.title()} Square")
        if state is not S.DRAFT:
            _advance(side.day, state)
        side.things[f"deployment.{state.value.lower()}"] = {"deployment_id": found.id}
        side.things[f"record.{state.value.lower()}"] = {"reference": found.reference}
    published, kept = assessed(side.force_id, side.day.planner)
    side.things["assessment.published"] = {"assessment_id": published.id}
    side.things["assessment.kept"] = {"assessment_id": kept.id}
    with side.stage.context():
        notice = Notice.objects.get(deployment_id=side.day.deployment_id)
        _with_old_version(notice)
        Force.objects.filter(id=side.force_id).update(languages=["cy"])
    side.things["notice.page"] = {"force_slug": side.stage.force.slug, "slug": notice.slug}
    names = {"deployment_id": side.day.deployment_id, "job_id": _upload(side.day)}
    side.things["upload.waiting"] = side.things["deployment.notice_published"] = names
    side.things["deployment.live"] = {"deployment_id": side.stage.deployment_id}
    side.things["sign.photographed"] = {"deployment_id": side.stage.deployment_id, "sign_id": _sign(side)}


def _sign(side: Side) -> UUID:
    """A look at a sign, with its photograph."""
    from apps.deployments.models import SignCheck

    with side.stage.context():
        return SignCheck.objects.create(
            deployment_id=side.stage.deployment_id,
            approach="High Street",
            passed=True,
            photograph=b"jpeg",
            photograph_sha256="7" * 64,
            latitude=51.9,
            longitude=-0.2,
            actor_id=uuid4(),
            actor_label="somebody",
            recorded_at=utc_now(),
        ).id


def _with_old_version(notice: Any) -> None:
    from apps.notices.data import NoticeContent, OldVersion

    old = OldVersion(
        number=1,
        content=NoticeContent.from_snapshot(notice.content),
        since=notice.published_at,
        until=notice.published_at + timedelta(hours=1),
        restarted=True,
    )
    notice.versions = [old.snapshot()]
    notice.save(update_fields=["versions"])


def _advance(day: Day, state: S) -> None:
    from apps.deployments import api as deployments
    from tests.support.days import PLANNED

    day.step(deployments.submit, day.planner, PLANNED)
    if state is S.NOTICE_PUBLISHED:
        day.approve()
        day.verify()


def _upload(day: Day) -> UUID:
    """An upload that waits to be checked."""
    from apps.deployments import api as deployments
    from tests.support.days import IMPORTED, astronaut
    from tests.support.uploads import csv_bytes, row, uploaded, zip_bytes

    files = {
        "watchlist.csv": csv_bytes([row("TS-001", "astronaut.png")]),
        "pictures/astronaut.png": astronaut(),
    }
    with mock.patch("celery.app.base.Celery.send_task"):  # no worker is to hear of it
        job = day.step(deployments.begin_import, day.planner, IMPORTED, upload=uploaded(zip_bytes(files)))
    return UUID(str(job.id))


def _cases(side: Side) -> None:
    """A complaint, a breach and a request, each just entered."""
    from tests.support import casework

    entered = {"complaint": casework.complaint, "breach": casework.breach, "request": casework.rights_request}
    for name, enter in entered.items():
        side.things[f"case.{name}"] = {"case_id": enter(side.stage)}


def _alerts(side: Side) -> None:
    """One for each step: waiting, dispatched, engaged."""
    from apps.alerts import api as alerts
    from apps.alerts.data import EngagementDecision, OperatorDecision

    stage = side.stage
    raised, dispatched, engaged = (stage.raise_alert(subject_id=subject) for subject in stage.subjects)
    for alert in (dispatched, engaged):
        stage.decide(alert.id, OperatorDecision.MATCH)
    stage.within(
        alerts.engagement_decide,
        alert_id=engaged.id,
        decision=EngagementDecision.ENGAGE,
        reason="",
        actor=stage.officer.actor,
        now=utc_now(),
    )
    for state, alert in (("raised", raised), ("dispatched", dispatched), ("engaged", engaged)):
        side.things[f"alert.{state}"] = {"alert_id": alert.id}


def _tokens(side: Side) -> None:
    """Two systems with every scope that each may have; `secrets` has what they send."""
    from tests.support.api_tokens import PLANS, READS, make_system

    planner = make_system(side.day, *PLANS)
    reader = make_system(side.day, *READS, role=Role.OVERSIGHT)
    side.things["token.valid"] = {"token_id": planner.token.id}
    side.secrets |= {"planning token": planner.text, "reading token": reader.text}


def _webhook(side: Side) -> None:
    from apps.integration import webhooks
    from apps.integration.webhook_data import Event, WebhookWish

    wish = WebhookWish("Control room", "http://127.0.0.1:9/", frozenset(Event), "It shows alerts")
    admin = Actor(uuid4(), "admin", side.force_id, frozenset({Role.FORCE_ADMIN}), reauthenticated=True)
    made, _ = side.stage.within(webhooks.create_webhook, wish=wish, actor=admin, now=utc_now())
    side.things["webhook.made"] = {"webhook_id": made.id}


def _matters(side: Side, name: str) -> None:
    """A question and a recommendation of the oversight body."""
    from apps.oversight.data import Kind
    from apps.oversight.operations import put

    body = Actor(uuid4(), f"{name} body", side.force_id, frozenset({Role.OVERSIGHT}))
    now = utc_now()
    for kind in Kind:
        made = side.stage.within(
            put,
            kind=kind,
            text=f"Signs before each approach of {name}.",
            due_on=(now + timedelta(days=30)).date(),
            actor=body,
            now=now,
        )
        side.things[f"matter.{kind.value}"] = {"matter_id": made}


def _relay(side: Side, name: str) -> None:
    from apps.relays import api as relays
    from apps.relays.enrolment import give_code

    engineer = Actor(
        uuid4(), "engineer", side.force_id, frozenset({Role.SYSTEM_ENGINEER}), reauthenticated=True
    )
    relay, key = side.stage.within(
        relays.enrol_relay,
        name=f"{name} van",
        deployment_id=side.stage.deployment_id,
        camera_ids=[side.stage.cameras[0].id],
        actor=engineer,
        now=utc_now(),
    )
    side.things["relay.enrolled"] = {"relay_id": relay.id}
    code, _ = side.stage.within(
        give_code,
        name=f"{name} second van",
        deployment_id=side.stage.deployment_id,
        camera_ids=[side.stage.cameras[1].id],
        actor=engineer,
        now=utc_now(),
    )
    side.things["relay code.given"] = {"code_id": code.id}
    side.secrets["relay key"] = key


def _people(side: Side, name: str) -> None:
    """A colleague with a certificate, a second factor, a breach after a lost handset, and a link to join."""
    from allauth.mfa.models import Authenticator

    from apps.accounts import answers, breaches, invitations
    from apps.accounts import api as accounts
    from apps.accounts.models import Breach, TrainingCertificate
    from tests.support.signing_in import enrol_app

    colleague = make_member(side.day, f"{name}-colleague", Role.OPERATOR)
    admin = make_member(side.day, f"{name}-boss", Role.FORCE_ADMIN).actor
    enrol_app(colleague.username)
    about = {"actor": admin, "now": utc_now()}
    with side.stage.context():
        breaches.end_sign_ins(user_id=colleague.actor.id, summary=f"{name} bus", **about)
        _, link = invitations.invite(
            username=f"{name}-{uuid4().hex[:8]}@force.example",
            display_name=name,
            rank="PC",
            roles=[Role.OPERATOR],
            reason="joins the team",
            **about,
        )
        accounts.grant_role(user_id=colleague.actor.id, role=Role.FORCE_ADMIN, reason="a second one", **about)
        [waits] = answers.waiting()
        certificate = TrainingCertificate.objects.filter(user_id=colleague.actor.id).first()
        breach = Breach.objects.get(subject_id=colleague.actor.id)
    assert certificate is not None
    side.things["person.colleague"] = {"user_id": colleague.actor.id, "certificate_id": certificate.id}
    side.things["person.on_duty"] = {"user_id": side.stage.operator.actor.id}
    side.things["breach.open"] = {"breach_id": breach.id}
    side.things["waiting.role"] = {"waiting_id": waits.id}
    side.things["link.join"] = {"token": link}
    factor = Authenticator.objects.filter(user_id=colleague.actor.id, type=Authenticator.Type.TOTP).get()
    side.things["factor.colleagues"] = {"factor_id": factor.pk}


def _tokens(side: Side) -> None:
    """A token for each scope alone."""
    from apps.integration.data import ROLES as OF_SCOPE
    from apps.integration.data import Scope
    from tests.support.api_tokens import make_system

    for scope in Scope:
        role = Role.PLANNER if Role.PLANNER in OF_SCOPE[scope] else Role.OVERSIGHT
        system = make_system(side.day, scope, role=role, service_name=f"Machine for {scope.value}")
        side.tokens[scope.value] = system.text
        side.things[f"token.{scope.name.lower()}"] = {"token_id": system.token.id}


def kind_of(address_ids: tuple[str, ...], row: Route) -> str:
    """Raises AssertionError for an address that takes something new."""
    if not address_ids and row.is_about_a_thing:
        return row.on[0].partition(".")[0]
    ids = {row.ids.get(name, name) for name in address_ids if name not in {*ALWAYS, *row.fixed}}
    kind = THINGS.get(frozenset(ids))
    assert kind is not None, (
        f"{row.name} takes {sorted(ids)}, which tests/access/stage.py does not know: say in its THINGS what"
        " kind of thing that is, and make one for each force in _make_side"
    )
    return kind


def made_up(values: Mapping[str, Any]) -> dict[str, Any]:
    """What an address takes, for something that never existed."""
    return {name: value if name in ALWAYS else _made_up(value) for name, value in values.items()}


def _made_up(value: Any) -> Any:
    if isinstance(value, UUID):
        return uuid4()
    if isinstance(value, int):
        return value + 1_000_000
    # The same shape: letters and digits of their own, so that nothing can be told from the length.
    return re.sub(r"[0-9A-Fa-f]", "0", value) + "0" if isinstance(value, str) else value
