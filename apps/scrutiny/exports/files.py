"""A report as a file of each form, all written from the one structure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from django.http import HttpResponse

from apps.core.data import Actor
from apps.scrutiny.exports.anchor import take_out
from apps.scrutiny.exports.ods import ods_bytes
from apps.scrutiny.exports.pdf import pdf_bytes
from apps.scrutiny.exports.report import Report, Taken
from apps.scrutiny.exports.text import csv_file

TYPES: Mapping[str, str] = MappingProxyType(
    {
        "pdf": "application/pdf",
        "ods": "application/vnd.oasis.opendocument.spreadsheet",
        "csv": "text/csv; charset=utf-8",
        "json": "application/json",
    }
)
WRITERS = MappingProxyType({"pdf": pdf_bytes, "ods": ods_bytes, "csv": csv_file})


def download(
    report: Report, *, form: str, verb: str, about: dict[str, object], actor: Actor, now: datetime
) -> HttpResponse:
    """The file, put on record and signed; `form` is one of TYPES. See `take_out` for `verb` and `about`."""
    taken = take_out(report, form=form, verb=verb, about=about, actor=actor, now=now)
    headers = {"Content-Disposition": f'attachment; filename="{report.name}.{form}"'}
    return HttpResponse(written(taken, form), content_type=TYPES[form], headers=headers)


def written(taken: Taken, form: str) -> bytes:
    if form == "json":
        return json.dumps({**taken.report.content(), "audit_anchor": taken.anchor}, indent=1).encode()
    return WRITERS[form](taken)
