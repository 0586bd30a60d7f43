from apps.core import retention


def register() -> None:
    retention.exempt(
        "retention.DeletionCertificate",
        "The proof that something was deleted: counts and times, no personal data; kept with the audit.",
    )
