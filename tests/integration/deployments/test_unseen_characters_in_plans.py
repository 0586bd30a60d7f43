"""Words that read otherwise than they are written are refused wherever a person writes for others to read."""

import pytest

from apps.core.errors import RuleViolated
from apps.core.text import mixes_scripts, unseen_in_prose
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from tests.support.days import PLANNED, START, make_day

RIGHT_TO_LEFT = "\u202e"


@pytest.fixture
def day(real_db):
    return make_day("north")


@pytest.mark.parametrize("field", ["place_name", "necessity", "legal_bases"])
def test_a_plan_is_refused_with_the_part_that_holds_them(day, field):
    value = f"Market {RIGHT_TO_LEFT}Square"
    given = [value] if field == "legal_bases" else value
    words = field.replace("_", " ").capitalize()
    with pytest.raises(RuleViolated, match=rf"{words}: take out .*U\+202E"):
        day.draft(**{field: given})
    day.draft()
    with pytest.raises(RuleViolated, match="U\\+202E"):
        day.step(deployments.amend, day.planner, PLANNED, authority=day.plan(**{field: given}))


def test_a_reason_is_refused_and_nothing_has_happened(day):
    day.to(S.LIVE)
    with pytest.raises(RuleViolated, match="Reasons: take out"):
        day.step(deployments.suspend, day.silver, START, reason=f"Sign {RIGHT_TO_LEFT}blown over")
    assert day.get().state is S.LIVE


def test_what_is_seen_is_let_through():
    for text in ("Ynys M\u00f4n\n\u2013 O\u2019Brien\tHouse", "\u0645\u06cc\u200c\u062e", "e\u0301"):
        assert unseen_in_prose(text) == []
    for hidden in ("\u200b", "\u2066", "\u00ad", "\u3164", "\ufe0f", "\x07", "\u2028"):
        assert unseen_in_prose(f"a{hidden}b") == [f"U+{ord(hidden):04X}"]
    assert mixes_scripts("p\u043elice")
    assert not mixes_scripts("\u6771\u4eac\u30bf")
