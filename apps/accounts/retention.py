from apps.core import retention


def register() -> None:
    reason = "Staff of the force: kept with the decision log, by the force's schedule, 7 years by default."
    retention.exempt("accounts.User", reason)
    retention.exempt("accounts.RoleGrant", reason)
