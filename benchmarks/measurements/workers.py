"""Complete ballots a second through HTTP with one, two and three ballot workers.

At 200 connections.  A complete ballot: session (Ed25519), ballot rules, pass, validation, commit, signed receipt.
"""

from benchmarks.report import Report, Table, Target
from benchmarks.site import Site

ORDER = 1
CONNECTIONS = 200
BALLOTS_A_SECOND = 3_000
P99_MS = 200


def measure(site: Site) -> Report:
    """The same load for each number of workers."""
    found = {}
    for count in site.settings.varied_workers:
        site.use_workers(count)
        site.warm_up(CONNECTIONS)
        found[count] = site.cast(CONNECTIONS, site.settings.seconds)
    best = max(found.values(), key=lambda one: one.rate)
    rows = [
        [str(count), f"{one.rate:,.0f}", f"{one.p50_ms:.0f}", f"{one.p99_ms:.0f}"]
        for count, one in found.items()
    ]
    return Report(
        [Table(["ballot workers", "ballots/s", "p50 ms", "p99 ms"], rows)],
        targets=[
            Target(
                f"{BALLOTS_A_SECOND:,} complete ballots a second at {CONNECTIONS} connections",
                f"{best.rate:,.0f}",
                best.rate >= BALLOTS_A_SECOND,
            ),
            Target(f"p99 under {P99_MS} ms with them", f"{best.p99_ms:.0f} ms", best.p99_ms < P99_MS),
        ],
    )
