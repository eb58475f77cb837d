"""The page for what went wrong, in the reader's language; it says nothing of the inside."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import i18n
from gateway.pages.labels import N_
from gateway.pages.rendering import render, sentence

HEADINGS = {
    401: N_("Please sign in"),
    403: N_("This is not open to you"),
    404: N_("There is no such page"),
    409: N_("This cannot be done now"),
    422: N_("Something in what was entered is wrong"),
    429: N_("Too many tries"),
    503: N_("Please try again in a moment"),
}
UNEXPECTED = N_("Something went wrong on our side")
REFUSED = N_("This request cannot be answered")


def error_page(request: Request, status: int, code: str, params: Mapping[str, Any]) -> Response:
    """Whoever has to sign in first is sent there and comes back."""
    if status == 401 and request.method == "GET":
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?{urlencode({'next': here})}", 303)
    heading = HEADINGS.get(status, REFUSED if status < 500 else UNEXPECTED)
    details = [
        sentence(request, complaint["code"], complaint.get("params", {}))
        for complaint in params.get("errors", ())
    ]
    page = render(
        request,
        "error.html",
        status,
        heading=i18n.translations(request).gettext(heading),
        problem=sentence(request, code, params),
        details=details,
        request_id=request.state.request_id,
    )
    if status in (429, 503):
        page.headers["Retry-After"] = str(params.get("retry_after", 3))
    return page
