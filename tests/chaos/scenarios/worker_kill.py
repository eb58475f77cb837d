"""Ballot workers die in the middle of whatever they do, again and again."""

from tests.chaos.scenario import Run

SHOWS = "a ballot worker is killed in a loop; what was promised is in once, what was in its hands is done by another"
SECONDS = 200.0
LEAST_KILLS = 3


def run(asked: Run) -> str:
    ground, kills = asked.ground, 0
    with ground.voting() as voting:
        for _ in asked.turns(LEAST_KILLS):
            kills += 1
            name = asked.random.choice(ground.names("ballots-worker"))
            ground.crash_and_restart(name, down=asked.random.uniform(0, 0.3))
            asked.sleep(0.5, 3.0)
        ground.wait_ready(*ground.names("ballots-worker"))
        voting.wait_recorded(20)
    return f"kills {kills}, {voting.verdict()}"
