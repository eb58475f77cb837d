"""The poll closes while ballots are in flight and a worker dies."""

from tests.chaos.scenario import Run

SHOWS = (
    "a poll closes while ballots are in flight and workers die: accepted ones count, later ones are refused"
)
SECONDS = 5.0


def run(asked: Run) -> str:
    ground = asked.ground
    with ground.voting() as voting:
        asked.sleep(1.0, 3.0)
        ground.crash(asked.random.choice(ground.names("ballots-worker")))
        ground.close_poll(voting.poll)
        asked.sleep(1.0, asked.seconds)
        ground.revive()
    return str(voting.verdict(close=False))
