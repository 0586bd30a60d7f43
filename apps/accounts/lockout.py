"""Too many wrong passwords or codes: the account and the address wait, an administrator can open it again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.utils import reset
from celery import current_app
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from kombu.exceptions import OperationalError

from apps.accounts.models import RoleGrant, User
from apps.accounts.policies import check_administrator, check_reason
from apps.accounts.queries import forces_of
from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.core.tenancy import force_context

log = logging.getLogger(__name__)

NOTE_TASK = "accounts.note_failed_sign_in"
# Attempts count for the cool-off; afterwards they are of no use to anybody.
ATTEMPTS_KEPT = timedelta(hours=24)
LOCKED = "There were too many attempts. Wait a quarter of an hour, or ask your force's administrator."


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]  # the library has no types
    """An account after a few failures; an address, which a whole station may share, after many more."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        of_account, of_address = (
            sum(attempts.values_list("failures_since_start", flat=True))
            for attempts in self.get_user_attempts(request, credentials)
        )
        share = of_address * settings.AXES_FAILURE_LIMIT // settings.LFR_LOCKOUT_ADDRESS_LIMIT
        return int(max(of_account, share))


def address_of(request: HttpRequest) -> str:
    """As the ASGI door left it: behind proxies only where LFR_TRUSTED_PROXIES says so."""
    return request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104 - "unknown", not an address to listen on


def is_locked(request: HttpRequest, *, username: str) -> bool:
    return not AxesProxyHandler.is_allowed(request, {"username": username})


def count_failure(request: HttpRequest, *, user: User) -> None:
    """A wrong code counts like a wrong password."""
    user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)


def note_later(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """Have the failure recorded in the forces of whoever it is, if it is anybody.

    By a worker: done here, the answer for a known address would take longer than for an unknown one.
    """
    step = "code" if sender == __name__ else "password"
    address = address_of(request) if request is not None else ""
    try:
        current_app.send_task(NOTE_TASK, args=[str(credentials.get("username", "")), address, step])
    except OperationalError:
        log.exception("a failed sign-in could not be handed on for the record")


def note_failure(*, username: str, address: str, step: str, now: datetime) -> None:
    """In the record of every force that the person works for. An address that is nobody's leaves nothing."""
    user = User.objects.filter(username=username.lower()).first()
    if user is None:
        return
    for force_id in forces_of(user_id=user.id):
        with force_context(force_id):
            audit.record(
                actor=Actor.system(force_id=force_id, label="sign-in", origin=address),
                verb="sign_in.failed",
                object_type="user",
                object_id=user.id,
                payload={"step": step},
                now=now,
            )


@transaction.atomic
def unlock(*, user_id: UUID, actor: Actor, now: datetime, reason: str) -> None:
    """Let somebody of the actor's force try again at once. Raises NotPermitted, NotFound, RuleViolated."""
    check_administrator(actor)
    check_reason(reason)
    user = User.objects.filter(id=user_id).first()
    if user is None or not RoleGrant.objects.filter(user_id=user_id, revoked_at__isnull=True).exists():
        raise NotFound("there is no such person in your force")
    reset(username=user.username)
    audit.record(
        actor=actor,
        verb="sign_in.unlocked",
        object_type="user",
        object_id=user_id,
        payload={},
        now=now,
        reason=reason,
    )


def is_account_locked(*, user_id: UUID, now: datetime) -> bool:
    """Whether the account itself waits, wherever from."""
    user = User.objects.filter(id=user_id).first()
    if user is None:
        return False
    recent = AccessAttempt.objects.filter(
        username=user.username, attempt_time__gte=now - settings.AXES_COOLOFF_TIME
    )
    return bool(sum(recent.values_list("failures_since_start", flat=True)) >= settings.AXES_FAILURE_LIMIT)


def forget(*, now: datetime) -> int:
    """Delete attempts and sessions that are over. Returns how many rows."""
    attempts, _ = AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS_KEPT).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    return int(attempts) + sessions
