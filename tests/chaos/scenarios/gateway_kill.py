"""A gateway dies with requests in its hands."""

from tests.chaos.scenario import Run

SHOWS = "gateways are killed in turn: its voters know nothing, cast the same ballot at the other one, and count once"
SECONDS = 60.0


def run(asked: Run) -> str:
    ground, kills = asked.ground, 0
    with ground.voting() as voting:
        for _ in asked.turns(2):
            kills += 1
            name = asked.random.choice(ground.names("gateway"))
            ground.crash_and_restart(name, down=asked.random.uniform(0, 1))
            ground.wait_ready(name)
            asked.sleep(0.5, 2.0)
        voting.wait_recorded(20)
    return f"kills {kills}, {voting.verdict()}"
