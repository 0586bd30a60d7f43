from apps.accounts import retention_leavers
from apps.core import retention


def register() -> None:
    retention_leavers.register()
    retention.exempt(
        "accounts.IdentityProvider",
        "How staff of the force sign in, and who asked for it and confirmed it: as long as it is set up.",
    )
    retention.exempt("accounts.Breach", "A breach as it was found and reported: kept with the audit record.")
    retention.exempt(
        "mfa.Authenticator",
        "Second factors of staff: theirs to remove, gone with a new start, and with the account.",
    )
    retention.exempt(
        "socialaccount.SocialAccount", "Which identity of a force's sign-on an account is; goes with it."
    )
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
