"""The page of the list through the whole of Django: upload, progress, report, list, seal."""

import io
import re
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.deployments import imports
from apps.deployments.data import DeploymentState as S
from apps.deployments.operations import import_jobs
from apps.deployments.pages import listing
from apps.watchlists.data import ImportState
from apps.watchlists.models import ImportJob, Watchlist
from apps.watchlists.reader import COLUMNS, read_rows
from tests.support.cast import make_cast, make_member
from tests.support.days import END, IMPORTED, START
from tests.support.uploads import archive_of, csv_bytes, row

GOOD = [row("TS-B", "subject_b_1.jpg"), row("TS-C", "subject_c_1.jpg")]
BAD = [row("TS-X", "missing.jpg"), row("TS-<Y>", "group.jpg")]
DOUBTFUL = row("TS-A", "subject_a_1.jpg")


@pytest.fixture(autouse=True)
def hours_before_the_start():
    with time_machine.travel(IMPORTED):
        yield


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    class Nobody:
        def send_task(self, *_, **__):
            """The test is the worker."""

    monkeypatch.setattr(import_jobs, "current_app", Nobody())


@pytest.fixture
def cast(day):
    members = make_cast(day)
    day.to(S.NOTICE_PUBLISHED)
    return members


@pytest.fixture
def planner(cast):
    return cast["planner"].client()


def page_of(day):
    return f"/deployments/{day.deployment_id}/list/"


def upload(client, day, rows, folder, **files):
    if not files:
        files = {"archive": named("list.zip", archive_of(rows, folder))}
    return client.post(page_of(day), {"step": "upload", **files})


def named(name, content):
    file = io.BytesIO(content)
    file.name = name
    return file


def job_of(day):
    return day.call(lambda: ImportJob.objects.order_by("-started_at").first())


def work(day):
    return imports.run(force_id=day.force.id, job_id=job_of(day).id)


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def decide(client, day, choice, *, job_id=None, **further):
    sent = {"step": "report", "job": job_id or job_of(day).id, "choice": choice, **further}
    return client.post(page_of(day), sent)


def verbs(day, verb):
    return day.call(AuditEvent.objects.filter(verb=verb).count)


def test_from_an_empty_page_to_the_seal(day, planner, photos):
    empty = planner.get(page_of(day))
    assert empty.status_code == 200
    assert "Upload and check" in text(empty)
    assert "At most 10 people" in text(empty)
    assert "code in the file: blue_list" in text(empty)

    sent = upload(planner, day, [*GOOD, *BAD, DOUBTFUL], photos)
    assert (sent.status_code, urlsplit(sent["Location"]).path) == (302, page_of(day))
    waiting = planner.get(page_of(day))
    assert "The upload has arrived" in text(waiting)
    assert b"<progress" in waiting.content
    assert "Upload and check" not in text(waiting)

    assert work(day) == "checked"
    report = planner.get(page_of(day))
    assert "3 people with 3 pictures can be imported. 2 rows are refused. Nothing is on a list yet." in text(
        report
    )
    for words in (
        "missing.jpg",
        "No picture of this name was sent: missing.jpg",
        "TS-&lt;Y&gt;",
        "subject_a_1.jpg",
    ):
        assert words in report.content.decode()
    assert b"TS-<Y>" not in report.content
    assert day.call(Watchlist.objects.count) == 0

    confirmed = decide(planner, day, "without", accept_warnings="on")
    assert confirmed.status_code == 302
    assert "The list is being imported" in text(planner.get(page_of(day)))
    assert work(day) == "imported"
    listed = planner.get(page_of(day))
    assert "3 people with 3 pictures" in text(listed)
    assert "Left out at the import" in text(listed)
    assert "Test subject TS-B" not in text(listed)
    assert "Upload and check" not in text(listed)
    assert listed.content.partition(b"</main>")[0].count(b'class="button"') == 1

    asked = planner.post(page_of(day), {"step": "seal"})
    assert (asked.status_code, asked["Location"]) == (302, f"{page_of(day)}?confirm=seal")
    assert day.get().state is S.NOTICE_PUBLISHED
    confirm = planner.get(asked["Location"])
    assert "3 people with 3 pictures" in text(confirm)
    assert "It cannot be taken back." in text(confirm)
    assert planner.post(page_of(day), {"step": "seal", "confirmed": "1"}).status_code == 302
    sealed = planner.get(page_of(day))
    assert "Seal the list now" not in text(planner.get(asked["Location"]))
    assert "nobody can be added any more" in text(sealed)
    assert "Discard the list" not in text(sealed)
    assert day.get().state is S.LIST_SEALED


def test_a_csv_with_pictures_works_too(day, planner, photos):
    files = {
        "csv": named("watchlist.csv", csv_bytes(GOOD)),
        "pictures": [
            named(name, (photos / name).read_bytes()) for name in ("subject_b_1.jpg", "subject_c_1.jpg")
        ],
    }
    assert upload(planner, day, GOOD, photos, **files).status_code == 302
    assert work(day) == "checked"
    assert "2 people with 2 pictures can be imported." in text(planner.get(page_of(day)))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "Choose a ZIP file, or a CSV file and the pictures that it names."),
        ({"archive": b"not a zip"}, "This is not a ZIP file"),
        ({"csv": b"reference,notes\nTS-1,x\n"}, "The column &#x27;notes&#x27; is not known."),
        ({"csv": "reference,Zoë".encode("cp1252")}, "Save it again as “CSV UTF-8 (comma delimited)”."),
    ],
    ids=["nothing", "no zip", "another table", "another encoding"],
)
def test_a_file_that_is_no_list_is_refused_above_the_form(day, planner, files, words):
    answer = planner.post(
        page_of(day), {"step": "upload", **{name: named(f"a.{name}", raw) for name, raw in files.items()}}
    )
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert b"<title>Error: Watchlist" in answer.content
    assert b"There is a problem" in answer.content
    assert job_of(day) is None


def test_progress_is_told_in_numbers_and_nothing_else(day, planner, photos):
    address = f"{page_of(day)}progress.json"
    assert planner.get(address).status_code == 404
    upload(planner, day, GOOD, photos)
    assert planner.get(address).json()["working"] is True
    asked = iter([False, True])
    imports.run(force_id=day.force.id, job_id=job_of(day).id, stop=lambda: next(asked))
    found = planner.get(address)
    assert found.json() == {
        "state": "checking",
        "done": 1,
        "total": 2,
        "words": "1 of 2 pictures are checked.",
        "working": True,
    }
    assert "no-store" in found["Cache-Control"]
    assert "TS-" not in found.content.decode()
    assert 'max="2" value="1"' in planner.get(page_of(day)).content.decode()
    work(day)
    assert planner.get(address).json()["working"] is False


def test_a_choice_that_the_report_does_not_allow_is_refused_with_words(day, planner, photos):
    upload(planner, day, [*GOOD, *BAD], photos)
    work(day)
    page = planner.get(page_of(day)).content.decode()
    assert 'value="all"' not in page
    answer = decide(planner, day, "all")
    assert answer.status_code == 422
    assert "Some rows are refused." in text(answer)
    assert decide(planner, day, "").status_code == 422
    assert decide(planner, day, "everything").status_code == 422
    assert job_of(day).state == ImportState.CHECKED


def test_the_same_press_twice_imports_once_and_says_so(day, planner, photos):
    upload(planner, day, GOOD, photos)
    work(day)
    assert decide(planner, day, "all").status_code == 302
    assert decide(planner, day, "all").status_code == 302
    assert "Nothing was changed by this press." in text(planner.get(page_of(day)))
    assert work(day) == "imported"
    assert verbs(day, "watchlist.import_confirmed") == 1


def test_an_upload_is_discarded_from_the_report_and_while_it_is_checked(day, planner, photos):
    for checked in (False, True):
        upload(planner, day, GOOD, photos)
        if checked:
            work(day)
        assert decide(planner, day, "discard").status_code == 302
        assert job_of(day).state == ImportState.DISCARDED
        assert "Upload and check" in text(planner.get(page_of(day)))


def test_a_list_is_discarded_with_a_reason(day, planner, photos):
    day.import_list()
    assert planner.post(page_of(day), {"step": "discard-list", "reason": " "}).status_code == 422
    done = planner.post(page_of(day), {"step": "discard-list", "reason": "The wrong file was sent."})
    assert done.status_code == 302
    assert "Upload and check" in text(planner.get(page_of(day)))
    assert day.get().watchlist_id is None


def test_an_upload_that_failed_says_why(day, planner, photos):
    upload(planner, day, GOOD, photos)
    day.call(import_jobs.sweep_imports, now=END)
    page = text(planner.get(page_of(day)))
    assert "The last upload could not be used." in page
    assert "Everything of it was deleted" in page


def test_before_its_time_the_page_says_when(day, planner):
    with time_machine.travel(START.replace(day=START.day - 2)):
        page = text(planner.get(page_of(day)))
    assert "Upload and check" not in page
    assert "The list can be imported from" in page


def test_who_is_on_the_list_is_shown_when_asked_for_and_on_record(day, cast, planner):
    day.import_list()
    planner.get(page_of(day))
    assert verbs(day, "watchlist.entries_viewed") == 0
    for client in (planner, cast["officer"].client()):
        page = client.get(f"{page_of(day)}?people=1")
        assert "Test subject TS-001" in text(page)
        assert "Test Planner" in text(page)
        assert b"<img" not in page.content
        assert "no-store" in page["Cache-Control"]
    assert verbs(day, "watchlist.entries_viewed") == 2


def test_the_officer_reads_along_and_changes_nothing(day, cast, planner, photos):
    upload(planner, day, [*GOOD, *BAD], photos)
    work(day)
    officer = cast["officer"].client()
    page = officer.get(page_of(day))
    assert page.status_code == 200
    assert "missing.jpg" not in text(page)
    assert b"<form method=" not in page.content.split(b"<main")[1]
    for sent in (
        {"step": "upload", "archive": named("list.zip", archive_of(GOOD, photos))},
        {"step": "report", "job": job_of(day).id, "choice": "without"},
        {"step": "report", "job": job_of(day).id, "choice": "discard"},
        {"step": "discard-list", "reason": "not theirs to discard"},
        {"step": "seal", "confirmed": "1"},
    ):
        assert officer.post(page_of(day), sent).status_code == 403
    assert job_of(day).state == ImportState.CHECKED


@pytest.mark.parametrize("who", ["silver", "operator", "engagement", "engineer", "oversight", "admin"])
def test_the_list_is_not_for_others(day, cast, who):
    day.import_list()
    client = cast[who].client()
    for address in (page_of(day), f"{page_of(day)}?people=1", f"{page_of(day)}progress.json"):
        assert client.get(address).status_code == 403
    assert client.post(page_of(day), {"step": "seal", "confirmed": "1"}).status_code == 403
    assert verbs(day, "watchlist.entries_viewed") == 0


def test_strangers_are_asked_to_sign_in(day, cast, client):
    assert "/sign-in/" in client.get(page_of(day))["Location"]
    asked = client.get(f"{page_of(day)}progress.json", headers={"Accept": "application/json"})
    assert asked.status_code == 401


def test_another_force_finds_nothing(day, other_day, planner, photos):
    """Its planner has a deployment of their own and tries our job's id in it."""
    upload(planner, day, GOOD, photos)
    work(day)
    stranger = make_member(other_day, "planner", *other_day.planner.roles).client()
    other_day.to(S.NOTICE_PUBLISHED)
    assert stranger.get(page_of(day)).status_code == 404
    assert stranger.get(f"{page_of(day)}progress.json").status_code == 404
    assert stranger.post(page_of(day), {"step": "seal", "confirmed": "1"}).status_code == 404
    for address in (page_of(day), page_of(other_day)):
        for choice in ("all", "discard"):
            sent = {"step": "report", "job": job_of(day).id, "choice": choice}
            assert stranger.post(address, sent).status_code == 404
    assert job_of(day).state == ImportState.CHECKED


def test_a_job_of_another_deployment_of_the_same_force_is_not_found(day, planner, photos):
    upload(planner, day, GOOD, photos)
    work(day)
    job_id, first = job_of(day).id, day.deployment_id
    day.to(S.NOTICE_PUBLISHED)
    assert day.deployment_id != first
    assert decide(planner, day, "discard", job_id=job_id).status_code == 404
    assert decide(planner, day, "discard", job_id=uuid4()).status_code == 404
    assert job_of(day).state == ImportState.CHECKED


@pytest.mark.parametrize("step", ["", "approve"])
def test_a_button_that_is_not_there_changes_nothing_and_says_so(day, planner, step):
    answer = planner.post(page_of(day), {"step": step})
    assert answer.status_code == 409
    assert not day.call(ImportJob.objects.exists)


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_a_long_list_costs_no_more_queries_than_a_short_one(day, planner, photos):
    upload(planner, day, [GOOD[0], BAD[0]], photos)
    work(day)
    few = queries(planner, page_of(day))
    decide(planner, day, "without")
    work(day)
    listed_few = queries(planner, f"{page_of(day)}?people=1")
    day.to(S.NOTICE_PUBLISHED)
    many = [*GOOD, DOUBTFUL, *BAD, *[row(f"TS-{n}", "missing.jpg") for n in range(20)]]
    upload(planner, day, many, photos)
    work(day)
    assert queries(planner, page_of(day)) == few
    decide(planner, day, "without", accept_warnings="on")
    work(day)
    assert queries(planner, f"{page_of(day)}?people=1") == listed_few


def test_the_template_has_the_columns_that_are_read_and_explained():
    found = finders.find("files/watchlist-template.csv")
    with open(found, "rb") as template:
        raw = template.read()
    assert read_rows(raw) == []
    assert raw.decode("utf-8-sig").strip().split(",") == list(COLUMNS)
    assert list(listing.COLUMN_WORDS) == list(COLUMNS)
