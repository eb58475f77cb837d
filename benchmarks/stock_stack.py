"""The three processes of the comparison, for the stack's supervisor."""

import sys

from deploy.local import plan
from deploy.local.processes import Command
from deploy.local.stack import Stack


def start_stock(stack: Stack, port: int) -> str:
    """Stock services beside the stack's own, on the same databases, and a gateway that uses them; its address."""
    url = f"http://127.0.0.1:{port}"
    databases = {f"{name.upper()}_DATABASE_URL": stack.database_url(name) for name in ("polls", "ballots")}
    environ = {**stack.environ, **databases, "MVOTING_PORT": str(port), "TELEMETRY_PORT": "0"}
    python = [sys.executable, "-m", "benchmarks.stock"]
    services = [
        Command(f"stock-{name}", [*python, name], environ, folder=plan.ROOT) for name in ("polls", "ballots")
    ]
    stack.supervisor.start(services)
    ready = lambda: plan.answers(f"{url}/readyz")  # noqa: E731 - a Command takes a function
    stack.supervisor.start([Command("stock-gateway", [*python, "gateway"], environ, ready, folder=plan.ROOT)])
    return url
