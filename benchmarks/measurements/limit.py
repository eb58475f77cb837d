"""Complete ballots beside the limit: a bare handler that only inserts the same rows, and beside an empty answer.

The bare handler (`benchmarks.bare`) is one process of uvicorn, uvloop and httptools; it gets the same requests and inserts the
same rows in the same batches into the same PostgreSQL: no bus, no sessions, no signatures.
"""

from dataclasses import dataclass

from benchmarks import usage
from benchmarks.bare import process as bare
from benchmarks.load import wrk
from benchmarks.report import Report, Table, Target
from benchmarks.site import Site
from deploy.local.ports import any_free

ORDER = 2
SHARE = 0.5
# The ratio is promised where the other targets are.
CONNECTIONS = 200
COLUMNS = (
    "connections",
    "empty answers/s",
    "bare inserts/s",
    "p99 ms",
    "ballots/s",
    "p50 ms",
    "p99 ms",
    "of bare",
    "of empty",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One number of connections; `cpu` is what each process spent on ours, in microseconds a ballot."""

    empty: wrk.Figures
    bare: wrk.Figures
    ours: wrk.Figures
    cpu: dict[str, float]
    bare_cpu: dict[str, float]

    @property
    def of_bare(self) -> float:
        return self.ours.rate / self.bare.rate

    def cells(self) -> list[str]:
        return [
            str(self.ours.connections),
            f"{self.empty.rate:,.0f}",
            f"{self.bare.rate:,.0f}",
            f"{self.bare.p99_ms:.0f}",
            f"{self.ours.rate:,.0f}",
            f"{self.ours.p50_ms:.0f}",
            f"{self.ours.p99_ms:.0f}",
            f"{self.of_bare:.2f}",
            f"{self.ours.rate / self.empty.rate:.2f}",
        ]


def measure(site: Site) -> Report:
    """For each number of connections the three right after each other, so that the ratios mean something."""
    site.use_workers(site.settings.workers)
    port = any_free()
    url = bare.make_tables(site.admin_url, site.stack.home)
    with site.beside([bare.command(port, url, site.stack.environ)]):
        site.warm_up(connections=50)
        rows = [_row(site, count, port) for count in site.settings.connections]
    promised = next((row for row in rows if row.ours.connections == CONNECTIONS), rows[-1])
    return Report(
        [Table(COLUMNS, [row.cells() for row in rows]), _costs(rows[-1])],
        [f"CPU time at {rows[-1].ours.connections} connections, microseconds a ballot."],
        [
            Target(
                f"{SHARE} of the bare handler at {promised.ours.connections} connections",
                f"{promised.of_bare:.2f}",
                promised.of_bare >= SHARE,
            )
        ],
    )


def _row(site: Site, connections: int, port: int) -> Row:
    seconds = site.settings.seconds
    empty = wrk.plain(f"{site.stack.url}/livez", connections, seconds)
    alone, bare_cpu = cast(site, connections, seconds, port)
    ours, cpu = cast(site, connections, seconds)
    return Row(empty, alone, ours, cpu, bare_cpu)


def cast(
    site: Site, connections: int, seconds: int, port: int | None = None
) -> tuple[wrk.Figures, dict[str, float]]:
    """A closed loop, and what each process spent on it in microseconds a ballot; on the bare handler with `port`."""
    before = usage.cpu_seconds(site.processes)
    found = (
        site.cast(connections, seconds, port) if port is None else site.cast_bare(connections, seconds, port)
    )
    spent = usage.spent(before, usage.cpu_seconds(site.processes))
    return found, {name: 1e6 * each / max(1, found.raw["recorded"]) for name, each in spent.items()}


def _costs(row: Row) -> Table:
    cells = [
        [name, f"{each:.0f}", f"{row.bare_cpu.get(name, 0):.0f}"]
        for name, each in row.cpu.items()
        if each >= 1 and name != "bare"
    ]
    cells.append(["bare", "", f"{row.bare_cpu.get('bare', 0):.0f}"])
    return Table(["process", "a complete ballot", "a bare insert"], cells)
