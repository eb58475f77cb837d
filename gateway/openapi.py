"""The OpenAPI 3.1 document, made from the very table that routes requests (gateway/endpoints.py)."""

import re
from collections import defaultdict
from typing import Any, cast

import marshmallow
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import fields

from gateway import errors
from gateway.endpoints import FORM, JSON, NOBODY, SIGNED_IN, Endpoint
from gateway.idempotency import HEADER
from gateway.routes import schemas as s
from services.common.schemas import MAX_INT, Flag, Int, Utc

PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
PLAIN = re.compile(r":\w+}")
ID = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
WAITS = ("429", "503")


def document(endpoints: list[Endpoint], version: str = "1") -> dict[str, Any]:
    """The description of these endpoints."""
    plugin = MarshmallowPlugin(schema_name_resolver=cast("Any", schema_name))
    spec = APISpec(
        title="mVoting (엠보팅)",
        version=version,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={
            "description": "Polls, ballots and results. Errors are RFC 9457 problem documents with a stable `code`."
        },
    )
    describe_fields(plugin)
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    spec.components.schema("Problem", schema=s.ProblemSchema)
    for endpoint in endpoints:
        if endpoint.described:
            spec.path(
                path=described_path(endpoint), operations={endpoint.method.lower(): operation(endpoint)}
            )
    made: dict[str, Any] = spec.to_dict()
    return made


def schema_name(schema: Any) -> str | None:
    """`PollSchema` is `Poll`; the same class is described once."""
    kind = schema if isinstance(schema, type) else type(schema)
    taken_twice = kind.__module__.startswith("services.notify") and kind.__name__ == "PersonSchema"
    return None if taken_twice else kind.__name__.removesuffix("Schema")


def describe_fields(plugin: MarshmallowPlugin) -> None:
    """What apispec cannot know of our own field types."""
    converter: Any = plugin.converter
    converter.map_to_openapi_type(Utc, "string", "date-time")
    converter.map_to_openapi_type(Int, "integer", None)
    converter.map_to_openapi_type(Flag, "boolean", None)
    converter.add_attribute_function(describe_raw)
    converter.add_attribute_function(describe_bounds)
    converter.add_attribute_function(describe_pattern)


def describe_raw(_converter: Any, field: marshmallow.fields.Field[Any], **_known: Any) -> dict[str, Any]:
    """A raw field may say by its metadata what it is, such as a file."""
    return dict(field.metadata) if type(field) is fields.Raw else {}


def describe_bounds(
    _converter: Any, field: marshmallow.fields.Field[Any], ret: dict[str, Any], **_known: Any
) -> dict[str, Any]:
    """Whole numbers have 53 bits."""
    if not isinstance(field, Int):
        return {}
    return {"minimum": ret.get("minimum", -MAX_INT), "maximum": ret.get("maximum", MAX_INT)}


def describe_pattern(
    _converter: Any, _field: marshmallow.fields.Field[Any], ret: dict[str, Any], **_known: Any
) -> dict[str, Any]:
    r"""JSON Schema's regular expressions are ECMA 262's, which have no `\Z`."""
    return {"pattern": ret["pattern"].replace(r"\Z", "$")} if "pattern" in ret else {}


def operation(endpoint: Endpoint) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": f"{endpoint.handler.__module__.rpartition('.')[2]}_{endpoint.handler.__name__}",
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": parameters(endpoint),
        "responses": {**good(endpoint), **bad(endpoint)},
        "security": security(endpoint),
    }
    if endpoint.handler.__doc__:
        described["description"] = " ".join(endpoint.handler.__doc__.split())
    body = request_body(endpoint)
    return {**described, "requestBody": body} if body else described


def security(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.who == NOBODY:
        return []
    return [{"bearer": []}] if endpoint.who == SIGNED_IN else [{}, {"bearer": []}]


def parameters(endpoint: Endpoint) -> list[Any]:
    found: list[Any] = [
        {"in": "path", "name": name, "required": True, "schema": part(endpoint, name)}
        for name in PARAMETER.findall(endpoint.path)
    ]
    if endpoint.query is not None:
        found.append({"in": "query", "schema": endpoint.query})
    if endpoint.retryable:
        schema = {"type": "string", "pattern": r"^[\x21-\x7e]{1,200}$"}
        text = "Sending the same request again with the same key creates nothing new."
        found.append(
            {"in": "header", "name": HEADER, "required": False, "schema": schema, "description": text}
        )
    return found


def described_path(endpoint: Endpoint) -> str:
    """Its path without the router's words for how far a parameter goes."""
    return PLAIN.sub("}", endpoint.path)


def part(endpoint: Endpoint, name: str) -> dict[str, Any]:
    """What a parameter of the path may be."""
    pattern = endpoint.parts.get(name)
    if pattern is None:
        return ID
    if f"{{{name}:path}}" in endpoint.path:  # OpenAPI has no word for a parameter of several segments
        return {"type": "string", "minLength": 1, "description": f"Segments of the path: {pattern.pattern}"}
    return {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}


def request_body(endpoint: Endpoint) -> dict[str, Any] | None:
    content = {kind: {"schema": schema} for kind, schema in bodies(endpoint) if schema is not None}
    required = endpoint.form is not None or endpoint.body_needed
    return {"required": required, "content": content} if content else None


def bodies(endpoint: Endpoint) -> list[tuple[str, Any]]:
    """What may be sent, by media type."""
    return [(FORM, endpoint.form), (JSON, endpoint.body)]


def good(endpoint: Endpoint) -> dict[str, Any]:
    responses = {}
    for status, each in endpoint.answers.items():
        content: dict[str, Any] = {kind: {"schema": {}} for kind in each.media_types}
        if each.schema is not None:
            content = {JSON: {"schema": each.schema}}
        responses[str(status)] = {"description": each.meaning, **({"content": content} if content else {})}
        if each.headers:
            responses[str(status)]["headers"] = {
                name: {"schema": {"type": "string"}} for name in each.headers
            }
    return responses


def bad(endpoint: Endpoint) -> dict[str, Any]:
    """Every error code of the endpoint, gathered by status."""
    by_status: dict[str, list[str]] = defaultdict(list)
    for code in sorted(endpoint.codes):
        by_status[str(errors.STATUS[code])].append(code)
    return {status: problem(status, codes) for status, codes in sorted(by_status.items())}


def problem(status: str, codes: list[str]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": ", ".join(f"`{code}`" for code in codes),
        "content": {errors.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in WAITS:
        described["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return described
