"""One of two sequencers stands still in the middle of whatever it does, and goes on later as if nothing had happened."""

from tests.chaos.scenario import Run

SHOWS = "two sequencers, one of them stopped and continued: the paused one does no harm when it wakes up"
SECONDS = 60.0


def run(asked: Run) -> str:
    ground, pauses = asked.ground, 0
    second = ground.add_replica("ballots")
    try:
        with ground.voting() as voting:
            for _ in asked.turns(2):
                pauses += 1
                name = asked.random.choice(ground.names("ballots"))
                ground.pause(name)
                asked.sleep(0.5, 3.0 + min(asked.seconds, 10.0) / 3)
                ground.resume(name)
                asked.sleep(0.5, 2.0)
            voting.wait_recorded(20)
        return f"pauses {pauses}, {voting.verdict()}"
    finally:
        ground.remove_replica(second)
