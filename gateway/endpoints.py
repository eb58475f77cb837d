"""The table of the API's endpoints: what routes requests is what describes them (gateway/openapi.py)."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import marshmallow
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.auth import csrf, required
from gateway.auth.sessions import COOKIE
from gateway.auth.tokens import Session
from gateway.context import Gateway
from gateway.definitions import NAME
from gateway.errors import (
    STATUS,
    MalformedJson,
    MethodNotAllowed,
    NotFound,
    UnsupportedMediaType,
    invalid,
)
from services.common import schemas
from services.common.contract import Batch, Call, Nothing, instance
from services.common.errors import DomainError, InvalidInput

JSON = "application/json"
FORM = "multipart/form-data"
NOBODY, ANYBODY, SIGNED_IN = "nobody", "anybody", "signed_in"
SchemaClass = type[marshmallow.Schema]


@dataclass(frozen=True)
class Answer:
    """One good answer: its schema when it is JSON, else its media types."""

    meaning: str
    schema: SchemaClass | None = None
    media_types: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Endpoint:
    """One method of one path.

    `calls` are what the handler asks of the services: the errors they declare are the errors it answers, besides
    `errors` of its own. `parts` says what the path's parameters may be that are no ids. `who`: nobody (credentials are not looked at), anybody, or only who is signed in.
    With `body` and `form` both, the media type says which of them comes. `retryable` creations take an Idempotency-Key. `by_hand`: the handler itself holds the body to its schema, because
    the schema costs more than all the rest of the surge's path.
    """

    method: str
    path: str
    handler: "Handler"
    summary: str
    tag: str
    answers: Mapping[int, Answer]
    body: SchemaClass | None = None
    body_needed: bool = True
    by_hand: bool = False
    query: SchemaClass | None = None
    form: SchemaClass | None = None
    parts: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    calls: tuple[Call | Batch, ...] = ()
    errors: tuple[str, ...] = ()
    who: str = SIGNED_IN
    retryable: bool = False
    dev_only: bool = False
    described: bool = True

    @property
    def codes(self) -> set[str]:
        """Every error code that the endpoint may answer with."""
        codes = {"internal", "unavailable", *self.errors}
        codes.update(error.code for call in self.calls for error in call.errors if error.code in STATUS)
        if self.who != NOBODY:
            codes.add("invalid_token")
        if self.who == SIGNED_IN:
            codes.add("unauthenticated")
        if self.method not in csrf.SAFE:
            codes.update(("csrf_failed", "too_large", "too_slow"))
        if self.body is not None:
            codes.update(("malformed_json", "unsupported_media_type", "invalid_input"))
        if self.form is not None:
            codes.update(("malformed_form", "unsupported_media_type", "invalid_input"))
        if self.query is not None or self.retryable:
            codes.add("invalid_input")
        if "{" in self.path:
            codes.add("not_found")
        return codes


@dataclass(slots=True)
class ApiRequest:
    """A request that has passed its endpoint's checks. `body` is what was sent, already found valid."""

    request: Request
    body: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)

    @property
    def gateway(self) -> Gateway:
        state: Gateway = self.request.app.state
        return state

    @property
    def path(self) -> dict[str, str]:
        return self.request.path_params

    @property
    def session(self) -> Session:
        return required(self.request)

    @property
    def actor(self) -> dict[str, Any] | None:
        session: Session | None = self.request.state.session
        return session.actor if session else None

    @property
    def language(self) -> str:
        return str(self.request.state.language)

    async def call(self, call: Call, /, within: str = "", **arguments: Any) -> Any:
        """Asks a service. `within` is where the body stands in the arguments, so that a complaint points into the
        body.
        """
        try:
            return await self.gateway.bus.call(call, **arguments)
        except InvalidInput as error:
            raise InvalidInput(
                [{**each, "pointer": each["pointer"].removeprefix(within)} for each in error.errors]
            ) from None


Handler = Callable[[ApiRequest], Awaitable[Response]]


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, headers, JSON)


def nothing() -> Response:
    return Response(status_code=204)


class Resource:
    """One path and its methods: the ASGI application behind a route."""

    def __init__(self, path: str, endpoints: Iterable[Endpoint]) -> None:
        self.path = path
        self.endpoints = {endpoint.method: endpoint for endpoint in endpoints}
        if "GET" in self.endpoints:
            self.endpoints.setdefault("HEAD", self.endpoints["GET"])
        self.__name__ = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self.endpoints.get(scope["method"])
        if endpoint is None:
            raise MethodNotAllowed(allow=", ".join(sorted(self.endpoints)))
        request = Request(scope, receive)
        check_credentials(endpoint, request)
        if scope["path"].endswith("\n"):
            raise NotFound  # the router's patterns pass over a last line feed
        for name, value in request.path_params.items():
            if not endpoint.parts.get(name, NAME).fullmatch(value):
                raise NotFound
        asked = ApiRequest(request, await read_body(endpoint, request), read_query(endpoint, request))
        response = await endpoint.handler(asked)
        await response(scope, receive, send)


def check_credentials(endpoint: Endpoint, request: Request) -> None:
    """Raises InvalidToken, Unauthenticated, CsrfFailed."""
    state = request.state
    if endpoint.who != NOBODY and state.token_error is not None:
        raise state.token_error
    if endpoint.who == SIGNED_IN:
        required(request)
    if state.session is not None and state.session_by == COOKIE and request.method not in csrf.SAFE:
        given = state.headers.get(csrf.HEADER)
        if given is not None or not takes_form(endpoint, request):
            csrf.check_token(state.session, given.decode("latin-1") if given else None)


def takes_form(endpoint: Endpoint, request: Request) -> bool:
    """Whether a form is read here, whose CSRF token may be one of its fields."""
    return endpoint.form is not None and (endpoint.body is None or media_type(request) == FORM)


def media_type(request: Request) -> str:
    kind: bytes = request.state.headers.get(b"content-type", b"")
    return kind.partition(b";")[0].strip().lower().decode("latin-1")


async def read_body(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """The JSON body, valid by the endpoint's schema but as it was sent: the service loads it again."""
    if endpoint.body is None or takes_form(endpoint, request):
        return {}
    kind = media_type(request)
    if not endpoint.body_needed and not kind and not await request.body():
        return {}
    if kind != JSON:
        raise UnsupportedMediaType(accept=[JSON] if endpoint.form is None else [JSON, FORM])
    body = parse_json(await request.body())
    if not endpoint.by_hand:
        schemas.load(instance(endpoint.body), body)
    return body


def parse_json(raw: bytes) -> dict[str, Any]:
    """Raises MalformedJson, and InvalidInput for JSON that is not an object."""
    try:
        body: Any = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise MalformedJson from None
    if not isinstance(body, dict):
        raise invalid("", "invalid")
    return body


def read_query(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """The query's parameters; one that is not declared is refused like any unknown field."""
    if endpoint.query is None:
        return {}
    given = dict(request.query_params)
    loaded: dict[str, Any] = schemas.load(instance(endpoint.query), given)
    return loaded


def routes(endpoints: Iterable[Endpoint]) -> list[Route]:
    """One route for each path, in the table's order."""
    paths: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, []).append(endpoint)
    return [Route(path, Resource(path, found)) for path, found in paths.items()]


class QueryInt(schemas.Int):
    """A whole number in decimal digits."""

    def _validated(self, value: Any) -> int:
        if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 15:
            raise self.make_error("invalid")
        return int(value)


class QueryFlag(schemas.Flag):
    """`true` or `false`."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        words = {"true": True, "false": False}
        return super()._deserialize(words.get(value, value), attr, data, **kwargs)


def raises(*errors: type[DomainError]) -> tuple[str, ...]:
    return tuple(error.code for error in errors)


EMPTY = Nothing
