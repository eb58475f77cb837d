"""The comparison: the same gateway and the same work for each ballot, over nameko's RPC as it comes.

`python -m benchmarks.stock polls|ballots` are stock nameko services around the very use cases of polls and ballots, one item a
call; `python -m benchmarks.stock gateway` is the gateway with a bus that calls them from threads. Every request is a
persistent message with a confirm, and so is every reply.
"""

import asyncio
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import local
from typing import Any

THREADS = 64
SECONDS = 10


def serve(which: str) -> None:
    """One stock service, until it is ended."""
    import eventlet

    eventlet.monkey_patch()
    from nameko.rpc import rpc
    from nameko.runners import ServiceRunner

    from services.ballots import dependencies as ballots
    from services.ballots.usecases import intake
    from services.common.process import make_psycopg_cooperative
    from services.polls.dependencies import PassDeskProvider

    class Polls:
        name = "stock_polls"
        desk = PassDeskProvider()

        @rpc  # type: ignore[untyped-decorator]  # nameko has no types
        def passes(self, item: Any) -> Any:
            return self.desk.issue([item])[0]

    class Ballots:
        name = "stock_ballots"
        store = ballots.StoreProvider()
        polls = ballots.PollsProvider()
        receipts = ballots.ReceiptsProvider()

        @rpc  # type: ignore[untyped-decorator]  # nameko has no types
        def cast(self, item: Any) -> Any:
            return intake.cast([item], store=self.store, polls=self.polls, receipts=self.receipts)[0]

    make_psycopg_cooperative()
    runner = ServiceRunner({"AMQP_URI": os.environ["AMQP_URI"], "max_workers": 16})
    runner.add_service(Polls if which == "polls" else Ballots)
    runner.start()
    runner.wait()


def gateway() -> int:
    """The gateway itself, with another way to the batches."""
    from nameko.standalone.rpc import ClusterRpcProxy

    import gateway.__main__ as product
    from services.common.bus.aio import AsyncBus
    from services.common.contract import Batch, error_of

    pool, own = ThreadPoolExecutor(THREADS), local()

    def call(batch: Batch, item: dict[str, Any]) -> Any:
        if not hasattr(own, "rpc"):
            own.rpc = ClusterRpcProxy({"AMQP_URI": os.environ["AMQP_URI"]}, timeout=SECONDS).start()
        return getattr(getattr(own.rpc, f"stock_{batch.service}"), batch.name)(item)

    class StockBus(AsyncBus):
        async def submit(self, batch: Batch, item: dict[str, Any], /) -> Any:
            outcome = await asyncio.get_running_loop().run_in_executor(pool, call, batch, item)
            error = error_of(outcome, batch.errors)
            if error:
                raise error
            return outcome["ok"]

    product.AsyncBus = StockBus  # type: ignore[attr-defined]  # the one difference to the product
    return product.main()


if __name__ == "__main__":
    sys.exit(gateway()) if sys.argv[1] == "gateway" else serve(sys.argv[1])
