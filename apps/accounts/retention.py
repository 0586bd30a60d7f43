from django.utils.translation import gettext_noop as _

from apps.core import retention

PUBLIC = retention.PublicRow(
    _("Names, ranks, collar numbers and roles of the staff who use the system"),
    retention.BY_SCHEDULE,
    setting="decision_log_years",
)


def register() -> None:
    reason = "Staff of the force: kept as long as the decisions they took; no job deletes them by the years."
    retention.exempt("accounts.User", reason, public=PUBLIC)
    retention.exempt("accounts.RoleGrant", reason, public=PUBLIC)
    for model in ("accounts.Invitation", "accounts.TrainingCertificate", "accounts.CollarNumber"):
        retention.exempt(model, reason, public=PUBLIC)
    retention.exempt(
        "accounts.IdentityProvider", "How staff of the force sign in, and who asked for it and confirmed it."
    )
    retention.exempt("accounts.Breach", "A breach as it was found and reported: kept with the audit record.")
    retention.exempt(
        "mfa.Authenticator",
        "Second factors of staff: theirs to remove, and gone with a new start.",
        public=PUBLIC,
    )
    retention.exempt("socialaccount.SocialAccount", "Which identity of a force's sign-on an account is.")
    retention.exempt("axes.AccessAttempt", "Deleted after a day by the sweep of sign-ins (accounts.forget).")
    for model in (
        "account.EmailAddress",
        "account.EmailConfirmation",
        "socialaccount.SocialApp",
        "socialaccount.SocialToken",
        "axes.AccessAttemptExpiration",
        "axes.AccessFailureLog",
        "axes.AccessLog",
    ):
        retention.exempt(model, "Belongs to a library, and is never written here.")
