"""What the public reads of how long the record of a deployment is kept (domain.md §6)."""

from django.utils.translation import gettext_noop as _

from apps.core import retention

PUBLIC = retention.PublicRow(
    _("The plan of a deployment, its approval, its checks, and the reasons for each decision about it"),
    retention.BY_SCHEDULE,
    setting="record_years",
)

ASSESSMENTS = retention.PublicRow(
    _("The assessments that a deployment rests on, and who recorded them"),
    retention.BY_SCHEDULE,
    setting="record_years",
)

DELETED = retention.PublicRow(
    _("That there was a deployment, by its reference and day, once its record is deleted"),
    _("As long as the audit record"),
)
