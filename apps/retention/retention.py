from django.utils.translation import gettext_noop as _

from apps.core import retention


def register() -> None:
    retention.exempt(
        "retention.DeletionCertificate",
        "The proof that something was deleted: counts and times, no personal data; kept with the audit.",
        public=retention.PublicRow(
            _("The proof of each deletion: what, how many and when, and nothing of what was deleted"),
            _("As long as the audit record"),
        ),
    )
    retention.exempt(
        "retention.PurgeAlarm",
        "That a deletion would fail or is late: a class of data, a number and times, no personal data;"
        " deleted when the deletion would go through again.",
    )
