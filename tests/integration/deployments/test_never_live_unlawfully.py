"""Arbitrary sequences of edits, decisions, clock moves, publications and outages never reach LIVE unlawfully.

LFR_LONG=1 tries far more, and other sequences every time.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

LONG = os.environ.get("LFR_LONG") == "1"
EXAMPLES, STEPS = (600, 60) if LONG else (12, 30)


@pytest.mark.slow
@pytest.mark.timeout(3600 if LONG else 180)
def test_nothing_that_happens_makes_an_unlawful_deployment_live(real_db):
    from tests.support.unlawful import Reached, Unlawful, operational

    with operational():
        run_state_machine_as_test(
            Unlawful,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                derandomize=not LONG,
                database=None,
                # A failure says which steps led there; making it smaller takes minutes: for the longer one.
                phases=list(Phase) if LONG else [Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    # It came to what is to be judged: live, with a notice and without, and recognition running.
    assert Reached.live > 5
    assert Reached.urgent > 1
    assert Reached.running > 3
