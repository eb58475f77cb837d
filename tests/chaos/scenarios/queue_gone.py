"""The intake queue is deleted while ballots come in: once it is empty, then in the middle of everything."""

from tests.chaos.faults import delete_intake_queue
from tests.chaos.scenario import Run

SHOWS = "the intake queue is deleted while running, with what it holds: refused meanwhile, nothing promised is lost, comes back by itself"
SECONDS = 30.0


def run(asked: Run) -> str:
    """What lies in the queue goes with it; whoever is still waiting for an answer about that hears 503."""
    ground, deleted, longest = asked.ground, 0, 0.0
    with ground.voting() as voting:
        for turn in asked.turns(least=2):
            deleted += 1
            if turn % 2:
                voting.load.hold()
            delete_intake_queue(ground)
            voting.load.go_on()
            longest = max(longest, voting.wait_recorded(5))
            asked.sleep(1.0, 3.0)
    return f"deleted {deleted} times, recording again after at most {longest:.0f} s, {voting.verdict()}"
