"""A ballot worker ends itself when the transaction is committed and nobody has been answered."""

from services.common.failpoints import BATCH_COMMITTED
from tests.chaos.crash_points import run_with
from tests.chaos.scenario import Run

SHOWS = "a worker ends itself between commit and reply: the ballot is in, its sender is answered by the next delivery"
SECONDS = 60.0


def run(asked: Run) -> str:
    return run_with(asked, BATCH_COMMITTED)
