"""How long what is of the notices stays (domain.md §6). A notice goes with the record of its deployment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_noop as _

from apps.core import retention
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments
from apps.notices import public_files
from apps.notices.models import Notice


def _forget(ids: Collection[UUID], now: datetime) -> Mapping[UUID, Mapping[str, int]]:
    """With its old versions, results, outages and the mails that wait. Its address says that it is gone."""
    rows = list(Notice.objects.filter(force_id=current_force_id(), deployment_id__in=ids))
    public_files.announce(*rows)
    return deployments.delete_rows("notices_delete_notices", ids)


def register() -> None:
    retention.exempt(
        "notices.Notice",
        "What the public was told: goes with the deployment's record, by the force's schedule; names nobody.",
        public=retention.PublicRow(
            _("This notice, its results, and the history of its changes"),
            retention.BY_SCHEDULE,
            setting="record_years",
        ),
    )
    retention.exempt(
        "notices.PublicAnswer",
        "What the oversight body published of its questions and recommendations: a public record, kept as"
        " notices are; names nobody.",
    )
    retention.exempt(
        "notices.NoticeOutage", "Times at which a public page was away; goes with its notice, names nobody."
    )
    retention.exempt(
        "notices.Subscription",
        "An e-mail address with districts and language, deleted at once by whoever unsubscribes; unconfirmed "
        "ones after two days.",
        public=retention.PublicRow(
            _("E-mail addresses of people who asked to be told of notices"),
            _("Until they unsubscribe; an address that was never confirmed, two days"),
        ),
    )
    retention.exempt(
        "notices.OutgoingMail",
        "Deleted when the mail has been handed over or was refused for hours, or with its address.",
    )
    retention.exempt(
        "notices.Reminder", "That people were told of a deadline; goes with the deployment, names nobody."
    )
    deployments.goes_along(deployments.Companion(name="notices", forget=_forget))
