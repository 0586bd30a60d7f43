"""Results in plain words: both numbers of every rate, and nothing made up where nobody counted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.notices.data import DeletionStep, Pause, ResultRate, ResultsData
from apps.notices.results import NOT_RECORDED, clock_rows, percent, results_page, say_alerts, say_pause
from tests.support.plans import END, START
from tests.support.results import RESULTS

EMPTY = replace(
    RESULTS,
    alerts=0,
    operator_rejected=0,
    confirmed_true=0,
    confirmed_false=0,
    unresolved=0,
    expired=0,
    false_of_alerts=ResultRate(0, 0, None, None),
    false_of_tracks=None,
    tracks=None,
    gaps=0,
    gaps_s=0.0,
)


def answers(results: ResultsData) -> list[str]:
    return [rate.answer for rate in results_page(results).rates]


def test_results_read_back_the_same():
    assert ResultsData.from_snapshot(RESULTS.snapshot()) == RESULTS
    assert ResultsData.from_snapshot(EMPTY.snapshot()) == EMPTY


def test_both_rates_come_with_both_numbers():
    assert answers(RESULTS)[:2] == [
        "2 of 4 alerts whose result is known (50%)",
        "2 of 200 faces seen (1.0%)",
    ]


def test_what_nobody_found_out_about_stands_apart_from_the_rate():
    few = results_page(RESULTS).rates[0]
    assert few.trust == (
        "With so few counted, the true rate is likely between 6.8% and 93% (exact 95% interval). "
        "Not in this rate: 1 of all 5 alerts, because nobody found out whether the person was the right one."
    )
    known = replace(RESULTS, alerts=4, unresolved=0, expired=0)
    assert "Not in this rate" not in results_page(known).rates[0].trust


def test_results_from_before_that_keep_the_alerts_they_were_counted_of():
    old = results_page(replace(RESULTS, false_of_alerts=ResultRate(2, 5, 0.118, 0.769))).rates[0]
    assert old.answer == "2 of 5 alerts (40%)"
    assert "Not in this rate" not in old.trust


def test_what_nobody_counted_is_not_recorded_and_no_number():
    page = results_page(RESULTS)
    assert page.rates[2].answer == NOT_RECORDED
    assert page.rates[2].trust == "The passes of the Blue List were not recorded."
    assert answers(EMPTY)[1:] == [NOT_RECORDED, NOT_RECORDED]


def test_no_alert_is_no_rate():
    assert answers(EMPTY)[0] == "None of 0 alerts whose result is known"
    assert "%" not in "".join(answers(EMPTY))


def test_the_parts_of_the_alerts_add_up():
    whole, *parts = (int(number) for _, number in results_page(RESULTS).alerts)
    assert whole == sum(parts) == 5


def test_mismatches_are_those_of_the_operator_and_those_of_the_street():
    assert dict(results_page(RESULTS).figures)["Mismatches"] == "2"


def test_a_deployment_over_midnight_names_both_days():
    late = replace(
        RESULTS, started_at=START.replace(hour=22), ended_at=START.replace(hour=22) + timedelta(hours=4)
    )
    said = results_page(late).took_place
    assert "Thursday 10 December 2026 at 10pm" in said
    assert "Friday 11 December 2026 at 2am" in said
    assert results_page(RESULTS).took_place == (
        "From Thursday 10 December 2026 at 10am to 3:30pm (5 hours 30 minutes)"
    )


@pytest.mark.parametrize(
    ("gaps", "seconds", "said"),
    [
        (0, 0, "No interruption was recorded."),
        (
            1,
            30,
            "At least one camera did not compare faces for 30 seconds in all (interrupted once).",
        ),
        (
            2,
            125,
            "At least one camera did not compare faces for 2 minutes 5 seconds in all (interrupted 2 times).",
        ),
    ],
)
def test_interruptions_in_words(gaps, seconds, said):
    assert results_page(replace(RESULTS, gaps=gaps, gaps_s=seconds)).interruptions == said


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (EMPTY, "There was no alert."),
        (RESULTS, "5 alerts, 2 of them mismatches."),
        (replace(EMPTY, alerts=1, confirmed_true=1), "1 alert, and no mismatch."),
        (replace(EMPTY, alerts=2, confirmed_true=1, operator_rejected=1), "2 alerts, 1 of them a mismatch."),
        (replace(EMPTY, alerts=1, operator_rejected=1), "1 alert, and it was a mismatch."),
    ],
    ids=["none", "several", "one right", "one wrong of two", "one wrong"],
)
def test_alerts_for_the_list(results, said):
    assert say_alerts(results) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.4, "40%"),
        (1 / 3, "33%"),
        (0.01, "1.0%"),
        (0.00034, "0.034%"),
        (0.0000003, "0.000030%"),
        (0.999, "more than 99%"),
        (0.996, "more than 99%"),
        (0.099, "9.9%"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_to_nothing(share, said):
    assert percent(share) == said


DUE = END + timedelta(hours=24)
STEP = DeletionStep("watchlist", "Watchlist", DUE, None, False)


@pytest.mark.parametrize(
    ("changes", "now", "said", "code"),
    [
        ({}, DUE - timedelta(hours=1), "Not yet due", "waiting"),
        ({}, DUE + timedelta(hours=1), "Late: not yet proven", "late"),
        ({"done_at": DUE + timedelta(seconds=70)}, DUE, "Friday 11 December 2026 at 4:01pm", "done"),
        (
            {"done_at": DUE + timedelta(hours=3, minutes=38)},
            DUE,
            "Friday 11 December 2026 at 7:38pm, 3 hours 38 minutes late",
            "done-late",
        ),
        (
            {"done_at": DUE, "simulated": True},
            DUE,
            "Friday 11 December 2026 at 4pm (in simulated time, for a test)",
            "done",
        ),
        ({"due_at": None}, DUE, "There was none", "none"),
    ],
    ids=["waiting", "overdue", "on time", "late", "test clock", "nothing"],
)
def test_the_deletion_clock_in_words(changes, now, said, code):
    step = replace(STEP, **changes)
    assert DeletionStep.from_snapshot(step.snapshot()) == step
    (row,) = clock_rows([step], now=now)
    assert (row.done, row.code) == (said, code)
    assert row.what == "The list for this deployment: pictures, measurements and names"


def test_a_class_of_data_without_words_of_its_own_is_named_by_its_title():
    (row,) = clock_rows([replace(STEP, data_class="new", title="A new class")], now=DUE)
    assert row.what == "A new class"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Not resolved (1: ran out of time, which always means “no stop”)"),
        (
            {"unresolved": 4, "expired": 1, "not_located": 1, "not_engaged": 1, "waiting": 1},
            "Not resolved (1: ran out of time, which always means “no stop”; "
            "1: the person could not be found; "
            "1: the officer decided not to speak to the person; 1: no result was written down)",
        ),
        # Not engaged and not located at once is one alert, and counts once.
        (
            {"unresolved": 1, "expired": 0, "not_located": 1, "not_engaged": 1},
            "Not resolved (1: the person could not be found)",
        ),
        ({"unresolved": 0, "expired": 0}, "Not resolved"),
    ],
    ids=["expired", "each", "both at once", "none"],
)
def test_every_alert_that_was_not_resolved_has_a_reason(changes, said):
    assert results_page(replace(RESULTS, **changes)).alerts[-1][0] == said


@pytest.mark.parametrize(
    ("changes", "spoken_to"),
    [
        ({}, 3),
        # Set out three times, and one person was gone.
        ({"unresolved": 2, "not_located": 1}, 2),
        # Nobody set out: not located says nothing about those who were spoken to.
        ({"unresolved": 2, "not_located": 1, "not_engaged": 1}, 3),
        # Somebody set out and never wrote down what came of it.
        ({"unresolved": 2, "waiting": 1}, 3),
    ],
    ids=["all", "gone", "not engaged", "not written down"],
)
def test_nobody_was_spoken_to_who_could_not_be_found(changes, spoken_to):
    results = replace(RESULTS, **changes)
    assert results.spoken_to == spoken_to
    assert dict(results_page(results).figures)["People spoken to"] == str(spoken_to)


def test_few_are_said_to_be_few():
    few, many, _ = results_page(RESULTS).rates
    assert few.trust.startswith("With so few counted,")
    assert many.trust.startswith("With 200 counted,")


def test_a_pause_says_from_when_to_when_and_why():
    pause = Pause(START, START + timedelta(minutes=14), "a sign fell over.", "ways")
    assert say_pause(pause) == "Paused from 10am to 10:14am (14 minutes): a sign fell over."
    assert say_pause(replace(pause, ended_at=None)) == "Paused from 10am: a sign fell over."
    results = replace(RESULTS, pauses=(pause,), list_subjects=12, threshold=0.42, pack_id="pack")
    assert ResultsData.from_snapshot(results.snapshot()) == results
    why = "The deployment was paused because of the signs or the ways round the area."
    assert results_page(results).pauses == (f"Paused from 10am to 10:14am (14 minutes). {why}",)
    before_kinds = replace(results, pauses=(replace(pause, cause="", ended_at=None),))
    assert results_page(before_kinds).pauses == ("Paused from 10am.",)
    assert dict(results_page(results).setting)["People on the list"] == "12"


def test_results_from_before_there_were_pauses_can_still_be_read():
    young = ("waiting", "pauses", "stopped_reason", "list_subjects", "threshold", "pack_id")
    old = {name: value for name, value in RESULTS.snapshot().items() if name not in young}
    assert ResultsData.from_snapshot(old) == RESULTS
    assert results_page(ResultsData.from_snapshot(old)).setting == ()
