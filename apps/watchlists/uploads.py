"""What was uploaded, read and checked as files before anything of it is kept: not yet as people or faces."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from apps.core.errors import RuleViolated
from apps.watchlists.archive import MAX_FILES, megabytes, open_archive, refuse, too_many
from apps.watchlists.data import EntryRow, UploadedList
from apps.watchlists.policies import LONGEST
from apps.watchlists.reader import MAX_CSV_BYTES, MAX_PICTURE_BYTES, PICTURE_NAME, read_rows

LONGEST_NAME = LONGEST["picture_name"]


@dataclass(frozen=True)
class ReadUpload:
    """`pictures` gives (name, bytes) of those that a row names, one after the other, so that they are never
    in memory all at once; it can be gone through once. `unused` counts the others."""

    csv: bytes
    rows: Sequence[EntryRow]
    pictures: Iterator[tuple[str, bytes]]
    unused: int


def read_upload(upload: UploadedList) -> ReadUpload:
    """Raises RuleViolated with everything that is wrong, in words that say what to do."""
    if upload.archive is not None:
        if upload.csv is not None or upload.pictures:
            raise refuse("Send either a ZIP, or a CSV file with pictures, not both.")
        return _from_archive(upload.archive)
    if upload.csv is None:
        raise refuse("Choose a ZIP file, or a CSV file and the pictures that it names.")
    return _from_files(upload.csv, upload.pictures)


def read_pictures(
    upload: UploadedList, *, wanted: Collection[str]
) -> tuple[Iterator[tuple[str, bytes]], int]:
    """Further pictures for a list that is here: those of `wanted`, one after the other, and how many others
    there are. Raises RuleViolated with what is wrong."""
    if upload.csv is not None:
        raise refuse("The list is here already. Send pictures only, or discard the upload.")
    if upload.archive is not None and upload.pictures:
        raise refuse("Send either a ZIP, or pictures, not both.")
    if upload.archive is not None:
        archive = open_archive(upload.archive, with_list=False)
        names = [name for name in archive.pictures if name in wanted]
        return ((name, archive.read(name)) for name in names), len(archive.pictures) - len(names)
    by_name = _by_name(upload.pictures)
    names = [name for name in by_name if name in wanted]
    return ((name, _whole(name, by_name[name])) for name in names), len(by_name) - len(names)


def _from_archive(stream: BinaryIO) -> ReadUpload:
    archive = open_archive(stream)
    if archive.csv is None:  # open_archive has refused this already; mypy cannot know
        raise AssertionError("an archive with a list")
    rows = _rows(archive.csv)
    wanted = _wanted(rows, archive.pictures)
    return ReadUpload(
        csv=archive.csv,
        rows=rows,
        pictures=((name, archive.read(name)) for name in wanted),
        unused=len(archive.pictures) - len(wanted),
    )


def _from_files(csv: BinaryIO, pictures: Sequence[tuple[str, BinaryIO]]) -> ReadUpload:
    raw = csv.read(MAX_CSV_BYTES + 1)
    rows = _rows(raw)
    by_name = _by_name(pictures)
    wanted = _wanted(rows, tuple(by_name))
    return ReadUpload(
        csv=raw,
        rows=rows,
        pictures=((name, _whole(name, by_name[name])) for name in wanted),
        unused=len(by_name) - len(wanted),
    )


def _by_name(pictures: Sequence[tuple[str, BinaryIO]]) -> dict[str, BinaryIO]:
    if len(pictures) > MAX_FILES:
        raise too_many()
    found: dict[str, BinaryIO] = {}
    folded: set[str] = set()
    for name, stream in pictures:
        if name.casefold() in folded:
            raise refuse(f"There are two pictures named {name}. Rename one, in its row too.")
        folded.add(name.casefold())
        found[name] = stream
    return found


def _rows(raw: bytes) -> list[EntryRow]:
    rows = read_rows(raw)
    if not rows:
        raise refuse("The CSV file has a header and no rows. Add a row for each picture.")
    return rows


def is_picture_name(name: str) -> bool:
    """What is no bare file name is nobody's."""
    return len(name) <= LONGEST_NAME and PICTURE_NAME.fullmatch(name) is not None


def _wanted(rows: Sequence[EntryRow], names: Sequence[str]) -> list[str]:
    """The pictures that a row names, in the order of the file."""
    there = {name for name in names if is_picture_name(name)}
    return [name for name in dict.fromkeys(row.picture_name for row in rows) if name in there]


def _whole(name: str, stream: BinaryIO) -> bytes:
    content = stream.read(MAX_PICTURE_BYTES + 1)
    if len(content) > MAX_PICTURE_BYTES:
        raise RuleViolated(
            [f"{name} is over {megabytes(MAX_PICTURE_BYTES)}. Make the picture smaller."], code="import_file"
        )
    return content
