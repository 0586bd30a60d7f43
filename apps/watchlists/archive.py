"""Opening a ZIP that a stranger may have made: nothing is written to disk, and nothing in it is believed.

Sizes are checked twice, as declared and as they come out; names are compared and never used as paths.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from apps.core.errors import RuleViolated
from apps.watchlists.reader import CSV_NAME, MAX_CSV_BYTES, MAX_PICTURE_BYTES, PICTURE_FOLDER

MAX_FILES = 2_000
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
# The directory of an archive is read as a whole before the first entry can be looked at.
MAX_DIRECTORY_BYTES = 2 * 1024 * 1024
# What computers put into archives by themselves.
LITTER_FOLDERS = frozenset({"__MACOSX"})
LITTER_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
END_RECORD = struct.Struct("<4s4H2LH")
END_MARK = b"PK\x05\x06"
LARGE_LOCATOR_MARK, LARGE_LOCATOR_BYTES = b"PK\x06\x07", 20
ENCRYPTED_FLAG = 0x1
AGAIN = "Make it again with “Compress” or “Send to ZIP folder” of your computer."


@dataclass(frozen=True)
class OpenedArchive:
    """`csv` are the bytes of watchlist.csv, None of a ZIP of pictures alone.

    `pictures` are the names in the folder of pictures; `read` gives the bytes of one and raises RuleViolated
    for a damaged entry or one larger than it says."""

    csv: bytes | None
    pictures: tuple[str, ...]
    read: Callable[[str], bytes]


def refuse(reason: str) -> RuleViolated:
    return RuleViolated([reason], code="import_file")


def open_archive(stream: BinaryIO, *, with_list: bool = True) -> OpenedArchive:
    """Raises RuleViolated saying what to do about it. Without a list it is a ZIP of further pictures."""
    _check_directory(stream)
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as damaged:
        raise refuse(f"The ZIP is damaged or of an unusual kind. {AGAIN}") from damaged
    entries = list(_entries(archive))
    names = _flattened([name for name, _ in entries])
    found = dict(zip(names, (info for _, info in entries), strict=True))
    csv = found.pop(CSV_NAME, None)
    if csv is not None and not with_list:
        raise refuse(f"There is a {CSV_NAME} in the ZIP. Send pictures only: the list is here already.")
    if csv is None and with_list:
        raise refuse(f"There is no {CSV_NAME} in the ZIP. Put it beside the folder {PICTURE_FOLDER}.")
    pictures = {name.removeprefix(f"{PICTURE_FOLDER}/"): info for name, info in found.items()}
    _check_sizes(csv, pictures)
    return OpenedArchive(
        csv=None if csv is None else _unpacked(archive, csv, MAX_CSV_BYTES),
        pictures=tuple(pictures),
        read=lambda name: _unpacked(archive, pictures[name], MAX_PICTURE_BYTES),
    )


def _check_directory(stream: BinaryIO) -> None:
    """How large is the directory? The standard library reads all of it before it shows the first entry.

    Where that looks for another end than the last bytes (a comment, the form for very large files) the answer
    would be about another directory than the one it reads: such archives are refused.
    """
    size = stream.seek(0, 2)
    tail_bytes = END_RECORD.size + LARGE_LOCATOR_BYTES
    stream.seek(max(0, size - tail_bytes))
    tail = stream.read(tail_bytes)
    stream.seek(0)
    record = tail[-END_RECORD.size :]
    if len(record) < END_RECORD.size or not record.startswith(END_MARK):
        raise refuse(f"This is not a ZIP file, or not all of it. {AGAIN}")
    _, _, _, _, entries, directory_bytes, _, comment_bytes = END_RECORD.unpack(record)
    if comment_bytes or tail[: -END_RECORD.size].startswith(LARGE_LOCATOR_MARK):
        raise refuse(f"The ZIP is of an unusual kind. {AGAIN}")
    # Folders count too, and a planner's archive has few.
    if entries > MAX_FILES * 2 or directory_bytes > MAX_DIRECTORY_BYTES:
        raise too_many()


def too_many() -> RuleViolated:
    return refuse(f"There are more than {MAX_FILES} files. Send fewer pictures of each person.")


def _entries(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Each file with its name as the archive has it; litter and folders are passed over."""
    seen: set[str] = set()
    for info in archive.infolist():
        name = info.orig_filename
        _check_entry(name, info)
        if info.is_dir() or _is_litter(name):
            continue
        if name.casefold() in seen:
            raise refuse(f"The ZIP holds {name} twice. Leave one of the two out.")
        seen.add(name.casefold())
        if len(seen) > MAX_FILES:
            raise too_many()
        yield name, info


def _check_entry(name: str, info: zipfile.ZipInfo) -> None:
    parts = name.rstrip("/").split("/")
    unsafe = "\\" in name or "\x00" in name or ":" in name or name.startswith("/")
    if unsafe or any(part in {"", ".", ".."} for part in parts):
        raise refuse(f"The ZIP holds a file whose name points outside of it, {name!r}. {AGAIN}")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise refuse(f"{name} in the ZIP is a link and not a file. Put the file itself there.")
    if info.flag_bits & ENCRYPTED_FLAG:
        raise refuse("The ZIP has a password. Make one without: the upload is encrypted anyway.")
    if info.compress_type not in METHODS:
        raise refuse(f"The ZIP is packed in an unusual way. {AGAIN}")


def _is_litter(name: str) -> bool:
    *folders, file = name.split("/")
    return bool(LITTER_FOLDERS.intersection(folders)) or file.casefold() in LITTER_FILES


def _flattened(names: list[str]) -> list[str]:
    """The names without the one folder that everything may be in. Anything else there is refused."""
    tops = {name.split("/")[0] for name in names}
    if len(tops) == 1 and all("/" in name for name in names) and tops != {PICTURE_FOLDER}:
        names = [name.split("/", 1)[1] for name in names]
    strange = [name for name in names if name != CSV_NAME and not _is_picture(name)]
    if strange:
        raise refuse(
            f"Only {CSV_NAME} and files in the folder {PICTURE_FOLDER} belong in the ZIP. "
            f"Take out {', '.join(strange[:5])}{' and more' if strange[5:] else ''}."
        )
    return names


def _is_picture(name: str) -> bool:
    folder, _, file = name.partition("/")
    return folder == PICTURE_FOLDER and bool(file) and "/" not in file


def _check_sizes(csv: zipfile.ZipInfo | None, pictures: dict[str, zipfile.ZipInfo]) -> None:
    listed = 0 if csv is None else csv.file_size
    if listed > MAX_CSV_BYTES:
        raise refuse(f"{CSV_NAME} is over {megabytes(MAX_CSV_BYTES)}. Is it the right file?")
    for name, info in pictures.items():
        if info.file_size > MAX_PICTURE_BYTES:
            raise refuse(f"{name} is over {megabytes(MAX_PICTURE_BYTES)}. Make the picture smaller.")
    if listed + sum(info.file_size for info in pictures.values()) > MAX_UNPACKED_BYTES:
        raise refuse(f"Unpacked, this is over {megabytes(MAX_UNPACKED_BYTES)}. Make the pictures smaller.")


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """All bytes of an entry, never more than it declares: a longer one is a bomb or damaged."""
    try:
        with archive.open(info) as entry:
            content = entry.read(limit + 1)
            longer = entry.read(1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as damaged:
        raise refuse(f"{info.orig_filename} in the ZIP is damaged. {AGAIN}") from damaged
    if longer or len(content) != info.file_size:
        raise refuse(f"{info.orig_filename} in the ZIP is not as large as it says. {AGAIN}")
    return content


def megabytes(size: int) -> str:
    return f"{size // 1024**2} MB"
