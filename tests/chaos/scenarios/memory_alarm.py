"""The broker has no memory left and blocks everybody who publishes."""

import time

from tests.chaos.faults import rabbitmqctl
from tests.chaos.scenario import Run

SHOWS = "a memory alarm blocks the broker: quick 503, nothing promised that is not kept, and back by itself"
SECONDS = 20.0


def run(asked: Run) -> str:
    ground = asked.ground
    with ground.voting() as voting:
        rabbitmqctl(ground, "set_vm_memory_high_watermark", "0")
        try:
            time.sleep(asked.seconds)
        finally:
            rabbitmqctl(ground, "set_vm_memory_high_watermark", "0.4")
        back = voting.wait_recorded(20)
    return f"alarm {asked.seconds:.0f} s, recording again after {back:.0f} s, {voting.verdict()}"
