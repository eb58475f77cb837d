"""The intake queue is deleted while ballots come in."""

from tests.chaos.faults import delete_intake_queue
from tests.chaos.scenario import Run

SHOWS = "the intake queue is deleted while running: refused meanwhile, nothing promised, comes back by itself"
SECONDS = 30.0


def run(asked: Run) -> str:
    """Deleted while it is empty: what lies in a queue goes with it, and nobody could keep a promise about that."""
    ground, deleted, longest = asked.ground, 0, 0.0
    with ground.voting() as voting:
        for _ in asked.turns():
            deleted += 1
            voting.load.hold()
            delete_intake_queue(ground)
            voting.load.go_on()
            longest = max(longest, voting.wait_recorded(5))
            asked.sleep(1.0, 3.0)
    return f"deleted {deleted} times, recording again after at most {longest:.0f} s, {voting.verdict()}"
