"""One node of a three-node cluster is cut off from the other two, then the leader of the intake queue."""

import time
from collections import Counter

from tests.chaos.cluster import SIZE, Cluster
from tests.chaos.ground import CAST_QUEUE, Broken, Ground, Voting
from tests.chaos.journal import UNKNOWN
from tests.chaos.load import Plan
from tests.chaos.scenario import Run

SHOWS = (
    "a node of a three-node broker, and then the queue's leader, is cut off while voters cast on either side: the majority "
    "goes on, the minority says only 503, nothing is lost or doubled after they have joined again"
)
SECONDS = 60.0
PLAN = Plan(rate=40.0, lanes=12)
ANSWERED = 8.0
"""Seconds after which everything has its answer that was confirmed before the cut."""
PATIENCE = 90.0


def prepare(ground: Ground) -> None:
    """The cluster, instead of a broker of one node. Raises Impossible."""
    ground.cluster = Cluster(ground.folder / "cluster")
    ground.undo.append(ground.cluster.stop)
    ground.use_broker(ground.cluster.start().uri())


def run(asked: Run) -> str:
    ground, cluster = asked.ground, asked.ground.cluster
    if cluster is None:
        raise Broken("this scenario needs its own ground: run it by name")
    if cluster.members(CAST_QUEUE) != SIZE:
        raise Broken(f"the intake queue is kept on {cluster.members(CAST_QUEUE)} nodes")
    figures = []
    for turn in asked.turns(least=2):
        leader = cluster.leader(CAST_QUEUE)
        node = leader if turn % 2 == 0 else asked.random.choice(cluster.others(leader))
        figures.append(
            f"{'leader' if node == leader else 'follower'}: {cut_off(asked, ground, cluster, node)}"
        )
    return "; ".join(figures)


def cut_off(asked: Run, ground: Ground, cluster: Cluster, node: int) -> str:
    """The first gateway knows only this node, the second only the others; every other process knows all three."""
    ground.restart_with("gateway", AMQP_URI=cluster.uri(node))
    ground.restart_with("gateway-2", AMQP_URI=cluster.uri(*cluster.others(node)))
    alone, together = ground.stack.urls
    with ground.voting(PLAN, urls=[alone]) as minority, ground.voting(PLAN, urls=[together]) as majority:
        cluster.cut(node)
        try:
            time.sleep(ANSWERED)
            before = Counter(minority.load.told)
            went_on = majority.wait_recorded(20, PATIENCE)
            asked.sleep(12.0, 20.0)
            refused = only_refused(minority, before)
        finally:
            cluster.heal(node)
        joined = minority.wait_recorded(20, PATIENCE)
        majority.wait_recorded(20, PATIENCE)
    return (
        f"majority recording {ANSWERED + went_on:.0f} s after the cut, minority answered {refused} times 503 and recorded "
        f"{joined:.0f} s after joining; {minority.verdict()}; {majority.verdict()}"
    )


def only_refused(minority: Voting, before: Counter[int]) -> int:
    """How often voters of this side have heard 503 since; Broken if they heard anything else."""
    since = Counter(minority.load.told) - before
    if not since[503] or set(since) != {503}:
        names = {UNKNOWN: "nothing"}
        raise Broken(f"cut off, a gateway answered { {names.get(s, s): n for s, n in since.items()} }")
    return since[503]
