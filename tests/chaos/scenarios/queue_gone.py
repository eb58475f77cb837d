"""The intake queue is deleted while ballots come in."""

from tests.chaos.faults import delete_intake_queue
from tests.chaos.load import Plan
from tests.chaos.scenario import Run

SHOWS = "the intake queue is deleted while running: refused meanwhile, nothing promised, comes back by itself"
SECONDS = 30.0


def run(asked: Run) -> str:
    """Few voters: what lies in a queue when somebody deletes it is gone, and nobody could keep a promise about it."""
    ground, deleted, longest = asked.ground, 0, 0.0
    with ground.voting(Plan(rate=10, lanes=4)) as voting:
        for _ in asked.turns():
            deleted += 1
            delete_intake_queue(ground)
            longest = max(longest, voting.wait_recorded(5))
            asked.sleep(1.0, 3.0)
    return f"deleted {deleted} times, recording again after at most {longest:.0f} s, {voting.verdict()}"
