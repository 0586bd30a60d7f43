"""What the record says of a list long after it is deleted: counts at the seal, and of nobody (domain.md §8,
answers 7 to 10). The Blue List is in none of them: nobody looks for whoever is on it.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from apps.core.clock import london
from apps.watchlists import policies
from apps.watchlists.data import Category
from apps.watchlists.models import Picture, Refusal, Watchlist

# Of a picture at the seal: to below so many years, in words.
AGES = (
    (1, "less than a year"),
    (2, "1 year"),
    (5, "2 to 4 years"),
    (10, "5 to 9 years"),
    (1_000, "10 years or more"),
)
SOURCES = 20
OTHER_SOURCES = "further sources"


def figures(watchlist: Watchlist, *, now: datetime) -> dict[str, dict[str, int]]:
    """By what they count: `subjects` and `pictures` by category, pictures by `sources`, by `ages` and, of
    custody pictures, by `custody` disposal, and rows that were left out by the code of the reason."""
    kept = Picture.objects.filter(subject__watchlist=watchlist, subject__removed_at__isnull=True)
    rows = list(
        kept.exclude(subject__category=Category.BLUE_LIST.value).values_list(
            "subject_id", "subject__category", "source_system", "captured_date", "custody_disposal"
        )
    )
    today = london(now).date()
    sources = Counter(source.strip() for _, _, source, _, _ in rows)
    shown = dict(sources.most_common(SOURCES))
    if further := sources.total() - sum(shown.values()):
        shown[OTHER_SOURCES] = shown.get(OTHER_SOURCES, 0) + further
    custody = (said for _, _, source, _, said in rows if said or policies.is_custody(source))
    return {
        "subjects": dict(Counter(category for category in {row[0]: row[1] for row in rows}.values())),
        "pictures": dict(Counter(category for _, category, _, _, _ in rows)),
        "sources": shown,
        "ages": dict(Counter(_age(captured, today) for _, _, _, captured, _ in rows)),
        "custody": dict(Counter(said or "not recorded" for said in custody)),
        "refused": dict(Counter(Refusal.objects.filter(watchlist=watchlist).values_list("code", flat=True))),
    }


def _age(captured: date, today: date) -> str:
    years = today.year - captured.year - ((today.month, today.day) < (captured.month, captured.day))
    return next(words for below, words in AGES if years < below)
