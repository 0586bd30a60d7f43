"""What somebody who was spoken to can do with their receipt: whom to call, write to, and what to quote."""

import re

import pytest
from django.test import Client

from apps.alerts import api as alerts
from apps.alerts import receipt_page
from apps.deployments.models import Deployment
from tests.support.alert_stage import make_stage
from tests.support.engaging import do

ADDRESS = re.compile(r"/receipt/([\w.=-]+)/")
CONTACTS = {
    "contact_complaints": "complaints@north.police.uk or 01707 354000",
    "contact_access": "https://north.police.uk/your-data",
    "contact_lines": ["Ask Sgt Lee & team, call 101"],
}
REHEARSAL = "This was a rehearsal. The only people looked for were members of staff"


@pytest.fixture
def stage(real_db):
    return make_stage("north", **CONTACTS)


@pytest.fixture
def engaged(stage, engaged):
    do(stage, alerts.give_receipt, engaged)
    return engaged


def pages(stage, alert):
    """As the officer prints it, and what the person sees in English and in Welsh."""
    printed = stage.officer.client().get(f"/alerts/{alert.id}/receipt/").content.decode()
    path = ADDRESS.search(printed)[0]
    return [printed, *(Client().get(f"{language}{path}").content.decode() for language in ("", "/cy"))]


def test_every_way_to_ask_can_be_pressed_and_what_was_typed_stays_text(stage, engaged):
    for page in pages(stage, engaged):
        for link in (
            "mailto:complaints@north.police.uk",
            "tel:01707354000",
            "https://north.police.uk/your-data",
            "tel:101",
            "tel:03031231113",
            "https://ico.org.uk/make-a-complaint/",
        ):
            assert f'<a href="{link}">' in page
        assert "Sgt Lee &amp; team" in page


def test_it_says_what_to_quote(stage, engaged):
    with stage.context():
        reference = Deployment.objects.get(id=stage.deployment_id).reference
    printed, english, welsh = pages(stage, engaged)
    for page in (printed, english):
        assert f"quote {reference}/{engaged.number}." in re.sub(r"<[^>]+>", "", page)
    assert f"dyfynnwch {reference}/{engaged.number}." in re.sub(r"<[^>]+>", "", welsh)


def test_a_rehearsal_says_that_it_was_one_and_who_was_listed(stage, engaged):
    printed, english, welsh = (re.sub(r"<[^>]+>", "", page) for page in pages(stage, engaged))
    assert REHEARSAL in printed
    assert REHEARSAL in english
    assert "Ymarfer oedd hwn" in welsh


def test_an_operation_does_not_call_itself_a_rehearsal(stage, engaged, monkeypatch):
    real = receipt_page.deployments.get

    def operational(*, deployment_id):
        found = real(deployment_id=deployment_id)
        object.__setattr__(found.authority, "rehearsal", False)
        return found

    monkeypatch.setattr(receipt_page.deployments, "get", operational)
    for page in pages(stage, engaged):
        assert "rehearsal" not in page.lower()
        assert "Ymarfer" not in page
