"""Confirms of the broker come late, then as refusals of what the broker has all the same."""

from tests.chaos.ground import Broken
from tests.chaos.scenario import Run
from tests.chaos.through_proxy import proxied_gateway

SHOWS = (
    "confirms that come too late, then refusals: 503 and nothing promised, though the ballot may be in, once"
)
SECONDS = 30.0


def run(asked: Run) -> str:
    ground = asked.ground
    with proxied_gateway(ground) as proxy, ground.voting() as voting:
        for _ in asked.turns():
            proxy.faults.confirm_delay = asked.random.uniform(1.0, 5.0)
            asked.sleep(3.0, 6.0)
            proxy.faults.refuse = True
            asked.sleep(3.0, 6.0)
            proxy.faults.confirm_delay = 0.0
            asked.sleep(2.0, 4.0)
            proxy.faults.refuse = False
            voting.wait_recorded(20)
    if not proxy.refused:
        raise Broken("nothing was refused: the proxy did not do its part")
    return f"refusals {proxy.refused}, {voting.verdict()}"
