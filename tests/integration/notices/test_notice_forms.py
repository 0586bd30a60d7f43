"""The same notice in other forms: Atom, iCalendar, JSON by its schema, Easy Read, old versions, and light."""

import json
import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.test import Client
from icalendar import Calendar
from jsonschema import Draft202012Validator

from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.data import Place
from apps.notices import api as notices
from apps.notices.models import Notice
from tests.integration.notices.test_notice_list import plant
from tests.support.days import PLANNED, START
from tests.support.outline import Outline, problems
from tests.support.plans import SQUARE
from tests.support.results import RESULTS

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "docs/reference/notice.schema.json").read_text())
ATOM = {"a": "http://www.w3.org/2005/Atom"}
DAY = timedelta(days=1)
WHY = "The square is closed that day, so the market hall is used."
ELSEWHERE = ((51.70, -0.31), (51.70, -0.30), (51.69, -0.30), (51.69, -0.31))


def get(path, status=200):
    answer = Client().get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer


def faults(notice) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(notice)]


@pytest.fixture
def moved(day):
    """Announced for the square, then approved again for the market hall."""
    day.to(S.NOTICE_PUBLISHED)
    later = PLANNED + timedelta(hours=5)
    plan = day.plan(place_name="Market Hall", polygon=ELSEWHERE, alternatives=(Place("Old Yard", SQUARE),))
    day.step(deployments.amend, day.planner, later, authority=plan, reason=WHY)
    day.step(deployments.submit, day.planner, later)
    day.approve(now=later)
    return f"/notices/{day.force.slug}/lfr-2026-001/"


def test_after_a_change_of_place_the_old_version_is_readable_and_marked_and_the_clock_starts_anew(day, moved):
    page = get(moved).content.decode()
    assert "Live Facial Recognition at Market Hall" in page
    assert "Not yet. The notice counts from when" in page
    assert f'href="{moved}versions/1/"' in page
    assert "Old Yard" in page
    old = get(f"{moved}versions/1/").content.decode()
    text = Outline(old).text
    assert "This is an old version. Another one took its place on Tuesday 1 December 2026 at 3pm." in text
    assert "Market Square, Exampleton" in text
    assert "counted anew" in text
    assert "Market Hall" not in text
    assert '<meta name="robots" content="noindex">' in old
    # The look from outside must never take an old version for the notice.
    assert "lfr-notice-digest" not in old
    assert problems(old) == []
    assert Client().get(f"{moved}versions/2/").status_code == 404
    told = get(f"{moved}notice.json").json()
    assert [version["place"]["name"] for version in told["old_versions"]] == ["Market Square, Exampleton"]
    assert told["old_versions"][0]["notice_period_restarted"] is True
    # A rehearsal, for programs as on the page: nothing is said of the place.
    assert told["rehearsal"] is True
    assert told["use_case"]["words"].startswith("A test of the system with members of staff")
    assert told["use_case"]["words"] in page
    assert told["place"]["area"]["coordinates"][0][0] == [-0.31, 51.70]
    assert faults(told) == []
    assert day.verify(now=PLANNED + DAY).verified


def test_a_narrower_time_keeps_the_old_version_and_the_clock(day):
    day.to(S.NOTICE_PUBLISHED)
    day.step(
        deployments.amend,
        day.planner,
        PLANNED + 2 * DAY,
        authority=day.plan(window_end=START + timedelta(hours=3)),
        reason=WHY,
    )
    found = day.call(notices.get_for_deployment, deployment_id=day.deployment_id)
    assert [version.restarted for version in found.versions] == [False]
    assert found.verified_at is not None
    text = Outline(get(f"/notices/{day.force.slug}/lfr-2026-001/versions/1/").content.decode()).text
    assert "The days of notice went on" in text


def test_every_kind_of_notice_is_valid_by_the_schema_and_pages_follow_each_other(day):
    for number, status in enumerate(("published", "live", "cancelled", "revoked", "expired", "withdrawn")):
        plant(day.force, status=status, start=START + number * DAY)
    plant(day.force, status="results_published", start=START - DAY, results=RESULTS)
    plant(day.force, status="published", start=START, urgent_grounds="imminent_threat")
    plant(day.force, status="ended", start=START - 30 * DAY, count=60)
    seen, path = [], "/notices/notices.json"
    while path:
        told = get(path).json()
        seen += told["notices"]
        path = told["next"] and told["next"].removeprefix(settings.LFR_PUBLIC_BASE_URL)
    assert len(seen) == len({each["address"] for each in seen}) == 68
    assert [each for each in seen if faults(each)] == []
    assert [each["urgent"]["code"] for each in seen if each["urgent"]] == ["imminent_threat"]
    # That the schema refuses: a number that a force withholds must not slip in as another field.
    assert faults(seen[0] | {"max_subjects": 10}) != []
    assert Client().get("/notices/notices.json?before=nonsense").status_code == 404


def test_the_atom_feed_has_what_the_list_has_the_latest_change_first(day, other_day):
    plant(
        day.force,
        status="published",
        start=START,
        place_name="Soon <Street>",
        urgent_grounds="imminent_threat",
    )
    plant(day.force, status="cancelled", start=START + DAY, place_name="Off Street\x07")
    plant(other_day.force, status="ended", start=START + 2 * DAY, place_name="South Street")
    answer = get("/notices/feed.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)
    titles = [entry.findtext("a:title", "", ATOM) for entry in feed.findall("a:entry", ATOM)]
    assert [title.split(",")[0].split(": ")[1] for title in titles] == [
        "South Street",
        "Off Street",
        "Soon <Street>",
    ]
    assert titles[1].startswith("Cancelled: ")
    assert "announced with less notice than usual" in feed.findall("a:entry", ATOM)[2].findtext(
        "a:summary", "", ATOM
    )
    links = [entry.find("a:link", ATOM).get("href") for entry in feed.findall("a:entry", ATOM)]
    assert all(link.startswith(settings.LFR_PUBLIC_BASE_URL) for link in links)
    assert "South Street" not in get(f"/notices/{day.force.slug}/feed.atom").content.decode()
    again = Client().get("/notices/feed.atom", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert not answer.cookies


def test_a_calendar_keeps_what_was_called_off_as_called_off(day):
    plant(day.force, status="published", start=START, place_name="Soon, Street; 1")
    plant(day.force, status="cancelled", start=START + DAY, place_name="Off Street")
    answer = get(f"/notices/{day.force.slug}/calendar.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    events = {str(event["location"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}
    soon, off = events["Soon, Street; 1"], events["Off Street"]
    assert (soon["dtstart"].dt, soon["dtend"].dt) == (START, START + timedelta(hours=6))
    assert (str(soon["status"]), str(off["status"])) == ("CONFIRMED", "CANCELLED")
    assert str(off["summary"]).startswith("Cancelled: ")
    assert "no ground for stopping you" in str(soon["description"])
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    one = get(soon["url"].removeprefix(settings.LFR_PUBLIC_BASE_URL) + "calendar.ics")
    assert len(Calendar.from_ical(one.content).walk("VEVENT")) == 1


SENTENCES = re.compile(r"[^.!?:]+[.!?:]")


def test_easy_read_speaks_in_short_sentences(day):
    for status in ("published", "live", "suspended", "cancelled", "revoked", "results_published"):
        results = RESULTS if status == "results_published" else None
        for rehearsal in (True, False):
            plant(
                day.force,
                status=status,
                start=START,
                rehearsal=rehearsal,
                place_name="Square",
                results=results,
            )
    with force_context(day.force.id):
        slugs = list(Notice.objects.values_list("slug", flat=True))
    for slug in slugs:
        body = get(f"/notices/{day.force.slug}/{slug}/easy-read/").content.decode()
        assert problems(body) == []
        main = Outline(body.split('<article class="easy">')[1].split("</article>")[0])
        said = [sentence for words in main.words for sentence in SENTENCES.findall(f"{words}.")]
        long = [sentence for sentence in said if len(sentence.split()) > 16]
        assert long == []
        assert ("The computer can be wrong." in main.text) is ("This is off" not in main.text)
        assert (
            f'href="/notices/{day.force.slug}/{slug}/easy-read/"'
            in get(f"/notices/{day.force.slug}/{slug}/").content.decode()
        )


def test_easy_read_speaks_of_what_is_over_as_past_and_of_what_was_called_off_as_not_done(day):
    before = {"status": "cancelled", "start": START + timedelta(days=3650), "place_name": "Square"}
    past = {**before, "start": START - timedelta(days=400)}
    over = {**past, "status": "results_published", "results": RESULTS}
    waits = {**past, "status": "ended", "results_due_at": START}
    said = []
    for values in (before, past, over, waits):
        with force_context(day.force.id):
            known = set(Notice.objects.values_list("slug", flat=True))
        plant(day.force, **values)
        with force_context(day.force.id):
            slug = Notice.objects.exclude(slug__in=known).get().slug
        body = get(f"/notices/{day.force.slug}/{slug}/easy-read/").content.decode()
        said.append(Outline(body.split('<article class="easy">')[1].split("</article>")[0]).text)
    coming, gone, results, ended = said
    assert "The police will not do this." in coming
    assert "The police did not do this." in gone
    # Nobody looked at pictures, and nobody had to go another way.
    assert not [words for words in (coming, gone) if "Two people look" in words or "another way" in words]
    for words in (results, ended):
        assert "You were allowed to go another way." in words
        assert "That was not wrong." in words
        assert "must not stop you" not in words
    assert "It really ran from" in results
    assert "The results are due by" in ended or "The results were due by" in ended


def test_an_urgent_notice_says_so_on_the_list_and_on_its_page(day):
    plant(day.force, status="published", start=START, urgent_grounds="imminent_threat", place_name="Quay")
    with force_context(day.force.id):
        slug = Notice.objects.get().slug
    listed = get("/notices/").content.decode()
    assert 'tag--urgent">Urgent' in listed
    text = Outline(get(f"/notices/{day.force.slug}/{slug}/").content.decode()).text
    assert "This was urgent: it is announced later than the usual 7 days before." in text
    assert "There is an immediate threat to life, or of serious harm." in text


def test_the_heaviest_page_with_all_that_it_loads_is_under_100_kilobytes_without_a_script(day):
    words = ("A long line of what the force writes. " * 7)[:290]
    plant(
        day.force,
        status="results_published",
        start=START,
        results=RESULTS,
        policing_purpose=words * 5,
        paragraphs=(words,) * 5,
        contact_lines=(words,) * 20,
        oversight_lines=(words,) * 20,
    )
    with force_context(day.force.id):
        row = Notice.objects.get()
        Notice.objects.update(history=[{"at": START.isoformat(), "text": "The deployment was paused."}] * 100)
    for path in ("/notices/", f"/notices/{day.force.slug}/{row.slug}/"):
        body = get(path).content.decode()
        page = Outline(body)
        assert page.count("script") == 0
        loaded = [
            attributes["href"]
            for tag, attributes in page.tags
            if tag == "link" and attributes.get("rel") in ("stylesheet", "icon")
        ]
        assert len(loaded) == 3
        files = sum((ROOT / address.lstrip("/")).stat().st_size for address in loaded)
        assert len(body.encode()) + files < 100_000, path
