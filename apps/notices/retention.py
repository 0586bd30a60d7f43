"""Why a notice is never purged within days (domain.md §6): it is what the public was told."""

from django.utils.translation import gettext_noop as _

from apps.core import retention


def register() -> None:
    retention.exempt(
        "notices.Notice",
        "What the public was told: kept by the force's schedule, 7 years by default; names nobody.",
        public=retention.PublicRow(
            _("This notice, its results, and the history of its changes"),
            retention.BY_SCHEDULE,
            setting="authority_years",
        ),
    )
    retention.exempt(
        "notices.PublicAnswer",
        "What the oversight body published of its questions and recommendations: a public record, kept as"
        " notices are; names nobody.",
    )
    retention.exempt(
        "notices.NoticeOutage", "Times at which a public page was away; kept with its notice, names nobody."
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
        "notices.Reminder", "That people were told of a deadline; kept with the deployment, names nobody."
    )
