"""A copy handed over by people at their screens: recipients, the prompt after an arrest, the file itself."""

import re
from pathlib import Path

import pytest

from tests.support import handing
from tests.support.alert_stage import PROBE
from tests.support.looks import check_page


@pytest.fixture
def ready(stage):
    """A certificate in force for the case system, one that waits for professional standards, an arrest."""
    from apps.alerts.handover import recipients
    from apps.alerts.handover.data import To
    from apps.core.clock import utc_now

    made = handing.recorded(stage)
    first, _ = handing.administrators(stage)
    about = {"to": To.PROFESSIONAL_STANDARDS, "name": "Professional standards", "actor": first}
    waits = handing.department("standards").certificate
    stage.within(recipients.record, pem=waits, now=utc_now(), **about)
    handing.approver(stage)
    return made, handing.arrested(stage)


def test_recipients_prompt_and_file(stage, ready, sign_in, tmp_path):
    made, alert = ready
    page = sign_in(stage.person("second-admin"), start="/hand-overs/recipients/")
    check_page(page, "hand-over-recipients")
    page.get_by_role("button", name="Record it").click()
    check_page(page, "hand-over-recipients-refused")
    page = sign_in(stage.officer, start="/")
    check_page(page, "hand-over-home")
    page.goto(re.sub(r"(//[^/]+)/.*", r"\1/hand-overs/", page.url))
    check_page(page, "hand-overs")
    page.get_by_role("link", name=f"alert {alert.number}").click()
    check_page(page, "hand-over-to-ask")
    evidence = page.locator("section", has=page.get_by_role("heading", name="Evidential copy"))
    evidence.get_by_role("button", name="Ask for this copy").click()
    check_page(page, "hand-over-refused")
    evidence.get_by_label("Why this copy is needed").fill(handing.WHY)
    evidence.get_by_role("button", name="Ask for this copy").click()
    assert page.get_by_text("Waits for approval").is_visible()
    approver = sign_in(stage.person("superintendent"), start=f"/alerts/{alert.id}/hand-over/")
    check_page(approver, "hand-over-to-approve")
    approver.get_by_role("button", name="Approve this copy").click()
    check_page(approver, "hand-over-to-collect")
    with approver.expect_download() as waited:
        approver.get_by_role("button", name="Collect the sealed copy").click()
    content = Path(waited.value.path()).read_bytes()
    assert handing.opened(content, made.key, tmp_path / "opened")["probe.jpg"] == PROBE
    approver.get_by_role("link", name="load this page again").click()
    check_page(approver, "hand-over-stuck")
    approver.get_by_label("Reference under which it arrived").fill("NICHE 41/2026")
    approver.get_by_role("button", name="It has arrived").click()
    check_page(approver, "hand-over-done")
    assert approver.get_by_text("NICHE 41/2026").is_visible()
