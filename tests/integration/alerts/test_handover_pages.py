"""The whole way by the pages, as people take it: record, confirm, ask, approve, collect, acknowledge."""

import hashlib
import re
from datetime import timedelta

import pytest

from apps.accounts import api as accounts
from apps.alerts.handover import queries
from apps.core.clock import utc_now
from apps.core.data import Role
from tests.support import handing
from tests.support.clocks import travelled

IDENTITY = re.compile(r'name="hand_over" value="([0-9a-f-]+)"')
RECIPIENTS = "/hand-overs/recipients/"


@pytest.fixture
def clients(stage):
    handing.administrators(stage)
    handing.approver(stage)
    names = ("first-admin", "second-admin", "superintendent")
    found = {name: stage.person(name).client() for name in names}
    return found | {"officer": stage.officer.client()}


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def record(client, made, **changes):
    about = {"step": "record", "to": "case_system", "name": "Niche", "pem": made.certificate}
    return client.post(RECIPIENTS, about | changes)


def test_a_certificate_is_recorded_by_one_and_confirmed_by_another(stage, clients):
    made = handing.department()
    assert record(clients["first-admin"], made).status_code == 302
    page = clients["first-admin"].get(RECIPIENTS)
    assert "You recorded it, so you cannot confirm it." in text(page)
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', page.content.decode())[1]
    grouped = " ".join(shown[at : at + 4] for at in range(0, 64, 4))
    assert grouped in text(page)
    assert "The certificate that copies are sealed for: Case system" in text(clients["second-admin"].get("/"))
    about = {"step": "confirm", "to": "case_system", "shown": shown}
    assert clients["first-admin"].post(RECIPIENTS, about).status_code == 403
    assert clients["second-admin"].post(RECIPIENTS, about | {"shown": "0" * 64}).status_code == 422
    assert clients["second-admin"].post(RECIPIENTS, about).status_code == 302
    page = text(clients["first-admin"].get(RECIPIENTS))
    assert "Case system In force" in page
    assert "Professional standards department No certificate" in page


def test_what_is_wrong_with_a_certificate_stands_above_the_form_with_what_was_typed(clients):
    short = handing.department("short", bits=2048)
    answer = record(clients["first-admin"], short)
    assert answer.status_code == 422
    assert "3072 bits or more" in text(answer)
    assert short.certificate[:60] in answer.content.decode()


def test_from_the_arrest_to_the_reference(stage, clients):
    made = handing.recorded(stage)
    alert = handing.arrested(stage)
    address = f"/alerts/{alert.id}/hand-over/"
    empty = clients["officer"].post(address, {"step": "request", "kind": "evidential", "reason": ""})
    assert empty.status_code == 422
    assert "Fill in “Why this copy is needed”." in text(empty)
    wanted = {"step": "request", "kind": "evidential", "reason": handing.WHY}
    assert clients["officer"].post(address, wanted).status_code == 302
    waits = clients["officer"].get(address)
    assert "Waits for approval" in text(waits)
    assert "Approve this copy" not in text(waits)
    page = clients["superintendent"].get(address).content.decode()
    about = {"hand_over": IDENTITY.search(page)[1]}
    assert clients["officer"].post(address, about | {"step": "approve"}).status_code == 403
    assert clients["superintendent"].post(address, about | {"step": "approve"}).status_code == 302
    file = clients["officer"].post(f"{address}copy", about)
    digest = hashlib.sha256(file.content).hexdigest()
    assert handing.unzipped(file.content).keys() == {
        "sealed.cms",
        "statement.json",
        "statement.sig",
        "signer.pub.pem",
    }
    page = text(clients["officer"].get(address))
    assert "Stuck: collected, not acknowledged" in page
    assert digest in page
    arrived = about | {"step": "acknowledge", "reference": "NICHE 41/2026"}
    assert clients["officer"].post(address, arrived | {"reference": ""}).status_code == 422
    assert clients["officer"].post(address, arrived).status_code == 302
    page = text(clients["officer"].get(address))
    assert "Handed over" in page
    assert "NICHE 41/2026" in page
    assert made.certificate not in page


def test_a_request_is_of_its_own_alert_only(stage, clients):
    handing.recorded(stage)
    found = handing.approved(stage, handing.arrested(stage))
    other = handing.engaging.engaged(stage, 1)
    about = {"hand_over": str(found.id)}
    assert clients["superintendent"].post(f"/alerts/{other.id}/hand-over/copy", about).status_code == 409
    for wrong in ("x", ""):
        answer = clients["superintendent"].post(
            f"/alerts/{found.alert_id}/hand-over/copy", {"hand_over": wrong}
        )
        assert answer.status_code == 409


def test_a_copy_of_a_deleted_picture_is_a_page_that_says_so(stage, clients):
    handing.recorded(stage)
    found = handing.approved(stage, handing.arrested(stage))
    with travelled(found.deletes_at + timedelta(seconds=1), tick=False):
        answer = clients["superintendent"].post(
            f"/alerts/{found.alert_id}/hand-over/copy", {"hand_over": str(found.id)}
        )
    assert answer.status_code == 409
    assert "It was deleted before it was collected." in text(answer)
    assert answer["Content-Type"].startswith("text/html")


def test_nothing_of_it_is_kept_by_a_browser(stage, clients):
    handing.recorded(stage)
    found = handing.approved(stage, handing.arrested(stage))
    address = f"/alerts/{found.alert_id}/hand-over/"
    for answer in (
        clients["superintendent"].get(address),
        clients["superintendent"].get("/hand-overs/"),
        clients["superintendent"].post(f"{address}copy", {"hand_over": str(found.id)}),
        clients["first-admin"].get(RECIPIENTS),
    ):
        assert "no-store" in answer["Cache-Control"]
    assert clients["superintendent"].get(f"{address}copy").status_code == 405


def test_the_other_of_the_two_reads_what_was_refused(stage, clients):
    handing.recorded(stage)
    alert = handing.arrested(stage)
    found = handing.asked(stage, alert)
    address = f"/alerts/{alert.id}/hand-over/"
    about = {"step": "refuse", "hand_over": str(found.id)}
    assert clients["superintendent"].post(address, about | {"words": "no"}).status_code == 422
    said = "The charge rests on other evidence."
    assert clients["superintendent"].post(address, about | {"words": said}).status_code == 302
    assert said in text(clients["officer"].get(address))
    assert stage.within(queries.of_alert, alert_id=alert.id)[0].stage(utc_now()).value == "refused"


def test_who_holds_no_role_any_more_collects_nothing(stage, clients):
    handing.recorded(stage)
    found = handing.approved(stage, handing.arrested(stage))
    with stage.context():
        accounts.revoke_role(
            user_id=stage.officer.actor.id, role=Role.ENGAGEMENT_OFFICER, actor=stage.system, now=utc_now()
        )
    answer = clients["officer"].post(f"/alerts/{found.alert_id}/hand-over/copy", {"hand_over": str(found.id)})
    assert answer.status_code in {302, 403}
    assert answer["Content-Type"] != "application/zip"
