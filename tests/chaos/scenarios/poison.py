"""Messages that nobody can read lie in the intake queue between good ones."""

from services.common.bus import dead_letters
from tests.chaos.faults import publish_raw, purge_dead_letters
from tests.chaos.ground import CAST_QUEUE, Broken, wait_for
from tests.chaos.scenario import Run

SHOWS = "undecodable messages go to the dead letters, sink no neighbour, and hold up the final result until discarded"
SECONDS = 10.0
SEALING_SECONDS = 5.0
BODIES = (b"", b"\xff\xfe{", b"[]", b'{"items":[]}', b'{"items":[1],"request_ids":[null]}', b'{"items":{}}')
# Shaped like batches, but no ballots: refused one by one, nothing for the dead letters.
REFUSED = (
    b'{"items":[{}],"request_ids":[null]}',
    b'{"items":[{"poll_id":1,"ballot_id":[],"answers":"x","ballot_pass":null}],"request_ids":[null]}',
)


def run(asked: Run) -> str:
    ground, sent = asked.ground, 0
    with ground.voting() as voting:
        for _ in asked.turns():
            publish_raw(ground, *BODIES, *REFUSED)
            sent += len(BODIES)
            asked.sleep(0.5, 1.5)
        voting.wait_recorded(20)
    wait_for(lambda: dead(asked) == sent, 20)
    if dead(asked) != sent:
        raise Broken(f"{dead(asked)} dead letters of {sent}")
    ground.close_poll(voting.poll)
    if wait_for(lambda: ground.is_final(voting.poll), grace(asked) + SEALING_SECONDS):
        raise Broken("the result became final over dead letters")
    purge_dead_letters(ground)
    return f"dead letters {sent}, {voting.verdict(close=False)}"


def grace(asked: Run) -> float:
    return float(asked.ground.stack.options.environ["BALLOTS_SEAL_GRACE"])


def dead(asked: Run) -> int:
    return dead_letters.count(asked.ground.stack.amqp_uri, [CAST_QUEUE])[CAST_QUEUE]
