"""What a run of the benchmark may be told, each setting once."""

from services.common.settings import Setting, Settings, integer, words


def whole_numbers(text: str) -> tuple[int, ...]:
    """A comma-separated list of whole numbers above 0."""
    return tuple(integer(1)(word) for word in words(text))


def shares(text: str) -> tuple[float, ...]:
    """A comma-separated list of numbers above 0."""
    found = tuple(float(word) for word in words(text))
    if not found or min(found) <= 0:
        raise ValueError("must be a list of numbers above 0")
    return found


class BenchSettings(Settings):
    """How much is measured; the defaults are what the figures in README.md were measured with."""

    seconds = Setting("BENCH_SECONDS", "8", "seconds of each single load", integer(1))
    connections = Setting(
        "BENCH_CONNECTIONS", "50,200,500", "connections of the closed loops in `limit`", whole_numbers
    )
    workers = Setting(
        "BENCH_WORKERS", "2", "ballot workers wherever their number is not what is varied", integer(1)
    )
    varied_workers = Setting(
        "BENCH_VARIED_WORKERS", "1,2,3", "numbers of ballot workers in `workers` and `backlog`", whole_numbers
    )
    loads = Setting(
        "BENCH_LOADS", "0.5,0.75,1,1.5,2", "arrivals in `overload`, as shares of what saturates", shares
    )
    pages = Setting("BENCH_PAGES", "20", "pages read a second during `overload`", integer(1))
    backlog = Setting("BENCH_BACKLOG", "100000", "ballots that wait in `backlog`", integer(1))
    soak = Setting("BENCH_SOAK", "50000", "ballots of `soak`; 1000000 takes about seven minutes", integer(10))
    turns = Setting("BENCH_TURNS", "3", "loads of each kind in `breakdown`", integer(1))
    warm_up = Setting("BENCH_WARM_UP", "3", "seconds of load before what is measured", integer(0))
