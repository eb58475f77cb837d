"""`python -m benchmarks.bare PORT THREADS`: a bare ASGI handler on uvicorn, uvloop and httptools, one process like a gateway.

POST /api/v1/polls/{poll_id}/ballots inserts the ballot and answers 201 once it is committed.  No bus, no session, no
signature, no check: what remains is what any handler must do.  BARE_DATABASE_URL says where the tables are.
"""

import os
import sys
from datetime import UTC, datetime
from typing import Any

import orjson
import uvicorn

from benchmarks.bare.gathering import Gathering, inserter
from benchmarks.bare.rows import row_of
from deploy.local.postgres import plain
from services.common.encodings import b64u

HEADERS = [(b"content-type", b"application/json")]


class Bare:
    """The ASGI application."""

    def __init__(self, dsn: str, threads: int) -> None:
        self._dsn, self._threads = dsn, threads
        self._gathering: Gathering | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "POST":
            await self._cast(scope["path"].split("/")[4], receive, send)
        else:
            await answer(send, 200, b"")

    async def _cast(self, poll_id: str, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        row = row_of(poll_id, body, datetime.now(UTC))
        if self._gathering is None:
            self._gathering = Gathering(inserter(self._dsn), self._threads)
        await self._gathering.add(row)
        await answer(send, 201, orjson.dumps({"ballot_id": row.ballot_id, "leaf_hash": b64u(row.leaf_hash)}))


async def answer(send: Any, status: int, body: bytes) -> None:
    headers = [*HEADERS, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    port, threads = map(int, sys.argv[1:])
    uvicorn.run(
        Bare(plain(os.environ["BARE_DATABASE_URL"]), threads),
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        backlog=2048,
    )


if __name__ == "__main__":
    main()
