"""The development outbox for people: the codes and messages that would have been sent."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.rendering import render


def outbox_page(request: Request, messages: list[dict[str, Any]], to: str | None) -> Response:
    """Called by the route that exists in development only."""
    return render(request, "outbox.html", messages=messages, to=to or "")
