"""Complete ballots beside the same ballots over stock nameko RPC: the same gateway, services and databases.

Each ballot's two steps are stock RPC calls: persistent messages, a confirm for each request and each reply.
"""

from benchmarks.report import Report, Table, Target
from benchmarks.site import Site
from benchmarks.stock.stack import commands
from deploy.local.ports import any_free

ORDER = 3
TIMES = 10
CONNECTIONS = 200


def measure(site: Site) -> Report:
    """Ours and theirs right after each other."""
    site.use_workers(site.settings.workers)
    port, seconds = any_free(), site.settings.seconds
    with site.beside(commands(site.stack, port)):
        for target in (None, port):
            site.warm_up(CONNECTIONS, target)
        ours, stock = (site.cast(CONNECTIONS, seconds, target) for target in (None, port))
    times = ours.rate / max(stock.rate, 1e-9)
    rows = [
        [name, f"{one.rate:,.0f}", f"{one.p50_ms:.0f}", f"{one.p99_ms:.0f}"]
        for name, one in (("coalesced requests", ours), ("stock RPC", stock))
    ]
    return Report(
        [Table(["way", "ballots/s", "p50 ms", "p99 ms"], rows)],
        targets=[Target(f"{TIMES} times stock RPC", f"{times:.1f} times", times >= TIMES)],
    )
