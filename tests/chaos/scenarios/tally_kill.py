"""The counting service dies while it counts."""

from tests.chaos.scenario import Run

SHOWS = "tally is killed in a loop: live counters and recount agree all the same"
SECONDS = 40.0


def run(asked: Run) -> str:
    ground, kills = asked.ground, 0
    with ground.voting() as voting:
        for _ in asked.turns(2):
            kills += 1
            ground.crash_and_restart("tally")
            asked.sleep(1.0, 4.0)
        voting.wait_recorded(20)
    return f"kills {kills}, {voting.verdict()}"
