from django.utils.translation import gettext_noop as _

from apps.core import retention


def register() -> None:
    retention.exempt(
        "scrutiny.ToldTable",
        "What was told is told: sums by group over all deployments, of at least five people (ADR 21). Without"
        " the earlier tables nobody could say whether a new one reveals somebody.",
        public=retention.PublicRow(
            _("How many people officers spoke to, by group, over all deployments; never fewer than five"),
            _("As long as the force reports on its use of facial recognition"),
        ),
    )
