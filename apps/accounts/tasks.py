from __future__ import annotations

from celery import shared_task

from apps.accounts import lockout
from apps.accounts.sealing import unseal
from apps.core.clock import utc_now


@shared_task(name=lockout.NOTE_TASK, queue="system", ignore_result=True)
def note_failed_sign_in(sealed: str, step: str) -> None:
    if typed := unseal(sealed):
        username, address = typed
        lockout.note_failure(username=username, address=address, step=step, now=utc_now())


@shared_task(name="accounts.forget", queue="system", ignore_result=True)
def forget() -> None:
    """Attempts to sign in, and sessions, that are over."""
    lockout.forget(now=utc_now())
