"""Arrivals at half to twice of what saturates: ballots still recorded, refusals, and pages read meanwhile.

An open loop: phones come at random times whatever the answers, and each comes once.
"""

from dataclasses import dataclass

from benchmarks.load import generator
from benchmarks.load.generator import Outcome
from benchmarks.report import Report, Table, Target
from benchmarks.site import Site

ORDER = 4
# What saturates is what a closed loop of so many connections gets.
CONNECTIONS = 500
SHARE_OF_BEST = 0.9
RECORDED, ACCEPTED, REFUSED = 201, 202, 503
COLUMNS = (
    "load",
    "arrivals/s",
    "recorded/s",
    "p50 ms",
    "p99 ms",
    "accepted (202)/s",
    "refused (503)/s",
    "p50 ms",
    "p99 ms",
    "lost",
    "pages p50 ms",
    "p99 ms",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One load: what became of the ballots, and of the pages read meanwhile."""

    load: float
    seconds: int
    ballots: Outcome
    pages: Outcome

    def cells(self) -> list[str]:
        recorded, refused = self.ballots.latency(RECORDED), self.ballots.latency(REFUSED)
        counted = sum(each.count for each in self.ballots.latencies.values())
        return [
            f"{self.load:g}",
            f"{(counted + sum(self.ballots.lost.values())) / self.seconds:,.0f}",
            f"{self.ballots.rate:,.0f}",
            f"{recorded.p50_ms:.0f}",
            f"{recorded.p99_ms:.0f}",
            f"{self.ballots.latency(ACCEPTED).count / self.seconds:,.0f}",
            f"{refused.count / self.seconds:,.0f}",
            f"{refused.p50_ms:.0f}" if refused.count else "",
            f"{refused.p99_ms:.0f}" if refused.count else "",
            str(sum(self.ballots.lost.values())),
            f"{self.pages.latency(200).p50_ms:.0f}",
            f"{self.pages.latency(200).p99_ms:.0f}",
        ]


def measure(site: Site) -> Report:
    """What saturates first, then each load with voters and a poll of its own."""
    site.use_workers(site.settings.workers)
    site.warm_up(CONNECTIONS)
    closed = site.cast(CONNECTIONS, site.settings.seconds)
    steps = [step(site, load, load * closed.rate) for load in site.settings.loads]
    best = max(closed.rate, *(one.ballots.rate for one in steps))
    last = steps[-1]
    share = last.ballots.rate / best
    return Report(
        [Table(COLUMNS, [one.cells() for one in steps])],
        [
            f"What saturates: {closed.rate:,.0f} ballots/s, by a closed loop of {CONNECTIONS} connections.",
            _generator_cost(last, site.settings.warm_up),
        ],
        [
            Target(
                f"at {last.load:g} times what saturates, {SHARE_OF_BEST} of the best rate",
                f"{share:.2f}",
                share >= SHARE_OF_BEST,
            ),
            Target(
                "every refusal says when to come again",
                f"{last.ballots.without_retry_after} do not",
                not last.ballots.without_retry_after,
            ),
        ],
    )


def step(site: Site, load: float, rate: float) -> Step:
    """One load, checked: whatever was promised is counted, once. Raises WrongCount."""
    seconds, warm_up = site.settings.seconds, site.settings.warm_up
    casting = site.electorate(int(1.2 * rate * (seconds + warm_up)) + 100)
    paths = [
        path.format(poll=casting.poll)
        for path in ("/polls/{poll}", "/polls/{poll}/results", "/api/v1/polls/{poll}")
    ]
    with generator.reading(casting.port, paths, site.settings.pages, warm_up + seconds) as pages:
        ballots = generator.arrivals(casting, rate, seconds, warm_up)
    promised = ballots.count(RECORDED) + ballots.count(ACCEPTED)
    # Whoever was refused or got no answer was promised nothing, but may have been recorded all the same.
    site.check_counted(casting.poll, promised, promised + ballots.count(REFUSED) + sum(ballots.lost.values()))
    return Step(load, seconds, ballots, pages.outcome)


def _generator_cost(last: Step, warm_up: int) -> str:
    share = last.ballots.cpu_seconds / (last.seconds + warm_up)
    return (
        f"The generator took {share:.2f} of one core at the last load, had up to {last.ballots.most_connections:,} "
        f"requests open, and sent one at worst {last.ballots.worst_lag_ms:.0f} ms late."
    )
