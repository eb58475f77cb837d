"""The broker is away for longer than anything of ours could be kept waiting."""

import time

from tests.chaos.ground import Broken
from tests.chaos.scenario import Run

SHOWS = (
    "no broker for more than a minute: nothing is promised, no process ends, and all go on when it is back"
)
SECONDS = 65.0


def run(asked: Run) -> str:
    ground = asked.ground
    pids = {process.name: process.pid for process in ground.stack.supervisor.processes()}
    with ground.voting() as voting:
        ground.crash("rabbitmq")
        time.sleep(1.0)
        promised = voting.load.told[201] + voting.load.told[202]
        time.sleep(asked.seconds)
        if voting.load.told[201] + voting.load.told[202] > promised:
            raise Broken("something was promised without a broker")
        ground.process("rabbitmq").start()
        ground.wait_ready("rabbitmq")
        back = voting.wait_recorded(20)
    for process in ground.stack.supervisor.processes():
        if process.name != "rabbitmq" and process.pid != pids[process.name]:
            raise Broken(f"{process.name} had to be started again")
    return f"away {asked.seconds:.0f} s, recording again {back:.0f} s after it, {voting.verdict()}"
