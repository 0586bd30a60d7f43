"""Search by place and day, by the address alone; and the same pages in Welsh, where a force offers them."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.core.data import Role
from apps.core.languages import WELSH
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.notices.languages import is_compiled, say_history
from apps.notices.models import Notice
from lfrplatform import translations
from tests.integration.notices.test_notice_list import next_link, plant
from tests.support.cast import make_member
from tests.support.days import PLANNED, START, make_day
from tests.support.outline import Outline, problems
from tests.support.results import RESULTS

DAY = timedelta(days=1)


def get(path, status=200):
    answer = Client().get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def found(query) -> list[str]:
    body = get(f"/notices/?{query}")
    assert problems(body) == []
    return [part.split(">")[1].split("<")[0] for part in body.split('notice__where"><a href=')[1:]]


@pytest.fixture
def planted(day, other_day):
    plant(day.force, status="published", start=START, place_name="Market Square, Exampleton")
    plant(day.force, status="cancelled", start=START + DAY, place_name="Old Market")
    # From 8 in the evening into the next day.
    plant(day.force, status="ended", start=START + timedelta(hours=58), hours=8, place_name="Night Quay")
    plant(other_day.force, status="published", start=START + 9 * DAY, place_name="South Market")
    return day.force, other_day.force


def test_by_place_in_any_order_of_words_cancelled_ones_too(planted):
    _north, south = planted
    assert found("place=market") == ["South Market", "Old Market", "Market Square, Exampleton"]
    assert found("place=exampleton+MARKET") == ["Market Square, Exampleton"]
    assert found(f"place=market&force={south.slug}") == ["South Market"]
    assert found("place=LFR-2026-001&since=2026-12-19") == ["South Market"]
    assert found("place=%25") == []
    assert "No notice was found" in get("/notices/?place=nowhere")


def test_by_day_as_the_calendar_in_london_has_it(planted):
    assert found("since=2026-12-10&until=2026-12-10") == ["Market Square, Exampleton"]
    # A window over midnight is found on both days.
    assert found("since=2026-12-12&until=2026-12-12") == ["Night Quay"]
    assert found("since=13/12/2026&until=13 December 2026") == ["Night Quay"]
    assert found("since=2026-12-14&until=2026-12-18") == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=the+day+after", "Write the date as day, month and year"),
        ("since=2026-12-12&until=2026-12-10", "“Until” is before “From”."),
        ("place=x&force=nobody", "Select a valid choice."),
        ("place=%00", "Null characters are not allowed."),
    ],
    ids=["no-date", "backwards", "no-force", "nul"],
)
def test_what_cannot_be_searched_for_is_said_at_the_field(planted, query, words):
    body = get(f"/notices/?{query}", status=422)
    assert words in body.replace("&quot;", '"')
    assert "<title>Error: " in body
    assert problems(body) == []


def test_many_are_read_page_by_page_with_the_question_kept(day):
    plant(day.force, status="ended", start=START, count=45, place_name="Long Street")
    path, seen = "/notices/?place=long", []
    while path:
        body = get(path)
        seen += body.split('notice__where"><a href="')[1:]
        path = next_link(body)
    assert len(seen) == 45
    assert len({part.split('"')[0] for part in seen}) == 45


def test_the_catalogue_is_whole():
    """Every text of the public pages, each with its placeholders, none left over. After a change of a text:
    python -m lfrplatform.translations update, translate, compile."""
    faults = [problem for path, _ in translations.catalogues() for problem in translations.problems(path)]
    assert faults == []
    assert is_compiled(WELSH), "make setup compiles the catalogues"


def test_a_force_that_offers_no_welsh_has_no_welsh_page_and_no_switch(day):
    plant(day.force, status="published", start=START)
    for path in ("/notices/", f"/notices/{day.force.slug}/"):
        assert "Cymraeg" not in get(path)
        get(f"/cy{path}", status=404)


def test_in_welsh_the_whole_notice_and_what_is_english_says_that_it_is(real_db):
    day = make_day("gogledd", languages=["cy"])
    day.to(S.NOTICE_PUBLISHED)
    later = PLANNED + timedelta(hours=5)
    day.step(deployments.amend, day.planner, later, authority=day.plan(place_name="Neuadd"), reason="x" * 40)
    day.step(deployments.submit, day.planner, later)
    day.approve(now=later)
    notice = f"/notices/{day.force.slug}/lfr-2026-001/"
    for path in (
        "/notices/",
        f"/notices/{day.force.slug}/",
        notice,
        f"{notice}easy-read/",
        f"{notice}versions/1/",
    ):
        english, welsh = get(path), get(f"/cy{path}")
        assert f'href="/cy{path}" lang="cy" hreflang="cy"' in english
        assert f'href="{path}" lang="en-GB" hreflang="en-GB"' in welsh
        assert '<html lang="cy">' in welsh
        assert '<html lang="en-GB">' in english
        assert problems(welsh) == ["the language is not said"]
        assert Outline(welsh).count("script") == 0
    body = get(f"/cy{notice}")
    text = Outline(body).text
    assert "Adnabod Wynebau Byw yn Neuadd" in text
    assert "Dydd Iau 10 Rhagfyr 2026, 10yb tan 4yh" in text
    assert "Cymeradwywyd eto. Newidiwyd: y lle" in text
    assert '<div lang="en-GB"><p>Rehearse with consenting staff' in body
    assert "An officer always" not in text
    # The links of a Welsh page stay in Welsh; the address that is looked at from outside is the English one.
    assert f'href="/cy/notices/{day.force.slug}/"' in body
    assert "Planned" not in get("/cy/notices/")
    assert "Dim hysbysiadau gan yr heddlu hwn" in get("/cy/notices/?force=nobody")
    assert "An officer always" in get(notice)


def test_in_welsh_the_results_too_and_nothing_of_english_is_unmarked(real_db):
    day = make_day("gogledd", languages=["cy"])
    plant(day.force, status="results_published", start=START, results=RESULTS, place_name="Sgwâr")
    with force_context(day.force.id):
        slug = Notice.objects.get().slug
    text = Outline(get(f"/cy/notices/{day.force.slug}/{slug}/")).text
    for words in (
        "Alerts",
        "Mismatches",
        "How often",
        "Paused from",
        "of them",
        "likely between",
        "Not recorded",
    ):
        assert words not in text, words
    assert "Camgyfatebiadau" in text


def test_an_entry_of_the_history_stays_as_it_was_in_english():
    assert say_history("Approved again. Changed: the place, the time.") == (
        "Approved again. Changed: the place, the time."
    )


def test_what_is_not_published_yet_is_found_by_nobody_not_even_by_its_own_force(day):
    """Its own force can read the row: only the question keeps it out."""
    day.draft(publish_at=PLANNED + DAY, place_name="Secret Square")
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    own = make_member(day, "reader", Role.PLANNER).client()
    for path in (
        "/notices/?place=secret",
        "/notices/notices.json",
        "/notices/feed.atom",
        "/notices/calendar.ics",
    ):
        assert "Secret Square" not in own.get(path).content.decode(), path
    for name in ("notice.json", "calendar.ics", "easy-read/", "versions/1/"):
        assert own.get(f"/notices/{day.force.slug}/lfr-2026-001/{name}").status_code == 404, name
