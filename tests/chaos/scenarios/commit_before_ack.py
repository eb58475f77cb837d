"""A ballot worker ends itself when everybody has been answered and the broker has not heard of it."""

from services.common.failpoints import BATCH_ANSWERED
from tests.chaos.crash_points import run_with
from tests.chaos.scenario import Run

SHOWS = "a worker ends itself between reply and acknowledgement: the batch comes again and changes nothing"
SECONDS = 60.0


def run(asked: Run) -> str:
    return run_with(asked, BATCH_ANSWERED)
