"""What people decided about identities with one face, applied to the rows of an upload. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from apps.watchlists.data import Copied, EntryRow, FaceConflict, Keep, PictureRepeat, Settlement

# What makes two rows the same person; the rest of a row belongs to its picture.
PERSON_FIELDS = (
    "reference",
    "display_name",
    "category",
    "offence",
    "legal_basis",
    "selected_by",
    "selected_reason",
    "date_of_birth",
    "consent_reference",
    "status_checked_at",
    "expires_at",
    "disability",
    "special_reason",
    "approach_plan",
)


@dataclass(frozen=True)
class Settled:
    """One decision. Two people with one face are believed only once a second person has `confirmed` it."""

    first: str
    second: str
    choice: Settlement
    confirmed: bool = False

    @property
    def counts(self) -> bool:
        return self.choice is not Settlement.TWO_PEOPLE or self.confirmed


@dataclass(frozen=True)
class Kept:
    """One decision about a picture that two rows of one identity have, by their lines."""

    first_line: int
    second_line: int
    choice: Keep


@dataclass(frozen=True)
class Resolution:
    """`left_out` and `becomes` go by reference; `apart` are pairs that are two people. By line: rows that are
    `dropped`, and pairs of rows with `distinct` photographs."""

    left_out: frozenset[str] = frozenset()
    becomes: Mapping[str, str] = field(default_factory=dict)
    apart: frozenset[frozenset[str]] = frozenset()
    dropped: frozenset[int] = frozenset()
    distinct: frozenset[frozenset[int]] = frozenset()

    def final(self, reference: str) -> str:
        """The identity under which the pictures of `reference` are listed."""
        seen = [reference]
        while (after := self.becomes.get(seen[-1])) is not None:
            if after in seen:  # each was said to be another one: the answer must not depend on where we began
                return min(seen[seen.index(after) :])
            seen.append(after)
        return seen[-1]

    def leaves_out(self, reference: str) -> bool:
        return reference in self.left_out or self.final(reference) in self.left_out

    def leaves_open(self, conflict: FaceConflict) -> bool:
        """Whether nothing said so far settles it, directly or because one of the two is not listed any more.
        That one picture shows two people settles nothing."""
        first, second = conflict.pair
        if self.leaves_out(first) or self.leaves_out(second) or self.final(first) == self.final(second):
            return False
        if {conflict.first_line, conflict.second_line} & self.dropped:
            return False
        return conflict.same_picture or frozenset(conflict.pair) not in self.apart

    def leaves_repeated(self, repeat: PictureRepeat) -> bool:
        if self.leaves_out(repeat.reference) or set(repeat.lines) & self.dropped:
            return False
        return repeat.how is Copied.EXACT or frozenset(repeat.lines) not in self.distinct


NOTHING_DECIDED = Resolution()


def resolution(decisions: Iterable[Settled], kept: Iterable[Kept] = ()) -> Resolution:
    """What follows from the decisions that count."""
    left_out: set[str] = set()
    becomes: dict[str, str] = {}
    apart: set[frozenset[str]] = set()
    for each in decisions:
        if not each.counts:
            continue
        match each.choice:
            case Settlement.ONLY_FIRST:
                left_out.add(each.second)
            case Settlement.ONLY_SECOND:
                left_out.add(each.first)
            case Settlement.NEITHER:
                left_out |= {each.first, each.second}
            case Settlement.SAME_FIRST:
                becomes[each.second] = each.first
            case Settlement.SAME_SECOND:
                becomes[each.first] = each.second
            case Settlement.TWO_PEOPLE:
                apart.add(frozenset({each.first, each.second}))
    dropped, distinct = _of_pictures(kept)
    return Resolution(frozenset(left_out), becomes, frozenset(apart), dropped, distinct)


def _of_pictures(kept: Iterable[Kept]) -> tuple[frozenset[int], frozenset[frozenset[int]]]:
    dropped: set[int] = set()
    distinct: set[frozenset[int]] = set()
    for each in kept:
        match each.choice:
            case Keep.FIRST:
                dropped.add(each.second_line)
            case Keep.SECOND:
                dropped.add(each.first_line)
            case Keep.NEITHER:
                dropped |= {each.first_line, each.second_line}
            case Keep.BOTH:
                distinct.add(frozenset({each.first_line, each.second_line}))
    return frozenset(dropped), frozenset(distinct)


def applied(rows: Sequence[EntryRow], decided: Resolution) -> list[EntryRow]:
    """The rows with each picture under the identity that was decided; nothing else of a row changes.

    An identity that is no longer in the file takes nobody in.
    """
    if not decided.becomes:
        return list(rows)
    people: dict[str, EntryRow] = {}
    for row in rows:
        people.setdefault(row.reference.strip(), row)
    return [_moved(row, people, decided) for row in rows]


def _moved(row: EntryRow, people: Mapping[str, EntryRow], decided: Resolution) -> EntryRow:
    person = people.get(decided.final(row.reference.strip()))
    if person is None or person.reference.strip() == row.reference.strip():
        return row
    return replace(row, **{name: getattr(person, name) for name in PERSON_FIELDS})
