"""Every error code that leaves the gateway, its HTTP status, and RFC 9457 problem documents.

This table is the only place where a code meets HTTP; pages use the same statuses.  Sentences are in the catalogues
(context `error`, the code as message id).  A code that is not in the table is answered as `internal`: 500, saying
nothing.
"""

import random
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

import orjson
from babel.support import NullTranslations
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from gateway.messages import Translations, error_text
from services.common.errors import DomainError, InternalError, InvalidInput

MEDIA_TYPE = "application/problem+json"


class Unauthenticated(DomainError):
    """The request needs a session and has none."""

    code = "unauthenticated"


class InvalidToken(DomainError):
    """The access token is forged, malformed, expired, or its session was signed out; which one is not said."""

    code = "invalid_token"


class CsrfFailed(DomainError):
    """A write with a cookie came from another site or without the session's CSRF token."""

    code = "csrf_failed"


class NotFound(DomainError):
    """Nothing is at this address."""

    code = "not_found"


class MethodNotAllowed(DomainError):
    """The address does not take this method. `allow` lists those it takes."""

    code = "method_not_allowed"


class MalformedJson(DomainError):
    """The body is not JSON in UTF-8."""

    code = "malformed_json"


class MalformedForm(DomainError):
    """The body is not a multipart form as declared, or has too many or too large fields."""

    code = "malformed_form"


class TooLarge(DomainError):
    """The body has more than `limit` bytes."""

    code = "too_large"


class TooSlow(DomainError):
    """The body did not come in time."""

    code = "too_slow"


class UnsupportedMediaType(DomainError):
    """The body's media type is not one that the address takes. `accept` lists those it takes."""

    code = "unsupported_media_type"


class InvalidBallot(InvalidInput):
    """The answers break the poll's ballot rules; `errors` point below `/answers`."""

    code = "invalid_ballot"


class TryAgain(DomainError):
    """The ballot was not taken and nothing is promised; casting the same ballot again is right."""

    code = "try_again"


class TooManyUploads(DomainError):
    """As many large uploads as this gateway handles are under way."""

    code = "too_many_uploads"


class TooManyDownloads(DomainError):
    """As many whole records as this gateway packs are being fetched."""

    code = "too_many_downloads"


class TooManyWatchers(DomainError):
    """As many result streams as this gateway serves are open."""

    code = "too_many_watchers"


STATUS: Mapping[str, int] = {
    # the gateway's own
    "malformed_json": 400,
    "malformed_form": 400,
    "unauthenticated": 401,
    "invalid_token": 401,
    "csrf_failed": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "too_large": 413,
    "unsupported_media_type": 415,
    "invalid_input": 422,
    "invalid_ballot": 422,
    "internal": 500,
    "try_again": 503,
    "too_many_uploads": 503,
    "too_many_watchers": 503,
    "too_many_downloads": 503,
    "unavailable": 503,
    # identity
    "wrong_code": 401,
    "session_ended": 401,
    "forbidden": 403,
    "not_a_member": 403,
    "person_not_found": 404,
    "organization_not_found": 404,
    "organization_exists": 409,
    "invalid_phone": 422,
    "too_many_attempts": 429,
    "too_many_codes": 429,
    # polls
    "not_eligible": 403,
    "evidence_needed": 403,
    "wrong_password": 403,
    "poll_not_found": 404,
    "upload_not_found": 404,
    "poll_not_open": 409,
    "poll_frozen": 409,
    "wrong_state": 409,
    "unknown_source": 404,
    "sources_settled": 409,
    "not_certified": 409,
    "publication_blocked": 409,
    "invalid_image": 422,
    "too_many_rows": 422,
    "too_many_tries": 429,
    # ballots and tally
    "result_damaged": 500,
    "log_not_found": 404,
    "tile_not_found": 404,
    "results_embargoed": 403,
    "no_text_question": 404,
    "no_budget_question": 404,
    "queue_not_found": 404,
    "dead_letters_in_hand": 409,
    "already_voted": 409,
    "ballot_id_taken": 409,
}

_FROM_HTTP = {
    400: MalformedForm,
    404: NotFound,
    405: MethodNotAllowed,
    413: TooLarge,
    415: UnsupportedMediaType,
}
_RESERVED = frozenset(("type", "title", "status", "detail", "instance", "code", "errors", "request_id"))
_HIDDEN = frozenset(("allow", "accept"))
_SOON = (1, 2, 3)


def as_domain_error(error: BaseException) -> DomainError:
    """The error that a caller may be told; everything unforeseen becomes `internal`."""
    if isinstance(error, DomainError):
        return error if error.code in STATUS else InternalError()
    if isinstance(error, MultiPartException):
        return MalformedForm()
    if isinstance(error, HTTPException):
        allow = (error.headers or {}).get("Allow")
        kind = _FROM_HTTP.get(error.status_code, InternalError)
        return kind(allow=allow) if kind is MethodNotAllowed else kind()
    return InternalError()


def is_foreseen(error: BaseException) -> bool:
    """Whether the error tells of the request rather than of a fault in here."""
    return as_domain_error(error).code != "internal" or isinstance(error, ClientDisconnect)


def status_of(error: DomainError) -> int:
    return STATUS.get(error.code, 500)


def headers_of(error: DomainError) -> dict[str, str]:
    """Headers that belong to the error's status."""
    status = status_of(error)
    if status == 401:
        return {
            "WWW-Authenticate": f'Bearer error="{error.code}"' if error.code == "invalid_token" else "Bearer"
        }
    if status in (429, 503):
        return {"Retry-After": str(retry_after(error))}
    if status == 405:
        return {"Allow": str(error.params.get("allow") or "")}
    if status in (408, 413):
        return {"Connection": "close"}
    if status == 415:
        return {"Accept": ", ".join(error.params.get("accept") or ())}
    return {}


def retry_after(error: DomainError) -> int:
    """Seconds to wait; what is merely busy says a few, at random, so that not all come back at once."""
    given = error.params.get("retry_after")
    return max(1, int(given)) if isinstance(given, (int, float)) else random.choice(_SOON)  # noqa: S311 - not a secret


def document(
    error: DomainError, translations: NullTranslations, language: str, request_id: str | None = None
) -> dict[str, Any]:
    """The problem document (RFC 9457); the error's parameters are its extension members."""
    status = status_of(error)
    params = {k: v for k, v in error.params.items() if k not in _RESERVED and k not in _HIDDEN}
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": error.code,
        "detail": sentence(translations, error.code, error.params, language),
        **params,
    }
    if isinstance(error, InvalidInput):
        problem["errors"] = [described(each, translations, language) for each in error.errors]
    if request_id:
        problem["request_id"] = request_id
    return problem


def described(complaint: dict[str, Any], translations: NullTranslations, language: str) -> dict[str, Any]:
    """One complaint about the input, in words."""
    params = complaint.get("params") or {}
    detail = sentence(translations, complaint["code"], params, language)
    return {"pointer": complaint["pointer"], "code": complaint["code"], "detail": detail}


def sentence(translations: NullTranslations, code: str, params: Mapping[str, Any], language: str) -> str:
    """Babel leaves open what `pgettext` returns; it is text."""
    return error_text(cast("Translations", translations), code, params, language)


def problem_response(
    error: DomainError, translations: NullTranslations, language: str, request_id: str | None = None
) -> Response:
    body = orjson.dumps(document(error, translations, language, request_id))
    headers = {"Content-Language": language, **headers_of(error)}
    return Response(body, status_of(error), headers, MEDIA_TYPE)


def invalid(pointer: str, code: str, **params: Any) -> InvalidInput:
    """Bad input at one place."""
    return InvalidInput(errors=[{"pointer": pointer, "code": code, "params": params}])
