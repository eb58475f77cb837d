"""Fifty connections cast for the same voter at the same time, each another ballot."""

import time
from collections.abc import Iterator

from services.common.ids import new_id
from tests.chaos.load import OPTIONS, Ballot, Plan
from tests.chaos.scenario import Run

SHOWS = "the same voter casts from 50 connections with different ballots: one counts, the others hear so"
SECONDS = 20.0
CONNECTIONS = 50


def run(asked: Run) -> str:
    plan = Plan(rate=250, lanes=CONNECTIONS, persistent=0)
    with asked.ground.voting(plan, source=fifty_times(asked)) as voting:
        time.sleep(asked.seconds)
    return str(voting.verdict())


def fifty_times(asked: Run) -> Iterator[Ballot]:
    """Each voter's ballots in a row, so that they are under way together."""
    for one in asked.ground.ballots(asked.seed):
        for _ in range(CONNECTIONS):
            yield Ballot(one.voter, one.token, new_id(), {"q1": [asked.random.choice(OPTIONS)]})
