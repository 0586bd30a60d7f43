"""A planner's list to try the import with: one row that simply passes, two with a warning, one refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path, PurePath

from PIL import Image, ImageOps

from apps.demo.photos import folder_in_use
from apps.demo.rehearsal import Listed, blue_list_row, list_csv
from apps.demo.script import ENROLMENT
from apps.watchlists.data import EntryRow

FILE_NAME = "sample-list.zip"
# This one arrives lying on its side, as some scanners send them: it is turned, and the planner is asked.
TURNED = "TEST-B"
# There is no "other": a category that College guidance does not know is refused.
REFUSED = "TEST-X"
UNKNOWN_CATEGORY = "other"
WIDTH_PX = 700
JPEG_QUALITY = 90
TAKEN_AGO = timedelta(days=40)


def rows(now: datetime) -> list[EntryRow]:
    """The lines of the sample, its refused one last."""
    listed = [
        replace(
            blue_list_row(Listed(reference, PurePath(f"{reference}.jpg")), now),
            captured_date=(now - TAKEN_AGO).date(),
            selected_reason="Consenting member of staff who walks past on the day",
        )
        for reference in ENROLMENT
    ]
    unknown = replace(
        listed[0],
        reference=REFUSED,
        display_name=f"Test subject {REFUSED}",
        category=UNKNOWN_CATEGORY,
        offence="Not on any list of this platform",
        date_of_birth=date(1990, 1, 1),
        source_record=REFUSED,
        picture_name=f"{REFUSED}.jpg",
    )
    return [*listed, unknown]


def pictures(photos: Path) -> Mapping[str, bytes]:
    """The test subjects' pictures by file name, without the metadata they came with."""
    found = {f"{reference}.jpg": _picture(photos / name, reference) for reference, name in ENROLMENT.items()}
    return {**found, f"{REFUSED}.jpg": next(iter(found.values()))}


def _picture(path: Path, reference: str) -> bytes:
    with Image.open(path) as original:
        upright = ImageOps.exif_transpose(original).convert("RGB")
    upright.thumbnail((WIDTH_PX, WIDTH_PX))
    if reference == TURNED:
        upright = upright.transpose(Image.Transpose.ROTATE_90)
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=JPEG_QUALITY)
    return out.getvalue()


def make_archive(*, now: datetime) -> bytes:
    """`watchlist.csv` and `pictures/` as a ZIP, in memory. Raises OSError without the photographs."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("watchlist.csv", list_csv(rows(now)))
        for name, content in pictures(folder_in_use()).items():
            archive.writestr(f"pictures/{name}", content)
    return out.getvalue()
