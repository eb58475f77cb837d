"""schemathesis sends what the API's own description allows, and what it does not: no 5xx, no undocumented answer."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fixtures.people import GENEROUS, City, found_city

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = 12


@pytest.fixture(scope="module")
def operator(start_stack) -> City:
    """A stack of its own: what is sent here would disturb others."""
    return found_city(start_stack(environ=GENEROUS))


@pytest.fixture(scope="module")
def api(operator):
    return schemathesis.openapi.from_url(f"{operator.seoul.url}/api/v1/openapi.json").exclude(
        path_regex="/stream$"
    )


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_documented(case, operator):
    signed_in = operator.admin.http.headers["Authorization"]
    case.call_and_validate(headers={"Authorization": signed_in}, checks=CHECKS, timeout=20)
