"""Ballot workers that end themselves at a failpoint, are started again and end themselves again."""

import time

from services.common.failpoints import EXIT_CODE
from tests.chaos.ground import Broken
from tests.chaos.scenario import Run

LEAST_EXITS = 3


def run_with(asked: Run, point: str) -> str:
    ground, workers, exits = asked.ground, asked.ground.names("ballots-worker"), 0
    with ground.voting() as voting:
        ground.restart_with(*workers, MVOTING_FAILPOINT=f"{point}:{asked.random.randint(5, 25)}")
        deadline = time.monotonic() + asked.seconds + 60
        began = time.monotonic()
        while time.monotonic() - began < asked.seconds or exits < LEAST_EXITS:
            exits += sum(ground.process(name).returncode == EXIT_CODE for name in workers)
            ground.revive()
            if time.monotonic() > deadline:
                raise Broken(f"only {exits} exits at {point}")
            time.sleep(0.2)
        ground.restart_with(*workers, MVOTING_FAILPOINT="")
        voting.wait_recorded(20)
    return f"exits {exits}, {voting.verdict()}"
