"""Answers 7 to 10: who was looked for, in numbers, and of whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from apps.scrutiny.answers.facts import Day, Facts, answer, table
from apps.scrutiny.exports.report import Section
from apps.watchlists.special import GROUP_WORDS

SEAL = "counts that were kept when each list was sealed, and outlive it"
CUSTODY = {
    "retained": "Custody system says: retained",
    "deletion_requested": "Custody system says: deletion requested, not decided",
    "not recorded": "Not recorded",
}


def _summed(facts: Facts, what: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for day in facts.days:
        found.update((day.listed.sealed_figures if day.listed else {}).get(what, {}))
    return found


def _rows(found: Mapping[str, int], words: Mapping[str, str] | None = None) -> list[tuple[str, int]]:
    ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return [((words or {}).get(name, name.replace("_", " ")), number) for name, number in ordered]


def _uncounted(days: Iterable[Day]) -> str:
    without = sum(day.listed is None or not day.listed.sealed_figures for day in days)
    return f"Of {without} lists these counts were not recorded." if without else ""


def categories(facts: Facts) -> Section:
    people, pictures = _summed(facts, "subjects"), _summed(facts, "pictures")
    by_category = [(name, number, pictures[name]) for name, number in people.most_common()]
    each = [
        (
            day.reference,
            day.row.watchlist,
            day.listed.sealed_pictures - day.listed.sealed_volunteer_pictures if day.listed else "",
            day.listed.sealed_volunteers if day.listed else "",
        )
        for day in facts.days
    ]
    return answer(
        7,
        "Who was on the watchlists, by category, in people and in pictures?",
        "Somebody on the list of two deployments is counted twice.",
        _uncounted(facts.days),
        tables=[
            table(
                "By category",
                "Category|#People|#Pictures",
                [(name.replace("_", " "), number, held) for name, number, held in by_category],
            ),
            table("By deployment", "Reference|#People|#Pictures|#Volunteers, apart", each),
        ],
        source=SEAL,
    )


def special(facts: Facts) -> Section:
    groups: Counter[str] = Counter()
    for day in facts.days:
        groups.update(day.listed.sealed_groups if day.listed else {})
    rows = [(GROUP_WORDS.get(name, name), number) for name, number in groups.most_common()]
    return answer(
        8,
        "Were children, victims, witnesses or vulnerable people listed, and with which reasons?",
        "Each of them was signed for one by one by an authorising officer with a written reason, or left "
        "out. Somebody who is in several groups is counted in each.",
        tables=[table("By group", "Group|#People", rows)],
        source="signatures that the seal requires. The reasons name people, and were deleted with the list",
    )


def sources(facts: Facts) -> Section:
    return answer(
        9,
        "Where did the pictures come from, how old were they, and were there custody pictures of people who "
        "were not convicted?",
        _uncounted(facts.days),
        "Whether somebody was convicted is not recorded here: the custody system's decision about deletion "
        "is. A picture whose deletion was granted is refused at the import.",
        tables=[
            table("By source", "System|#Pictures", _rows(_summed(facts, "sources"))),
            table("By age at the seal", "Age|#Pictures", _rows(_summed(facts, "ages"))),
            table("Custody pictures", "Disposal|#Pictures", _rows(_summed(facts, "custody"), CUSTODY)),
        ],
        source=SEAL,
    )


def refused(facts: Facts) -> Section:
    rows = [
        (
            day.reference,
            day.listed.refused if day.listed else "",
            day.listed.removed if day.listed else "",
            day.status[1],
            day.status[2],
            day.status[0],
        )
        for day in facts.days
    ]
    stale = sum(day.status[1] + day.status[2] for day in facts.days)
    return answer(
        10,
        "Which entries were rejected, or removed as stale?",
        f"Removed because a check said no longer wanted, or could not say: {stale}.",
        tables=[
            table("Left out at the import, by reason", "Reason|#Rows", _rows(_summed(facts, "refused"))),
            table(
                "By deployment",
                "Reference|#Rows left out|#People removed|#No longer wanted|#Could not be verified|#Checks",
                rows,
            ),
        ],
        source="imports, removals and status checks of each list",
    )
