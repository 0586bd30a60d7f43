"""What somebody types, everywhere somebody else reads it; and requests that no page of ours makes."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from apps.deployments.data import DeploymentState as S
from apps.watchlists.data import Refused
from apps.watchlists.policies import _storable
from tests.support.cast import make_cast
from tests.support.days import START, listed, make_day
from tests.support.web_routes import every_route

MARK = "zqx"
PLANT = f'"><script>{MARK}()</script><img src=x onerror={MARK}()>{{{{{MARK}}}}} javascript:{MARK}'
FIELDS = (
    "place_name",
    "necessity",
    "proportionality",
    "less_intrusive_means",
    "collateral_intrusion",
    "policing_purpose",
)
# The mark as markup, or an address as a script. As text it may stand anywhere.
DATA = {"application/json", "application/pdf", "text/calendar"}
EXECUTED = re.compile(rf"<script>{MARK}|<img src=x|(?:href|src|action)=.?javascript:")
AT = START - timedelta(hours=2)


@pytest.fixture
def planted(real_db):
    """A deployment up to its published notice in which every text says the worst; its people."""
    day = make_day()
    cast = make_cast(day)
    plan = day.draft
    day.draft = lambda **changes: plan(**(dict.fromkeys(FIELDS, PLANT) | changes))
    day.to(S.NOTICE_PUBLISHED)
    return day, cast


def pages(day):
    """Every address, with this deployment's own values in place of the samples."""
    reference = day.get().reference.lower()
    for path, name in every_route():
        if name.startswith("notices:"):
            path = path.replace("/slug/slug/", f"/{day.force.slug}/{reference}/")
            path = path.replace("/slug/", f"/{day.force.slug}/")
        if name.startswith("scrutiny:"):
            path = path.replace("/slug/", f"/{reference.upper()}/").replace(
                "/text/", f"/{reference.upper()}/"
            )
        yield path.replace("00000000-0000-4000-8000-0000000000aa", str(day.deployment_id))


def test_nothing_that_was_typed_is_markup_on_any_page(planted):
    day, cast = planted
    shown, executed, sniffed = [], [], []
    with time_machine.travel(AT, tick=False):
        readers = ("planner", "officer")
        clients = {who: cast[who].client(raise_request_exception=False) for who in readers}
        clients["anybody"] = Client(raise_request_exception=False)
        for path in pages(day):
            for who, client in clients.items():
                answer = client.get(path)
                page = answer.content.decode(errors="replace")
                shown += [path] if MARK in page else []
                # Data is data as long as no browser may take it for a page.
                is_data = answer["Content-Type"].partition(";")[0] in DATA
                executed += [f"{who} {path}"] if not is_data and EXECUTED.search(page) else []
                sniffed += [path] if is_data and answer["X-Content-Type-Options"] != "nosniff" else []
    assert executed == []
    assert sniffed == []
    # It was there to be seen: on the plan, on the public notice, in the record.
    assert {path.split("/")[1] for path in shown} >= {"deployments", "notices"}


def test_what_was_typed_into_a_refused_form_comes_back_as_text(real_db):
    page = Client().post("/sign-in/", {"username": PLANT, "password": PLANT}).content.decode()
    assert MARK in page
    assert not EXECUTED.search(page)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
    ],
    ids=["absolute", "no scheme", "backslash", "script", "odd"],
)
def test_signing_in_leads_to_no_other_site(real_db, target):
    day = make_day()
    member = make_cast(day)["planner"]
    client = member.client()
    client.post("/sign-out/")
    from tests.support.cast import PASSWORD

    answer = client.post(
        f"/sign-in/?next={target}", {"username": member.username, "password": PASSWORD, "next": target}
    )
    assert "evil" not in answer.headers.get("Location", "/")
    assert "javascript" not in answer.headers.get("Location", "/")


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil.example", ""])
def test_another_host_gets_no_page_and_no_link(real_db, host):
    answer = Client(raise_request_exception=False).get("/sign-in/", HTTP_HOST=host)
    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


def test_forwarded_hosts_are_not_believed(real_db):
    answer = Client().get("/notices/", HTTP_X_FORWARDED_HOST="evil.example")
    assert "evil" not in answer.content.decode()


def test_no_header_or_field_turns_a_read_into_a_write(planted):
    day, cast = planted
    client = cast["planner"].client()
    address = f"/deployments/{day.deployment_id}/cancel/"
    for headers in (
        {"X-HTTP-Method-Override": "POST"},
        {"X-HTTP-Method": "POST"},
        {"X-Method-Override": "POST"},
    ):
        client.get(f"{address}?_method=POST&reason=no", headers=headers)
    assert day.get().state is S.NOTICE_PUBLISHED


STRANGE = [
    "%",
    "_",
    "' OR 1=1 --",
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "\u202e",
    "a" * 5_000,
    "[]",
    "{}",
    "-1",
    "1e999",
    "99999999999999999999",
]


def test_strange_filters_break_no_page_and_find_nothing_of_others(planted):
    """Also given twice: the last one counts, and none is joined."""
    _, cast = planted
    broken = []
    with time_machine.travel(AT, tick=False):
        clients = [
            Client(raise_request_exception=False),
            cast["oversight"].client(raise_request_exception=False),
        ]
        for path in ("/notices/", "/records/", "/deployments/", "/audit/", "/people/"):
            for value in STRANGE:
                query = "&".join(
                    f"{name}={value}&{name}=x" for name in ("q", "force", "past", "before", "page")
                )
                for client in clients:
                    if (status := client.get(f"{path}?{query}").status_code) >= 500:
                        broken.append((path, value[:20], status))
    assert broken == []


@pytest.mark.parametrize(
    "name", ["Anna\u202eztimS", "Anna\u2066Smith", "An\u200bna", "Anna\x1b[2J", "Anna\r\nSmith"], ids=ascii
)
def test_a_listed_name_that_reads_otherwise_than_it_is_written_is_refused(name):
    problems = list(_storable(replace(listed(), display_name=name), None, START))
    assert [problem.code for problem in problems] == [Refused.FIELD_INVALID]
    assert not list(_storable(replace(listed(), display_name="Zoë O’Brien-Núñez"), None, START))


def test_every_argument_of_an_address_that_names_a_thing_is_a_uuid(real_db):
    """Things are not found by counting. What is a number or a word is listed here, with why."""
    from django.urls import get_resolver
    from django.urls.converters import IntConverter, StringConverter

    def walk(patterns):
        for entry in patterns:
            yield from walk(entry.url_patterns) if hasattr(entry, "url_patterns") else [entry]

    guessable = {
        f"{entry.name}: {argument}"
        for entry in walk(get_resolver().url_patterns)
        for argument, converter in getattr(entry.pattern, "converters", {}).items()
        if isinstance(converter, IntConverter) or type(converter) is StringConverter
    }
    assert guessable <= NOT_UUIDS


NOT_UUIDS = {
    "list-picture: line",  # a row of one's own upload, below a deployment's UUID
    "same-face-picture: line",  # the same
    "record: reference",  # readable by everybody in the force
    "api-record: reference",  # the same, for the force's systems
    "onboard: token",  # 256 random bits
    "join-link: token",  # 256 random bits
    "version: number",  # an old version of a notice that anybody may read
    "version-cy: number",  # the same in Welsh
    "record-year: year",  # published results that anybody may read
    "record-year-cy: year",  # the same in Welsh
    "old-results: number",  # old results on a notice that anybody may read
    "old-results-cy: number",  # the same in Welsh
    "correct: reference",  # a record, by the reference that everybody in the force reads
    "reply: number",  # a question of the oversight body, below a deployment's UUID
    "confirm: token",  # 256 random bits
    "confirm-cy: token",  # the same in Welsh
    "unsubscribe: token",  # 256 random bits
    "unsubscribe-cy: token",  # the same in Welsh
    "receipt: token",  # signed with the platform's key
    "receipt-cy: token",  # the same in Welsh
    "remove-factor: factor_id",  # of the library's own table; found only among one's own
}
