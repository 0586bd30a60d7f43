"""The description of the API: it is the one in the repository, and what it promises is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
import yaml
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.core.data import Role
from apps.deployments.data import DeploymentState as S
from apps.integration.schemas import openapi_yaml
from tests.support.api_tokens import PLANS, READS, make_system
from tests.support.days import make_day

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "reference" / "openapi.yaml"
EXAMPLES = 6
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


def test_the_description_in_the_repository_is_that_of_the_code():
    """`manage.py spectacular --validate --fail-on-warn --file docs/reference/openapi.yaml` writes it."""
    assert COMMITTED.read_bytes() == openapi_yaml()


def test_anybody_may_read_it(real_db):
    answer = Client().get("/api/v1/schema/")
    assert answer.status_code == 200
    assert answer.content == openapi_yaml()


def test_no_operation_decides_and_each_names_its_scope():
    described = schemathesis.openapi.from_dict(_loaded()).raw_schema
    operations = [each for path in described["paths"].values() for each in path.values()]
    assert all(each["x-required-scope"] for each in operations)
    words = " ".join(each["operationId"] for each in operations)
    for never in ("approve", "seal", "accept", "start", "picture", "face"):
        assert never not in words


def _loaded():
    return yaml.safe_load(openapi_yaml())


SCHEMA = schemathesis.openapi.from_dict(_loaded())
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


@pytest.fixture
def systems(real_db, settings):
    settings.LFR_API_REQUESTS_A_MINUTE = 10**6
    settings.LFR_RATE_LIMITS = {}
    day = make_day()
    day.to(S.SUBMITTED)
    return (
        day,
        {
            "audit:export": make_system(day, *READS, role=Role.OVERSIGHT),
            "records:read": make_system(day, *READS, role=Role.OVERSIGHT),
        },
        make_system(day, *PLANS),
    )


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda m: m.value)
def test_whatever_is_sent_the_answer_is_one_that_was_promised(systems, mode):
    """All operations in one test: a force with its people is made once for them."""
    day, of_scope, planner = systems
    application = get_wsgi_application()
    for operation in OPERATIONS:
        system = of_scope.get(operation.definition.raw["x-required-scope"], planner)
        _send(operation, mode, day, {"Authorization": f"Bearer {system.text}"}, application)


def _send(operation, mode, day, headers, application):
    @seed(20261125)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case):
        if "deployment_id" in (case.path_parameters or {}):
            case.path_parameters["deployment_id"] = str(day.deployment_id)
        answer = case.call(base_url="http://testserver", headers=headers, app=application)
        case.validate_response(answer, checks=CHECKS)

    send()
