"""What became of the requests of one load, counted apart by the status of their answers."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

RECORDED = 201


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed; 0 of none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Outcomes:
    """Answers by status. Latencies in seconds; only those of requests that were due after the warm-up count in them."""

    def __init__(self) -> None:
        self.all: Counter[int] = Counter()
        self.lost: Counter[str] = Counter()
        self.latencies: dict[int, array[float]] = defaultdict(lambda: array("d"))
        self.recorded_by_second: Counter[int] = Counter()
        self.without_retry_after = 0

    def answered(self, status: int, since_start: float, latency: float, counts: bool) -> None:
        """One answer, so many seconds after the load began."""
        self.all[status] += 1
        if counts:
            self.latencies[status].append(latency)
        if status == RECORDED:
            self.recorded_by_second[int(since_start)] += 1

    def as_dict(self) -> dict[str, Any]:
        """All of it for JSON; latencies in milliseconds."""
        ordered = {status: sorted(values) for status, values in self.latencies.items()}
        return {
            "answers": {str(status): count for status, count in self.all.items()},
            "lost": dict(self.lost),
            "without_retry_after": self.without_retry_after,
            "latencies": {
                str(status): {
                    "count": len(values),
                    "p50_ms": 1000 * percentile(values, 0.5),
                    "p99_ms": 1000 * percentile(values, 0.99),
                    "max_ms": 1000 * values[-1],
                }
                for status, values in ordered.items()
            },
            "recorded_by_second": [
                self.recorded_by_second[second]
                for second in range(max(self.recorded_by_second, default=-1) + 1)
            ],
        }
