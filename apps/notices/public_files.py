"""The public pages as files (lfrplatform/public_files.py serves them ahead of Django).

Inside a transaction `announce` marks the pages that it changes, so that Django answers for them; when it has
committed they are written anew and the mark goes. What was missed, and what the clock makes stale, the sweep
writes. A page is rendered and put in its place under one lock: the later one always shows the later state.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.asgi import ASGIRequest
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import resolve
from django.utils.cache import patch_vary_headers
from django.utils.module_loading import import_string

from apps.core.clock import london, utc_now
from apps.core.languages import ENGLISH
from apps.core.rehearsal import is_rehearsing
from apps.core.tenancy import current_force_id
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.notices.data import NoticeStatus
from apps.notices.groups import told_groups
from apps.notices.languages import public_path
from apps.notices.models import Notice, PublicAnswer
from apps.notices.states import OVER, RECORDED, UNDER_WAY
from lfrplatform import public_files as files

log = logging.getLogger(__name__)

# Names of routes that are written, by what their addresses take.
OF_ALL = ("list", "feed", "calendar", "json")
OF_A_FORCE = ("force", "force-feed", "force-calendar", "force-json")
OF_A_NOTICE = ("notice", "easy-read", "notice-json", "notice-calendar")
OF_A_RECORD = ("record", "record-csv", "record-json")
# What gives an answer its headers. Sessions, limits and sign-in have nothing to do with a stranger's page.
GIVES_HEADERS = frozenset(
    {
        "apps.core.headers.SecurityHeadersMiddleware",
        "django.middleware.security.SecurityMiddleware",
        "csp.middleware.CSPMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    }
)
NOT_KEPT = frozenset({"content-length", "date"})
# In an address, in the place of a notice.
RECORD = "record"
# Approved again: it is called off no more.
BACK = frozenset({NoticeStatus.PUBLISHED})
# On the day it starts a page says "in 3 hours": that is renewed by the sweep.
TODAY = timedelta(seconds=90)
LONGEST = timedelta(days=1)
# A transaction that marked a page and then vanished.
FORGOTTEN_S = 60.0
HTTP_OK = 200
# What is on a page besides its notice; a new installation writes every page anew.
SHAPES = (
    "templates/base.html",
    "templates/parts",
    "templates/notices",
    "apps/notices",
    "static/css",
    "locale",
)


def folder() -> Path | None:
    """None where no files are written."""
    return Path(settings.LFR_PUBLIC_DIR) if settings.LFR_PUBLIC_DIR else None


def announce(*rows: Notice) -> None:
    """In the transaction that changes public pages of the force, or deletes their rows: mark what shows them,
    and write that on commit; what is not there any more is taken away."""
    where, shown = folder(), [row for row in rows if row.published_at is not None]
    if where is None or not shown or is_rehearsing():
        return
    force = forces.get_force(force_id=shown[0].force_id)
    paths = [*_of_force(force), *_of_all()]
    for row in shown:
        paths += _of_notice(force, row.slug, len(row.versions), len(row.old_results))
        paths += _of_record_with(force, row)
    _write_on_commit(where, list(dict.fromkeys(paths)), force.id)


def announce_force(force_id: UUID) -> None:
    """The same for what only the pages of a force show."""
    where = folder()
    if where is not None:
        _write_on_commit(where, _of_force(forces.get_force(force_id=force_id)), force_id)


def announce_groups() -> None:
    """The same for what was told by group, which the record of the open force shows, and no year of it."""
    where = folder()
    if where is not None and not is_rehearsing():
        force = forces.get_force(force_id=current_force_id())
        _write_on_commit(where, _of_record(force, ()), force.id)


def _write_on_commit(where: Path, paths: list[str], force_id: UUID) -> None:
    where.mkdir(parents=True, exist_ok=True)
    for path in paths:
        _mark(where, path).touch()

    # A plain function: what Django logs of a robust hook that failed is the function's name.
    def write_public_pages() -> None:
        write_paths(where, paths, stamps=_stamps(force_id), now=utc_now())

    transaction.on_commit(write_public_pages, robust=True)


def _mark(where: Path, path: str) -> Path:
    return where / f"{files.name_of(path)}{files.CHANGING}"


def _of_all() -> list[str]:
    offered = {code for force in forces.all_forces() for code in force.languages}
    return [path for name in OF_ALL for path in _paths(name, languages=sorted(offered))]


def _of_force(force: ForceData) -> list[str]:
    return [path for name in OF_A_FORCE for path in _paths(name, force.slug, languages=force.languages)]


def _of_record(force: ForceData, years: Iterable[int]) -> list[str]:
    found = [path for name in OF_A_RECORD for path in _paths(name, force.slug, languages=force.languages)]
    for year in sorted(years):
        found += _paths("record-year", force.slug, year, languages=force.languages)
    return found


def _of_record_with(force: ForceData, row: Notice) -> list[str]:
    """What of the force's record changes with a notice: most steps of a day change nothing of it."""
    if row.status not in RECORDED | BACK:
        return []
    # Approved again, it leaves the year in which it stood as withdrawn.
    before = [datetime.fromisoformat(each["content"]["window_start"]) for each in row.versions]
    windows = [start for start in (row.window_start, *before) if start]
    return _of_record(force, {london(start).year for start in windows})


def _of_notice(force: ForceData, slug: str, versions: int, corrections: int) -> list[str]:
    names = (force.slug, slug)
    found = [path for name in OF_A_NOTICE for path in _paths(name, *names, languages=force.languages)]
    for number in range(1, versions + 1):
        found += _paths("version", *names, number, languages=force.languages)
    for number in range(1, corrections + 1):
        found += _paths("old-results", *names, number, languages=force.languages)
    return found


def _paths(name: str, *taken: object, languages: Iterable[str]) -> list[str]:
    """The address of a page in English and in each language that the force offers and the page has."""
    return list(dict.fromkeys(public_path(name, *taken, language=code) for code in (ENGLISH, *languages)))


def sweep(*, now: datetime) -> int:
    """For the open force: write what is missing, changed, or not true any more by the clock. How many."""
    where = folder()
    if where is None:
        return 0
    force = forces.get_force(force_id=current_force_id())
    own = Notice.objects.filter(force_id=force.id, published_at__isnull=False)
    paths = _of_force(force) if force.active else []
    for slug, versions, old in own.values_list("slug", "versions", "old_results"):
        paths += _of_notice(force, slug, len(versions), len(old))
    recorded = own.filter(status__in=sorted(RECORDED)).values_list("window_start", flat=True)
    if force.active:
        paths += _of_record(force, {london(start).year for start in recorded if start})
    _forget(where, f"*notices~{force.slug}~*", stay={str(files.name_of(path)) for path in paths})
    stamps, due = _stamps(force.id), []
    for path in [*paths, *_of_all()]:
        stamp, fresh_until = files.read_stamp(where, str(files.name_of(path)))
        mark = _mark(where, path)
        if stamp != stamps(path) or fresh_until <= now.timestamp() or _is_old(mark):
            due.append(path)
    write_paths(where, due, stamps=stamps, now=now)
    return len(due)


def _is_old(mark: Path) -> bool:
    marked = _age(mark)
    return marked is not None and time.time() - marked / 1e9 > FORGOTTEN_S


def forget_forces_that_left() -> None:
    """Take away the files of forces that are not there any more."""
    where = folder()
    if where is not None:
        stay = {str(files.name_of(path)) for path in _of_all()}
        here = {force.slug for force in forces.all_forces()}
        _forget(where, "*notices~*", stay=stay, here=here)


def _forget(where: Path, pattern: str, *, stay: Collection[str], here: Collection[str] = ()) -> None:
    for file in where.glob(pattern):
        name = file.name.removesuffix(files.PAGE).removesuffix(files.CHANGING)
        slug = name.partition("notices~")[2].partition("~")[0]
        if name not in stay and slug not in here:
            file.unlink(missing_ok=True)


def write_paths(where: Path, paths: Iterable[str], *, stamps: Callable[[str], str], now: datetime) -> None:
    """One page that fails keeps no other from being written; its mark stays, so that Django answers."""
    for path in paths:
        try:
            _write_one(where, path, stamp=stamps(path), now=now)
        except Exception:  # logged here, and tried again by the next sweep
            log.exception("the public page %s could not be written", path)


def _write_one(where: Path, path: str, *, stamp: str, now: datetime) -> None:
    mark = _mark(where, path)
    # The mark of a later change, made while this one is rendered, stays for that one's own writing.
    seen = _age(mark)
    with _alone(where):
        response = render_page(path)
        if response.status_code == HTTP_OK:
            files.write(where, path, _page(path, response, stamp=stamp, now=now))
        else:
            (where / f"{files.name_of(path)}{files.PAGE}").unlink(missing_ok=True)
        if seen is not None and _age(mark) == seen:
            mark.unlink(missing_ok=True)


def _age(mark: Path) -> int | None:
    try:
        return mark.stat().st_mtime_ns
    except OSError:
        return None


def _page(path: str, response: HttpResponse, *, stamp: str, now: datetime) -> files.Page:
    headers = tuple((name, value) for name, value in response.items() if name.lower() not in NOT_KEPT)
    until = _fresh_until(path, now)
    return files.Page(headers, response.content, now.timestamp(), until.timestamp(), stamp)


@contextmanager
def _alone(where: Path) -> Iterator[None]:
    where.mkdir(parents=True, exist_ok=True)
    with (where / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def render_page(path: str) -> HttpResponse:
    """The page as a stranger gets it from Django, with every header."""
    base = urlsplit(str(settings.LFR_PUBLIC_BASE_URL))
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "scheme": base.scheme,
        "headers": [(b"host", base.netloc.encode()), (b"x-forwarded-proto", base.scheme.encode())],
        "client": ("127.0.0.1", 0),
        "server": (base.hostname, base.port or 0),
    }
    request = ASGIRequest(scope, BytesIO())
    request.user = AnonymousUser()
    request.actor = None  # type: ignore[attr-defined]  # as apps/accounts/middleware.py does for a stranger
    request.halfway = ""  # type: ignore[attr-defined]  # as above
    response = _chain()(request)
    patch_vary_headers(response, ("Cookie",))
    return response


@lru_cache(maxsize=1)
def _chain() -> Callable[[HttpRequest], HttpResponse]:
    handler: Callable[[HttpRequest], HttpResponse] = _view
    for name in reversed([name for name in settings.MIDDLEWARE if name in GIVES_HEADERS]):
        handler = import_string(name)(handler)
    return handler


def _view(request: HttpRequest) -> HttpResponse:
    match = resolve(request.path)
    request.resolver_match = match
    try:
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    except Http404:
        return HttpResponse(status=404)
    if not isinstance(response, HttpResponse):
        raise TypeError(f"{request.path} streams its answer: it cannot be a file")
    return response


def _stamps(force_id: UUID) -> Callable[[str], str]:
    """What says, for an address, of which state of the database its file is. Four queries in all.

    Read before the page is rendered: what changes in between makes the next sweep write it once more.
    """
    fields = ("force_id", "slug", "digest", "verified_at", "status", "window_start")
    shown = Notice.objects.filter(published_at__isnull=False).order_by("id")
    rows = list(shown.values_list(*fields))
    published = PublicAnswer.objects.filter(force_id=force_id, published_at__isnull=False).order_by("id")
    answered = list(published.values_list("kind", "number", "standing"))
    told: list[tuple[Any, ...]] = [
        (each.attribute, each.deployments, each.told_at) for each in told_groups(force_id)
    ]
    settled = [(force.slug, force.version) for force in forces.all_forces()]

    def stamp(path: str) -> str:
        taken = _taken(path)
        mine = [
            row
            for row in rows
            if (not taken or row[0] == force_id) and (len(taken) < len(fields[:2]) or row[1] == taken[1])
        ]
        if taken[1:2] == [RECORD]:
            own = [row for row in rows if row[0] == force_id and row[4] in RECORDED]
            mine = [row for row in own if taken[2:] in ([], [str(london(row[5]).year)])]
            mine += told if not taken[2:] else []
        said = answered if len(taken) == 1 else []  # on the pages of a force alone
        return hashlib.sha256(repr((mine, said, settled, _shape())).encode()).hexdigest()[:32]

    return stamp


def _taken(path: str) -> list[str]:
    """The slugs in an address: none, the force's, or also the notice's; of a force's record the force's,
    RECORD, and the year if it is of one."""
    parts = [RECORD if part.startswith(f"{RECORD}.") else part for part in path.split("/")]
    parts = [part for part in parts if part and "." not in part]
    found = parts[parts.index("notices") + 1 :]
    return found[:3] if found[1:2] == [RECORD] else found[:2]


@lru_cache(maxsize=1)
def _shape() -> str:
    """Of the templates and words of this installation."""
    found = hashlib.sha256()
    for name in SHAPES:
        place = Path(settings.BASE_DIR) / name
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file() and file.suffix in {".html", ".py", ".css", ".mo"}:
                found.update(file.read_bytes())
    return found.hexdigest()


def _fresh_until(path: str, now: datetime) -> datetime:
    """Until when the page says of the clock what is so: the next midnight in London, or what comes before."""
    midnight = (london(now) + LONGEST).replace(hour=0, minute=0, second=0, microsecond=0)
    instants = [midnight.astimezone(now.tzinfo)]
    taken = _taken(path)
    ahead = Notice.objects.filter(published_at__isnull=False, window_end__gt=now)
    if len(taken) > 1:  # also when it is over: nothing of it depends on the clock then
        ahead = ahead.filter(slug=taken[1])
    waiting = sorted(UNDER_WAY | OVER)
    for start, end in ahead.filter(status__in=waiting).values_list("window_start", "window_end"):
        if start is None or end is None:
            raise ValueError("a published notice has a window")
        instants += [moment for moment in (start, end) if moment > now]
        if start > now and london(start).date() == london(now).date():
            instants.append(now + TODAY)
    return min(instants)
