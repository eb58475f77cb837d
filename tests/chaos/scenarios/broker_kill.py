"""The broker dies and comes back with what it had confirmed."""

from tests.chaos.scenario import Run

SHOWS = "the broker is killed and restarted: nothing confirmed is lost, every process comes back by itself"
SECONDS = 60.0


def run(asked: Run) -> str:
    ground, kills, longest = asked.ground, 0, 0.0
    with ground.voting() as voting:
        for _ in asked.turns():
            kills += 1
            ground.crash_and_restart("rabbitmq", down=asked.random.uniform(0, 2))
            ground.wait_ready("rabbitmq")
            longest = max(longest, voting.wait_recorded(20))
            asked.sleep(0.2, 3.0)
    return f"kills {kills}, recording again at most {longest:.0f} s after the broker, {voting.verdict()}"
