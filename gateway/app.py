"""Assembly: the parts of a gateway, its routes, and the ASGI application around them."""

import asyncio
import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from types import ModuleType

from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import openapi
from gateway.accepted import Acceptances
from gateway.admission import Admission
from gateway.auth.cookies import CookieNames
from gateway.auth.sessions import Sessions
from gateway.auth.tokens import TokenVerifier
from gateway.bus import Bus
from gateway.casting import Caster
from gateway.context import Gateway
from gateway.definitions import Definitions
from gateway.endpoints import routes
from gateway.i18n import Catalogues
from gateway.keys import PublicKeys
from gateway.limits import Limits
from gateway.live import Live
from gateway.middleware import Errors, Identify, Telemetry
from gateway.public_log import PublicLog
from gateway.record import Records
from gateway.routes import endpoints
from gateway.routes.meta import PROCESS, description
from gateway.settings import GatewaySettings
from services.common.objects import ObjectStore

LOOK_AFTER = 30.0
"""Seconds between two looks at what hints may have missed."""


def assemble(
    settings: GatewaySettings,
    bus: Bus,
    objects: ObjectStore,
    csrf_key: bytes,
    access_keys: Callable[[], Mapping[str, bytes]],
) -> Gateway:
    """A gateway's parts. Nothing is started: the bus listens once it is. `access_keys` reads them anew each time."""
    definitions = Definitions(bus, settings.definition_ttl)
    keys, log = PublicKeys(bus), PublicLog(bus, settings.tile_bytes)
    return Gateway(
        settings=settings,
        bus=bus,
        catalogues=Catalogues.load(),
        sessions=Sessions(bus, TokenVerifier(csrf_key, access_keys), CookieNames(settings.secure)),
        definitions=definitions,
        caster=Caster(bus, definitions, Admission(settings.cast_seconds), Acceptances(csrf_key)),
        live=Live(bus, settings.heartbeat, settings.watchers),
        keys=keys,
        log=log,
        records=Records(bus, keys, log),
        objects=objects,
        uploads=asyncio.Semaphore(settings.uploads),
        downloads=asyncio.Semaphore(settings.downloads),
    )


def all_routes(settings: GatewaySettings, pages: ModuleType | None) -> list[BaseRoute]:
    """Every route there is: the API's in the table's order, the process's own, then the pages'."""
    table = endpoints(settings.dev)
    own: list[BaseRoute] = [*routes(table), description(openapi.document(table)), *PROCESS]
    return own + list(getattr(pages, "routes", []))


def find_pages() -> ModuleType | None:
    """The pages, unless this is a gateway without any."""
    return importlib.import_module("gateway.pages") if importlib.util.find_spec("gateway.pages") else None


class Index:
    """Routes by the part of their path that is fixed, so that a request is not compared with every route there is."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        groups: dict[str, list[BaseRoute]] = {"": []}
        for route in routes:
            groups.setdefault(group_of(getattr(route, "path", "")), []).append(route)
        self._routers = {name: Router(found, redirect_slashes=False) for name, found in groups.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        router = self._routers.get(group_of(scope["path"])) or self._routers[""]
        await router(scope, receive, send)


def group_of(path: str) -> str:
    """The first part of a path; of the API's the third: `polls` of `/polls/x` and `api polls` of `/api/v1/polls/x`."""
    parts = path.split("/", 4)
    first = parts[1] if len(parts) > 1 else ""
    return f"api {parts[3]}" if first == "api" and len(parts) > 3 else first


class Application:
    """The ASGI application. Handlers reach the gateway as `request.app.state`."""

    def __init__(self, gateway: Gateway, pages: ModuleType | None = None) -> None:
        self.state = gateway
        self.routes = all_routes(gateway.settings, pages)
        self.outbox_page = getattr(getattr(pages, "outbox", None), "outbox_page", None)
        inner: ASGIApp = Identify(Index(self.routes))
        inner = Errors(Limits(inner, gateway.settings), getattr(pages, "error_page", None))
        self._app: ASGIApp = Telemetry(inner, gateway.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        if scope["type"] == "http":
            await self._app(scope, receive, send)
        elif scope["type"] == "lifespan":
            await lifespan(self.state, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})


async def lifespan(gateway: Gateway, receive: Receive, send: Send) -> None:
    """Looks after the gateway between start and stop of the server."""
    async with AsyncExitStack() as stack:
        await receive()
        task = asyncio.create_task(look_after(gateway))
        stack.callback(task.cancel)
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def look_after(gateway: Gateway) -> None:
    """Fetches now and then what was missed while nobody listened."""
    while True:
        await gateway.sessions.load_ended()
        await asyncio.sleep(LOOK_AFTER)
