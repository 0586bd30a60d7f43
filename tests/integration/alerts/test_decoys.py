"""Decoys of the Blue List: when one is shown, to whom, and what can never come of it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import F

from apps.alerts import api as alerts
from apps.alerts import decoys
from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision
from apps.alerts.models import Alert
from apps.alerts.retention import purge, verify
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import DomainError
from apps.core.events import emit
from apps.deployments import api as deployments
from apps.vault import api as vault
from apps.watchlists import api as watchlists
from apps.watchlists.models import Subject
from tests.support.alert_stage import make_stage
from tests.support.decoy_days import agree, at_console, show, the_decoy

pytestmark = pytest.mark.django_db(transaction=True)

LATER = timedelta(hours=2)


@pytest.fixture
def stage(real_db):
    """A force with decoys on, an operator at the console, and two volunteers of three who agreed."""
    stage = make_stage("decoys", decoys=True, decoy_minutes=10)
    agree(stage, *stage.subjects[:2])
    at_console(stage, stage.operator)
    return stage


def card(stage, person, number):
    return next(one for one in at_console(stage, person)["alerts"] if one["number"] == number)


def summary(stage):
    return stage.within(alerts.summary, deployment_id=stage.deployment_id)


def test_it_is_an_alert_to_the_eye_until_it_is_decided_and_then_says_what_it_was(stage):
    """Every member of the JSON is there as of an alert, and no other."""
    assert show(stage) == 1
    decoy = the_decoy(stage)
    alert = stage.raise_alert(subject_id=stage.subjects[2])
    with stage.context():
        Alert.objects.filter(id=decoy.id).update(state="raised")
    shown, real = card(stage, stage.operator, decoy.number), card(stage, stage.operator, alert.number)
    assert set(shown) == set(real)
    assert "decoy" not in str(shown).casefold()
    for name in ("state", "state_label", "arrival", "actions", "picture_age_days", "outcomes"):
        assert shown[name] == real[name]
    client = stage.operator.client()
    for picture in shown["pictures"].values():
        assert client.get(picture).status_code == 200
    assert client.post(f"/alerts/{decoy.id}/operator", {"decision": "match"}).status_code == 302
    over = card(stage, stage.operator, decoy.number)
    assert over["state"] == "decoy_answered"
    assert over["decoy"] == {"same_person": False, "answer": "match", "right": False}
    assert over["state_label"] == (
        "Decoy: two different volunteers. That was not right. Nothing follows from it."
    )
    assert (over["actions"], over["pictures"]) == ([], None)
    assert "cosine_similarity" not in over
    # A colleague learns what it was, and not who was wrong.
    colleague = card(stage, stage.person("second", Role.OPERATOR), decoy.number)
    assert colleague["decoy"] == {"same_person": False, "answer": None, "right": None}
    assert stage.operator.actor.label not in str(colleague)


@pytest.mark.parametrize("decision", list(OperatorDecision))
def test_no_decision_dispatches_it(stage, decision):
    show(stage)
    decoy = the_decoy(stage)
    assert stage.decide(decoy.id, decision).state is AlertState.DECOY_ANSWERED
    with stage.context(), pytest.raises(DomainError):
        alerts.engagement_decide(
            alert_id=decoy.id, decision=EngagementDecision.ENGAGE, reason="", actor=stage.officer.actor,
            now=utc_now(),
        )  # fmt: skip
    assert card(stage, stage.officer, decoy.number)["actions"] == []
    assert (
        stage.within(alerts.waiting, deployment_ids=[stage.deployment_id])[stage.deployment_id].engagement
        == 0
    )


IMPOSSIBLE = [
    *(
        {"state": s}
        for s in ("dispatched", "unsure", "engaged", "not_engaged", "outcome_recorded", "not_a_match")
    ),
    {"decoy": False},
    {"decoy_subject_id": None},
    {"counted_apart": False},
]


def test_the_database_refuses_what_no_code_may_do(stage):
    show(stage)
    decoy = the_decoy(stage)
    alert = stage.raise_alert(subject_id=stage.subjects[2])
    tries = [(decoy.id, changes) for changes in IMPOSSIBLE] + [(alert.id, {"state": "decoy_answered"})]
    for alert_id, changes in tries:
        with pytest.raises(IntegrityError, match="alert_decoy_never_dispatched"), stage.context():
            Alert.objects.filter(id=alert_id).update(**changes)
    assert stage.alert(alert.id).state is AlertState.RAISED


def test_it_counts_as_no_alert_and_no_person_is_measured(stage):
    show(stage)
    stage.decide(the_decoy(stage).id, OperatorDecision.NOT_A_MATCH)
    found = summary(stage)
    assert (found.alerts, found.volunteers, found.operator_rejected) == (0, 0, 0)
    many = stage.within(alerts.summaries, deployment_ids=[stage.deployment_id])[stage.deployment_id]
    assert many == found
    counted = stage.within(alerts.decoy_summary, deployment_id=stage.deployment_id)
    assert counted == decoys.DecoySummary(shown=1, answered=1, right=None, wrong=None, unsure=None)
    verbs = stage.within(
        lambda: set(AuditEvent.objects.filter(object_type="alert").values_list("verb", flat=True))
    )
    assert verbs == {"decoy.shown", "decoy.answered"}


def test_only_volunteers_whose_consent_says_so_are_shown(stage):
    """The third volunteer agreed to tests, and to no decoys."""
    agree(stage, stage.subjects[2], decoys_too=False)
    found = stage.within(watchlists.decoy_pictures, deployment_id=stage.deployment_id, now=utc_now())
    assert {each.subject_id for each in found} == set(stage.subjects[:2])
    stage.wanted()
    assert stage.within(watchlists.decoy_pictures, deployment_id=stage.deployment_id, now=utc_now()) == ()
    assert show(stage) == 0


def test_it_is_not_shown_to_an_empty_console_or_too_soon(stage):
    empty = make_stage("empty", decoys=True, decoy_minutes=10)
    agree(empty, *empty.subjects[:2])
    assert show(empty) == 0
    assert show(stage) == 1
    stage.decide(the_decoy(stage).id, OperatorDecision.UNSURE)
    at_console(stage, stage.operator)
    assert show(stage, later=timedelta(seconds=5)) == 0


def test_it_is_off_unless_the_force_turns_it_on(real_db):
    calm = make_stage("calm")
    agree(calm, *calm.subjects[:2])
    at_console(calm, calm.operator)
    assert show(calm) == 0


def test_never_while_an_alert_is_open_and_one_that_comes_takes_it_away(stage):
    alert = stage.raise_alert(subject_id=stage.subjects[2])
    assert show(stage) == 0
    stage.decide(alert.id, OperatorDecision.MATCH)
    assert show(stage) == 0
    with stage.context():
        Alert.objects.update(state="not_a_match")
    assert show(stage) == 1
    decoy = the_decoy(stage)
    # Even one about the very volunteer it shows: a decoy silences nobody.
    real = stage.raise_alert(subject_id=decoy.subject_id, now=utc_now() + timedelta(seconds=1))
    assert real.id != decoy.id
    assert stage.alert(decoy.id).state is AlertState.EXPIRED
    assert stage.alert(real.id).state is AlertState.RAISED
    assert card(stage, stage.operator, decoy.number)["state_label"].startswith("Decoy:")


def test_a_decoy_that_nobody_answers_expires_and_escalates_nothing(stage):
    show(stage)
    assert stage.within(alerts.escalate, now=utc_now() + timedelta(seconds=40)) == 0
    assert stage.within(alerts.expire_undecided, now=utc_now() + timedelta(seconds=61)) == 1
    assert stage.alert(the_decoy(stage).id).state is AlertState.EXPIRED
    assert summary(stage).expired == 0


def test_it_is_purged_as_an_alert(stage):
    show(stage)
    decoy = the_decoy(stage)
    late = utc_now() + timedelta(hours=24, minutes=1)
    stage.within(purge, late)
    assert not stage.within(vault.key_exists, key_id=decoy.key_id)
    assert stage.within(verify, late) == []


def test_who_comes_off_the_list_is_shown_by_no_decoy_any_more(stage):
    show(stage)
    decoy = the_decoy(stage)
    with stage.context():
        Subject.objects.filter(id=decoy.decoy_subject_id).update(removed_at=utc_now())
        emit(
            kind="watchlist.subject_removed",
            subject_id=decoy.decoy_subject_id,
            payload={"deployment_id": str(stage.deployment_id)},
            now=utc_now(),
        )
    assert stage.alert(decoy.id).state is AlertState.EXPIRED
    assert not stage.within(vault.key_exists, key_id=decoy.key_id)
    left = stage.within(watchlists.decoy_pictures, deployment_id=stage.deployment_id, now=utc_now())
    assert decoy.decoy_subject_id not in {each.subject_id for each in left}
    assert stage.operator.client().get(f"/alerts/{decoy.id}/probe.jpg").status_code in {403, 410}


def test_the_record_says_how_people_looked_without_a_person_or_a_face(stage):
    """By similarity above the threshold of 0.45; a decoy is in no band."""
    show(stage)
    stage.decide(the_decoy(stage).id, OperatorDecision.MATCH)
    for subject, similarity in zip(stage.subjects, (0.45, 0.5, 0.62), strict=True):
        alert = stage.raise_alert(subject_id=subject, cosine_similarity=similarity)
        stage.decide(alert.id, OperatorDecision.NOT_A_MATCH if similarity < 0.6 else OperatorDecision.MATCH)
    found = stage.within(alerts.looking, deployment_id=stage.deployment_id)
    assert [(band.low, band.alerts, band.not_this_person) for band in found.bands] == [
        (0.45, 1, 1), (0.5, 1, 1), (0.6, 1, 0),
    ]  # fmt: skip
    # One person answered: what is said of the deployment would be said of them.
    assert found.decoys == decoys.DecoySummary(shown=1, answered=1, right=None, wrong=None, unsure=None)
    reference = stage.within(lambda: deployments.get(deployment_id=stage.deployment_id).reference)
    page = stage.silver.client().get(f"/records/{reference}/").content.decode()
    assert "1 decoy of the Blue List shown, 1 answered. How is said once three people answered" in page
    assert "wrongly" not in page
    assert "0.45 to 0.5" in page
    assert "Test Subject" not in page


def test_how_decoys_were_answered_is_said_once_three_people_answered(stage):
    decided = [OperatorDecision.MATCH, OperatorDecision.NOT_A_MATCH, OperatorDecision.UNSURE]
    for number, decision in enumerate(decided):
        at_console(stage, stage.operator)
        assert show(stage) == 1
        latest = stage.within(lambda: Alert.objects.filter(decoy=True).latest("number"))
        stage.decide(latest.id, decision, stage.person(f"operator{number}", Role.OPERATOR).actor)
        with stage.context():
            Alert.objects.update(raised_at=F("raised_at") - LATER)
    counted = stage.within(alerts.decoy_summary, deployment_id=stage.deployment_id)
    assert counted == decoys.DecoySummary(shown=3, answered=3, right=1, wrong=1, unsure=1)


def test_not_this_person_silences_the_track_for_good_and_hides_nobody(stage):
    """Also when another worker holds the camera by then, whose track would have the same name."""
    first = stage.raise_alert(track_id="a track", subject_id=stage.subjects[2])
    stage.decide(first.id, OperatorDecision.NOT_A_MATCH)
    later = utc_now() + timedelta(minutes=30)
    for subject in stage.subjects:
        again = stage.raise_alert(track_id="a track", subject_id=subject, now=later)
        assert (again.id, again.state) == (first.id, AlertState.NOT_A_MATCH)
    other = stage.raise_alert(track_id="another track", subject_id=stage.subjects[2])
    assert other.state is AlertState.RAISED
