from dataclasses import replace
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from apps.alerts.data import AlertState as S
from apps.alerts.data import Outcome
from apps.alerts.queries import Counted, summarise


def summed(*alerts, engagements=0):
    counted = [Counted(state, outcomes, False, False) for state, outcomes in alerts]
    return summarise(deployment_id=uuid4(), alerts=counted, engagements=engagements)


def test_the_blue_list_is_in_no_count_of_an_operational_day():
    """Whatever came of it; and whether it was recognised is known all the same."""
    apart = [
        Counted(S.OUTCOME_RECORDED, {Outcome.CONDITIONS_COMPLIANT}, True, True),
        Counted(S.NOT_A_MATCH, set(), True, False),
        Counted(S.OUTCOME_RECORDED, {Outcome.RELEASED_IDENTITY_WRONG}, True, False),
        Counted(S.EXPIRED, set(), True, False),
    ]
    wanted = Counted(S.OUTCOME_RECORDED, {Outcome.ARREST}, False, False)
    alone = summarise(deployment_id=uuid4(), alerts=[wanted], engagements=1)
    found = summarise(deployment_id=alone.deployment_id, alerts=[wanted, *apart], engagements=1)
    assert (found.volunteers, found.volunteers_recognised, found.volunteers_purged) == (4, 1, 1)
    assert replace(found, volunteers=0, volunteers_recognised=0, volunteers_purged=0) == alone


def test_a_day_is_counted_as_the_deployment_record_wants_it():
    day = summed(
        (S.NOT_A_MATCH, set()),
        (S.EXPIRED, set()),
        (S.RAISED, set()),
        (S.NOT_ENGAGED, {Outcome.NOT_ENGAGED}),
        (S.OUTCOME_RECORDED, {Outcome.NOT_LOCATED}),
        (S.OUTCOME_RECORDED, {Outcome.ARREST, Outcome.SAFEGUARDED}),
        (S.OUTCOME_RECORDED, {Outcome.SUMMONS_OR_REPORT}),
        (S.OUTCOME_RECORDED, {Outcome.CONDITIONS_COMPLIANT}),
        (S.OUTCOME_RECORDED, {Outcome.RELEASED_IDENTITY_WRONG}),
        engagements=5,
    )
    assert (day.alerts, day.operator_rejected, day.confirmed_true, day.confirmed_false) == (9, 1, 3, 1)
    assert (day.unresolved, day.expired, day.undecided) == (4, 1, 1)
    assert (day.engagements, day.not_engaged, day.arrests, day.other_disposals) == (5, 1, 1, 1)
    assert (day.no_action, day.not_located) == (2, 1)


def test_a_contradicted_identity_is_a_false_alert_whatever_else_was_recorded():
    day = summed((S.OUTCOME_RECORDED, {Outcome.ARREST, Outcome.RELEASED_IDENTITY_WRONG}))
    assert (day.confirmed_false, day.confirmed_true, day.arrests) == (1, 0, 1)


def test_who_was_found_after_all_is_not_counted_as_not_located():
    for after in (Outcome.CONDITIONS_COMPLIANT, Outcome.RELEASED_IDENTITY_WRONG):
        day = summed((S.OUTCOME_RECORDED, {Outcome.NOT_LOCATED, after}))
        assert (day.not_located, day.unresolved) == (0, 0), after


def test_a_test_subject_is_a_correct_recognition_and_never_an_arrest_or_a_disposal():
    recognised = {Outcome.TEST_SUBJECT_RECOGNISED}
    rehearsal = summed((S.OUTCOME_RECORDED, recognised), engagements=1)
    assert (rehearsal.confirmed_true, rehearsal.confirmed_false, rehearsal.unresolved) == (1, 0, 0)
    assert (rehearsal.arrests, rehearsal.other_disposals, rehearsal.no_action) == (0, 0, 1)
    apart = [Counted(S.OUTCOME_RECORDED, recognised, True, False)]
    day = summarise(deployment_id=uuid4(), alerts=apart, engagements=0)
    assert (day.alerts, day.volunteers, day.volunteers_recognised) == (0, 1, 1)


OUTCOMES = st.sets(st.sampled_from(list(Outcome)))
ALERT = st.one_of(
    st.tuples(st.sampled_from([S.RAISED, S.UNSURE, S.NOT_A_MATCH, S.EXPIRED, S.DISPATCHED]), st.just(set())),
    st.tuples(st.sampled_from([S.ENGAGED, S.NOT_ENGAGED, S.OUTCOME_RECORDED]), OUTCOMES),
)


@given(st.lists(ALERT, max_size=30))
def test_every_alert_is_in_exactly_one_column(alerts):
    day = summed(*alerts)
    columns = (day.operator_rejected, day.confirmed_true, day.confirmed_false, day.unresolved)
    assert min(columns) >= 0
    assert sum(columns) == day.alerts == len(alerts)
    assert day.arrests + day.other_disposals + day.no_action <= day.alerts
