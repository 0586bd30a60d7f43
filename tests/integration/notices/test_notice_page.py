"""What a member of the public reads: all of domain.md §3, nothing that must not be there, no script."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client

from apps.accounts import api as accounts
from apps.core.data import Role
from apps.core.errors import NotFound
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.notices import api as notices
from apps.notices import pages, views
from apps.notices.data import NoticeContent
from apps.notices.models import Notice
from tests.support.days import END, PLANNED, START, anonymous_fetch, make_day
from tests.support.outline import Outline, problems
from tests.support.plans import FLOODED
from tests.support.trained import add_roles


@pytest.fixture(autouse=True)
def before_it(monkeypatch):
    """The pages are read three days before the deployment, whenever this runs."""
    monkeypatch.setattr(views, "utc_now", lambda: START - timedelta(days=3))


@pytest.fixture
def outline(day):
    day.to(S.NOTICE_PUBLISHED)
    notice = day.call(notices.get_for_deployment, deployment_id=day.deployment_id)
    return Outline(anonymous_fetch(notices.address(notice))[1])


SAYS = [
    "LFR-2026-001",
    "Market Square, Exampleton",
    "Thursday 10 December 2026, 10am to 4pm",
    "51.80000° north, 0.21000° west",
    "Rehearse with consenting staff before any operational use.",
    "common law",
    "This is a rehearsal.",
    "members of staff who agreed to take part",
    "An officer always makes the final decision before anybody is engaged.",
    "deleted automatically and at once",
    "within 24 hours of the alert",
    "within 24 hours after the deployment ends",
    "Avoiding the area is no ground for stopping you.",
    "An alert alone gives no power to stop anybody",
    "The system can be wrong",
    "or to demand that they say who they are",
    "data protection officer",
    "anybody who passes can be mistaken for somebody who is",
    "It may not start before the signs on the ways to the area have been put up and checked.",
    "The log of alerts, without pictures or measurements",
    "The plan of a deployment, its approval, its checks, and the reasons for each decision about it",
    "The audit record: who did what in the system and when",
    "Who was on which list: a reference number and the group",
    "Names, ranks, collar numbers and roles of the staff who use the system",
    "Faces that cause no alert: picture and measurements In memory for seconds",
    "How to complain",
    "Seen from outside Wednesday 2 December 2026 at 10am",
    "other forces use the same references",
    "data protection impact assessment",
    "Information Commissioner’s Office",
    "Complain about what an officer did",
    "Published Tuesday 1 December 2026 at 10am",
    "Changes to this notice",
]
DOES_NOT_SAY = [
    "maximum",
    "max_subjects",
    "camera a",
    "north side",
    "0.42",
    "threshold",
    "opencv",
    "blue_list",
    "unbiased",
    "no bias",
    "accurate",
    "planner",
    "silver",
    "staging",
    "approval void",
    "template",
    "signs stand",
    "match nobody",
]


def test_it_says_what_it_must_and_nothing_that_it_must_not(outline):
    assert [words for words in SAYS if words not in outline.text] == []
    assert [words for words in DOES_NOT_SAY if words in outline.text.lower()] == []


def test_it_works_without_javascript_and_asks_nobody_else(outline):
    assert outline.count("script") == 0
    for tag, attributes in outline.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        # A link is followed by people, and nothing is asked of anybody before that.
        for name in ("src", "action") if tag == "a" else ("src", "href", "action"):
            assert not (attributes.get(name) or "").startswith(("http", "//")), attributes


def test_its_structure_can_be_read_aloud(day):
    day.to(S.NOTICE_PUBLISHED)
    html = anonymous_fetch(f"/notices/{day.force.slug}/lfr-2026-001/")[1]
    assert problems(html) == []


def test_no_cookie_is_set_and_the_page_is_asked_for_again_each_time(day):
    day.to(S.NOTICE_PUBLISHED)
    for path in ("/notices/", f"/notices/{day.force.slug}/lfr-2026-001/"):
        answer = Client().get(path)
        assert answer.status_code == 200
        assert not answer.cookies
        assert "no-cache" in answer["Cache-Control"]


def test_the_list_of_notices_can_be_read_aloud(day, other_day):
    day.to(S.NOTICE_PUBLISHED)
    for path in ("/notices/", f"/notices/{day.force.slug}/", f"/notices/{other_day.force.slug}/"):
        html = Client().get(path).content.decode()
        assert problems(html) == []
        assert Outline(html).count("script") == 0
    assert "Rehearsal with staff" in Client().get("/notices/").content.decode()


def test_an_operational_notice_names_its_categories_and_not_the_staff(day):
    day.to(S.NOTICE_PUBLISHED)
    found = day.call(notices.get_for_deployment, deployment_id=day.deployment_id)
    operational = replace(
        found, content=replace(found.content, rehearsal=False, categories=("court_order", "court_warrant"))
    )
    html = render_to_string("notices/notice.html", {"page": pages.page(operational, now=START)})
    assert "people wanted by the courts" in html
    assert "people who must keep to bail conditions or court orders" in html
    assert "There is no permanent or general list." in html
    assert "rehearsal" not in html.lower()


def test_what_a_planner_writes_is_text_and_not_markup(day):
    day.draft(
        place_name="<script>alert(1)</script> Square", policing_purpose="<b>Bold</b> aims & <i>others</i>."
    )
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    for path in ("/notices/", f"/notices/{day.force.slug}/lfr-2026-001/"):
        body = Client().get(path).content.decode()
        assert "&lt;script&gt;" in body
        assert "<script" not in body
        assert "<b>Bold" not in body


def test_published_notices_are_the_one_thing_that_other_forces_see(day, other_day):
    day.to(S.NOTICE_PUBLISHED)
    with force_context(other_day.force.id):
        assert Notice.objects.filter(deployment_id=day.deployment_id).count() == 1
        assert Notice.objects.filter(deployment_id=day.deployment_id).update(status="cancelled") == 0
        with pytest.raises(NotFound):
            notices.get_for_deployment(deployment_id=day.deployment_id)
        assert notices.awaiting_verification() == []
        assert notices.publish_due(now=START) == 0
    assert "is cancelled. It will" not in anonymous_fetch(f"/notices/{day.force.slug}/lfr-2026-001/")[1]


def test_an_unpublished_notice_is_seen_by_nobody_else(day, other_day):

    day.draft(publish_at=PLANNED + timedelta(hours=5))
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    assert Notice.objects.count() == 0
    with force_context(other_day.force.id):
        assert Notice.objects.count() == 0
    with force_context(day.force.id):
        assert Notice.objects.count() == 1


def test_a_snapshot_holds_only_what_the_page_shows():
    fields = set(NoticeContent.__dataclass_fields__)
    assert not fields & {"max_subjects", "cameras", "threshold", "pack_id", "planner_label", "approver_label"}


def test_it_names_the_rank_of_who_approved_it_and_not_the_officer(day):
    user = accounts.create_user(
        username="approver@force.example",
        display_name="Alexandra Approver",
        password="seven purple otters dancing",
        now=PLANNED,
        rank="Superintendent",
    )
    day.officer = replace(day.officer, id=user.id, label="Superintendent Alexandra Approver")
    add_roles(day.officer, [Role.AUTHORISING_OFFICER])
    day.to(S.NOTICE_PUBLISHED)
    body = Client().get(f"/notices/{day.force.slug}/lfr-2026-001/").content.decode()
    assert "with the rank of Superintendent, who did not plan it, approved it in writing." in body
    assert "Approver" not in body


def test_links_lead_to_complaints_and_to_the_force(real_db):
    linked = make_day("east", contact_lines=("Telephone 01632 960001", "dpo@east.example"))
    linked.to(S.NOTICE_PUBLISHED)
    outline = Outline(anonymous_fetch(f"/notices/{linked.force.slug}/lfr-2026-001/")[1])
    links = {attributes.get("href") for tag, attributes in outline.tags if tag == "a"}
    assert {
        "mailto:dpo@east.example",
        "tel:01632960001",
        "tel:03031231113",
        "https://ico.org.uk/make-a-complaint/",
        "#complain",
    } <= links
    assert [tag for tag, attributes in outline.tags if attributes.get("id") == "complain"] == ["h2"]


def test_once_it_is_over_the_page_speaks_of_the_past(day, monkeypatch):
    day.to(S.NOTICE_PUBLISHED)
    day.step(deployments.cancel, day.planner, START - timedelta(days=3), **FLOODED)
    path = f"/notices/{day.force.slug}/lfr-2026-001/"
    body = Client().get(path).content.decode()
    assert "This deployment is cancelled. It will not take place." in body
    assert "were to measure" in body
    monkeypatch.setattr(views, "utc_now", lambda: END + timedelta(days=30))
    body = Client().get(path).content.decode()
    assert "This deployment was cancelled. It did not take place." in body
    for words in ("will not take place", "Cameras measure the faces", "You may go another way", "This is a"):
        assert words not in body
    assert problems(body) == []
