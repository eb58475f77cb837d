"""`make bench`: ballots a second through the whole path, beside an empty answer and stock nameko RPC, in one run.

Starts a stack of its own with PostgreSQL in a temporary folder. Prints a table; ends with 1 when a target is missed.
Seconds for each measurement: BENCH_SECONDS (default 10). Connections: BENCH_CONNECTIONS (default 50,200,500).
"""

import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import client, load, voters
from benchmarks.stock_stack import start_stock
from deploy.local import packages
from deploy.local.options import Options
from deploy.local.ports import any_free
from deploy.local.stack import Stack

ADMIN = "+821000000001"
WORKERS = 2
ORGANIZATION = "bench"
WARM_UP_SECONDS = 3
# Far more voters a second than one machine casts; the file must not run out.
VOTERS_A_SECOND = 8_000
SETTLE_SECONDS = 120
TARGET_OF_EMPTY, TARGET_OF_STOCK, TARGET_P99_MS, TARGET_CONNECTIONS = 0.25, 10, 250, 200


@dataclass(frozen=True, slots=True)
class Row:
    """What one number of connections gave; `stock` are the same ballots over nameko's RPC as it comes."""

    empty: load.Figures
    ballots: load.Figures
    stock: load.Figures


def main() -> int:
    seconds = int(os.environ.get("BENCH_SECONDS", "10"))
    connections = [int(c) for c in os.environ.get("BENCH_CONNECTIONS", "50,200,500").split(",")]
    if shutil.which("wrk") is None:
        packages.install("wrk")
    with tempfile.TemporaryDirectory(prefix="mvoting-bench-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as its own user and must get in
        stack = Stack(
            Options(
                home=Path(folder),
                port=any_free(),
                database="postgresql",
                ballot_workers=WORKERS,
                environ=dict(os.environ),
            )
        )
        try:
            stack.start()
            rows = measure(stack, Path(folder), connections, seconds)
            print_memory(stack)
        finally:
            stack.stop()
    return report(rows)


def measure(stack: Stack, folder: Path, connections: list[int], seconds: int) -> list[Row]:
    """Each number of connections in turn; the three measurements of a row run right after each other."""
    stack.create_admin(ADMIN)
    operator = client.Client(stack.url, ADMIN)
    operator.make_organization(ORGANIZATION)
    stock_url = start_stock(stack, any_free())
    for url in (stack.url, stock_url):
        cast(url, folder, operator, 50, WARM_UP_SECONDS)
    rows = []
    for count in connections:
        empty = load.plain(f"{stack.url}/livez", count, seconds)
        ballots = cast(stack.url, folder, operator, count, seconds)
        stock = cast(stock_url, folder, operator, count, seconds)
        rows.append(Row(empty, ballots, stock))
        print(line(rows[-1]), flush=True)
    return rows


def cast(url: str, folder: Path, operator: client.Client, count: int, seconds: int) -> load.Figures:
    """Cast in a poll of its own; check afterwards that every ballot that got a receipt was counted once."""
    poll = operator.open_poll(ORGANIZATION)
    file = folder / "voters.tsv"
    voters.write_voters(file, folder / "keys", VOTERS_A_SECOND * seconds)
    found = load.cast(f"{url}/api/v1/polls/{poll}/ballots", file, client.ANSWERS, count, seconds)
    if found.raw["refused"] or found.raw["other"] or found.raw["exhausted"]:
        raise SystemExit(f"the load itself was wrong: {found.raw}")
    check_counted(operator, poll, found)
    return found


def check_counted(operator: client.Client, poll: str, found: load.Figures) -> None:
    """Ballots whose answer wrk did not wait for at its end may be counted too: at most one for each connection."""
    deadline = time.monotonic() + SETTLE_SECONDS
    low, high = found.raw["recorded"], found.raw["requests"] + found.connections
    counted = -1
    while time.monotonic() < deadline:
        before, counted = counted, operator.voters(poll)
        if counted == before and low <= counted <= high:
            return
        time.sleep(2)
    raise SystemExit(f"{low} ballots got a receipt, {counted} were counted")


def print_memory(stack: Stack) -> None:
    print("\n| process | resident memory, MB |\n|---|---|")
    for process in stack.supervisor.processes():
        status = Path(f"/proc/{process.pid}/status")
        if status.exists():
            kilobytes = next(
                int(t.split()[1]) for t in status.read_text().splitlines() if t.startswith("VmRSS")
            )
            print(f"| {process.name} | {kilobytes / 1024:.0f} |")


def line(row: Row) -> str:
    b = row.ballots
    return (
        f"| {b.connections} | {row.empty.rate:,.0f} | {b.rate:,.0f} | {b.p50_ms:.0f} | {b.p99_ms:.0f} "
        f"| {row.stock.rate:,.0f} | {b.rate / row.empty.rate:.2f} | {b.rate / row.stock.rate:.1f} |"
    )


def report(rows: list[Row]) -> int:
    print(
        "\n| connections | empty answers/s | ballots/s | p50 ms | p99 ms | ballots/s over stock RPC | of empty | times stock |"
        "\n|---|---|---|---|---|---|---|---|"
    )
    for row in rows:
        print(line(row))
    missed = [text for row in rows if row.ballots.connections == TARGET_CONNECTIONS for text in misses(row)]
    print("\n" + ("missed: " + "; ".join(missed) if missed else "every target is reached"))
    return 1 if missed else 0


def misses(row: Row) -> list[str]:
    checks = {
        f"at least {TARGET_OF_EMPTY} of the empty answer": row.ballots.rate
        >= TARGET_OF_EMPTY * row.empty.rate,
        f"at least {TARGET_OF_STOCK} times stock RPC": row.ballots.rate >= TARGET_OF_STOCK * row.stock.rate,
        f"p99 under {TARGET_P99_MS} ms": row.ballots.p99_ms < TARGET_P99_MS,
    }
    return [text for text, reached in checks.items() if not reached]


if __name__ == "__main__":
    sys.exit(main())
