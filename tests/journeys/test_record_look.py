"""The public record of a force, and a correction of results, on a phone, on a desk and on paper."""

import io
from dataclasses import replace
from datetime import timedelta

from pypdf import PdfReader

from tests.support.cast import make_cast
from tests.support.days import END, START
from tests.support.looks import LONG_PLACE, LONG_WORDS, at_widths, check_page
from tests.support.results import RESULTS


def recorded():
    """Two years of operations and rehearsals, one that was called off, one that was corrected."""
    from apps.core.tenancy import force_context
    from apps.deployments import api as deployments
    from apps.deployments.data import DeploymentState as S
    from apps.live.models import CameraTally
    from apps.notices.data import ResultRate
    from apps.scrutiny.correcting import correct_results
    from tests.integration.notices.test_notice_list import plant
    from tests.support.days import make_day

    def tracks(number):
        camera = day.get().authority.cameras[0].id
        told = {"frames": 90_000, "tracks": number, "faces": 40_000}
        with force_context(day.force.id):
            CameraTally.objects.update_or_create(
                deployment_id=day.deployment_id, camera_id=camera, defaults=told, create_defaults=told
            )

    day = make_day("north", languages=("cy",))
    day.members = make_cast(day)
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, END)
    day.step(deployments.review, day.silver, END, findings=LONG_WORDS)
    tracks(13_250)
    why = "The counter of camera two was read late."
    day.step(correct_results, day.officer, END + timedelta(days=1), reason=why)
    tracks(13_260)
    busy = replace(
        RESULTS,
        rehearsal=False,
        tracks=15_500,
        alerts=21,
        confirmed_true=16,
        unresolved=3,
        false_of_alerts=ResultRate(2, 18, 0.0138, 0.347),
        false_of_tracks=ResultRate(2, 15_500, 0.0000156, 0.000466),
        true_recognition=ResultRate(38, 40, 0.83, 0.994),
        engagements=17,
        arrests=6,
        list_subjects=812,
        threshold=0.42,
        operation="Operation Lantern",
    )
    kind = {"status": "results_published", "use_case": "crime_hotspot"}
    plant(day.force, start=START - timedelta(days=20), count=5, results=busy, place_name=LONG_PLACE, **kind)
    plant(day.force, start=START - timedelta(days=400), count=3, results=busy.without(["tracks"]), **kind)
    plant(day.force, status="revoked", start=START - timedelta(days=9), results=busy, place_name="Old Yard")
    plant(day.force, status="cancelled", start=START - timedelta(days=30), place_name=LONG_PLACE)
    return day


def test_the_record_and_a_correction_look_right(off_loop, open_as, server):
    day = off_loop(recorded)
    whole = f"/notices/{day.force.slug}/record/"
    page = open_as(None, whole)
    check_page(page, "record-of-force")
    nothing_is_cut_off(page)
    page.goto(f"{server.address}{whole}2026/")
    check_page(page, "record-of-year")
    nothing_is_cut_off(page)
    page.goto(f"{server.address}/cy{whole}")
    check_page(page, "record-of-force-cy")
    for _ in at_widths(page):
        nothing_is_cut_off(page)
    for language, name in (("", ""), ("/cy", "-cy")):
        page.goto(f"{server.address}{language}/notices/{day.force.slug}/lfr-2026-001/")
        check_page(page, f"notice-corrected{name}")
        page.goto(f"{server.address}{language}/notices/{day.force.slug}/lfr-2026-001/results/1/")
        check_page(page, f"results-old{name}")
    officer = open_as(day.members["officer"], "/records/lfr-2026-001/correct/")
    check_page(officer, "correct")
    officer.get_by_label("Why the results are corrected").fill("Camera one was counted ten short.")
    officer.get_by_role("button", name="Read it before it is published").click()
    check_page(officer, "correct-confirm")


def test_on_paper_no_number_of_the_record_is_cut_off(off_loop, open_as, server):
    day = off_loop(recorded)
    # What a sheet on its side has inside its margins: 271 mm.
    page = open_as(None, f"/notices/{day.force.slug}/record/", width=1024)
    for language in ("", "/cy"):
        page.goto(f"{server.address}{language}/notices/{day.force.slug}/record/")
        page.emulate_media(media="print")
        nothing_is_cut_off(page)
        sheet = PdfReader(io.BytesIO(page.pdf())).pages[0].mediabox
        assert sheet.width > sheet.height


def test_a_notice_that_was_called_off_promises_nothing(off_loop, open_as):
    day = off_loop(recorded)
    page = open_as(None, f"/notices/{day.force.slug}/{off_loop(called_off, day)}/")
    check_page(page, "notice-called-off")
    said = page.locator("main").inner_text()
    assert "Who decided" in said
    assert "published with the results" not in said
    assert "Not yet. The notice counts" not in said
    page.get_by_role("link", name="Cymraeg").click()
    check_page(page, "notice-called-off-cy")


def called_off(day):
    from apps.core.tenancy import force_context
    from apps.notices.models import Notice

    with force_context(day.force.id):
        return Notice.objects.get(status="cancelled").slug


def test_a_deleted_notice_says_so_in_both_languages(off_loop, open_as):
    force, slug = off_loop(deleted)
    page = open_as(None, f"/notices/{force.slug}/{slug}/")
    check_page(page, "notice-gone")
    page.get_by_role("link", name="Cymraeg").click()
    check_page(page, "notice-gone-cy")
    page.get_by_role("link", name="English").click()
    assert page.locator("h1").inner_text() == "This notice has been deleted"


def deleted():
    from apps.core.clock import utc_now
    from apps.notices.models import Notice
    from apps.retention import api as retention
    from tests.support.alert_stage import make_stage
    from tests.support.years import plant, years

    stage = make_stage("north", languages=("cy",), contact_lines=(LONG_WORDS.splitlines()[0],))
    old = plant(stage, utc_now() - years(7))
    with stage.context():
        slug = Notice.objects.get(deployment_id=old).slug
    assert retention.run_due(force_id=stage.force.id, now=utc_now()).problems == ()
    return stage.force, slug


def nothing_is_cut_off(page):
    """A table of many numbers fits its frame: nobody has to scroll sideways, or knows that one can."""
    for table in page.query_selector_all("table.record"):
        wide = table.evaluate("(one) => one.scrollWidth - one.parentElement.clientWidth")
        assert wide <= 0, f"a table is {wide} px wider than its frame"
