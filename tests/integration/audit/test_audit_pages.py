"""The record as a page and as a download: who sees what of it, and that every download is on record."""

import csv
import io
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.test import AsyncClient

from apps.audit import api as audit
from apps.audit.exporting import harmless
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, ReauthenticationNeeded, RuleViolated
from apps.core.tenancy import force_context
from tests.support.cast import make_member
from tests.support.days import make_day
from tests.support.record_forger import chain

LISTED = "Gwendolyn Listed"
WHY = "The scrutiny panel asked for it"


@pytest.fixture
def day(real_db):
    return make_day()


@pytest.fixture
def event(day):
    """Something an officer did to somebody listed, with names wherever a name can stand."""
    officer = Actor(
        id=uuid4(),
        label="Insp Mary Stone",
        force_id=day.force.id,
        roles=frozenset({Role.AUTHORISING_OFFICER}),
        origin="203.0.113.77",
        rank="Insp",
    )
    about = uuid4()
    day.call(
        audit.record,
        actor=officer,
        verb="watchlist.subject_removed",
        object_type="watchlist",
        object_id=about,
        payload={
            "deployment_id": str(day.deployment_id),
            "subjects": 41,
            "name": LISTED,
            "who": [LISTED],
            "deep": {LISTED: {"note": LISTED}},
            "state": f"sealed {LISTED}",
        },
        reason=f"=HYPERLINK {LISTED} was found",
        now=utc_now(),
    )
    return day.call(AuditEvent.objects.get, object_id=about)


@pytest.fixture
def admin(day):
    return make_member(day, "admin", Role.FORCE_ADMIN)


@pytest.fixture
def oversight(day):
    return make_member(day, "oversight", Role.OVERSIGHT)


def code_of(day, person_id) -> str:
    with force_context(day.force.id):
        return audit.pseudonym(person_id)


def text(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def read(answer) -> str:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content).decode()


def begin(day, member, kind="csv", reason=WHY, **filters):
    return day.call(
        audit.begin_export,
        kind=audit.ExportKind(kind),
        filters=audit.Filters(**filters),
        reason=reason,
        actor=member.actor,
        now=utc_now(),
    )


def exported(day, member, kind="csv", **filters) -> str:
    return b"".join(audit.chunks(begin(day, member, kind, **filters))).decode()


def test_an_administrator_reads_who_did_it_from_where_and_why(day, event, admin):
    page = text(admin.client().get("/audit/"))
    for words in ("Insp Mary Stone", "203.0.113.77", "authorising officer", LISTED, event.verb):
        assert words in page
    assert f"?object_id={event.object_id}" in page


def test_the_oversight_body_reads_rank_and_role_and_no_name(day, event, oversight):
    page = text(oversight.client().get("/audit/", {"object_id": str(event.object_id)}))
    assert "Insp" in page
    assert "authorising officer" in page
    assert "A reason is recorded and withheld" in page
    assert str(day.deployment_id) in page
    assert "41" in page
    for withheld in ("Mary", "Stone", "Gwendolyn", "203.0.113.77", "HYPERLINK"):
        assert withheld not in page


@pytest.mark.parametrize("kind", ["csv", "json", "chain"])
def test_no_download_of_the_oversight_body_holds_a_name(day, event, oversight, kind):
    chain(day.force)
    written = exported(day, oversight, kind)
    assert str(event.object_id) in written
    for withheld in ("Mary", "Stone", "Gwendolyn", "203.0.113.77", "HYPERLINK", bytes(event.salt).hex()):
        assert withheld not in written


def test_a_search_does_not_tell_the_oversight_body_what_is_withheld(day, event, oversight):
    client = oversight.client()
    for query in ({"person": "Mary"}, {"person": "Insp Mary Stone"}):
        answer = client.get("/audit/", query)
        assert answer.status_code == 422
        assert event.verb not in answer.content.decode()
        # Whatever asks: the form is not what keeps it.
        assert day.call(audit.search, filters=audit.Filters(**query), actor=oversight.actor) == []
    everything = text(client.get("/audit/", {"reason": "no such words"}))
    assert event.verb in everything
    # Neither a name nor the id of an account is a code that the page shows.
    assert client.get("/audit/", {"person": str(event.actor_id)}).status_code == 422


def test_one_code_stands_for_a_person_on_every_page_and_in_every_table(day, event, oversight, admin):
    code = code_of(day, event.actor_id)
    client = oversight.client()
    for asked in (code, code.removeprefix("P-"), f" {code.lower()} "):
        page = text(client.get("/audit/", {"person": asked}))
        assert event.verb in page
        assert str(event.actor_id) not in page
    assert code in text(admin.client().get("/audit/", {"person": code}))
    for kind in ("csv", "json"):
        written = exported(day, oversight, kind, object_id=event.object_id)
        assert code in written
        assert str(event.actor_id) not in written
    other = make_day("south")
    assert code_of(other, event.actor_id) != code


def test_a_code_that_nobody_has_is_said_to_be_wrong(day, event, oversight):
    client = oversight.client()
    for asked, words in (("P-00000000", "Nobody in this record has that code"), ("165f9a", "Type the code")):
        answer = client.get("/audit/", {"person": asked})
        assert answer.status_code == 422
        assert words in answer.content.decode()


def test_somebody_to_whom_something_was_done_is_a_code_too(day, oversight):
    about = uuid4()
    day.call(
        audit.record,
        actor=Actor.system(force_id=day.force.id, label="single sign-on: Mary Stone"),
        verb="identity.confirmed",
        object_type="user",
        object_id=about,
        payload={
            "how": ["password", "totp"],
            "subject": str(about),
            "role_map": {"mary-stone": "oversight"},
            "counts": {"pictures": 2},
            "who": ["Mary Stone", "x"],
        },
        now=utc_now(),
    )
    code = code_of(day, about)
    for asked in ({"object_id": code}, {"verb": "identity."}):
        page = text(oversight.client().get("/audit/", asked))
        assert "How: password and totp" in page
        assert f"Subject: {code}" in page
        assert "Role map: withheld" in page
        assert "Counts: pictures: 2" in page
        assert "Who: withheld" in page
        assert "Confirmed who they are" in page
        for hidden in (str(about), "mary-stone", "Mary", "[&#x27;", "[&quot;"):
            assert hidden not in page
    written = exported(day, oversight, "csv", verb="identity.confirmed")
    assert code in written
    assert str(about) not in written


@pytest.mark.parametrize("day_asked", ["9999-12-31", "0001-01-01"])
def test_a_day_that_no_calendar_goes_on_from_is_refused_in_words(admin, day_asked):
    client = admin.client()
    for address, query in (
        ("/audit/", {"until": day_asked}),
        ("/people/on/", {"date": day_asked, "time": "00:00"}),
    ):
        answer = client.get(address, query)
        assert answer.status_code == 422
        assert "Choose a day from 2000 to 2100." in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"person": "mary"}, True),
        ({"person": "nobody"}, False),
        ({"verb": "watchlist.subject_removed"}, True),
        ({"verb": "watchlist.sub"}, True),
        ({"verb": "watchlist.sealed"}, False),
        ({"object_type": "alert"}, False),
        ({"reason": "was found"}, True),
        ({"reason": "100% certain_"}, False),
        ({"since": "2001-01-01", "until": "2001-01-02"}, False),
    ],
    ids=lambda value: (
        "-".join(value) + "-" + "".join(map(str, value.values()))[:12] if isinstance(value, dict) else ""
    ),
)
def test_each_filter_finds_and_leaves_out(day, event, admin, query, found):
    rows = day.call(audit.search, filters=_filters(query), actor=admin.actor)
    assert (event.id in {row.id for row in rows}) is found


def _filters(query):
    from apps.ops.record.forms import FilterForm

    form = FilterForm(query, named=True)
    assert form.is_valid(), form.errors
    return form.filters()


def test_pages_follow_one_another_without_gap_or_repetition(day, admin):
    with force_context(day.force.id):
        for number in range(60):
            audit.record(
                actor=day.system,
                verb="thing.counted",
                object_type="thing",
                object_id=uuid4(),
                payload={"number": number},
                now=utc_now() - timedelta(minutes=1),
            )
    client, seen = admin.client(), []
    address = "/audit/?verb=thing.counted"
    while address:
        answer = client.get(address)
        seen += [row.payload["number"] for row in answer.context["rows"]]
        address = answer.context["older"]
    assert seen == list(range(59, -1, -1))


def test_a_wrong_search_says_what_is_wrong_and_a_wrong_page_is_not_found(admin):
    client = admin.client()
    answer = client.get("/audit/", {"object_id": "x", "since": "2025-02-01", "until": "2025-01-01"})
    assert answer.status_code == 422
    assert "The last day is before the first one." in answer.content.decode()
    assert client.get("/audit/?before=x").status_code == 422


def test_another_force_finds_nothing_of_it(day, event):
    stranger = make_member(make_day("south"), "admin", Role.FORCE_ADMIN)
    assert str(event.object_id) not in text(stranger.client().get("/audit/"))
    with pytest.raises(NotPermitted):
        day.call(audit.search, filters=audit.Filters(), actor=stranger.actor)


@pytest.mark.parametrize("role", [Role.PLANNER, Role.AUTHORISING_OFFICER, Role.SYSTEM_ENGINEER])
def test_other_roles_are_refused(day, role):
    client = make_member(day, "other", role).client()
    assert client.get("/audit/").status_code == 403
    assert client.post("/audit/export/", {"kind": "csv", "export_reason": WHY}).status_code == 403


def test_a_download_is_on_record_with_its_reason_and_only_after_proving_who_asks(day, event, admin):
    begin(day, admin, "json", person="mary")
    entry = day.call(AuditEvent.objects.get, verb=audit.EXPORTED)
    assert (entry.actor_id, entry.reason, entry.payload["kind"], entry.payload["person"]) == (
        *(admin.actor.id, WHY, "json", "mary"),
    )
    with pytest.raises(RuleViolated, match="Say why"):
        begin(day, admin, reason=" short   ")
    from dataclasses import replace

    forgotten = replace(admin, actor=replace(admin.actor, reauthenticated=False))
    with pytest.raises(ReauthenticationNeeded):
        begin(day, forgotten)
    assert day.call(AuditEvent.objects.filter(verb=audit.EXPORTED).count) == 1


def test_a_table_holds_no_formula(day, event, admin):
    rows = list(csv.DictReader(io.StringIO(exported(day, admin, object_id=event.object_id))))
    assert [row["reason"] for row in rows] == [f"'=HYPERLINK {LISTED} was found"]
    assert json.loads(rows[0]["payload"])["subjects"] == 41
    for begin_with in "=+-@\t\r":
        assert harmless(f"{begin_with}1").startswith("'")
    assert harmless("  =1+1").startswith("'")
    assert harmless("a plain = b") == "a plain = b"


def test_json_downloads_are_json_also_when_nothing_was_found(day, event, admin):
    rows = json.loads(exported(day, admin, "json", object_id=event.object_id))
    assert [row["who"] for row in rows] == ["Insp Mary Stone"]
    assert json.loads(exported(day, admin, "json", object_id=uuid4())) == []


def test_a_download_from_the_page_streams_what_was_searched(day, event, admin, settings):
    client = admin.client()
    page = client.post(f"/audit/export/?object_id={event.object_id}", {"kind": "csv", "export_reason": "no"})
    assert page.status_code in (302, 422)
    answer = client.post(f"/audit/export/?object_id={event.object_id}", {"kind": "csv", "export_reason": WHY})
    if answer.status_code == 302:
        pytest.fail(f"sent to {answer['Location']}: the test's client has just proved who it is")
    assert answer["Content-Disposition"].startswith(f'attachment; filename="audit-{day.force.slug}-')
    assert "no-store" in answer["Cache-Control"]
    assert read(answer).count("watchlist.subject_removed") == 1


async def test_a_download_streams_in_its_own_context_under_asgi(day, event, admin):
    from asgiref.sync import sync_to_async

    cookies = (await sync_to_async(admin.client)()).cookies
    client = AsyncClient()
    client.cookies = cookies
    answer = await client.post(
        f"/audit/export/?object_id={event.object_id}", {"kind": "json", "export_reason": WHY}
    )
    assert answer.status_code == 200
    written = b"".join([part async for part in answer.streaming_content])
    # The thread of the requests keeps its connection until somebody closes it.
    await sync_to_async(connections.close_all)()
    assert json.loads(written)[0]["id"] == str(event.id)


def test_the_page_says_when_the_record_was_anchored_and_verified(day, admin):
    from django.core.management import call_command

    client = admin.client()
    assert "Not yet" in text(client.get("/audit/"))
    audit.chain_force(force_id=day.force.id, now=utc_now())
    audit.take_anchor(force_id=day.force.id)
    call_command("verify_audit", "--force", day.force.slug, stdout=io.StringIO())
    assert "nothing was changed" in text(client.get("/audit/"))
