"""The public pages from files ahead of Django: up without a database, never older than it, and no worse."""

import asyncio
import os
from contextlib import suppress
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIHandler
from django.test import Client

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.headers import has_session, secured
from apps.core.tenancy import force_context
from apps.deployments.data import DeploymentState as S
from apps.notices import oversight, public_files, tasks
from apps.notices.models import Notice
from lfrplatform import public_files as files
from lfrplatform.ahead import is_ours
from lfrplatform.public_files import PublicFiles
from tests.support.cast import make_member
from tests.support.days import START, VERIFIED
from tests.support.outages import database_door
from tests.support.trained import make_person

HOST = (b"host", b"testserver")


@pytest.fixture
def folder(settings, tmp_path):
    settings.LFR_PUBLIC_DIR = tmp_path / "public"
    return settings.LFR_PUBLIC_DIR


class Site:
    """The platform as it is served: the files, then Django. `asked` are the paths that Django got."""

    def __init__(self, folder, **options):
        self.asked = []
        self.django = ASGIHandler()
        self.files = PublicFiles(self._inner, folder, is_personal=has_session, is_ours=is_ours, **options)

    async def _inner(self, scope, receive, send):
        self.asked.append(scope["path"])
        await self.django(scope, receive, send)

    def get(self, path, *, method="GET", query=b"", headers=(), django_only=False):
        sent = []
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "query_string": query,
            "headers": [HOST, *headers],
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
            "scheme": "http",
        }

        async def ask():
            got = [{"type": "http.request", "body": b""}]

            async def receive():
                if got:
                    return got.pop()
                await asyncio.Event().wait()

            async def send(message):
                sent.append(message)

            await secured(self.django if django_only else self.files)(scope, receive, send)

        async_to_sync(ask)()
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], {name.lower(): value for name, value in sent[0]["headers"]}, body.decode()


@pytest.fixture
def site(folder):
    return Site(folder)


def path(day):
    return f"/notices/{day.force.slug}/lfr-2026-001/"


def all_paths(day):
    return ["/notices/", f"/notices/{day.force.slug}/", path(day)]


def test_what_django_would_say_is_said_without_it_with_the_same_headers(day, site):
    day.to(S.NOTICE_PUBLISHED)
    for each in all_paths(day):
        from_file, from_django = site.get(each), site.get(each, django_only=True)
        assert site.asked == []
        assert from_file[0] == from_django[0] == 200
        assert from_file[1] == from_django[1]
        assert from_file[2] == from_django[2]
    status, headers, body = site.get(path(day), method="HEAD")
    assert (status, body) == (200, "")
    assert int(headers[b"content-length"]) > 1000


def test_everything_that_is_no_plain_public_page_is_djangos(day, site, folder):
    day.to(S.NOTICE_PUBLISHED)
    planner = make_member(day, "north-planner", Role.PLANNER).client()
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in planner.cookies.items())
    assert "Sign out" in site.get(path(day), headers=[(b"cookie", cookies.encode())])[2]
    assert site.get(path(day), query=b"x=1")[0] == 200
    assert site.get(path(day), method="POST")[0] in (403, 405)
    assert site.get("/notices/../etc/passwd")[0] == 404
    assert site.get("/notices/no-such-force/")[0] == 404
    assert len(site.asked) == 5
    site.get("/notices/", headers=[(b"x", b"y")])
    assert len(site.asked) == 5
    assert files.name_of("/notices/../x/") is files.name_of("/notices//etc/") is None


def test_with_the_database_away_the_pages_answer(day, site, services):
    day.to(S.NOTICE_PUBLISHED)
    later = Site(site.files.folder, clock=lambda: utc_now().timestamp() + 90_000)
    with database_door(services) as door:
        door.close()
        for each in all_paths(day):
            status, _, body = site.get(each)
            assert (status, "Market Square" in body, "brought up to date" in body) == (200, True, False)
            # What the clock has overtaken is still shown, and says how old it is.
            status, _, body = later.get(each)
            assert (status, "Market Square" in body, "brought up to date on" in body) == (200, True, True)
        assert site.asked == []
        assert later.get("/notices/", query=b"past=x")[0] in (404, 503)


async def answer_of_django(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"from Django"})


def test_a_page_never_shows_an_older_version_than_the_database(day, site, folder):
    """Django answers from the moment at which a change is begun, and the file from when it is written."""
    day.to(S.NOTICE_PUBLISHED)
    site.django = answer_of_django
    with force_context(day.force.id):
        oversight.announce_meeting(
            deployment_id=day.deployment_id,
            at=START - timedelta(days=1),
            place="The old town hall",
            webcast="",
            actor=make_person(day.force.id, "body", Role.OVERSIGHT),
            now=VERIFIED,
        )
        for each in all_paths(day):
            assert site.get(each)[2] == "from Django"
    # Committed: the files are written before anybody could know that it is.
    assert not list(folder.glob("*.changing"))
    site.asked.clear()
    assert "The old town hall" in site.get(path(day))[2]
    assert site.asked == []


def test_a_change_that_was_rolled_back_leaves_djangos_answer_and_then_the_file_again(day, site, folder):
    day.to(S.NOTICE_PUBLISHED)
    with suppress(RuntimeError), force_context(day.force.id):
        public_files.announce(Notice.objects.get(deployment_id=day.deployment_id))
        raise RuntimeError("rolled back")
    site.get(path(day))
    assert site.asked == [path(day)]
    for mark in folder.glob("*.changing"):
        os.utime(mark, (0, 0))
    tasks.write_pages()
    site.get(path(day))
    assert site.asked == [path(day)]


def test_the_sweep_writes_what_was_missed_and_takes_away_what_is_gone(day, site, folder):
    day.to(S.NOTICE_PUBLISHED)
    for file in folder.glob("notices~*"):
        file.unlink()
    (folder / "notices~no-such-force~.page").write_text("{}")
    (folder / f"notices~{day.force.slug}~lfr-2026-999~.page").write_text("{}")
    tasks.write_pages()
    names = {file.name for file in folder.glob("notices~*.page")}
    assert {f"notices~{day.force.slug}~lfr-2026-001~.page", "notices~.page"} <= names
    assert not any("no-such-force" in name or "999" in name for name in names)
    with force_context(day.force.id):
        assert public_files.sweep(now=utc_now()) == 0
        assert public_files.sweep(now=utc_now() + timedelta(days=2)) > 0
    assert site.get(path(day))[2] == Client().get(path(day)).content.decode()
