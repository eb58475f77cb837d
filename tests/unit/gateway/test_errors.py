"""One table of codes: complete, spoken in both languages, and the same as the description of the API."""

import json

import pytest
from openapi_spec_validator import validate

from gateway import errors, openapi
from gateway.endpoints import Resource
from gateway.i18n import LANGUAGES, Catalogues
from gateway.messages import error_text
from gateway.routes import endpoints
from services.common.errors import InvalidInput

TABLE = endpoints(dev=True)
HANDLED_INSIDE = {"invalid_pass"}
FILE_CODES = (
    "file_bad_line",
    "file_damaged",
    "file_encoding",
    "file_expands",
    "file_no_phone_column",
    "file_not_text",
    "file_old_excel",
    "file_too_many_rows",
)


@pytest.fixture(scope="module")
def catalogues() -> Catalogues:
    return Catalogues.load()


def test_every_error_that_a_service_declares_has_a_status():
    declared = {error.code for each in TABLE for call in each.calls for error in call.errors}
    assert declared - set(errors.STATUS) == HANDLED_INSIDE


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", [*errors.STATUS, *FILE_CODES])
def test_every_code_has_its_sentence(catalogues, code, language):
    translations = catalogues.translations(language)
    text = error_text(translations, code, {}, language)
    assert text != code
    assert code == "internal" or text != error_text(translations, "internal", {}, language)


def test_the_description_is_valid_and_complete():
    document = openapi.document(TABLE)
    validate(document)
    described = {(path, method.upper()) for path, each in document["paths"].items() for method in each}
    assert described == {(openapi.described_path(each), each.method) for each in TABLE if each.described}
    names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(set(names)) == len(names)


def test_patterns_are_those_of_json_schema():
    assert "\\Z" not in json.dumps(openapi.document(TABLE))


def test_every_status_of_an_endpoint_is_described():
    document = openapi.document(TABLE)
    for each in (each for each in TABLE if each.described):
        statuses = set(document["paths"][openapi.described_path(each)][each.method.lower()]["responses"])
        assert statuses >= {str(errors.STATUS[code]) for code in each.codes}


def test_the_table_is_what_routes(application):
    resources = [
        route.app for route in application.routes if isinstance(getattr(route, "app", None), Resource)
    ]
    routed = {resource.path: set(resource.endpoints) for resource in resources}
    for each in endpoints(dev=False):
        assert each.method in routed[each.path]


def test_an_unknown_code_is_internal():
    class Odd(errors.DomainError):
        code = "odd"

    assert errors.as_domain_error(Odd(secret=1)).to_wire() == {"code": "internal", "params": {}}


def test_waiting_is_told_and_spread():
    waits = {errors.retry_after(errors.TryAgain()) for _ in range(100)}
    assert waits == {1, 2, 3}
    assert errors.retry_after(errors.TooLarge(retry_after=7.9)) == 7


def test_params_never_replace_what_a_problem_is_made_of(catalogues):
    class Sly(errors.DomainError):
        code = "forbidden"

    made = errors.document(
        Sly(status=200, detail="x", errors=[1], rule="roll"), catalogues.translations("en"), "en"
    )
    assert (made["status"], made["rule"]) == (403, "roll")
    assert made["detail"] != "x"
    assert "errors" not in made


def test_complaints_are_told_in_words(catalogues):
    complaint = {"pointer": "/title", "code": "length", "params": {"min": 1, "max": 200}}
    made = errors.document(InvalidInput([complaint]), catalogues.translations("ko"), "ko")
    assert made["errors"][0]["pointer"] == "/title"
    assert "200" in made["errors"][0]["detail"]
