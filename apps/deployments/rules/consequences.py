"""What a step leads to, said before it is taken. Nothing here reads the database or a clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.core.data import Actor
from apps.core.wording import say_moment, say_window
from apps.deployments.data import DeploymentData, DeploymentState
from apps.deployments.rules.notice_clock import earliest_start
from apps.deployments.rules.states import RUNNING
from apps.deployments.rules.urgency import confirmation_due, is_urgent
from apps.deployments.rules.waiting import list_opens
from apps.forces.data import ForceData

OF_CONDITIONS = "Recognition cannot start before each condition is noted as met."


def of_approval(deployment: DeploymentData, *, force: ForceData, actor: Actor, now: datetime) -> str:
    """When the notice publishes itself and when recognition may start."""
    window = say_window(deployment.authority.window_start, deployment.authority.window_end)
    listed = (
        f"The list can be imported from {say_moment(list_opens(deployment, force))}, and you or another "
        "authorising officer accept it."
    )
    if is_urgent(deployment.authority):
        return f"{_of_urgent(force, actor, now)} The plan is for {window}. {listed}"
    if deployment.notice_verified_at is not None:
        public = deployment.notice_verified_at
        said = f"The notice is public since {say_moment(public)} and is renewed at once."
    else:
        public = max(deployment.publish_at or now, now)
        at = "at once" if public == now else f"on {say_moment(public)}"
        said = f"The notice publishes itself {at}."
    earliest = say_moment(earliest_start(public, force.notice_minimum_days))
    return (
        f"{said} With {force.notice_minimum_days} days' notice recognition may start on {earliest} at the "
        f"earliest; the plan is for {window}. {listed}"
    )


def _of_urgent(force: ForceData, actor: Actor, now: datetime) -> str:
    said = (
        f"It is an exception from the {force.notice_minimum_days} days' notice: the notice is published at "
        "once as urgent, and the exception is counted in the record."
    )
    due = confirmation_due(actor=actor, now=now, hours=force.urgent_confirmation_hours)
    if due is None:
        return said
    return f"{said} A superintendent confirms it by {say_moment(due)}, or recognition stops."


def of_confirmation(deployment: DeploymentData) -> str:
    if deployment.state is DeploymentState.SUSPENDED:
        return "The approval holds. The silver commander can resume it."
    return "The approval holds as if you had given it. The public notice says that it was confirmed."


def of_refusing_afterwards(deployment: DeploymentData) -> str:
    said = "Recognition stops at once, on every camera. " if deployment.state in RUNNING else ""
    return (
        f"{said}It is over and cannot be started again. The list is deleted now, and the public notice says "
        "that the approval was refused afterwards."
    )


def of_return() -> str:
    return "The planner reads why, changes the plan and can submit it again. Nothing is published."


def of_refusal() -> str:
    return (
        "This deployment is over: it can be neither changed nor submitted again. The planner can plan a new "
        "one. Nothing is published."
    )


def of_revocation(deployment: DeploymentData, *, force: ForceData, now: datetime) -> tuple[str, ...]:
    said = []
    if deployment.state in RUNNING:
        said.append("Recognition stops at once, on every camera.")
    if deployment.notice_published_at is not None:
        said.append("The public notice says at once that it was stopped.")
    elif deployment.state is DeploymentState.APPROVED:
        said.append("No notice is published.")
    said += _deletions(deployment, force=force, now=now)
    said.append("It cannot be undone: a new deployment would have to be planned, approved and announced.")
    return tuple(said)


def of_cancelling(deployment: DeploymentData, *, force: ForceData, now: datetime) -> tuple[str, ...]:
    said = []
    if deployment.notice_published_at is not None:
        said.append("The public notice stays where it is and says that the deployment will not take place.")
    elif deployment.approved_hash is not None:
        said.append("No notice is published.")
    else:
        said.append("Nothing was published, so the public hears nothing of it.")
    said += _deletions(deployment, force=force, now=now)
    said.append("It cannot be undone. Its plan can be copied into a new one.")
    return tuple(said)


def of_end(deployment: DeploymentData, *, force: ForceData, now: datetime) -> tuple[str, ...]:
    return (
        "Recognition stops at once, on every camera. It cannot be started again.",
        *_deletions(deployment, force=force, now=now),
        "The review is due next: you or an authorising officer write it.",
    )


def of_start(deployment: DeploymentData, *, force: ForceData) -> tuple[str, ...]:
    authority = deployment.authority
    cameras = len(authority.cameras)
    who = "The camera begins" if cameras == 1 else f"{cameras} cameras begin"
    return (
        f"{who} to look for the people on the accepted list, and for nobody else.",
        "A face that resembles nobody on the list is forgotten within seconds.",
        "Alerts reach the operators on duty. A person decides, twice, before anybody is spoken to.",
        # domain.md §2. Whether a camera sends anything is seen on the board, and not known here.
        "If no camera is heard for 30 seconds, it suspends itself. The board shows what is heard.",
        f"It ends by itself on {say_moment(authority.window_end)}.",
        f"The picture of an alert is deleted within {force.alert_keep_hours} hours of the alert.",
    )


def _deletions(deployment: DeploymentData, *, force: ForceData, now: datetime) -> list[str]:
    """What is deleted when, were it over now. The deadlines hold without anybody pressing anything."""
    said = []
    if deployment.watchlist_id is not None:
        over = min(now, deployment.authority.window_end)
        gone = over + timedelta(hours=force.watchlist_keep_hours)
        said.append(f"The list, its pictures and its templates are deleted by {say_moment(gone)}.")
    if deployment.started_at is not None:
        said.append(
            f"The picture of each alert is deleted within {force.alert_keep_hours} hours of the alert."
        )
    return said
