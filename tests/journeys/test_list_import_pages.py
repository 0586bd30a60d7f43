"""Importing a list in a real browser: progress that moves, a page that was closed, no fault at any width."""

import random

import pytest
import time_machine

from tests.support.looks import check_page


@pytest.fixture
def day(off_loop):
    from apps.deployments.data import DeploymentState
    from tests.support.cast import make_cast
    from tests.support.days import make_day

    def make():
        made = make_day("north")
        made.members = make_cast(made)
        made.to(DeploymentState.NOTICE_PUBLISHED)
        return made

    return off_loop(make)


@pytest.fixture
def list_zip(tmp_path, photos, off_loop):
    from tests.support.uploads import archive_of, row

    rows = [
        row("TS-B", "subject_b_1.jpg"),
        row("TS-C", "subject_c_1.jpg"),
        row("TS-A", "subject_a_1.jpg"),
        row("TS-X", "missing.jpg"),
        row("TS-Y", "group.jpg"),
    ]
    file = tmp_path / "list.zip"
    file.write_bytes(archive_of(rows, photos))
    return file


@pytest.fixture
def worker(day, off_loop):
    """worker(n) looks at so many pictures; worker() goes on to the end."""
    from apps.deployments import imports
    from apps.watchlists.models import ImportJob

    def work(pictures=None):
        job = off_loop(day.call, lambda: ImportJob.objects.order_by("-started_at").first())
        left = iter([False] * (pictures or 0) + [True]) if pictures is not None else None
        stop = (lambda: next(left)) if left is not None else (lambda: False)
        return off_loop(imports.run, force_id=day.force.id, job_id=job.id, stop=stop)

    return work


def look_at_the_doubtful(page):
    """It arrives when it is scrolled to, and nothing moves when it does."""
    image = page.get_by_alt_text("The picture of line 4, as it will be used")
    place = image.bounding_box()
    image.scroll_into_view_if_needed()
    page.wait_for_function("() => [...document.images].every(each => each.naturalWidth > 0)")
    after = image.bounding_box()
    assert [after["width"], after["height"]] == [place["width"], place["height"]]
    assert after["width"] >= 200
    assert len(page.query_selector_all("img")) == 1


@pytest.mark.slow
def test_a_list_from_upload_to_seal(day, open_as, worker, list_zip):
    from tests.support.days import IMPORTED

    with time_machine.travel(IMPORTED):
        address = f"/deployments/{day.deployment_id}/list/"
        page = open_as(day.members["planner"], address)
        check_page(page, "list-empty")
        page.get_by_role("button", name="Upload and check").click()
        page.get_by_text("There is a problem").wait_for()
        check_page(page, "list-refused")
        page.get_by_label("ZIP file").set_input_files(list_zip)
        page.get_by_role("button", name="Upload and check").click()
        page.get_by_role("heading", name="Checking the upload").wait_for()
        assert worker(1) == "given back"
        page.get_by_text("1 of 4 pictures are checked.").wait_for()
        assert page.locator("progress").evaluate("bar => [bar.value, bar.max]") == [1, 4]
        check_page(page, "list-progress")
        page.close()

        assert worker() == "checked"
        page = open_as(day.members["planner"], address)
        look_at_the_doubtful(page)
        check_page(page, "list-report")
        page.get_by_label("I have looked at each picture").check()
        page.get_by_label("Import without what is refused").check()
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("heading", name="Importing the upload").wait_for()
        check_page(page, "list-importing")
        assert worker() == "imported"
        # The page finds out by itself.
        page.get_by_role("heading", name="On the list").wait_for()
        page.get_by_role("link", name="Show who is on the list").click()
        page.get_by_text("Test subject TS-B").wait_for()
        check_page(page, "list-imported")
        page.get_by_role("button", name="Seal the list").click()
        page.get_by_role("button", name="Seal the list now").click()
        page.get_by_text("The list is sealed.").wait_for()
        check_page(page, "list-sealed")


def test_without_scripts_the_page_can_be_asked_again(day, browser, server, worker, list_zip, off_loop):
    from tests.support.days import IMPORTED
    from tests.support.signing_in import cookie

    with time_machine.travel(IMPORTED):
        context = browser.new_context(java_script_enabled=False)
        context.add_cookies([off_loop(cookie, day.members["planner"].username, server.address)])
        page = context.new_page()
        page.goto(f"{server.address}/deployments/{day.deployment_id}/list/")
        page.get_by_label("ZIP file").set_input_files(list_zip)
        page.get_by_role("button", name="Upload and check").click()
        assert worker(2) == "given back"
        page.get_by_role("link", name="Check again").click()
        page.get_by_text("2 of 4 pictures are checked.").wait_for()
        assert worker() == "checked"
        page.get_by_role("link", name="Check again").click()
        page.get_by_role("heading", name="What the check found").wait_for()


@pytest.fixture
def long_list_zip(tmp_path, photos):
    """Over what anybody may send anywhere else."""
    from tests.support.uploads import archive_of, row

    file = tmp_path / "long.zip"
    noise = {"noise.jpg": random.Random(2).randbytes(5_000_000)}
    file.write_bytes(archive_of([row("TS-B", "subject_b_1.jpg")], photos, noise))
    assert file.stat().st_size > 5_000_000
    return file


@pytest.mark.parametrize("signed_in", [True, False], ids=["signed in", "signed out meanwhile"])
def test_a_large_list_is_taken_from_whoever_is_signed_in(day, open_as, long_list_zip, signed_in):
    from tests.support.days import IMPORTED

    with time_machine.travel(IMPORTED):
        page = open_as(day.members["planner"], f"/deployments/{day.deployment_id}/list/")
        page.get_by_label("ZIP file").set_input_files(long_list_zip)
        if not signed_in:
            page.context.clear_cookies()
        page.get_by_role("button", name="Upload and check").click()
        heading = "Checking the upload" if signed_in else "Sign in to upload a list"
        page.get_by_role("heading", name=heading).wait_for()
        check_page(page, "list-large" if signed_in else "list-signed-out")


def test_files_that_are_too_large_are_not_sent(day, open_as, tmp_path):
    from tests.support.days import IMPORTED

    huge = tmp_path / "huge.zip"
    with huge.open("wb") as file:
        file.truncate(68_000_000)
    with time_machine.travel(IMPORTED):
        page = open_as(day.members["planner"], f"/deployments/{day.deployment_id}/list/")
        page.get_by_label("ZIP file").set_input_files(huge)
        page.get_by_role("button", name="Upload and check").click()
        page.get_by_text("These files are over 64 MB together.").wait_for()
        assert page.get_by_role("button", name="Upload and check").is_enabled()
