from apps.core import retention


def register() -> None:
    retention.exempt("forces.Force", "The registry of tenants and their settings; no personal data.")
