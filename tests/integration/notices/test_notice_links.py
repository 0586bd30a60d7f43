"""What a force adds to its notices: assessments, the oversight body's meeting. A link is a web address."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.test import Client

from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.deployments.data import DeploymentState as S
from apps.notices.models import Notice
from tests.support import assessed
from tests.support.days import make_day

DOCUMENTS = [
    ["Data protection impact assessment", "https://north.example/dpia"],
    ["Equality impact assessment", "https://north.example/eia"],
]
MEETING = "Accountability meeting on 17 December at 2pm, webcast"


def page(day) -> str:
    return Client().get(f"/notices/{day.force.slug}/lfr-2026-001/").content.decode()


class Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found += [value or "" for name, value in attrs if tag == "a" and name == "href"]


def test_the_notice_links_to_the_assessments_and_names_the_meeting(real_db):
    day = make_day("north", documents=DOCUMENTS, oversight_lines=[MEETING])
    day.to(S.NOTICE_PUBLISHED)
    body = page(day)
    assert MEETING in body
    for title, address in DOCUMENTS:
        assert f'<a href="{address}">{title}</a>' in body
    assert "ask the force for the data protection impact assessment" not in body


def test_a_published_assessment_is_a_document_that_a_stranger_opens(real_db):
    day = make_day("north")
    day.to(S.NOTICE_PUBLISHED)
    [address] = [link for link in Links(page(day)).found if "/assessments/" in link]
    answer = Client().get(urlsplit(address).path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")


def test_without_them_it_says_how_to_ask(real_db, monkeypatch):
    monkeypatch.setattr(assessed, "PUBLIC", frozenset())
    day = make_day("north")
    day.to(S.NOTICE_PUBLISHED)
    body = page(day)
    assert "ask the force for the data protection impact assessment" in body
    assert "Ask the force when it next discusses them in public." in body


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://",
        "dpia.pdf",
        "",
        "https://[oops",
    ],
)
def test_a_link_that_is_no_web_address_is_refused(real_db, address):
    with pytest.raises(RuleViolated, match="documents"):
        make_day("north", documents=[["Policy", address]])


@pytest.mark.parametrize(
    "settings",
    [
        {"documents": [["Policy"]]},
        {"documents": ["https://north.example"]},
        {"documents": [["", "https://north.example"]]},
        {"oversight_lines": "one text"},
        {"oversight_lines": [""]},
        {"oversight_lines": [["nested"]]},
    ],
    ids=["no address", "no pair", "no title", "no list", "blank", "nested"],
)
def test_anything_but_lines_and_pairs_is_refused(real_db, settings):
    with pytest.raises(RuleViolated):
        make_day("north", **settings)


def test_a_link_that_got_into_a_snapshot_all_the_same_does_not_run(real_db):
    day = make_day("north")
    day.to(S.NOTICE_PUBLISHED)
    with force_context(day.force.id):
        row = Notice.objects.get(deployment_id=day.deployment_id)
        row.content = {**row.content, "documents": [["Policy", "javascript:alert(1)"]]}
        row.save()
    body = page(day)
    assert "Policy" in body
    assert not [link for link in Links(body).found if link.startswith("javascript")]


def test_a_notice_from_before_there_were_any_can_still_be_read(real_db):
    day = make_day("north")
    day.to(S.NOTICE_PUBLISHED)
    with force_context(day.force.id):
        row = Notice.objects.get(deployment_id=day.deployment_id)
        new = ("oversight_lines", "documents", "results_deadline_days", "results_due_at")
        row.content = {name: value for name, value in row.content.items() if name not in new}
        row.save()
    body = page(day)
    assert "Market Square" in body
    assert "Results are published" not in body
    assert Client().get("/notices/").status_code == 200
