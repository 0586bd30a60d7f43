from apps.core import retention

PUBLIC = retention.PublicRow(
    "Names, ranks and roles of the staff who use the system",
    retention.BY_SCHEDULE,
)


def register() -> None:
    reason = "Staff of the force: kept with the decision log, by the force's schedule, 7 years by default."
    retention.exempt("accounts.User", reason, public=PUBLIC)
    retention.exempt("accounts.RoleGrant", reason, public=PUBLIC)
