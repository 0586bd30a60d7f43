"""A report as a file of each form, all written from the one structure. What is text goes out piece by piece:
never the whole of it is held."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.json_text import gathered, pieces
from apps.core.streaming import stream
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


# The others are made whole, and say how long they are.
IN_PIECES = ("csv", "json")


def download(
    request: HttpRequest,
    report: Report,
    *,
    form: str,
    verb: str,
    about: dict[str, object],
    actor: Actor,
    now: datetime,
) -> HttpResponseBase:
    """The file, put on record and signed; `form` is one of TYPES. See `take_out` for `verb` and `about`."""
    taken = take_out(report, form=form, verb=verb, about=about, actor=actor, now=now)
    made, kind = written(taken, form), TYPES[form]
    answer: HttpResponseBase
    if form in IN_PIECES:
        answer = stream(request, made, content_type=kind)
    else:
        answer = HttpResponse(made, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{report.name}.{form}"'
    return answer


def written(taken: Taken, form: str) -> Iterator[bytes]:
    """Its bytes in pieces. A page of paper and a spreadsheet are made before the first of them, and whatever
    ails them is raised here."""
    return WRITERS[form](taken)


def _json(taken: Taken) -> Iterator[bytes]:
    content = {**taken.report.content(), "audit_anchor": taken.anchor}
    return gathered(pieces(content, audit.READABLE))


WRITERS: Mapping[str, Callable[[Taken], Iterator[bytes]]] = MappingProxyType(
    {
        "pdf": lambda taken: iter([pdf_bytes(taken)]),
        "ods": lambda taken: iter([ods_bytes(taken)]),
        "csv": csv_file,
        "json": _json,
    }
)
