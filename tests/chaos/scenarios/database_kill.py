"""PostgreSQL dies with transactions under way."""

from tests.chaos.scenario import Run

SHOWS = "PostgreSQL is killed and restarted: batches wait unacknowledged and are done when it is back"
SECONDS = 60.0


def run(asked: Run) -> str:
    ground, kills, longest = asked.ground, 0, 0.0
    with ground.voting() as voting:
        for _ in asked.turns():
            kills += 1
            ground.crash_and_restart("postgresql", down=asked.random.uniform(0, 3))
            ground.wait_ready("postgresql")
            longest = max(longest, voting.wait_recorded(20))
            asked.sleep(0.2, 3.0)
    return f"kills {kills}, recording again at most {longest:.0f} s after it, {voting.verdict()}"
