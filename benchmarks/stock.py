"""The comparison: nameko's RPC as it comes, behind an ASGI server like the gateway's.

Run as `python -m benchmarks.stock service` (the nameko service) and `python -m benchmarks.stock gateway PORT`.
Every request is a persistent message with a confirm and so is every reply; the service does nothing else.
"""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import local
from typing import Any

THREADS = 32


def serve() -> None:
    import eventlet

    eventlet.monkey_patch()
    from nameko.rpc import rpc
    from nameko.runners import ServiceRunner

    class Stock:
        name = "stock"

        @rpc  # type: ignore[untyped-decorator]  # nameko has no types
        def echo(self, value: Any) -> Any:
            return value

    runner = ServiceRunner({"AMQP_URI": os.environ["AMQP_URI"], "max_workers": 64})
    runner.add_service(Stock)
    runner.start()
    runner.wait()


def gateway(port: int) -> None:
    import uvicorn
    from nameko.standalone.rpc import ClusterRpcProxy

    pool = ThreadPoolExecutor(THREADS)
    own = local()

    def call() -> Any:
        if not hasattr(own, "rpc"):
            own.rpc = ClusterRpcProxy({"AMQP_URI": os.environ["AMQP_URI"]}, timeout=10).start()
        return own.rpc.stock.echo("x")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        await asyncio.get_running_loop().run_in_executor(pool, call)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    uvicorn.run(
        app, host="127.0.0.1", port=port, loop="uvloop", http="httptools", access_log=False, lifespan="off"
    )


if __name__ == "__main__":
    serve() if sys.argv[1] == "service" else gateway(int(sys.argv[2]))
