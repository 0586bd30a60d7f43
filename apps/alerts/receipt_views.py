"""The officer's page that gives a receipt, and the public page behind its address."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.api import role_required
from apps.alerts import engagement_policies, engagement_queries, receipts
from apps.alerts.engagement_views import about, actor_of, case_behind
from apps.alerts.receipt_page import receipt_page
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotFound
from apps.core.languages import ENGLISH, PAGE_LANGUAGES, WELSH, current
from apps.core.tenancy import force_context
from apps.core.typesetting import qr_svg
from apps.forces import api as forces


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.ENGAGEMENT_OFFICER)
@never_cache
def give(request: HttpRequest, alert_id: UUID) -> HttpResponseBase:
    """A button, then the QR code that the person photographs, and the same text to print."""
    now, case = utc_now(), case_behind(alert_id)
    engagement_policies.check_receipt(case, actor=actor_of(request))
    if request.method == "POST":
        receipts.give_receipt(alert_id=alert_id, actor=actor_of(request), now=now)
        return redirect("alerts:give-receipt", alert_id)
    engagement = engagement_queries.engagement_of(alert_id=alert_id)
    context: dict[str, Any] = {**about(case), "engagement": engagement}
    try:
        address, expires_at = receipts.given(alert_id=alert_id, now=now)
    except NotFound:
        return render(request, "alerts/give_receipt.html", context)
    force = forces.get_force(force_id=case.alert.force_id)
    context |= {
        "address": address,
        # Drawn here from our own address: it holds nothing that anybody typed.
        "drawing": mark_safe(qr_svg(address).partition("?>")[2]),  # noqa: S308
        "receipt": receipt_page(alert_id=alert_id, force=force, expires_at=expires_at, now=now),
    }
    return render(request, "alerts/give_receipt.html", context)


@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Without an account, a cookie or JavaScript. Whoever has the address may read it, and nobody else."""
    try:
        address = receipts.read_token(token)
        own = getattr(request, "force", None)
        if own is not None and own.id != address.force_id:
            return _private(render(request, "alerts/receipt_gone.html", {"elsewhere": True}, status=404))
        with force_context(address.force_id):
            page = _page(address)
    except NotFound:
        return _private(render(request, "alerts/receipt_gone.html", status=404))
    return _private(render(request, "alerts/receipt.html", {"page": page, "languages": _switch(token)}))


def welsh(request: HttpRequest, token: str) -> HttpResponse:
    """The same in Welsh. The answer is put together inside: nothing of it may be lazy."""
    with override(WELSH):
        return receipt(request, token)


def _page(address: receipts.Address) -> Any:
    now = utc_now()
    alert_id, expires_at = receipts.engagement_behind(address=address, now=now)
    force = forces.get_force(force_id=address.force_id)
    return receipt_page(alert_id=alert_id, force=force, expires_at=expires_at, now=now)


def _switch(token: str) -> list[dict[str, str]]:
    """Whoever was stopped chooses the language, whatever the force offers elsewhere."""
    names = {ENGLISH: "English", WELSH: "Cymraeg"}
    return [
        {
            "code": PAGE_LANGUAGES[code],
            "name": name,
            "path": "" if code == current() else receipts.path_of(token, code),
        }
        for code, name in names.items()
    ]


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
