"""The three processes of the comparison, beside a stack."""

import sys

from deploy.local import plan
from deploy.local.processes import Command
from deploy.local.stack import Stack


def commands(stack: Stack, port: int) -> list[Command]:
    """Stock services on the stack's own databases, and last a gateway on `port` that uses them."""
    databases = {f"{name.upper()}_DATABASE_URL": stack.database_url(name) for name in ("polls", "ballots")}
    environ = {**stack.environ, **databases, "MVOTING_PORT": str(port), "TELEMETRY_PORT": "0"}
    python = [sys.executable, "-m", "benchmarks.stock"]
    ready = lambda: plan.answers(f"http://127.0.0.1:{port}/readyz")  # noqa: E731 - a Command takes a function
    return [
        Command("stock-polls", [*python, "polls"], environ, folder=plan.ROOT),
        Command("stock-ballots", [*python, "ballots"], environ, folder=plan.ROOT),
        Command("stock-gateway", [*python, "gateway"], environ, ready, folder=plan.ROOT),
    ]
