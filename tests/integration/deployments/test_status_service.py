"""Is everybody still wanted? Asked of the force's service, also by itself; an outage changes nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest

from apps.accounts import api as accounts
from apps.core.errors import NotFound, RuleViolated
from apps.deployments import api as deployments
from apps.deployments import operations, tasks
from apps.deployments.operations import status
from apps.forces import api as forces
from apps.forces.models import Force
from apps.watchlists import api as watchlists
from apps.watchlists import status_checks
from apps.watchlists.models import Subject, Watchlist
from tests.support.days import CHECKED, END, IMPORTED
from tests.support.status_server import serving
from tests.support.wanted import PEOPLE, by_file, checked_at, csv, on_list, verbs, with_people


@pytest.fixture
def wanted(day):
    return with_people(day)


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


def test_the_service_says_who_is_wanted(served, known, given, other_day, monkeypatch):
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
    that_one_person_was_asked_about_says_nothing_of_the_list(served)
    a_list_that_goes_while_the_service_thinks_is_left_alone(served, monkeypatch)


def that_one_person_was_asked_about_says_nothing_of_the_list(served):
    """Many alerts since the list was asked about: it is asked no more often for that, and no less."""
    person = served.call(lambda: Subject.objects.get(reference="TS-001").id)
    for _ in range(status_checks.SHOWN_CHECKS + 1):
        assert ask(served, now=CHECKED + timedelta(minutes=7), subject_id=person) == "checked"
    assert sweep(served, CHECKED + timedelta(minutes=8)) == 0
    assert sweep(served, CHECKED + timedelta(hours=13)) == 1


def another_forces_service_is_not_asked(served, known, other_day):
    serve(other_day, known)
    with pytest.raises(NotFound):
        status.run(force_id=other_day.force.id, deployment_id=served.deployment_id, clock=lambda: CHECKED)
    assert known.asked == []
    assert on_list(served) == list(PEOPLE)


def send_for_alert(day, person):
    force = day.call(forces.get_force, force_id=day.force.id)
    day.call(
        deployments.send_for_alert, force=force, deployment_id=day.deployment_id, subject_id=person
    )  # fmt: skip


def one_person_is_asked_about_for_an_alert(served, given):
    person = served.call(lambda: Subject.objects.get(reference="TS-002").id)
    send_for_alert(served, person)
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


def test_it_is_asked_by_itself_and_an_outage_is_shown(wanted, known, given):
    without_a_service_nothing_is_asked(wanted, given)
    serve(wanted, known)
    an_outage_changes_nothing_is_shown_and_is_tried_again(wanted, known)
    known.manner, known.checked_at = "answers", CHECKED.isoformat()
    given.clear()
    it_is_asked_before_the_word_is_old_and_not_all_the_time(wanted, given)


def outage(day, now):
    return day.call(watchlists.service_outage, deployment_id=day.deployment_id, now=now)


def an_outage_changes_nothing_is_shown_and_is_tried_again(served, known):
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
    # Since the first try, and not mended by a file.
    by_file(served, csv(("TS-001", "wanted"), at=IMPORTED), now=at)
    assert outage(served, at).since == CHECKED + timedelta(minutes=2)
    assert "future" in outage(served, at).problem


def it_is_asked_before_the_word_is_old_and_not_all_the_time(served, given):
    assert sweep(served, CHECKED + timedelta(minutes=10)) == 1
    assert given == [(status.CHECK_TASK, str(served.force.id), str(served.deployment_id), None, "system")]
    ask(served, now=CHECKED + timedelta(minutes=10))
    assert outage(served, CHECKED + timedelta(minutes=10)) is None
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


def a_list_that_goes_while_the_service_thinks_is_left_alone(served, monkeypatch):
    asking = status.HttpStatus.ask

    def deleted_meanwhile(source, references):
        answers = asking(source, references)
        served.call(watchlists.purge_due, now=END + timedelta(days=2))
        return answers

    monkeypatch.setattr(status.HttpStatus, "ask", deleted_meanwhile)
    assert ask(served, now=CHECKED + timedelta(minutes=30)) == "no answer"
    assert on_list(served) == []


def without_a_service_nothing_is_asked(wanted, given):
    assert ask(wanted) == "nothing to ask"
    assert sweep(wanted, CHECKED) == 0
    send_for_alert(wanted, wanted.call(lambda: Subject.objects.first().id))
    assert given == []
    with pytest.raises(RuleViolated, match="no service"):
        wanted.step(operations.ask_service, wanted.planner, CHECKED)


def test_one_thread_at_most_waits_for_another_system(monkeypatch, given):
    """The others of the worker end, expire and publish what is due meanwhile."""
    asked = []
    monkeypatch.setattr(status, "run", lambda **which: asked.append(which["subject_id"]) or "checked")
    force, deployment, person = str(uuid4()), str(uuid4()), str(uuid4())
    with tasks._asking:
        tasks.check_status(force, deployment)
        tasks.check_status(force, deployment, person)
    assert asked == []
    assert given == [(status.CHECK_TASK, force, deployment, person, "system")]
    tasks.check_status(force, deployment, person)
    assert [str(each) for each in asked] == [person]
