"""What is known of a recognition model: files by their hashes, error rates that were counted. No database."""

from __future__ import annotations

from collections.abc import Iterable

from apps.recognition import api as recognition
from apps.recognition.data import GenuineCount, ImpostorCount, PackManifest
from apps.scrutiny.exports.report import Column, Section, Table
from apps.watchlists.api import SealedList

FACTS = (Column("What"), Column("Answer"))
RATES = (
    *(Column("Among"), Column("Threshold", True), Column("Errors", True), Column("Comparisons", True)),
    *(Column("People", True), Column("Bounds, each one-sided at 95%")),
)
GONE = "The files of this model are not installed any more, so its evidence cannot be read here."
NOT_LIKELY = (
    "A cosine similarity is no probability that two pictures show one person. It is never shown as a "
    "percentage."
)


def section(pack: PackManifest | None, pack_id: str, sealed: SealedList | None) -> Section:
    title = "Recognition model and its evidence"
    if pack is None:
        return Section(title, (f"“{pack_id}”. {GONE}",))
    facts = [
        ("Model pack", pack.id),
        ("Version", pack.version),
        ("Fingerprint of what decides a template (SHA-256)", pack.fingerprint),
        *((f"File {name} (SHA-256)", digest) for name, digest in sorted(pack.files.items())),
        ("Grade of the evidence", str(pack.evidence_grade)),
        ("Evidence file (SHA-256)", pack.evidence_sha256 or "none: counts of the manifest only"),
        ("What the manifest says of it", " ".join(pack.evidence.split())),
    ]
    if pack.measured is not None:
        facts += [("Data set", pack.measured.dataset), ("Measured by", pack.measured.conducted_by)]
    if sealed is not None:
        same = "the same" if sealed.pack_version == pack.edition else "another one than is installed now"
        facts.append(("The list was measured with", f"{sealed.pack_version}, {same}"))
    tables = (Table("The model", FACTS, tuple(facts)), *_rates(pack))
    return Section(title, (NOT_LIKELY,), tables=tables)


def _rates(pack: PackManifest) -> Iterable[Table]:
    wrong = [("Everybody", count) for count in pack.impostors]
    missed: list[tuple[str, GenuineCount]] = []
    if pack.measured is not None:
        missed = [("Everybody", count) for count in pack.measured.genuine]
        for group in pack.measured.groups:
            wrong += [(group.group, count) for count in group.impostors]
            missed += [(group.group, count) for count in group.genuine]
    if wrong:
        rows = tuple(_wrong(among, count) for among, count in wrong)
        yield Table("Different people taken for one (false matches)", RATES, rows)
    if missed:
        rows = tuple(_missed(among, count) for among, count in missed)
        yield Table("One person taken for different people (false non-matches)", RATES, rows)


def _wrong(among: str, count: ImpostorCount) -> tuple[str, ...]:
    return _row(
        among, count.threshold, count.false_matches, count.comparisons, count.people, count.independent
    )


def _missed(among: str, count: GenuineCount) -> tuple[str, ...]:
    errors = count.false_non_matches
    return _row(among, count.threshold, errors, count.comparisons, count.people, count.independent)


def _row(
    among: str,
    threshold: float,
    errors: int,
    comparisons: int,
    people: int | None,
    independent: tuple[float, float],
) -> tuple[str, ...]:
    wrong, of = independent
    low, high = recognition.lower_bound(wrong, of), recognition.upper_bound(wrong, of)
    bounds = f"{low:.4%} to {high:.4%}, as {of:.4g} independent comparisons"
    number = "not recorded" if people is None else str(people)
    return (among, str(threshold), str(errors), str(comparisons), number, bounds)
