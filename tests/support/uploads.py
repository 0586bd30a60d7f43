"""Lists as a planner would upload them: a CSV, pictures, a ZIP of both, and the same gone wrong."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from apps.watchlists.data import EntryRow, UploadedList
from apps.watchlists.reader import COLUMNS
from tests.support.days import IMPORTED, listed


def row(reference: str, picture: str, *, now: datetime = IMPORTED, **changes: object) -> EntryRow:
    return replace(listed(reference, now=now), picture_name=picture, **changes)  # type: ignore[arg-type]


def csv_bytes(rows: Iterable[EntryRow], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(COLUMNS)
    for each in rows:
        writer.writerow([_cell(getattr(each, name)) for name in COLUMNS])
    return out.getvalue().encode(encoding)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


def zip_bytes(files: Mapping[str, bytes] | Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    out = io.BytesIO()
    entries = files.items() if isinstance(files, Mapping) else files
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def archive_of(rows: Iterable[EntryRow], folder: Path, extra: Mapping[str, bytes] | None = None) -> bytes:
    """A ZIP as the page asks for it, with the photographs that the rows name and that exist."""
    rows = list(rows)
    files = {"watchlist.csv": csv_bytes(rows)}
    for each in rows:
        if (folder / each.picture_name).is_file():
            files[f"pictures/{each.picture_name}"] = (folder / each.picture_name).read_bytes()
    files |= {f"pictures/{name}": content for name, content in (extra or {}).items()}
    return zip_bytes(files)


def pictures_zip(folder: Path, *names: str, extra: Mapping[str, bytes] | None = None) -> bytes:
    """Further pictures, without a list."""
    files = {name: (folder / name).read_bytes() for name in names} | dict(extra or {})
    return zip_bytes({f"pictures/{name}": content for name, content in files.items()})


def uploaded(archive: bytes) -> UploadedList:
    return UploadedList(archive=io.BytesIO(archive))
