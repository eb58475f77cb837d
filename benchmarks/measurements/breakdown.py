"""Complete ballots a second of a poll whose result is broken down, beside one whose result is not.

In turns, so that what else the machine does hits both; everybody's token carries a profile. Broken down by everything
that there is: 3,120 cohorts. The CPU time of the sequencer, which counts by cohorts, is in that of `ballots`.
"""

from dataclasses import dataclass
from statistics import mean

from benchmarks import usage
from benchmarks.load import wrk
from benchmarks.report import Report, Table
from benchmarks.site import Site
from services.polls.contract.breakdown import DIMENSIONS

ORDER = 7
CONNECTIONS = 200
BY = tuple(DIMENSIONS)


PARTS = ("gateway", "polls-passes", "ballots-worker-1", "ballots", "postgresql")


@dataclass(frozen=True, slots=True)
class Turn:
    """One load; `cpu` is what each process spent on it, in microseconds a ballot."""

    by: tuple[str, ...]
    figures: wrk.Figures
    cpu: dict[str, float]

    @property
    def whole(self) -> float:
        """Of all processes together."""
        return sum(self.cpu.values())

    def cells(self) -> list[str]:
        shown = (self.figures.p50_ms, self.figures.p99_ms, *(self.cpu.get(name, 0) for name in PARTS))
        name = "broken down" if self.by else "as a whole"
        return [name, f"{self.figures.rate:,.0f}", *(f"{each:.0f}" for each in (*shown, self.whole))]


def measure(site: Site) -> Report:
    """Both kinds of polls in turns."""
    site.use_workers(site.settings.workers)
    site.warm_up(CONNECTIONS)
    turns = [_turn(site, by) for _ in range(site.settings.turns) for by in ((), BY)]
    plain, broken = ([one for one in turns if bool(one.by) is wanted] for wanted in (False, True))
    rate = mean(one.figures.rate for one in broken) / mean(one.figures.rate for one in plain)
    cpu = mean(one.whole for one in broken) / mean(one.whole for one in plain)
    columns = ["result", "ballots/s", "p50 ms", "p99 ms", *(f"{name}, µs" for name in (*PARTS, "all"))]
    note = f"Broken down beside as a whole: {rate:.2f} of the ballots a second, {cpu:.2f} of the CPU time a ballot."
    return Report([Table(columns, [one.cells() for one in turns])], [note])


def _turn(site: Site, by: tuple[str, ...]) -> Turn:
    before = usage.cpu_seconds(site.processes)
    figures = site.cast(CONNECTIONS, site.settings.seconds, by=by)
    spent = usage.spent(before, usage.cpu_seconds(site.processes))
    return Turn(
        by, figures, {name: 1e6 * each / max(1, figures.raw["recorded"]) for name, each in spent.items()}
    )
