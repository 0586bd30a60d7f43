"""Is everybody still wanted? By file and by the service: who is not comes off, an old word stops a start."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from apps.audit.models import AuditEvent
from apps.core.data import Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments import operations
from apps.deployments.data import DeploymentState as S
from apps.scrutiny import api as scrutiny
from apps.vault import api as vault
from apps.watchlists import api as watchlists
from apps.watchlists.models import Picture, StatusCheck, Subject, Watchlist
from apps.watchlists.seals import template_from_bytes
from tests.support.cast import make_cast
from tests.support.clocks import travelled
from tests.support.days import CHECKED, IMPORTED, START, listed, make_day
from tests.support.wanted import (
    PEOPLE,
    by_file,
    checked_at,
    csv,
    on_list,
    verbs,
    with_people,
    with_three_wanted,
)


@pytest.fixture
def wanted(day):
    return with_people(day)


def status_reasons(day, now):
    found = day.call(deployments.start_blockers, deployment_id=day.deployment_id, now=now)
    return [words for words in found if "still wanted" in words]


def test_a_file_takes_off_who_is_not_wanted_and_leaves_the_others(wanted, other_day):
    a_wrong_file_empties_no_list(wanted)
    an_older_word_replaces_no_newer_one(wanted)
    nobody_else_checks_it(wanted, other_day)
    found = by_file(wanted, csv(("TS-001", "wanted"), ("TS-002", "not wanted"), ("SOMEBODY", "wanted")))
    assert (found.wanted, found.not_wanted, found.unknown, found.unnamed) == (1, 1, 0, 1)
    assert on_list(wanted) == ["TS-001", "TS-003"]
    assert (checked_at(wanted), checked_at(wanted, "TS-003")) == (CHECKED, IMPORTED)
    off = wanted.call(lambda: Subject.objects.get(reference="TS-002"))
    assert "No longer wanted" in off.removed_reason
    assert wanted.call(lambda: list(off.pictures.values_list("picture_blob_id", "template_blob_id"))) == [
        (None, None)
    ]
    assert "watchlist.status_checked" in verbs(wanted)
    payloads = wanted.call(
        lambda: str([e.payload for e in AuditEvent.objects.filter(verb="watchlist.status_checked")])
    )
    assert "TS-00" not in payloads
    for actor in (wanted.planner, wanted.officer, wanted.silver):
        by_file(wanted, csv(("TS-001", "wanted")), actor=actor)
    nobody_is_found_any_more_from_the_moment_the_check_is_stored(wanted)
    with pytest.raises(IntegrityError, match="watchlists_status_has_time"):
        wanted.call(Subject.objects.update, status_checked_at=None)


def a_wrong_file_empties_no_list(wanted):
    everybody = csv(*((each, "unknown") for each in PEOPLE))
    for raw, whole in ((everybody, False), (csv(("TS-001", "wanted")), True)):
        with pytest.raises(RuleViolated, match="come off the list"):
            by_file(wanted, raw, whole=whole, at_most=1)
    with pytest.raises(RuleViolated, match="nobody who is on this list"):
        by_file(wanted, csv(("OTHER", "not wanted")), whole=True)
    with pytest.raises(RuleViolated, match="future"):
        by_file(wanted, csv(("TS-001", "wanted"), at=CHECKED + timedelta(minutes=6)))
    for by in ("x" * 201, "cron\u202e"):
        with pytest.raises(CommandError, match="a few words"):
            call_command(
                "check_status",
                force=wanted.force.slug,
                deployment=wanted.get().reference,
                file=Path(__file__),
                by=by,
            )
    assert on_list(wanted) == list(PEOPLE)
    assert wanted.call(StatusCheck.objects.count) == 0


def an_older_word_replaces_no_newer_one(wanted):
    older = IMPORTED - timedelta(hours=1)
    found = by_file(wanted, csv(("TS-001", "not wanted"), ("TS-002", "wanted"), at=older))
    assert found.older == 2
    assert on_list(wanted) == list(PEOPLE)
    assert checked_at(wanted, "TS-002") == IMPORTED


def nobody_else_checks_it(wanted, other_day):
    raw = csv(("TS-001", "wanted"))
    for actor in (wanted.operator, wanted.engagement, wanted.engineer):
        with pytest.raises(NotPermitted):
            by_file(wanted, raw, actor=actor)
    with pytest.raises(NotPermitted):
        by_file(wanted, raw, actor=wanted.person("idle", Role.SILVER_COMMANDER))
    with pytest.raises(NotFound):
        other_day.call(
            operations.check_by_file, deployment_id=wanted.deployment_id, raw=raw, whole=False, at_most=0,
            actor=other_day.planner, now=CHECKED,
        )  # fmt: skip
    assert on_list(wanted) == list(PEOPLE)


def nobody_is_found_any_more_from_the_moment_the_check_is_stored(wanted):
    def found_by_search():
        subject = Subject.objects.get(removed_at=None)
        held = Watchlist.objects.get()
        raw = vault.read(blob_id=Picture.objects.filter(subject__removed_at=None)[0].template_blob_id)
        probe = template_from_bytes(raw, dimension=held.dimension)[None, :]
        result = watchlists.search(
            deployment_id=wanted.deployment_id, seal_hash=held.seal_hash, templates=probe, now=CHECKED
        )
        assert result.seal_ok
        return subject.id, result.hits[0].subject_id

    found = by_file(wanted, csv(("TS-003", "wanted")), whole=True)
    assert (found.wanted, found.unknown, found.unnamed) == (1, 1, 0)
    assert on_list(wanted) == ["TS-003"]
    remaining, hit = wanted.call(found_by_search)
    assert hit == remaining


def test_an_old_word_stops_the_start_and_is_shown_while_it_runs(real_db):
    """In a force that wants a word of the last hour."""
    strict = make_day("strict", status_valid_hours=1)
    cast = make_cast(strict)
    strict.to(S.NOTICE_PUBLISHED)
    strict.import_list(rows=[replace(listed(), status_checked_at=IMPORTED + timedelta(minutes=4))])
    assert checked_at(strict) == IMPORTED  # a clock that is ahead makes nobody's word newer
    volunteers_have_no_status(strict)
    with_three_wanted(strict)
    the_page_says_how_old_the_word_is_and_takes_a_file(strict, cast)
    an_old_word_stops_the_start_until_it_is_checked_or_left_out(strict)
    it_grows_old_while_it_runs(strict, cast)


def volunteers_have_no_status(day):
    assert status_reasons(day, START) == []
    with pytest.raises(RuleViolated, match="volunteers of the Blue List have none"):
        by_file(day, csv(("TS-001", "not wanted")), whole=True)
    assert on_list(day) == ["TS-001"]


def the_page_says_how_old_the_word_is_and_takes_a_file(strict, cast):
    address = f"/deployments/{strict.deployment_id}/list/status/"
    with time_machine.travel(CHECKED):
        client = cast["planner"].client()
        page = client.get(address).content.decode()
        assert "3 people</strong>" in page
        assert "TS-00" not in page

        def post(raw, **fields):
            file = SimpleUploadedFile("s.csv", raw)
            return client.post(address, {"step": "file", "file": file, "at_most": "0"} | fields)

        refused = post(csv(("TS-001", "not wanted")))
        assert refused.status_code == 422
        assert "enter 1 and send it again" in refused.content.decode()
        assert client.post(address, {"step": "file", "at_most": "0"}).status_code == 422
        assert on_list(strict) == list(PEOPLE)
        assert post(csv(("TS-001", "not wanted")), at_most="1").status_code == 302
        assert on_list(strict) == ["TS-002", "TS-003"]
        assert '<td data-label="No longer" class="number">1</td>' in client.get(address).content.decode()
        assert cast["operator"].client().get(address).status_code == 403


def an_old_word_stops_the_start_until_it_is_checked_or_left_out(strict):
    late = START + timedelta(minutes=1)
    assert status_reasons(strict, IMPORTED + timedelta(hours=1)) == []
    [reason] = status_reasons(strict, late)
    assert "within an hour" in reason
    with pytest.raises(RuleViolated, match="still wanted"):
        strict.step(deployments.start, strict.silver, late)
    by_file(strict, csv(("TS-002", "wanted"), at=late), now=late)
    assert status_reasons(strict, late) != []
    assert strict.step(operations.leave_out_overdue, strict.silver, late) == 1
    assert status_reasons(strict, late) == []
    assert on_list(strict) == ["TS-002"]
    with pytest.raises(RuleViolated, match="nobody is left out"):
        strict.step(operations.leave_out_overdue, strict.silver, late)
    strict.step(deployments.start, strict.silver, late)
    assert strict.call(watchlists.status_totals, deployment_id=strict.deployment_id) == (3, 1, 1)


OLD = "Whether 1 person on the list is still wanted was not checked within an hour"


def it_grows_old_while_it_runs(strict, cast):
    """Said to everybody who works the day, and written down: nothing stops by itself."""
    at = START + timedelta(minutes=60)
    assert [name for name, page in pages(strict, cast, at) if OLD in page] == []
    assert note(strict, at) == 0
    at = START + timedelta(minutes=62)
    shown = pages(strict, cast, at)
    assert [name for name, page in shown if OLD not in page] == []
    assert "Ask by radio" in shown[-1][1]
    assert [note(strict, at + timedelta(seconds=n)) for n in (0, 5)] == [1, 0]
    assert [(o.began_at, o.ended_at, o.people) for o in record_of(strict).status_old] == [(at, None, 1)]
    with time_machine.travel(at):
        address = f"/deployments/{strict.deployment_id}/list/status/"
        assert cast["silver"].client().post(address, {"step": "leave-out"}).status_code == 302
    assert on_list(strict) == []
    assert [name for name, page in pages(strict, cast, at) if OLD in page] == []
    again = at + timedelta(minutes=3)
    assert [note(strict, again + timedelta(seconds=n)) for n in (0, 5)] == [1, 0]
    found = record_of(strict)
    assert [(o.began_at, o.ended_at, o.people) for o in found.status_old] == [(at, again, 1)]
    assert found.unverifiable == 2


def note(day, now):
    return day.call(deployments.note_old_status, now=now)


def record_of(day):
    return day.call(scrutiny.deployment_record, deployment_id=day.deployment_id)


def pages(day, cast, now):
    here = f"/deployments/{day.deployment_id}/"
    addresses = (
        ("silver", f"{here}run/"),
        ("silver", f"/board/{day.deployment_id}/"),
        ("officer", here),
        ("operator", f"/console/{day.deployment_id}/alerts.json"),
    )
    with travelled(now):
        return [(address, cast[label].client().get(address).content.decode()) for label, address in addresses]
