"""schemathesis sends what the API's own description allows, and what it does not: no 5xx, no undocumented answer."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway import openapi
from gateway.routes import endpoints
from tests.fixtures.people import GENEROUS, Person, found_city

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 15
ENDLESS = "stream"  # an answer without an end is tested by itself
PATHS = openapi.document(endpoints(dev=False))["paths"]
METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [(m.upper(), p) for p in PATHS for m in METHODS if m in PATHS[p] and not p.endswith(ENDLESS)]


@pytest.fixture(scope="module")
def city(start_stack):
    """A stack of its own: what is sent here would disturb others."""
    return found_city(start_stack(environ=GENEROUS))


@pytest.fixture(scope="module")
def description(city):
    return schemathesis.openapi.from_url(f"{city.admin.url}/api/v1/openapi.json")


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(o) for o in OPERATIONS])
def test_every_answer_is_documented(method, path, city, description):
    # Signed in anew: signing out is among what is tried.
    admin = Person(city.admin.url, city.admin.phone).sign_in()
    signed_in = {"Authorization": admin.http.headers["Authorization"]}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=description[path][method].as_strategy())
    def answers_as_described(case):
        case.call_and_validate(headers=signed_in, checks=CHECKS, timeout=20)

    answers_as_described()
