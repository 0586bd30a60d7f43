"""What is uploaded may be a face: it never touches the disk in the clear, and too much of it is refused."""

import asyncio
import random
import tempfile

import pytest
import time_machine
from django.core.asgi import get_asgi_application
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from apps.core.uploads import body_limit, limit_bodies
from apps.deployments.data import DeploymentState
from apps.deployments.operations import import_jobs
from apps.watchlists.models import StagedPicture
from tests.support.asgi_posts import LIST, MB, Post, multipart
from tests.support.cast import make_cast
from tests.support.days import IMPORTED, make_day
from tests.support.uploads import archive_of, row


@pytest.fixture
def no_disk(monkeypatch, tmp_path):
    """Whoever writes a temporary file fails: there is nowhere to put it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "there is no such folder"))


def ask(body, *, application=None, **how):
    """Returns status, page, and how much of the body was not read."""
    post = Post(body, **how)
    asyncio.run(post.to(application or limit_bodies(get_asgi_application())))
    return post.status, post.page, len(post.unread)


def test_a_large_upload_is_read_without_a_temporary_file(day, no_disk):
    """Ten times what Django would put on disk by itself. Without the form's token it goes no further."""
    planner = make_cast(day)["planner"].client()
    session = f"sessionid={planner.cookies['sessionid'].value}"
    body = multipart(b"\xff\xd8" + b"\x00" * (25 * MB))
    status, page, unread = ask(body, declared=len(body), cookie=session)
    assert (status, unread) == (403, 0)
    assert "too large" not in page


def test_an_uploaded_file_is_kept_in_memory(no_disk):
    content = b"\xff\xd8" + b"\x00" * (10 * MB)
    request = RequestFactory().post(LIST, {"archive": SimpleUploadedFile("list.zip", content)})
    kept = request.FILES["archive"]
    assert kept.read() == content
    assert not hasattr(kept, "temporary_file_path")


def test_a_list_of_several_megabytes_goes_from_the_browser_to_the_vault(day, no_disk, monkeypatch, photos):
    monkeypatch.setattr(import_jobs, "send", lambda job_id: None)
    planner = make_cast(day)["planner"]
    day.to(DeploymentState.NOTICE_PUBLISHED)
    noise = random.Random(1).randbytes(9 * MB)
    archive = archive_of([row("TS-B", "noise.jpg")], photos, {"noise.jpg": noise})
    assert len(archive) > 9 * MB
    with time_machine.travel(IMPORTED):
        answer = planner.client().post(
            f"/deployments/{day.deployment_id}/list/",
            {"step": "upload", "archive": SimpleUploadedFile("list.zip", archive)},
        )
    assert answer.status_code == 302
    assert day.call(StagedPicture.objects.count) == 1


@pytest.fixture
def day(real_db):
    return make_day("north")


@pytest.mark.parametrize("says_so", [True, False], ids=["declared", "in chunks"])
def test_too_large_a_body_is_refused_with_words(settings, no_disk, says_so):
    settings.LFR_MAX_UPLOAD_BYTES, settings.LFR_MAX_BODY_BYTES = 4 * MB, 2 * MB
    body = multipart(b"\x00" * (5 * MB))
    status, page, unread = ask(body, path="/sign-in/", declared=len(body) if says_so else None)
    assert status == 413
    assert "At most 2 MB" in page
    # A browser that is still sending would show its own error instead of this page.
    assert unread == 0


def test_a_body_that_ends_right_at_the_limit_reaches_the_application(settings):
    settings.LFR_MAX_BODY_BYTES = 1000
    seen = []

    async def application(scope, receive, send):
        message = await receive()
        seen.append(len(message.get("body", b"")))
        await send({"type": "http.response.start", "status": 200, "headers": []})

    assert ask(b"x" * 1000, path="/", application=limit_bodies(application))[0] == 200
    assert ask(b"x" * 1001, path="/", application=limit_bodies(application))[0] == 413
    assert seen == [1000, 0]


@pytest.mark.parametrize("path", [LIST, "/sign-in/"])
def test_one_layer_further_in_it_is_refused_too(client, settings, path):
    settings.LFR_MAX_UPLOAD_BYTES, settings.LFR_MAX_BODY_BYTES = 4 * MB, 2 * MB
    answer = client.post(path, {"archive": SimpleUploadedFile("list.zip", b"\x00" * (5 * MB))})
    assert answer.status_code == 413
    assert b"This upload is too large" in answer.content


@pytest.mark.parametrize(
    "path", ["/", "/deployments/", f"{LIST}accept/", f"{LIST}progress.json", f"/x{LIST}", f"{LIST}\n"]
)
def test_only_the_page_of_the_list_takes_large_uploads(settings, path):
    assert body_limit(path) == settings.LFR_MAX_BODY_BYTES
    assert body_limit(LIST) == settings.LFR_MAX_UPLOAD_BYTES


def test_no_setting_lets_django_write_a_body_or_a_file_to_disk(settings):
    assert settings.FILE_UPLOAD_HANDLERS == ["apps.core.uploads.MemoryOnlyUploadHandler"]
    assert settings.FILE_UPLOAD_MAX_MEMORY_SIZE >= settings.LFR_MAX_UPLOAD_BYTES > settings.LFR_MAX_BODY_BYTES
