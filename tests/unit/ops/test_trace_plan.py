import pytest

from apps.ops.tracecheck.data import Expectations, NamedTemplate
from apps.ops.tracecheck.plan import PlanError, parse_plan
from tests.support.trace_values import template, unit_vector


def test_a_plan_with_a_misspelt_field_is_refused():
    with pytest.raises(PlanError, match="bystander"):
        parse_plan({"bystander": []}, default_pack="p")


@pytest.mark.parametrize(
    "raw",
    [{"decryptable": ["not a uuid"]}, {"roots": [{}]}, {"same_face": "much"}, {"canaries": [7]}],
)
def test_a_plan_that_makes_no_sense_is_refused(raw):
    with pytest.raises(PlanError):
        parse_plan(raw, default_pack="p")


def test_a_time_without_an_offset_is_refused():
    with pytest.raises(PlanError, match="offset"):
        parse_plan({"roots": [{"path": "/x", "changed_since": "2026-01-01T10:00:00"}]}, default_pack="p")


def test_nothing_decryptable_and_not_asked_differ():
    assert parse_plan({"decryptable": []}, default_pack="p").decryptable == frozenset()
    assert parse_plan({}, default_pack="p").decryptable is None


def test_a_canary_found_by_chance_is_refused():
    with pytest.raises(ValueError, match="12 bytes"):
        Expectations(canaries=(b"short",), forbidden=(), known=(), same_face=0.4, plant_picture=b"")


def test_a_template_that_is_not_normalised_is_refused():
    with pytest.raises(ValueError, match="length 1"):
        NamedTemplate("x", unit_vector(1) * 2)
    with pytest.raises(ValueError, match="float32"):
        NamedTemplate("x", unit_vector(1).astype("f8"))
    assert template().vector.shape == (128,)
