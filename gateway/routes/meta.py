"""What the system says of itself: keys, description, images, health, and the development outbox."""

import re
from pathlib import Path
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from gateway.context import gateway
from gateway.endpoints import NOBODY, Answer, ApiRequest, Endpoint, answer
from gateway.errors import NotFound
from gateway.routes import schemas as s
from services.common.errors import Unavailable
from services.common.objects import ObjectMissing, ObjectStoreAway
from services.common.telemetry import metrics
from services.common.telemetry.health import process_health
from services.notify import contract as notify

DOCS = Path(__file__).parent.parent / "docs"
FOR_EVER = "public, max-age=31536000, immutable"
IMAGES = frozenset(("image/jpeg", "image/png", "image/webp"))
STORED = re.compile(r".*", re.DOTALL)
"""The store judges by itself what is one of its names."""


async def keys(asked: ApiRequest) -> Response:
    """`witnesses`: verifier keys (C2SP signed-note) of those who are asked to cosign the logs' checkpoints."""
    known = asked.gateway.keys
    found = {"keys": await known.all(), "witnesses": await known.witnesses()}
    return answer(found, headers={"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"})


async def media(asked: ApiRequest) -> Response:
    """A stored image. Its name changes with its content, so it may be kept for ever."""
    try:
        content, kind = await run_in_threadpool(asked.gateway.objects.get, asked.path["file"])
    except (ObjectMissing, ValueError):
        raise NotFound from None
    except ObjectStoreAway:
        raise Unavailable from None
    if kind not in IMAGES:
        raise NotFound
    return Response(content, 200, {"Cache-Control": FOR_EVER}, kind)


async def outbox(asked: ApiRequest) -> Response:
    """Messages that would have been sent: a page for a browser, else JSON."""
    found = await asked.call(notify.LIST_OUTBOX, **asked.query)
    page = asked.request.app.outbox_page
    if page is not None and prefers_html(asked.request):
        shown: Response = page(asked.request, found["items"], asked.query.get("to"))
        return shown
    return answer(found)


def prefers_html(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    html, json = accept.find("text/html"), accept.find("application/json")
    return html >= 0 and (json < 0 or html < json)


async def livez(_request: Request) -> Response:
    return answer({"alive": True})


async def readyz(request: Request) -> Response:
    gw = gateway(request)
    missing = process_health.missing()
    if not gw.bus.ready:
        missing["bus"] = "no connection"
    return answer({"ready": not missing, "missing": missing}, 503 if missing else 200)


async def prometheus(_request: Request) -> Response:
    body, kind = metrics.render()
    return Response(body, 200, media_type=kind)


async def docs(_request: Request) -> Response:
    return FileResponse(DOCS / "docs.html", media_type="text/html; charset=utf-8")


async def docs_script(_request: Request) -> Response:
    return FileResponse(DOCS / "docs.js", media_type="text/javascript; charset=utf-8")


async def docs_style(_request: Request) -> Response:
    return FileResponse(DOCS / "docs.css", media_type="text/css; charset=utf-8")


def description(document: dict[str, Any]) -> Route:
    """The OpenAPI document, written once."""
    written = orjson.dumps(document)

    async def openapi(_request: Request) -> Response:
        return Response(written, 200, {"Cache-Control": "no-cache"}, "application/json")

    return Route("/api/v1/openapi.json", openapi)


PROCESS = [
    Route("/livez", livez),
    Route("/readyz", readyz),
    Route("/metrics", prometheus),
    Route("/api/docs", docs),
    Route("/api/docs.js", docs_script),
    Route("/api/docs.css", docs_style),
]

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/keys",
        keys,
        "Public keys of every signature",
        "proof",
        {200: Answer("Ed25519 public keys with their use, and the witnesses", s.KeysAndWitnessesSchema)},
        who=NOBODY,
    ),
    Endpoint(
        "GET",
        "/media/{file:path}",
        media,
        "An image of a poll",
        "polls",
        {200: Answer("The image", media_types=tuple(sorted(IMAGES)))},
        parts={"file": STORED},
        who=NOBODY,
        described=False,
    ),
    Endpoint(
        "GET",
        "/dev/outbox",
        outbox,
        "Messages that would have been sent, newest first",
        "dev",
        {200: Answer("Messages", notify.OutboxSchema)},
        query=s.OutboxQuery,
        calls=(notify.LIST_OUTBOX,),
        who=NOBODY,
        dev_only=True,
        described=False,
    ),
)
