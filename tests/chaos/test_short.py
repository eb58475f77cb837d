"""Short forms of the main scenarios, one after another on one stack. `make chaos` runs all of them for longer.

Each opens a poll of its own, breaks something while voters cast, and compares every answer with the public record.
"""

import shutil

import pytest

from tests.chaos import scenario
from tests.chaos.ground import Ground, new_folder, options

SEED = 1
# Name and how long the fault goes on; starting and the final result come on top.
SHORT = {
    "worker_kill": 0,
    "commit_before_reply": 1,
    "commit_before_ack": 1,
    "sequencer_pause": 1,
    "same_voter": 2,
    "passes": 0,
    "poison": 1,
    "broker_kill": 0,
    "database_kill": 0,
}


@pytest.fixture(scope="module")
def ground():
    folder = new_folder()
    made = Ground(
        folder, options(folder, database="postgresql", ballot_workers=2, gateways=1, seal_grace=0), SEED
    )
    try:
        yield made.start()
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("name", SHORT)
def test_every_promise_is_kept(ground, name):
    print(scenario.run(name, ground, SEED, SHORT[name]))
