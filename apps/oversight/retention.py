"""Why questions and recommendations are not purged: they are a public body's record (domain.md §8)."""

from apps.core import retention


def register() -> None:
    for model in ("oversight.Matter", "oversight.Entry"):
        retention.exempt(
            model,
            "What the oversight body put and the force answered: a public body's record, kept by the force's"
            " schedule as notices and decisions are; no name of a listed person stands in it.",
        )
