"""The process that puts ballots in order dies in the middle of a step; another one runs beside it."""

from tests.chaos.scenario import Run

SHOWS = "two sequencers, one of them killed in a loop: no ballot is left out, none gets two places"
SECONDS = 60.0


def run(asked: Run) -> str:
    ground, kills = asked.ground, 0
    second = ground.add_replica("ballots")
    try:
        with ground.voting() as voting:
            for _ in asked.turns(2):
                kills += 1
                name = asked.random.choice(ground.names("ballots"))
                ground.crash_and_restart(name)
                asked.sleep(1.0, 4.0)
            voting.wait_recorded(20)
        return f"kills {kills}, {voting.verdict()}"
    finally:
        ground.remove_replica(second)
