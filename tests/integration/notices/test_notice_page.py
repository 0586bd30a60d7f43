"""What a member of the public reads: all of domain.md §3, nothing that must not be there, no script."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client

from apps.core.errors import NotFound
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.notices import api as notices
from apps.notices import pages
from apps.notices.data import NoticeContent
from apps.notices.models import Notice
from tests.support.days import PLANNED, START, anonymous_fetch
from tests.support.outline import Outline, problems


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
    "data protection officer",
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
]


def test_it_says_what_it_must_and_nothing_that_it_must_not(outline):
    assert [words for words in SAYS if words not in outline.text] == []
    assert [words for words in DOES_NOT_SAY if words in outline.text.lower()] == []


def test_it_works_without_javascript_and_asks_nobody_else(outline):
    assert outline.count("script") == 0
    for tag, attributes in outline.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "href", "action"):
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
