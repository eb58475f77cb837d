"""What one gateway process is made of; every handler reaches it as `request.app.state`."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from starlette.requests import HTTPConnection

from gateway.bus import Bus
from gateway.i18n import Catalogues
from gateway.kept import Fresh, Lasting
from gateway.settings import GatewaySettings
from services.common.objects import ObjectStore

if TYPE_CHECKING:
    from gateway.auth.sessions import Sessions
    from gateway.casting import Caster
    from gateway.definitions import Definitions
    from gateway.keys import PublicKeys
    from gateway.live import Live
    from gateway.public_log import PublicLog
    from gateway.record import Records

PARTS_BYTES = 16 * 2**20
"""How much of rendered results is kept."""
FILE_SECONDS, KEPT_FILES = 2.0, 16
"""How long an exported file may be told again, and how many: when a result comes out, everybody wants the same one."""


@dataclass
class Gateway:
    """The parts, made once by `gateway.app.assemble`. `parts`: rendered results, `files`: exported ones, both the same for
    everybody.
    """

    settings: GatewaySettings
    bus: Bus
    catalogues: Catalogues
    sessions: "Sessions"
    definitions: "Definitions"
    caster: "Caster"
    live: "Live"
    keys: "PublicKeys"
    log: "PublicLog"
    records: "Records"
    objects: ObjectStore
    uploads: asyncio.Semaphore
    downloads: asyncio.Semaphore
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    parts: Lasting = field(default_factory=lambda: Lasting(PARTS_BYTES))
    files: Fresh = field(default_factory=lambda: Fresh(FILE_SECONDS, KEPT_FILES))


def gateway(connection: HTTPConnection) -> Gateway:
    """The gateway that answers this request."""
    return cast("Gateway", connection.app.state)
