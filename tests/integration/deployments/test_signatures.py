"""Listed by signature only: an officer signs for this person and this entry, or nobody is listed."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine

from apps.audit.models import AuditEvent
from apps.core.data import Role
from apps.core.errors import InvalidTransition, NotFound, NotPermitted, ReauthenticationNeeded, RuleViolated
from apps.deployments import api as deployments
from apps.deployments import operations
from apps.deployments.data import DeploymentState as S
from apps.vault import api as vault
from apps.watchlists import api as watchlists
from apps.watchlists.data import WatchlistState
from apps.watchlists.models import Picture, SignOff, Subject, Watchlist
from tests.support.cast import make_cast
from tests.support.days import END, IMPORTED, listed

WHY = "Agreed with the officer and the disability network on 1 June"
REASON = "I spoke to the person and to their supervisor on Monday"
SPECIAL = replace(listed(), disability=True, special_reason=WHY, approach_plan="By somebody who knows them")


@pytest.fixture
def imported(day):
    """A list with one person who needs a signature."""
    day.to(S.NOTICE_PUBLISHED)
    assert day.import_list(rows=[SPECIAL]).committed
    return day


def entries(day, *, actor=None):
    return day.step(operations.special_entries, actor or day.officer, IMPORTED)


def sign(day, *, actor=None, granted=True, seen=None, subject_id=None, reason=REASON, now=IMPORTED):
    [entry] = entries(day)
    day.step(
        operations.sign_for, actor or day.officer, now, subject_id=subject_id or entry.subject_id,
        seen=seen or entry.entry_sha256, granted=granted, reason=reason,
    )  # fmt: skip


def seal(day, *, now=IMPORTED):
    return day.step(deployments.seal_watchlist, day.planner, now)


def test_one_after_the_other_on_lists_that_are_imported_again(day):
    day.to(S.NOTICE_PUBLISHED)
    without_a_reason_they_are_refused_at_the_import(day)
    assert day.import_list(rows=[SPECIAL]).committed
    a_refusal_takes_the_person_off_at_once(day)
    again(day)
    the_planner_leaves_out_whom_nobody_signed_for(day)
    again(day)
    sign(day)
    again(day)
    assert day.call(SignOff.objects.count) == 0
    with pytest.raises(RuleViolated, match="needs the signature"):
        seal(day)


def again(day):
    day.step(deployments.discard_watchlist, day.planner, IMPORTED, reason="Wrong file")
    assert day.import_list(rows=[SPECIAL]).committed


def without_a_reason_they_are_refused_at_the_import(day):
    report = day.import_list(rows=[replace(SPECIAL, special_reason="")])
    assert not report.committed
    assert [row.code for row in report.refused] == ["special_reason_missing"]
    assert "signature of an authorising officer" in report.refused[0].reason


def test_nothing_is_sealed_before_an_officer_signed_for_this_person(imported, other_day):
    with pytest.raises(RuleViolated, match="1 person on the list needs the signature"):
        seal(imported)
    nobody_else_signs(imported, other_day)
    sign(imported)
    [entry] = entries(imported, actor=imported.planner)
    assert (entry.signed, entry.decided_by_label, entry.reason) == (True, imported.officer.label, REASON)
    seal(imported)
    held = imported.call(Watchlist.objects.get)
    assert held.sealed_groups == {"disability": 1}
    with pytest.raises(InvalidTransition):
        sign(imported)
    told = imported.call(
        lambda: AuditEvent.objects.get(verb="watchlist.person_signed_for").payload | {"force_id": ""}
    )
    assert told["groups"] == "disability"
    assert "TS-001" not in str(told)
    the_signature_goes_with_the_list(imported)


def nobody_else_signs(imported, other_day):
    both = imported.with_roles(imported.planner, Role.AUTHORISING_OFFICER)
    importer = imported.call(lambda: Watchlist.objects.get().imported_by_id)
    assert importer == imported.planner.id
    for actor in (
        imported.planner,
        both,
        imported.silver,
        imported.operator,
        imported.engineer,
        imported.person("urgent", Role.URGENT_AUTHORISING_OFFICER),
        imported.person("admin", Role.FORCE_ADMIN),
        other_day.officer,
    ):
        with pytest.raises((NotPermitted, NotFound)):
            sign(imported, actor=actor)
    with pytest.raises(ReauthenticationNeeded):
        sign(imported, actor=replace(imported.officer, reauthenticated=False))
    with pytest.raises(NotFound):
        other_day.call(
            operations.sign_for, deployment_id=imported.deployment_id, subject_id=imported.deployment_id,
            seen="0" * 64, granted=True, reason=REASON, actor=other_day.officer, now=IMPORTED,
        )  # fmt: skip
    with pytest.raises(NotFound):
        sign(imported, subject_id=imported.deployment_id)
    with pytest.raises(RuleViolated, match="at least 20"):
        sign(imported, reason="fine by me")
    with pytest.raises(RuleViolated, match="not the one you read"):
        sign(imported, seen="0" * 64)
    assert imported.call(SignOff.objects.count) == 0


def the_signature_goes_with_the_list(imported):
    imported.call(watchlists.purge_due, now=END + timedelta(days=2))
    assert imported.call(SignOff.objects.count) == 0
    assert imported.call(Watchlist.objects.get).sealed_groups == {"disability": 1}


def test_a_signature_is_void_for_an_entry_that_is_another_one(imported):
    """Written past the application, as a mistake or an attacker would."""

    def write(model, **values):
        imported.call(lambda: model.objects.update(**values))

    write(Subject, special_groups="")
    with pytest.raises(RuleViolated, match="signature"):
        seal(imported)
    write(Subject, special_groups="disability")
    sign(imported)
    carried = []
    for model, name, other in (
        (Subject, "offence", "something worse"),
        (Subject, "consent_reference", "CONSENT-OF-ANOTHER"),
        (Picture, "source_record", "another one"),
        (Picture, "captured_date", date(2001, 1, 1)),
        (Picture, "custody_disposal", "retained"),
        (Picture, "template_sha256", "0" * 64),
    ):
        was = imported.call(lambda model=model, name=name: model.objects.values_list(name, flat=True)[0])
        write(model, **{name: other})
        carried += [name] * entries(imported)[0].signed
        with pytest.raises(RuleViolated):
            seal(imported)
        write(model, **{name: was})
    assert carried == []
    assert imported.call(lambda: Watchlist.objects.get().state) == WatchlistState.IMPORTED
    seal(imported)


def a_refusal_takes_the_person_off_at_once(imported):
    blob = imported.call(lambda: Picture.objects.get().picture_blob_id)
    sign(imported, granted=False)
    [entry] = entries(imported)
    assert (entry.signed, entry.waits, entry.removed_at) == (False, False, IMPORTED)
    with pytest.raises(NotFound):
        imported.call(vault.read, blob_id=blob)
    with pytest.raises(NotFound):
        sign(imported)  # it cannot be taken back
    with pytest.raises(RuleViolated, match="without anybody"):
        seal(imported)


def the_planner_leaves_out_whom_nobody_signed_for(imported):
    for actor in (imported.officer, imported.silver):
        with pytest.raises(NotPermitted):
            imported.step(operations.leave_out_unsigned, actor, IMPORTED)
    assert imported.step(operations.leave_out_unsigned, imported.planner, IMPORTED) == 1
    with pytest.raises(RuleViolated, match="Nobody waits"):
        imported.step(operations.leave_out_unsigned, imported.planner, IMPORTED)
    held = imported.call(lambda: Subject.objects.get(watchlist__state=WatchlistState.IMPORTED).removed_reason)
    assert held.startswith("No authorising officer")


def test_without_a_list_no_page_says_that_nobody_needs_a_signature(day):
    day.to(S.NOTICE_PUBLISHED)
    with time_machine.travel(IMPORTED):
        officer = make_cast(day)["officer"].client()
        page = officer.get(f"/deployments/{day.deployment_id}/list/signatures/").content.decode()
    assert "No list is here" in page
    assert "Nobody on this list" not in page


def test_the_pages_show_who_waits_and_who_signed(imported):
    cast = make_cast(imported)
    address = f"/deployments/{imported.deployment_id}/list/signatures/"
    with time_machine.travel(IMPORTED):
        planner, officer = cast["planner"].client(), cast["officer"].client()
        mine = planner.get(address).content.decode()
        assert "Leave them out" in mine
        assert 'name="choice"' not in mine
        assert "Sign for 1 person on the list, or refuse." in officer.get("/").content.decode()
        assert (
            "Waiting for an authorising officer to sign for 1 person"
            in planner.get(f"/deployments/{imported.deployment_id}/").content.decode()
        )
        assert (
            "1 person on the list needs"
            in planner.get(f"/deployments/{imported.deployment_id}/list/").content.decode()
        )
        page = officer.get(address).content.decode()
        assert WHY in page
        assert "By somebody who knows them" in page
        seen = re.search(r'name="seen" value="(\w{64})"', page)[1]
        subject = re.search(r'name="subject" value="([\w-]+)"', page)[1]
        fields = {"step": "sign", "subject": subject, "seen": seen, "choice": "sign"}
        refused = officer.post(address, fields | {"reason": "short"})
        assert refused.status_code == 422
        assert officer.post(address, fields | {"reason": REASON, "seen": "f" * 64}).status_code == 422
        assert planner.post(address, fields | {"reason": REASON}).status_code == 403
        assert officer.post(address, fields | {"reason": REASON}).status_code == 302
        assert f"Signed by {imported.officer.label}" in officer.get(address).content.decode()
        assert cast["operator"].client().get(address).status_code == 403
