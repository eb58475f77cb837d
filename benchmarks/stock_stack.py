"""The two processes of the comparison, for the stack's supervisor."""

import sys
from collections.abc import Mapping

from deploy.local import plan
from deploy.local.processes import Command


def stock_commands(environ: Mapping[str, str], port: int) -> list[Command]:
    """The stock nameko service and an ASGI server that calls it for every request."""
    python = [sys.executable, "-m", "benchmarks.stock"]
    return [
        Command("stock-service", [*python, "service"], environ, folder=plan.ROOT),
        Command(
            "stock-gateway",
            [*python, "gateway", str(port)],
            environ,
            ready=lambda: plan.answers(f"http://127.0.0.1:{port}/"),
            folder=plan.ROOT,
        ),
    ]
