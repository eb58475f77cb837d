"""The line between a gateway and the broker goes silent without anybody being told."""

from tests.chaos.scenario import Run
from tests.chaos.through_proxy import proxied_gateway

SHOWS = "a half-open connection to the broker: the gateway promises nothing it does not know, and finds back by itself"
SECONDS = 60.0


def run(asked: Run) -> str:
    ground, cuts, longest = asked.ground, 0, 0.0
    with proxied_gateway(ground) as proxy, ground.voting() as voting:
        for _ in asked.turns():
            cuts += 1
            proxy.faults.stalled = True
            asked.sleep(3.0, 20.0)
            proxy.faults.stalled = False
            longest = max(longest, voting.wait_recorded(20))
            ground.wait_ready("gateway")
            asked.sleep(1.0, 3.0)
    return f"cuts {cuts}, {voting.verdict()}"
