"""The public list: grouped by what matters now, in pages that cost the same however long the history."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.notices import views
from apps.notices.models import Notice
from tests.support.days import IMPORTED, PLANNED, START
from tests.support.notice_rows import make_content
from tests.support.outline import problems
from tests.support.plans import FLOODED
from tests.support.results import RESULTS

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def plant(force, *, status, start, count=1, hours=6, results=None, **content):
    """Published notices a day apart, `start` being that of the first, the others before it."""
    with force_context(force.id):
        for number in range(count):
            begin = start - number * DAY
            values = make_content(force, window_start=begin, window_end=begin + hours * HOUR, **content)
            slug = f"lfr-{uuid4().hex[:12]}"
            Notice.objects.create(
                deployment_id=uuid4(),
                slug=slug,
                status=status,
                content=values.snapshot(),
                digest="d" * 64,
                history=[{"at": begin.isoformat(), "text": "Published."}],
                published_at=begin - 8 * DAY,
                window_start=begin,
                window_end=begin + hours * HOUR,
                results=results.snapshot() if results else None,
            )


def get(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def section(body: str, name: str) -> str:
    """The part of the page under one heading."""
    marker = f'aria-labelledby="{name}"'
    return body.split(marker)[1].split("</section>")[0] if marker in body else ""


def test_each_notice_stands_where_people_look_for_it(day):
    now = utc_now()
    plant(day.force, status="live", start=now - HOUR, place_name="Now Street")
    plant(day.force, status="suspended", start=now - HOUR, place_name="Pause Street")
    plant(day.force, status="published", start=now + 3 * DAY, place_name="Soon Street")
    plant(day.force, status="published", start=now - HOUR, place_name="Late Street")
    plant(day.force, status="ended", start=now - DAY, place_name="Past Street")
    # The sweep has not been there yet: by the clock these are over.
    plant(day.force, status="live", start=now - DAY, place_name="Overrun Street")
    plant(day.force, status="published", start=now - DAY, place_name="Missed Street")
    plant(day.force, status="cancelled", start=now + DAY, place_name="Off Street")
    body = get("/notices/")
    places = {"now": ["Now", "Pause"], "coming": ["Soon", "Late"], "called-off": ["Off"]}
    places["past"] = ["Past", "Overrun", "Missed"]
    for name, streets in places.items():
        part = section(body, name)
        assert part.count("<li") == len(streets), name
        assert all(f"{street} Street" in part for street in streets), name
    assert "Taking place now" not in section(body, "past")
    assert "Not started yet" in section(body, "coming")
    assert "Due now" not in body


def test_the_soonest_comes_first_and_the_past_the_latest_first(day):
    now = utc_now()
    for days in (5, 2, 9):
        plant(day.force, status="published", start=now + days * DAY, place_name=f"In {days}")
        plant(day.force, status="ended", start=now - days * DAY, place_name=f"Ago {days}")
    body = get("/notices/")
    coming, past = section(body, "coming"), section(body, "past")
    assert coming.index("In 2") < coming.index("In 5") < coming.index("In 9")
    assert past.index("Ago 2") < past.index("Ago 5") < past.index("Ago 9")
    assert "Starts in 2 days." in coming


def test_with_nothing_to_show_it_says_so(day):
    body = get("/notices/")
    assert "No deployment is planned at the moment." in body
    assert "No deployment has taken place yet." in body
    assert "Called off" not in body


def next_link(body: str) -> str | None:
    return (
        body.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
        if ('rel="next"' in body)
        else None
    )


def test_years_of_history_are_read_page_by_page_and_nothing_is_shown_twice_or_left_out(day):
    plant(day.force, status="ended", start=utc_now() - DAY, count=45)
    seen: list[str] = []
    path: str | None = "/notices/"
    pages = 0
    while path:
        body = get(path.split("#")[0])
        part = section(body, "past")
        seen += [line.split('"')[0] for line in part.split('<a href="/notices/north')[1:]]
        pages += 1
        path = next_link(body)
    assert (pages, len(seen), len(set(seen))) == (3, 45, 45)
    assert "Back to the newest" in body
    assert section(body, "coming") == ""


def queries(path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        get(path)
    return len(captured)


def test_the_number_of_queries_does_not_grow(day, other_day):
    now = utc_now()
    paths = ("/notices/", f"/notices/?force={day.force.slug}", f"/notices/{day.force.slug}/")
    before = [queries(path) for path in paths]
    for force in (day.force, other_day.force):
        for status in ("live", "ended", "cancelled"):
            plant(force, status=status, start=now - HOUR, count=25)
        plant(force, status="published", start=now + 30 * DAY, count=25)
    assert [queries(path) for path in paths] == before == [5, 9, 9]


def test_a_page_of_the_past_reads_one_page_of_rows(day):
    plant(day.force, status="ended", start=utc_now() - DAY, count=50)
    with CaptureQueriesContext(connection) as captured:
        get("/notices/")
    assert not [query["sql"] for query in captured if "COUNT(" in query["sql"].upper()]
    assert not [query["sql"] for query in captured if "OFFSET" in query["sql"].upper()]


@pytest.mark.parametrize("path", ["/notices/?force={}", "/notices/{}/"], ids=["filter", "page"])
def test_one_forces_notices(day, other_day, path):
    start = utc_now() + DAY
    plant(day.force, status="published", start=start, place_name="North Street")
    plant(other_day.force, status="published", start=start, place_name="South Street")
    body = get(path.format(day.force.slug))
    assert "North Street" in body
    assert "South Street" not in body
    assert f"<h1>Live Facial Recognition in the area of {day.force.name}</h1>" in body
    assert f'<option value="{day.force.slug}" selected>' in body


def test_the_filter_stays_on_the_next_page(day, other_day):
    for force in (day.force, other_day.force):
        plant(force, status="ended", start=utc_now() - DAY, count=25, place_name=f"{force.slug} street")
    further = next_link(get(f"/notices/?force={day.force.slug}"))
    assert further is not None
    body = get(further.split("#")[0])
    assert body.count("<li class") == 5
    assert f"{other_day.force.slug} street" not in body


@pytest.mark.parametrize(
    "path",
    [
        "/notices/no-such-force/",
        "/notices/?past=yesterday",
        "/notices/?past=2026-01-01T00:00:00~00000000-0000-4000-8000-000000000000",
        "/notices/?called-off=2026-01-01T00:00:00%2B00:00~1",
        "/notices/?past=%00",
    ],
    ids=["force page", "past", "no zone", "id", "nul"],
)
def test_an_address_that_leads_nowhere_is_not_found(day, path):
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("slug", ["no-such-force", "%00", "%C3%A9"], ids=["unknown", "nul", "accent"])
def test_a_force_that_is_not_there_has_no_notices(day, slug):
    body = get(f"/notices/?force={slug}")
    assert "No police force of this name publishes its notices here." in body
    assert day.force.name in body
    assert problems(body) == []


def test_what_was_stopped_after_its_start_is_past_and_what_never_began_is_called_off(day):
    now = utc_now()
    plant(day.force, status="revoked", start=now - DAY, place_name="Never Street")
    plant(day.force, status="revoked", start=now - DAY, place_name="Stopped Street", results=RESULTS)
    body = get("/notices/")
    assert "Stopped Street" in section(body, "past")
    assert "5 alerts, 2 of them mismatches." in section(body, "past")
    assert "Never Street" in section(body, "called-off")
    assert "Never Street" not in section(body, "past")
    assert "Stopped Street" not in section(body, "called-off")


def test_nothing_that_waits_to_be_published_is_in_any_list(day):
    day.draft(publish_at=PLANNED + 5 * HOUR, place_name="Secret Street")
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    for path in ("/notices/", f"/notices/{day.force.slug}/"):
        assert "Secret Street" not in get(path)
    assert Client().get(f"/notices/{day.force.slug}/lfr-2026-001/").status_code == 404
    # Not for people of the force either: the public list is the public list.
    with force_context(day.force.id):
        assert Notice.objects.filter(published_at__isnull=True).count() == 1


def test_the_page_of_a_force_says_who_watches_and_whom_to_ask(real_db):
    from tests.support.days import make_day

    day = make_day(
        "north",
        contact_lines=("dpo@north.example",),
        oversight_lines=["Accountability meeting on 11 December, webcast"],
        documents=[["Equality impact assessment", "https://north.example/eia"]],
    )
    body = get(f"/notices/{day.force.slug}/")
    assert "Accountability meeting on 11 December, webcast" in body
    assert '<a href="https://north.example/eia">Equality impact assessment</a>' in body
    assert '<a href="mailto:dpo@north.example">dpo@north.example</a>' in body
    assert "at least 7 days in advance" in body


def test_the_page_while_it_takes_place(day, monkeypatch):
    day.to(S.LIVE)
    later = START + HOUR
    monkeypatch.setattr(views, "utc_now", lambda: later)
    body = get("/notices/")
    assert "Market Square" in section(body, "now")
    day.step(deployments.suspend, day.silver, later, reason="A sign fell over in the wind.")
    assert "Paused" in section(get("/notices/"), "now")
    page = get(f"/notices/{day.force.slug}/lfr-2026-001/")
    assert "No faces are compared at the moment." in page
    # One press, and no kind of reason: nothing is made up that nobody said.
    assert "The deployment was paused by somebody on duty. No kind of reason was given." in page
    assert "another reason" not in page
    assert "fell over" not in page
    day.step(deployments.resume, day.silver, later + HOUR)
    page = get(f"/notices/{day.force.slug}/lfr-2026-001/")
    assert "Taking place now" in page
    history = page.split("Changes to this notice")[1]
    for words in ("The deployment started.", "The deployment was paused by", "The deployment went on."):
        assert words in history


def test_called_off_it_says_what_it_was_announced_for(day):
    day.to(S.NOTICE_PUBLISHED)
    day.step(deployments.cancel, day.planner, IMPORTED, **FLOODED)
    page = get(f"/notices/{day.force.slug}/lfr-2026-001/")
    assert "Announced for Thursday 10 December 2026, 10am to 4pm" in page
    assert "Starts in" not in page
    assert "There was none" in page
