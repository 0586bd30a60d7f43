from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from apps.accounts.queries import actor_for
from apps.accounts.scope import force_id_of_session
from apps.core.errors import NotPermitted
from apps.core.tenancy import force_context
from apps.forces.api import get_force


class ForceContextMiddleware:
    """Opens the signed-in person's force around the view *and its rendering*; a 5xx rolls everything back.

    Strangers get no context, and so no tenant rows. `request.actor` is who acts, or None.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = None  # type: ignore[attr-defined]  # Django's request is extended by middleware
        force_id = force_id_of_session(request.session) if request.user.is_authenticated else None
        if force_id is None:
            return self.get_response(request)
        with force_context(force_id):
            try:
                request.actor = actor_for(  # type: ignore[attr-defined]  # as above
                    user_id=UUID(str(request.user.pk)),
                    force_id=force_id,
                    origin=request.META.get("REMOTE_ADDR") or "",
                )
            except NotPermitted:
                # The last role was taken away since sign-in.
                logout(request)
            else:
                request.force = get_force(force_id=force_id)  # type: ignore[attr-defined]  # as above
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response
