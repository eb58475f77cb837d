"""The bare handler as a process beside a stack, with tables of its own in the stack's PostgreSQL."""

import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local import database, plan
from deploy.local.processes import Command
from services.migrate import migrate

SCHEMA = "bare"
# Connections that insert at the same time: one waits for its commit while the other works.
THREADS = 2


def make_tables(admin_url: str, home: Path) -> str:
    """The tables of ballots, by the very migrations, in a schema of their own; the address of the role that owns it."""
    url = database.postgresql_urls(admin_url, home, [SCHEMA])[database.variable(SCHEMA)]
    migrate("ballots", url)
    return url


def command(port: int, url: str, environ: Mapping[str, str]) -> Command:
    """The process, answering on this port."""
    return Command(
        "bare",
        [sys.executable, "-m", "benchmarks.bare", str(port), str(THREADS)],
        {**environ, "BARE_DATABASE_URL": url},
        ready=lambda: plan.answers(f"http://127.0.0.1:{port}/"),
        folder=plan.ROOT,
    )
