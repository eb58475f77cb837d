"""Time to record and sequence a backlog of ballots, with one, two and three ballot workers.

The workers are stopped, the ballots are promised and wait in the broker's queue; then the workers start.
"""

import time
from dataclasses import dataclass

import pika

from benchmarks.backlog import fill, wait_until
from benchmarks.report import Report, Table
from benchmarks.site import Site
from services.ballots import contract as ballots
from services.common.bus.client import BusClient

ORDER = 5
SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Drain:
    """Seconds from starting the workers until each thing was so; `rate` in ballots/s, without the workers' start."""

    workers: int
    first: float
    empty: float
    sequenced: float
    counted: float
    rate: float

    def cells(self) -> list[str]:
        seconds = (self.first, self.empty, self.sequenced, self.counted)
        return [str(self.workers), *(f"{each:.1f}" for each in seconds), f"{self.rate:,.0f}"]


def measure(site: Site) -> Report:
    """A backlog of its own for each number of workers."""
    client = BusClient(site.stack.amqp_uri, "benchmark")
    try:
        drains = [drain(site, client, count) for count in site.settings.varied_workers]
    finally:
        client.close()
        site.use_workers(site.settings.workers)
    columns = (
        "ballot workers",
        "first in the log, s",
        "queue empty, s",
        "all in the log, s",
        "all counted, s",
        "ballots/s",
    )
    return Report(
        [Table(columns, [each.cells() for each in drains])],
        [
            f"{site.settings.backlog:,} ballots. Seconds from starting the workers; ballots/s from first to last in the log."
        ],
    )


def drain(site: Site, client: BusClient, workers: int) -> Drain:
    """Fills the queue, starts the workers, waits for each thing in turn. Raises WrongCount unless all are counted once."""
    count = site.settings.backlog
    site.use_workers(0)
    poll = site.operator.open_poll(site.organization)
    fill(site.stack.amqp_uri, poll, count)

    def size() -> int:
        return int(client.call(ballots.GET_LOG_STATE, poll_id=poll)["size"])

    start = time.monotonic()
    site.use_workers(workers)
    first = wait_until(lambda: size() > 0, SECONDS)
    already = size()
    empty = wait_until(lambda: waiting(site.stack.amqp_uri) == 0, SECONDS)
    sequenced = wait_until(lambda: size() >= count, SECONDS)
    counted = wait_until(lambda: site.operator.voters(poll) >= count, SECONDS)
    site.check_counted(poll, count, count)
    return Drain(
        workers,
        first=first - start,
        empty=empty - start,
        sequenced=sequenced - start,
        counted=counted - start,
        rate=(count - already) / max(sequenced - first, 1e-3),
    )


def waiting(amqp_uri: str) -> int:
    """Messages in the intake queue that no worker has taken."""
    connection = pika.BlockingConnection(pika.URLParameters(amqp_uri))
    try:
        channel = connection.channel()
        found = channel.queue_declare(ballots.CAST.queue, passive=True)
        return int(found.method.message_count)
    finally:
        connection.close()
