"""Somebody holds a lock on the table that every ballot goes into."""

import time

from tests.chaos.faults import locked_table
from tests.chaos.scenario import Run

SHOWS = "a lock on the ballots' table stalls PostgreSQL: 202 or 503 in time, and everything accepted is in afterwards"
SECONDS = 30.0


def run(asked: Run) -> str:
    with asked.ground.voting() as voting:
        with locked_table(asked.ground, "ballots", "ballot"):
            time.sleep(asked.seconds)
        back = voting.wait_recorded(20)
    return f"locked {asked.seconds:.0f} s, recording again after {back:.0f} s, {voting.verdict()}"
