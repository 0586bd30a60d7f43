"""Labelled pictures on disk: a folder for each person, or a list of pairs.

Names of people and files stay in here: what is reported are counts, and codes of reasons. Somebody who labels
wrongly is told the place, and nothing is measured.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.recognition.engine.pictures import MAX_FILE_BYTES

from .measure import NO_GROUP

GENUINE = frozenset({"1", "yes", "true", "same", "genuine"})
IMPOSTOR = frozenset({"0", "no", "false", "different", "impostor"})


class LabelsWrong(Exception):
    """The labels contradict each other or cannot be read; the message says where."""


@dataclass(frozen=True)
class Labelled:
    """A picture and the person it shows, by number."""

    path: Path
    person: int


@dataclass(frozen=True)
class Pictures:
    """``groups[p]`` of person p; ``pairs`` index ``pictures``, None where everybody is compared.

    ``digest`` is over the contents of all pictures and who they show, so that another run can be known to
    have used the same; ``repeated`` pictures of one person were the same file again and are left out.
    """

    pictures: tuple[Labelled, ...]
    groups: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...] | None
    digest: str
    repeated: int = 0

    @property
    def people(self) -> int:
        return len(self.groups)

    @property
    def has_groups(self) -> bool:
        return set(self.groups) != {NO_GROUP}


def read_folder(folder: Path, *, groups_csv: Path | None = None) -> Pictures:
    """One sub-folder for each person, pictures in it; files whose name begins with a dot are passed over.

    ``groups_csv`` has the columns person (the sub-folder's name) and group. Raises LabelsWrong.
    """
    people = sorted(entry for entry in _entries(folder) if entry.is_dir())
    if len(people) < 2:
        raise LabelsWrong(f"{folder}: expected a folder for each of two people or more")
    loose = [entry.name for entry in _entries(folder) if entry.is_file() and entry != groups_csv]
    if loose:
        raise LabelsWrong(f"{folder}: {len(loose)} files belong to nobody, such as {sorted(loose)[0]}")
    names = [person.name for person in people]
    labelled = [
        Labelled(path, number) for number, person in enumerate(people) for path in _pictures_of(person)
    ]
    groups = _groups(groups_csv, names) if groups_csv else [NO_GROUP] * len(names)
    kept, repeated, digest = _without_repeats(labelled)
    return Pictures(tuple(kept), tuple(groups), None, digest, repeated)


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        raise LabelsWrong(f"{folder}: cannot be read") from error


def _pictures_of(person: Path) -> Iterator[Path]:
    found = sorted(_entries(person))
    if not found:
        raise LabelsWrong(f"{person}: there is no picture of this person")
    for entry in found:
        if not entry.is_file():
            raise LabelsWrong(f"{entry}: expected a picture")
        yield entry


def _groups(path: Path, names: list[str]) -> list[str]:
    found: dict[str, str] = {}
    for line, row in _rows(path, ("person", "group")):
        if found.setdefault(row["person"], row["group"] or NO_GROUP) != (row["group"] or NO_GROUP):
            raise LabelsWrong(f"{path.name}, line {line}: this person is in two groups")
    unknown = sorted(found.keys() - set(names))
    if unknown:
        raise LabelsWrong(f"{path.name}: {len(unknown)} people have no folder, such as {unknown[0]}")
    return [found.get(name, NO_GROUP) for name in names]


def _rows(path: Path, wanted: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Lines of a CSV with the wanted columns, stripped. Raises LabelsWrong."""
    if not path.exists():
        raise LabelsWrong(f"{path}: there is no such file or folder")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelsWrong(f"{path}: cannot be read as a CSV in UTF-8") from error
    reader = csv.DictReader(text.splitlines())
    columns = {name.strip().lower() for name in reader.fieldnames or ()}
    if not set(wanted) <= columns:
        raise LabelsWrong(f"{path.name}: expected the columns {', '.join(wanted)}")
    for row in reader:
        clean = {key.strip().lower(): (value or "").strip() for key, value in row.items() if key is not None}
        yield reader.line_num, clean


def _digest(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return f"too large: {path.stat().st_size}"
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise LabelsWrong(f"{path}: cannot be read") from error


def _without_repeats(labelled: list[Labelled]) -> tuple[list[Labelled], int, str]:
    """One file under two people is an impostor pair of similarity 1: a wrong label, and refused."""
    seen: dict[str, Labelled] = {}
    kept, repeated = [], 0
    for picture in labelled:
        before = seen.setdefault(_digest(picture.path), picture)
        if before.person != picture.person:
            raise LabelsWrong(f"{before.path} and {picture.path} are the same picture of two people")
        if before is picture:
            kept.append(picture)
        else:
            repeated += 1
    lines = sorted(f"{picture.person} {digest}" for digest, picture in seen.items())
    return kept, repeated, hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_pairs(path: Path) -> Pictures:
    """A CSV with the columns first, second (pictures, relative to the file) and same; perhaps group.

    ``same`` is 1 or 0 (also yes/no, genuine/impostor). Pictures that a genuine pair joins show one person; a
    picture that none joins shows a person of its own. Raises LabelsWrong.
    """
    numbers: dict[Path, int] = {}
    pairs: dict[tuple[int, int], tuple[bool, int]] = {}
    groups: dict[int, str] = {}
    for line, row in _rows(path, ("first", "second", "same")):
        one, other = (numbers.setdefault(path.parent / row[key], len(numbers)) for key in ("first", "second"))
        same = _is_same(row["same"], path, line)
        pair = (min(one, other), max(one, other))
        if one == other or pairs.setdefault(pair, (same, line))[0] != same:
            raise LabelsWrong(f"{path.name}, line {line}: the pair contradicts itself or an earlier line")
        for picture in pair:
            if groups.setdefault(picture, row.get("group") or NO_GROUP) != (row.get("group") or NO_GROUP):
                raise LabelsWrong(f"{path.name}, line {line}: a picture is in two groups")
    if not pairs:
        raise LabelsWrong(f"{path.name}: there are no pairs")
    person = _joined(len(numbers), [pair for pair, (same, _) in pairs.items() if same])
    for (one, other), (same, line) in pairs.items():
        if not same and person[one] == person[other]:
            raise LabelsWrong(f"{path.name}, line {line}: other lines say that these are the same person")
    labelled = [Labelled(picture, person[number]) for picture, number in numbers.items()]
    return Pictures(
        tuple(labelled), tuple(_group_of_people(person, groups, path)), tuple(pairs), _pairs_digest(labelled)
    )


def _is_same(word: str, path: Path, line: int) -> bool:
    if word.lower() not in GENUINE | IMPOSTOR:
        raise LabelsWrong(f"{path.name}, line {line}: same must be 1 or 0")
    return word.lower() in GENUINE


def _joined(count: int, genuine: list[tuple[int, int]]) -> list[int]:
    """The person of each picture, numbered from 0 in the order of their first pictures."""
    parent = list(range(count))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for one, other in genuine:
        parent[root(one)] = root(other)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(picture), len(numbers)) for picture in range(count)]


def _group_of_people(person: list[int], groups: dict[int, str], path: Path) -> list[str]:
    found: dict[int, str] = {}
    for picture, who in enumerate(person):
        if found.setdefault(who, groups[picture]) != groups[picture]:
            raise LabelsWrong(f"{path.name}: pictures of one person are in two groups")
    return [found[who] for who in range(len(found))]


def _pairs_digest(labelled: list[Labelled]) -> str:
    """Of the contents. Two names of one file in different people are as wrong here as in folders."""
    _, _, digest = _without_repeats(labelled)
    return digest
