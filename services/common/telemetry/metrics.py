"""Prometheus metrics.  Each is declared where the thing it counts happens; its name says its unit.

Labels are closed sets (a method's, queue's or event's name, an error's code), never a person's or a thing's id.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import REGISTRY, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ITEMS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)


def render() -> tuple[bytes, str]:
    """All metrics of this process, and their content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST


@contextmanager
def measured(histogram: Histogram) -> Iterator[None]:
    """Observes how many seconds the block took, however it ended."""
    start = time.perf_counter()
    try:
        yield
    finally:
        histogram.observe(time.perf_counter() - start)
