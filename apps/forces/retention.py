from django.utils.translation import gettext_noop as _

from apps.core import retention

AUTHORITY = "Which settings bound which deployment: kept with the authorities, no biometric."
PUBLIC = retention.PublicRow(
    _("The settings of the force, and which of its people changed them"),
    retention.BY_SCHEDULE,
    setting="authority_years",
)


def register() -> None:
    retention.exempt("forces.Force", "The registry of tenants and their settings; no personal data.")
    retention.exempt("forces.ForceSettingsVersion", AUTHORITY, public=PUBLIC)
    retention.exempt(
        "forces.OnboardingLink", "Shows who was asked to set the force up; the link itself is a hash only."
    )
    for model in ("BaseMap", "BaseMapLine"):
        retention.exempt(f"forces.{model}", "Roads and outlines; kept until replaced or removed.")
    for model in ("LeavingExport", "LeavingConfirmation"):
        retention.exempt(f"forces.{model}", "Goes with the force that it lets go.")
    retention.exempt("forces.DepartedForce", "Proof of a deletion: counts and hashes, and no person.")
