"""Is everybody still wanted? By file and by the service: who is not comes off, an old word stops a start."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts import api as accounts
from apps.audit.models import AuditEvent
from apps.core.data import Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments import operations
from apps.deployments.data import DeploymentState as S
from apps.deployments.operations import status
from apps.forces.models import Force
from apps.vault import api as vault
from apps.watchlists import api as watchlists
from apps.watchlists.data import Category
from apps.watchlists.models import Picture, StatusCheck, Subject, Watchlist
from apps.watchlists.seals import template_from_bytes
from tests.support.cast import make_cast
from tests.support.days import CHECKED, END, IMPORTED, START, make_day
from tests.support.status_server import serving

PEOPLE = ("TS-001", "TS-002", "TS-003")


@pytest.fixture
def wanted(day):
    return with_people(day)


@pytest.fixture
def strict(real_db):
    """The same in a force that wants a word of the last hour."""
    return with_people(make_day("strict", status_valid_hours=1))


def with_people(day):
    """Ready, with a list of three people whose status counts. That they have one face is no matter here."""
    day.to(S.NOTICE_PUBLISHED)
    day.import_list()
    make_three_wanted(day)
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    day.accept()
    day.check()
    day.step(deployments.make_ready, day.silver, CHECKED)
    return day


def make_three_wanted(day):
    """The pack here has no evidence for anything but volunteers: what an operation would have is written."""

    def write():
        subject = Subject.objects.get()
        picture = Picture.objects.get()
        raw = vault.read(blob_id=picture.template_blob_id)
        jpeg = vault.read(blob_id=picture.picture_blob_id)
        key = subject.watchlist.key_id
        for reference in PEOPLE[1:]:
            subject.id, subject.reference, subject._state.adding = uuid4(), reference, True
            subject.save()
            ids = vault.store_many(
                key_id=key, plaintexts=[("picture", jpeg), ("template", raw)], now=IMPORTED
            )
            picture.id, picture.subject, picture._state.adding = uuid4(), subject, True
            picture.picture_blob_id, picture.template_blob_id = ids
            picture.save()
        Subject.objects.update(
            category=Category.COURT_WARRANT, status_checked_at=IMPORTED, date_of_birth="1990-01-01"
        )

    day.call(write)


def on_list(day):
    return day.call(
        lambda: sorted(Subject.objects.filter(removed_at=None).values_list("reference", flat=True))
    )


def checked_at(day, reference="TS-001"):
    return day.call(lambda: Subject.objects.get(reference=reference).status_checked_at)


def csv(*lines, at=CHECKED):
    rows = [f"{reference},{word},{at.isoformat()}" for reference, word in lines]
    return "\n".join(["reference,status,checked_at", *rows]).encode()


def by_file(day, raw, *, actor=None, whole=False, at_most=3, now=CHECKED):
    return day.step(
        operations.check_by_file, actor or day.planner, now, raw=raw, whole=whole, at_most=at_most
    )


def status_reasons(day, now):
    found = day.call(deployments.start_blockers, deployment_id=day.deployment_id, now=now)
    return [words for words in found if "still wanted" in words]


def verbs(day):
    return day.call(lambda: list(AuditEvent.objects.values_list("verb", flat=True)))


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


def a_wrong_file_empties_no_list(wanted):
    everybody = csv(*((each, "unknown") for each in PEOPLE))
    for raw, whole in ((everybody, False), (csv(("TS-001", "wanted")), True)):
        with pytest.raises(RuleViolated, match="come off the list"):
            by_file(wanted, raw, whole=whole, at_most=1)
    with pytest.raises(RuleViolated, match="nobody who is on this list"):
        by_file(wanted, csv(("OTHER", "not wanted")), whole=True)
    with pytest.raises(RuleViolated, match="future"):
        by_file(wanted, csv(("TS-001", "wanted"), at=CHECKED + timedelta(minutes=6)))
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


def test_nobody_is_found_any_more_from_the_moment_the_check_is_stored(wanted):
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

    found = by_file(wanted, csv(("TS-001", "unknown"), ("TS-002", "wanted")), whole=True)
    assert (found.wanted, found.unknown, found.unnamed) == (1, 2, 0)
    assert on_list(wanted) == ["TS-002"]
    remaining, hit = wanted.call(found_by_search)
    assert hit == remaining


def test_an_old_word_stops_the_start_until_it_is_checked_or_left_out(strict):
    late = START + timedelta(minutes=1)
    assert status_reasons(strict, IMPORTED + timedelta(hours=1)) == []
    [reason] = status_reasons(strict, late)
    assert "within an hour" in reason
    with pytest.raises(RuleViolated, match="still wanted"):
        strict.step(deployments.start, strict.silver, late)
    by_file(strict, csv(("TS-001", "wanted"), ("TS-002", "wanted"), at=late), now=late)
    assert status_reasons(strict, late) != []
    assert strict.step(operations.leave_out_overdue, strict.silver, late) == 1
    assert status_reasons(strict, late) == []
    assert on_list(strict) == ["TS-001", "TS-002"]
    with pytest.raises(RuleViolated, match="nobody is left out"):
        strict.step(operations.leave_out_overdue, strict.silver, late)
    strict.step(deployments.start, strict.silver, late)
    assert strict.call(watchlists.status_totals, deployment_id=strict.deployment_id) == (2, 0, 1)


def test_volunteers_have_no_status(real_db):
    day = make_day("north", status_valid_hours=1)
    day.to(S.READY)
    assert status_reasons(day, START) == []
    with pytest.raises(RuleViolated, match="nobody who is on this list"):
        by_file(day, csv(("TS-001", "not wanted")), whole=True)
    assert on_list(day) == ["TS-001"]


# The service


@pytest.fixture
def known(settings, tmp_path):
    settings.LFR_SECRETS_DIR = tmp_path
    with serving() as server:
        server.checked_at = CHECKED.isoformat()
        yield server


@pytest.fixture
def served(wanted, known):
    serve(wanted, known)
    accounts.secrets().put(status.key_name(wanted.force.id), "a key")
    return wanted


def serve(day, known):
    day.call(Force.objects.filter(id=day.force.id).update, status_service=known.url)


def ask(day, *, now=CHECKED, subject_id=None):
    return status.run(
        force_id=day.force.id, deployment_id=day.deployment_id, subject_id=subject_id, clock=lambda: now
    )


def last(day):
    return day.call(watchlists.status_checks, deployment_id=day.deployment_id)[0]


@pytest.fixture
def given(monkeypatch):
    messages = []

    class Broker:
        def send_task(self, name, *, args, queue, **_):
            messages.append((name, *args, queue))

    monkeypatch.setattr(status, "current_app", Broker())
    return messages


def sweep(day, now):
    return day.call(deployments.sweep_status, now=now)


def test_the_service_says_who_is_wanted(served, known, given, other_day):
    another_forces_service_is_not_asked(served, known, other_day)
    one_person_is_asked_about_for_an_alert(served, given)
    two_do_not_ask_at_once(served)
    known.says = {"TS-002": "unknown"}
    person = served.call(lambda: Subject.objects.get(reference="TS-002").id)
    assert ask(served, subject_id=person) == "checked"
    assert known.asked.pop() == ["TS-002"]
    assert on_list(served) == ["TS-001", "TS-003"]
    known.says = {"TS-003": "not wanted"}
    assert ask(served, now=CHECKED + timedelta(minutes=6)) == "checked"  # who asked first is dead
    assert known.asked == [["TS-001", "TS-003"]]
    assert set(known.keys) == {"Bearer a key"}
    assert on_list(served) == ["TS-001"]
    assert checked_at(served) == CHECKED
    assert (last(served).wanted, last(served).not_wanted, last(served).unknown) == (1, 1, 0)


def another_forces_service_is_not_asked(served, known, other_day):
    serve(other_day, known)
    with pytest.raises(NotFound):
        status.run(force_id=other_day.force.id, deployment_id=served.deployment_id, clock=lambda: CHECKED)
    assert known.asked == []
    assert on_list(served) == list(PEOPLE)


def one_person_is_asked_about_for_an_alert(served, given):
    person = served.call(lambda: Subject.objects.get(reference="TS-002").id)
    served.call(deployments.send_for_alert, deployment_id=served.deployment_id, subject_id=person)
    assert given[-1][3] == str(person)


def two_do_not_ask_at_once(served):
    held = served.call(lambda: Watchlist.objects.get().id)
    served.call(
        watchlists.begin_status_check, watchlist_id=held, source="service", asked=3, actor=served.system,
        now=CHECKED,
    )  # fmt: skip
    assert ask(served) == "nothing to ask"
    with pytest.raises(RuleViolated, match="being asked already"):
        served.step(operations.ask_service, served.planner, CHECKED)


def test_an_outage_changes_nothing_is_shown_and_is_tried_again(served, known, given):
    at = CHECKED
    for manner in ("fails", "leads_away", "breaks_off", "answers"):
        # The last one answers, and says that it looked in the future.
        known.manner, known.checked_at = manner, (CHECKED + timedelta(hours=9)).isoformat()
        at += timedelta(minutes=2)
        assert ask(served, now=at) == "no answer"
        assert (on_list(served), checked_at(served)) == (list(PEOPLE), IMPORTED)
        assert last(served).problem
        assert sweep(served, at + timedelta(seconds=30)) == 0
        assert sweep(served, at + timedelta(seconds=61)) == 1
    assert verbs(served).count("watchlist.status_not_answered") == 4


def test_it_is_asked_by_itself_before_the_word_is_old_and_not_all_the_time(served, known, given):
    assert sweep(served, CHECKED) == 1
    assert given == [(status.CHECK_TASK, str(served.force.id), str(served.deployment_id), None, "system")]
    ask(served)
    assert sweep(served, CHECKED + timedelta(hours=11)) == 0
    assert sweep(served, CHECKED + timedelta(hours=13)) == 1
    ask(served, now=CHECKED + timedelta(hours=13))  # it still says what it said
    assert sweep(served, CHECKED + timedelta(hours=13, minutes=5)) == 0
    assert sweep(served, CHECKED + timedelta(hours=13, minutes=11)) == 1
    served.step(
        deployments.cancel, served.planner, CHECKED, reason="Called off: the event moved", done="Nothing yet",
        collected="Nothing was collected",
    )  # fmt: skip
    assert sweep(served, CHECKED + timedelta(hours=14)) == 0
    assert ask(served) == "nothing to ask"


def test_a_list_that_goes_while_the_service_thinks_is_left_alone(served, known, monkeypatch):
    asking = status.HttpStatus.ask

    def deleted_meanwhile(source, references):
        answers = asking(source, references)
        served.call(watchlists.purge_due, now=END + timedelta(days=2))
        return answers

    monkeypatch.setattr(status.HttpStatus, "ask", deleted_meanwhile)
    assert ask(served) == "no answer"
    assert on_list(served) == []


def test_without_a_service_nothing_is_asked(wanted, given):
    assert ask(wanted) == "nothing to ask"
    assert sweep(wanted, CHECKED) == 0
    wanted.call(
        deployments.send_for_alert, deployment_id=wanted.deployment_id,
        subject_id=wanted.call(lambda: Subject.objects.first().id),
    )  # fmt: skip
    assert given == []
    with pytest.raises(RuleViolated, match="no service"):
        wanted.step(operations.ask_service, wanted.planner, CHECKED)


# The page


def test_the_page_says_how_old_the_word_is_and_takes_a_file(strict):
    cast = make_cast(strict)
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
        assert client.post(address, {"step": "leave-out"}).status_code == 302
        assert on_list(strict) == []
        assert '<td data-label="No longer" class="number">1</td>' in client.get(address).content.decode()
        assert cast["operator"].client().get(address).status_code == 403
