"""The public record of a force, and a correction of results, on a phone and on a desk."""

from dataclasses import replace
from datetime import timedelta

from tests.support.cast import make_cast
from tests.support.days import END, START
from tests.support.looks import check_page
from tests.support.plans import REASONS
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

    day = make_day("north")
    day.members = make_cast(day)
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, END)
    day.step(deployments.review, day.silver, END, findings=REASONS)
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
    long = "Station Forecourt and the Footbridge to the Shopping Centre, Exampleton"
    kind = {"status": "results_published", "use_case": "crime_hotspot"}
    plant(day.force, start=START - timedelta(days=20), count=5, results=busy, place_name=long, **kind)
    plant(day.force, start=START - timedelta(days=400), count=3, results=busy.without(["tracks"]), **kind)
    plant(day.force, status="revoked", start=START - timedelta(days=9), results=busy, place_name="Old Yard")
    plant(day.force, status="cancelled", start=START - timedelta(days=30), place_name="Market Hall")
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
    page.goto(f"{server.address}/notices/{day.force.slug}/lfr-2026-001/")
    check_page(page, "notice-corrected")
    page.goto(f"{server.address}/notices/{day.force.slug}/lfr-2026-001/results/1/")
    check_page(page, "results-old")
    officer = open_as(day.members["officer"], "/records/lfr-2026-001/correct/")
    check_page(officer, "correct")
    officer.get_by_label("Why the results are corrected").fill("Camera one was counted ten short.")
    officer.get_by_role("button", name="Read it before it is published").click()
    check_page(officer, "correct-confirm")


def nothing_is_cut_off(page):
    """A table of many numbers fits its frame: nobody has to scroll sideways, or knows that one can."""
    for table in page.query_selector_all("table.record"):
        wide = table.evaluate("(one) => one.scrollWidth - one.parentElement.clientWidth")
        assert wide <= 0, f"a table is {wide} px wider than its frame"
