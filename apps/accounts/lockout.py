"""Too many wrong passwords or codes: who counts together, who waits, and for how long (docs/adr/0013).

A stranger's failures lock the account for the stranger's address, not for its owner: a browser in which the
owner signed in with the second factor (apps/accounts/known.py) counts apart. Over all addresses together an
account only gets slow.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from axes.utils import reset
from celery import current_app
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from kombu.exceptions import OperationalError

from apps.accounts import known
from apps.accounts.models import RoleGrant, User
from apps.accounts.policies import check_administrator, check_reason
from apps.accounts.queries import forces_of
from apps.accounts.sealing import seal
from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import NotFound
from apps.core.tenancy import force_context
from apps.core.wording import say_time

log = logging.getLogger(__name__)

NOTE_TASK = "accounts.note_failed_sign_in"
# Attempts count for the cool-off; afterwards they are of no use to anybody.
ATTEMPTS_KEPT = timedelta(hours=24)
LOCKED = "There were too many attempts in a short time. Wait a few minutes, then try again."
# In place of what the browser says of itself, which is not kept.
STRANGER, KNOWN = "stranger", "known:"
# Wrong codes count together from everywhere: only who knows the password can type one.
CODES_OF = "second factor of "


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]  # the library has no types
    """Rows are kept by axes: one an account, address and kind of browser. Which of them lock is said here."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        username = get_client_username(request, credentials) or ""
        until = locked_until(request, username=username)
        return 0 if until is None else int(settings.AXES_FAILURE_LIMIT)

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **more: Any
    ) -> None:
        if request is not None:
            _browser_of(request, get_client_username(request, credentials) or "")
        super().user_login_failed(sender, credentials, request, **more)

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Whoever got in has their own attempts forgotten; nobody else's from elsewhere."""
        username = get_client_username(request, credentials) or ""
        names = (username, f"{CODES_OF}{username}")
        own = [_own(request, AccessAttempt.objects.filter(username=name), name) for name in names]
        return sum(attempts.delete()[0] for attempts in own)


def _account_of(username: str) -> str:
    return username.removeprefix(CODES_OF)


def _browser_of(request: HttpRequest, username: str) -> str:
    """Also left where axes reads it, for the row that it writes."""
    AxesProxyHandler.update_request(request)
    name = known.name_of(request, _account_of(username))
    kind = f"{KNOWN}{name}" if name else STRANGER
    request.axes_user_agent = kind  # type: ignore[attr-defined]  # axes extends the request
    return kind


def _own(request: HttpRequest, of_account: QuerySet[AccessAttempt], username: str) -> QuerySet[AccessAttempt]:
    """The attempts on an account that count together with one by this request."""
    kind = _browser_of(request, username)
    if kind != STRANGER:
        return of_account.filter(user_agent=kind)
    if username.startswith(CODES_OF):
        return of_account.filter(user_agent=STRANGER)
    return of_account.filter(user_agent=STRANGER, ip_address=address_of(request))


def locked_until(request: HttpRequest, *, username: str) -> datetime | None:
    """When somebody who waits may try again; None for who need not wait."""
    kind = _browser_of(request, username)
    now: datetime = request.axes_attempt_time  # type: ignore[attr-defined]  # as above
    recent = AccessAttempt.objects.filter(attempt_time__gte=now - settings.AXES_COOLOFF_TIME)
    of_account = recent.filter(username=username)
    waits = [_until(_own(request, of_account, username), settings.AXES_FAILURE_LIMIT)]
    if kind == STRANGER:
        from_address = recent.filter(ip_address=address_of(request), user_agent=STRANGER)
        waits.append(_until(from_address, settings.LFR_LOCKOUT_ADDRESS_LIMIT))
        waits.append(_slowed_until(of_account.filter(user_agent=STRANGER), now))
    return max(filter(None, waits), default=None)


def _until(attempts: QuerySet[AccessAttempt], limit: int) -> datetime | None:
    """When enough of them are too old to count; None when there are fewer than `limit`."""
    rows = list(attempts.order_by("attempt_time").values_list("attempt_time", "failures_since_start"))
    left = sum(number for _, number in rows)
    until = None
    for at, number in rows:
        if left < limit:
            break
        left, until = left - number, at + settings.AXES_COOLOFF_TIME
    return until


def _slowed_until(attempts: QuerySet[AccessAttempt], now: datetime) -> datetime | None:
    rows = list(attempts.values_list("attempt_time", "failures_since_start"))
    if sum(number for _, number in rows) < settings.LFR_LOCKOUT_ACCOUNT_LIMIT:
        return None
    until: datetime = max(at for at, _ in rows) + settings.LFR_LOCKOUT_ACCOUNT_DELAY
    return until if until > now else None


def is_locked(request: HttpRequest, *, username: str) -> bool:
    return locked_until(request, username=username) is not None


def words_of(until: datetime) -> str:
    """For the page. The next whole minute, so that it is true."""
    return (
        f"There were too many attempts. You can try again at {say_time(until + timedelta(minutes=1))}, "
        "or ask your force's administrator to unlock your sign-in."
    )


def address_of(request: HttpRequest) -> str:
    """As the ASGI door left it: behind proxies only where LFR_TRUSTED_PROXIES says so."""
    return request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104 - "unknown", not an address to listen on


def code_name(user: User) -> str:
    """The name under which wrong codes of an account are counted."""
    return f"{CODES_OF}{user.username}"


def count_wrong_code(request: HttpRequest, *, user: User) -> None:
    user_login_failed.send(sender=__name__, credentials={"username": code_name(user)}, request=request)


def note_later(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """Have the failure recorded in the forces of whoever it is, if it is anybody."""
    step = "code" if sender == __name__ else "password"
    have_noted(request, username=_account_of(str(credentials.get("username", ""))), step=step)


def have_noted(request: HttpRequest | None, *, username: str, step: str) -> None:
    """By a worker: done here, the answer for a known address would take longer than for an unknown one."""
    address = address_of(request) if request is not None else ""
    try:
        current_app.send_task(NOTE_TASK, args=[seal(username, address), step])
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


def forgive(*, username: str) -> None:
    """Somebody has shown that they hold the account: their attempts before that count no more."""
    reset(username=username)


@transaction.atomic
def unlock(*, user_id: UUID, actor: Actor, now: datetime, reason: str) -> None:
    """Let somebody of the actor's force try again at once. Raises NotPermitted, NotFound, RuleViolated."""
    check_administrator(actor)
    check_reason(reason)
    user = User.objects.filter(id=user_id).first()
    if user is None or not RoleGrant.objects.filter(user_id=user_id, revoked_at__isnull=True).exists():
        raise NotFound("there is no such person in your force")
    reset(username=user.username)
    reset(username=code_name(user))
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
    """Whether somebody waits who tries to sign in to the account, from wherever that is."""
    user = User.objects.filter(id=user_id).first()
    if user is None:
        return False
    recent = AccessAttempt.objects.filter(
        username__in=(user.username, code_name(user)), attempt_time__gte=now - settings.AXES_COOLOFF_TIME
    )
    rows = list(recent.values_list("username", "user_agent", "ip_address", "failures_since_start"))
    codes = (number for name, kind, _, number in rows if name == code_name(user) and kind == STRANGER)
    return any(number >= settings.AXES_FAILURE_LIMIT for *_, number in rows) or _reach(codes)


def _reach(numbers: Iterable[int]) -> bool:
    return sum(numbers) >= settings.AXES_FAILURE_LIMIT


def forget(*, now: datetime) -> int:
    """Delete attempts and sessions that are over. Returns how many rows."""
    attempts, _ = AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS_KEPT).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    return int(attempts) + sessions
