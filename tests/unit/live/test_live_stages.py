"""Measuring a worker's round: on demand, of everything, and nothing once nobody listens."""

from __future__ import annotations

import pytest

from apps.live import stages
from apps.live.stages import Stage, span


@pytest.fixture
def heard():
    found = []
    stages.listen(lambda stage, seconds: found.append((stage, seconds)))
    yield found
    stages.listen(None)


def test_a_stage_is_told_with_its_length_also_when_it_fails(heard):
    with pytest.raises(ValueError, match="as it happens"), span(Stage.SEARCH):
        raise ValueError("as it happens")
    ((stage, seconds),) = heard
    assert stage is Stage.SEARCH
    assert seconds >= 0


def test_nothing_is_told_when_nobody_listens(heard):
    stages.listen(None)
    with span(Stage.DECODE):
        pass
    assert heard == []
