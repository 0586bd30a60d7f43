"""Why a notice is never purged within days (domain.md §6): it is what the public was told."""

from apps.core import retention


def register() -> None:
    retention.exempt(
        "notices.Notice",
        "What the public was told: kept by the force's schedule, 7 years by default; names nobody.",
        public=retention.PublicRow(
            "This notice, its results, and the history of its changes",
            retention.BY_SCHEDULE,
        ),
    )
