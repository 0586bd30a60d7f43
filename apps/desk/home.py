"""Everybody's home: what waits for me, what is late, what runs now and what comes next.

The number of queries does not depend on how many deployments there are, nor on their history.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse

from apps.alerts import api as alerts
from apps.alerts.data import Waiting
from apps.casework import api as casework
from apps.core.data import Actor, Role
from apps.core.wording import say_list, say_moment
from apps.deployments import api as deployments
from apps.deployments.data import Action, DeploymentData, DeploymentState, Duty, Step, WaitsFor
from apps.desk.agreements import agreements
from apps.desk.data import Home, Item, Section
from apps.relays import api as relays

S = DeploymentState
RUNNING = frozenset({S.LIVE, S.SUSPENDED})
PREPARED = frozenset({S.APPROVED, S.NOTICE_PUBLISHED, S.LIST_SEALED, S.READY})
OPEN = frozenset({S.DRAFT, S.SUBMITTED, S.RETURNED, S.ENDED, S.REVIEWED}) | PREPARED | RUNNING
PAST = frozenset({S.ENDED, S.REVIEWED, S.RESULTS_PUBLISHED, S.REVOKED})
MOST = 100
SHOWN = 12
COMING_WITHIN = timedelta(days=60)
RELAY_WITHIN = timedelta(hours=24)
NO_ALERTS = Waiting(0, 0, 0)

PAGE_OF_STEP: Mapping[Step, str] = {
    Step.SUBMIT: "submit",
    Step.APPROVE: "decide",
    Step.CONFIRM: "confirm",
    Step.MEET_CONDITION: "conditions",
    Step.ACCEPT_LIST: "accept-list",
    Step.SEAL_LIST: "watchlist",
    Step.IMPORT_LIST: "watchlist",
    Step.START: "run",
    Step.RESUME: "run",
    Step.MAKE_READY: "run",
    Step.SUSPEND: "run",
    Step.CHECK: "checklist",
    Step.REVIEW: "review",
    Step.EDIT: "plan",
}
ON_CONSOLE = {Role.OPERATOR: Duty.OPERATOR, Role.ENGAGEMENT_OFFICER: Duty.ENGAGEMENT}
COMMAND = (Role.SILVER_COMMANDER, Role.AUTHORISING_OFFICER, Role.SYSTEM_ENGINEER)


class Desk:
    """The open deployments of the force with whose turn it is and what this person may do, read once."""

    def __init__(self, *, actor: Actor, now: datetime) -> None:
        self.actor, self.now = actor, now
        self.open: Sequence[DeploymentData] = deployments.list_page(
            states=OPEN, limit=MOST, soonest_first=True
        ).items
        self.waits: Mapping[UUID, WaitsFor] = deployments.waits_of(deployments=self.open, now=now)
        self.actions: Mapping[UUID, Mapping[Step, Action]] = deployments.actions_of(
            deployments=self.open, actor=actor, now=now
        )
        running = [deployment for deployment in self.open if deployment.state in RUNNING]
        ids = [deployment.id for deployment in running]
        self.alerts: Mapping[UUID, Waiting] = alerts.waiting(deployment_ids=ids) if ids else {}
        self.escalations = alerts.open_escalations(deployment_ids=ids) if ids else {}
        # Whoever planned or approved it, or did another duty on it, decides on none of its alerts.
        looks = running if actor.has(*ON_CONSOLE) else []
        self.barred = deployments.barred_duties(deployments=looks, actor=actor) if looks else {}

    def is_mine(self, deployment: DeploymentData) -> bool:
        """Its turn is a role that I hold, and I am not kept from it by what I did on it before."""
        return deployments.is_turn_of(
            self.actor,
            deployment=deployment,
            waits=self.waits[deployment.id],
            actions=self.actions[deployment.id],
        )

    def on_console(self, deployment: DeploymentData) -> tuple[Role, ...]:
        """The roles in which this person may decide on its alerts."""
        if self.actor.id in {deployment.planner_id, deployment.approver_id}:
            return ()
        barred = self.barred.get(deployment.id, frozenset())
        return tuple(role for role, duty in ON_CONSOLE.items() if self.actor.has(role) and duty not in barred)

    def item(self, deployment: DeploymentData, *, href: str = "", link: str = "") -> Item:
        waits = self.waits[deployment.id]
        return Item(
            deployment=deployment,
            words=self._words(deployment),
            href=href or reverse("deployments:page", args=[deployment.id]),
            link=link or f"{deployment.reference}, {deployment.authority.place_name}",
            due=waits.due,
            late=waits.is_late(self.now),
            step_href=self._step_href(deployment) if self.is_mine(deployment) else "",
        )

    def _words(self, deployment: DeploymentData) -> str:
        """Whose turn it is; what is asked of this person, and why they cannot give the answer yet."""
        waits = self.waits[deployment.id]
        if not (self.is_mine(deployment) and waits.task):
            return waits.words
        approve = self.actions[deployment.id][Step.APPROVE]
        if deployment.state is not S.SUBMITTED or not approve.shown or approve.allowed:
            return waits.task
        return f"{waits.task} You cannot approve it yet: {' '.join(approve.reasons)}"

    def _step_href(self, deployment: DeploymentData) -> str:
        """The page of the first step, in the order of a deployment's life, that can be taken now."""
        if deployment.state is S.RETURNED:
            # The officer's reasons come first, not the button that sends it back.
            return reverse("deployments:plan", args=[deployment.id])
        found = self.actions[deployment.id]
        page = next((PAGE_OF_STEP[step] for step in PAGE_OF_STEP if found[step].allowed), None)
        return reverse(f"deployments:{page}", args=[deployment.id]) if page else ""

    def where(self, wanted: Callable[[DeploymentData], bool]) -> tuple[Item, ...]:
        return tuple(self.item(deployment) for deployment in self.open if wanted(deployment))


def home(*, actor: Actor, now: datetime) -> Home:
    """The home of somebody signed in, whichever roles they hold."""
    if actor.roles <= {Role.OVERSIGHT}:
        return _oversight_home(now=now)
    desk = Desk(actor=actor, now=now)
    running = _running(desk)
    calling = tuple(item for item in running if _alerts_for_me(desk, item.deployment))
    waiting = calling + _by_due(desk.where(desk.is_mine)) + _equipment(desk)
    calm = tuple(item for item in running if item not in calling)
    asked = agreements(actor=actor)
    answers = any(not each.why_not for each in asked)
    sections = [Section("waiting", "Waiting for you", waiting, _nothing_waits(actor, answers=answers))]
    if calm or not running:
        sections.append(Section("running", "Running now", calm, "No deployment is running."))
    if actor.has(Role.PLANNER):
        sections.append(_mine(desk))
    sections.append(_coming(desk))
    if actor.has(Role.AUTHORISING_OFFICER, Role.PLANNER, Role.FORCE_ADMIN):
        others = desk.where(
            lambda d: d.state in {S.SUBMITTED, S.ENDED} and not desk.is_mine(d) and d.planner_id != actor.id
        )
        sections.append(Section("others", "With somebody else", others[:SHOWN]))
    shown = tuple(section for section in sections if section.items or section.empty)
    return Home(sections=shown, links=_links(actor), waiting=len(waiting), agreements=asked)


def _by_due(items: Sequence[Item]) -> tuple[Item, ...]:
    """What is late first, then what is due soonest, then the rest by its window."""
    return tuple(
        sorted(
            items,
            key=lambda item: (
                not item.late,
                item.due or item.deployment.authority.window_start,
                item.deployment.reference,
            ),
        )
    )


def _nothing_waits(actor: Actor, *, answers: bool) -> str:
    """`answers`: whether something else than a deployment waits for this person."""
    if answers:
        return "No deployment waits for you."
    if actor.has(Role.PLANNER):
        return "Nothing waits for you. Start a new plan, or copy the words of an earlier one."
    return "Nothing waits for you."


def _running(desk: Desk) -> tuple[Item, ...]:
    """Where this person works on the day: the console, the board, or the equipment."""
    items = []
    for deployment in desk.open:
        if deployment.state not in RUNNING:
            continue
        name = f"{deployment.reference}, {deployment.authority.place_name}"
        href, link = reverse("deployments:page", args=[deployment.id]), name
        if desk.on_console(deployment):
            href, link = reverse("alerts:console", args=[deployment.id]), f"Console of {name}"
        elif desk.actor.has(*COMMAND):
            href, link = reverse("desk:board", args=[deployment.id]), f"Board of {name}"
        item = desk.item(deployment, href=href, link=link)
        items.append(_with_alerts(item, desk))
    return tuple(items)


def _alerts_for_me(desk: Desk, deployment: DeploymentData) -> int:
    """How many alerts wait for a role in which this person may decide on them."""
    waiting, roles = desk.alerts.get(deployment.id, NO_ALERTS), desk.on_console(deployment)
    asked = waiting.operator if Role.OPERATOR in roles else 0
    return asked + (waiting.engagement if Role.ENGAGEMENT_OFFICER in roles else 0)


def _equipment(desk: Desk) -> tuple[Item, ...]:
    """For the engineer: cameras of the coming day, or of a running one, that no relay carries."""
    if not desk.actor.has(Role.SYSTEM_ENGINEER):
        return ()
    items = []
    for used in relays.equipment(now=desk.now).in_use:
        deployment = used.deployment
        bare = [camera.name for camera in used.cameras if camera.state == "no-relay"]
        near = deployment.authority.window_start < desk.now + RELAY_WITHIN
        if bare and near and deployment.state in PREPARED | RUNNING:
            words = f"Enrol a relay: none carries {say_list(bare)}."
            step = reverse("relays:enrol", args=[deployment.id])
            items.append(replace(desk.item(deployment), words=words, step_href=step))
    return tuple(items)


def _with_alerts(item: Item, desk: Desk) -> Item:
    waiting = desk.alerts.get(item.deployment.id, NO_ALERTS)
    words, roles = [], desk.on_console(item.deployment)
    escalated = alerts.escalation_words(desk.escalations.get(item.deployment.id, ()))
    if Role.OPERATOR in roles:
        words.append(_alerts_words(waiting.operator, "an operator"))
    if Role.ENGAGEMENT_OFFICER in roles:
        words.append(_alerts_words(waiting.engagement, "the engagement officer"))
    until = f"Until {say_moment(item.deployment.authority.window_end)}."
    state = "Recognition is suspended. " if item.deployment.state is S.SUSPENDED else ""
    said = [escalated, f"{state}{until}", *words]
    return Item(item.deployment, " ".join(part for part in said if part), item.href, item.link)


def _alerts_words(number: int, who: str) -> str:
    if number == 0:
        return f"No alert waits for {who}."
    return f"{number} alert{'' if number == 1 else 's'} wait{'s' if number == 1 else ''} for {who}."


def _mine(desk: Desk) -> Section:
    """What the planner has under way and is now with somebody else, or waits for the clock."""
    mine = desk.where(
        lambda d: d.planner_id == desk.actor.id and not desk.is_mine(d) and d.state not in RUNNING
    )
    return Section("mine", "Your plans under way", mine[:SHOWN], "You have no other plan under way.")


def _coming(desk: Desk) -> Section:
    def soon(deployment: DeploymentData) -> bool:
        start = deployment.authority.window_start
        is_next = deployment.state in PREPARED and start < desk.now + COMING_WITHIN
        return is_next and not desk.is_mine(deployment)

    items = sorted(desk.where(soon), key=lambda item: item.deployment.authority.window_start)
    return Section("coming", "Coming up", tuple(items[:SHOWN]), "Nothing is approved for the coming weeks.")


def _links(actor: Actor) -> tuple[tuple[str, str, str], ...]:
    links = []
    if actor.has(Role.PLANNER):
        links.append(("Plan a deployment", reverse("deployments:new"), "Draft it now, finish it later."))
        links.append(("Was somebody listed?", reverse("deployments:register"), "For access requests."))
    if actor.has(Role.FORCE_ADMIN):
        links.append(("People", reverse("people"), "Roles, invitations and training."))
        links.append(("Force settings", reverse("forces:settings"), "What deployments are judged by."))
    if actor.has(Role.SYSTEM_ENGINEER, Role.FORCE_ADMIN):
        links.append(("Equipment", reverse("relays:equipment"), "Cameras, relays, age of the last frame."))
        links.append(("Blue List", reverse("deployments:blue-list"), "Who agreed to take part in tests."))
    if actor.has(Role.PLANNER, Role.SILVER_COMMANDER) and not actor.has(Role.FORCE_ADMIN):
        withdraw = reverse("deployments:withdraw-consent")
        links.append(("Withdraw a consent", withdraw, "For whoever leaves the Blue List."))
    if actor.has(*alerts.HAND_OVER_ROLES):
        copies = "Evidential copies after an arrest, and copies kept safe for a complaint."
        links.append(("Hand-overs", reverse("alerts:hand-overs"), copies))
    if casework.can_work(actor):
        words = "Hours, results of arrests, complaints, breaches and requests."
        links.append(("Casework", reverse("casework:board"), words))
    links.append(("All deployments", reverse("deployments:list"), "Search, past ones included."))
    return tuple(links)


def _oversight_home(*, now: datetime) -> Home:
    """For the oversight body: public pages and records, never a list, a name or a face."""
    coming = deployments.list_page(states=PREPARED | RUNNING, limit=SHOWN, soonest_first=True).items
    past = deployments.list_page(states=PAST, limit=SHOWN).items
    waits = deployments.waits_of(deployments=past, now=now)
    sections = (
        Section(
            "coming",
            "Announced and running",
            tuple(_public(deployment) for deployment in coming if deployment.notice_published_at),
            "Nothing is announced at the moment.",
        ),
        Section(
            "records",
            "Latest records",
            tuple(_record(d, waits[d.id], now) for d in past),
            "No deployment has ended yet.",
        ),
    )
    links = (
        (
            "All records",
            reverse("scrutiny:list"),
            "Every deployment, with its numbers and its deletion proof.",
        ),
        ("Questions", reverse("oversight:questions"), "Put to the force, and its answers."),
        (
            "Recommendations",
            reverse("oversight:recommendations"),
            "What the force replied, and whether it is done.",
        ),
        (
            "Who could do what",
            reverse("desk:people-on"),
            "Roles and training at any minute, without names.",
        ),
    )
    return Home(sections=sections, links=links, waiting=0)


def _public(deployment: DeploymentData) -> Item:
    published = deployment.notice_published_at
    words = f"Announced {say_moment(published)}." if published else ""
    return Item(
        deployment,
        f"{words} You can put your meeting, its webcast and questions on it.",
        reverse("notices:people", args=[deployment.id]),
        f"{deployment.reference}, {deployment.authority.place_name}",
    )


def _record(deployment: DeploymentData, waits: WaitsFor, now: datetime) -> Item:
    href = reverse("scrutiny:record", args=[deployment.reference])
    link = f"Record {deployment.reference}, {deployment.authority.place_name}"
    return Item(deployment, waits.words, href, link, waits.due, waits.is_late(now))
