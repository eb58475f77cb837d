"""Many ballots one after the other: memory of each process, rate, disk, and an exact final count.

A closed loop of 200 connections until every voter has cast; then the poll closes and everything is counted again.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate

from benchmarks import usage
from benchmarks.backlog import wait_until
from benchmarks.load.generator import Outcome, closed_loop
from benchmarks.report import Report, Table, Target
from benchmarks.site import Site, WrongCount

ORDER = 6
CONNECTIONS = 200
# Slower than this it is given up.
LEAST_A_SECOND = 200
FINAL_SECONDS = 300.0
SAMPLES = 100
# Caches are still filling in a shorter soak; PostgreSQL's shared buffers are filling for longer.
FLAT_FROM, FLAT_WITHIN, NOT_FLAT = 500_000, 1.1, "postgresql"
Sample = Mapping[str, float]


def measure(site: Site) -> Report:
    """One poll, as many voters as the setting says. Raises WrongCount unless the final count is exact."""
    site.use_workers(site.settings.workers)
    count = site.settings.soak
    casting = site.electorate(count)
    disk = disk_of(site)
    with sampling(site, count) as samples:
        found = closed_loop(casting, CONNECTIONS, count // LEAST_A_SECOND + 60)
    promised = found.count(201) + found.count(202)
    counted = final_count(site, casting.poll)
    if promised != count or counted != count:
        raise WrongCount(
            f"{count} voters, {promised} ballots promised, {counted} counted: {found.answers} {found.lost}"
        )
    rates = tenths(found.recorded_by_second)
    grown = {name: after - disk.get(name, 0.0) for name, after in disk_of(site).items()}
    return Report(
        [
            Table(("", "first tenth", "last tenth"), [["ballots/s", *(f"{rate:,.0f}" for rate in rates)]]),
            memory_table(samples),
            Table(
                ("grown on disk", "MB"), [[name, f"{each:,.0f}"] for name, each in grown.items() if each >= 1]
            ),
        ],
        [
            summary(count, counted, found),
        ],
        flat(samples) if count >= FLAT_FROM else (),
    )


def summary(count: int, counted: int, found: Outcome) -> str:
    seconds = max(1, len(found.recorded_by_second))
    return (
        f"{count:,} voters in {seconds:,} s, {found.count(202)} of them answered 202; the final count after closing is "
        f"{counted:,}. Memory is resident (PSS), the mean of each tenth's samples. "
        f"The generator took {found.cpu_seconds / seconds:.2f} of one core."
    )


@contextmanager
def sampling(site: Site, count: int) -> Iterator[list[Sample]]:
    """Memory of every process, again and again while the block runs."""
    samples: list[Sample] = []
    ended = threading.Event()
    pause = max(0.2, count / 2_000 / SAMPLES)

    def sample() -> None:
        while not ended.wait(pause):
            samples.append(usage.memory(site.processes))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        ended.set()
        thread.join(timeout=10)


def final_count(site: Site, poll: str) -> int:
    """Closes the poll; the voters in its final result, which is counted from the log anew."""
    site.operator.close_poll(poll)
    wait_until(lambda: site.operator.results(poll).get("state") == "final", FINAL_SECONDS, pause=0.5)
    return int(site.operator.results(poll)["voters"])


def tenths(recorded_by_second: Sequence[int]) -> tuple[float, float]:
    """Ballots/s while the first and the last tenth of them were recorded, in whole seconds; the last one is none."""
    recorded_by_second = recorded_by_second[:-1] or recorded_by_second
    total = sum(recorded_by_second)
    sums = list(accumulate(recorded_by_second))
    until = bisect_left(sums, total / 10) + 1
    since = min(bisect_left(sums, 0.9 * total) + 1, len(sums) - 1)
    before = sums[since - 1] if since else 0
    return sums[until - 1] / until, (total - before) / (len(sums) - since)


def first_and_last(samples: Sequence[Sample]) -> dict[str, tuple[float, float]]:
    """The mean of the first and of the last tenth of the samples, by process."""
    tenth = max(1, len(samples) // 10)
    return {
        name: (mean(samples[:tenth], name), mean(samples[-tenth:], name))
        for name in (samples[-1] if samples else ())
    }


def mean(samples: Sequence[Sample], name: str) -> float:
    return sum(sample.get(name, 0.0) for sample in samples) / len(samples)


def memory_table(samples: Sequence[Sample]) -> Table:
    means = first_and_last(samples)
    return Table(
        ("memory, MB", "first tenth", "last tenth"),
        [[name, f"{first:.0f}", f"{last:.0f}"] for name, (first, last) in means.items()],
    )


def flat(samples: Sequence[Sample]) -> list[Target]:
    """Whether no process but PostgreSQL has grown."""
    grown = {
        name: last / first
        for name, (first, last) in first_and_last(samples).items()
        if name != NOT_FLAT and first and last > FLAT_WITHIN * first
    }
    found = ", ".join(f"{name} {ratio:.2f} times" for name, ratio in grown.items()) or "none"
    return [Target(f"no process but {NOT_FLAT} grows by more than a tenth", found, not grown)]


def disk_of(site: Site) -> dict[str, float]:
    """Megabytes of each folder of the platform's home, by name."""
    return {each.name: usage.disk(each) for each in sorted(site.stack.home.iterdir()) if each.is_dir()}
