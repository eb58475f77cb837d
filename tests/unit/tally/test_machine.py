"""Any order of casting, retrying, sequencing, counting, closing, sealing and recounting keeps the promises."""

import tempfile
from collections import Counter
from pathlib import Path

import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.ballots.storage import ballot
from services.ballots.usecases import log
from services.tally.usecases import counting
from tests.unit.ballots.scene import ballot_id_of, code
from tests.unit.tally.world import World

VOTERS = st.sampled_from([f"v{n}" for n in range(8)])
CHOICES = st.sampled_from("abcd")


class Election(RuleBasedStateMachine):
    """The real use cases on SQLite beside a model: which ballot of which voter was promised first."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        self.world = World(f"sqlite:///{folder / 'b.sqlite'}", f"sqlite:///{folder / 't.sqlite'}", page=3)
        counting.refresh(self.world.store, self.world.sources, "poll-1")
        self.promised: dict[str, tuple[str, str]] = {}
        self.receipts: dict[str, dict] = {}
        self.closed = self.sealed = self.certified = False

    def teardown(self) -> None:
        self.world.close()
        self.folder.cleanup()

    # --- what may happen

    @rule(cast=st.lists(st.tuples(VOTERS, st.integers(1, 2), CHOICES), min_size=1, max_size=5))
    def cast_a_batch(self, cast):
        """Also what the broker delivers twice, late, or after a crash: a pass from before the closing stays good."""
        items = [
            self.world.scene.item(voter, ballot_id=ballot_id_of(voter, number), answers={"q1": [choice]})
            for voter, number, choice in cast
        ]
        for (voter, number, choice), outcome in zip(cast, self.world.scene.cast(*items), strict=True):
            assert code(outcome) == self.expected(voter, ballot_id_of(voter, number), choice)
            if "ok" in outcome:
                assert self.receipts.setdefault(voter, outcome["ok"]) == outcome["ok"]

    def expected(self, voter: str, ballot_id: str, choice: str) -> str:
        if voter in self.promised:
            return "ok" if self.promised[voter][0] == ballot_id else "already_voted"
        if self.sealed:
            return "poll_not_open"
        self.promised[voter] = (ballot_id, choice)
        return "ok"

    @rule(voter=VOTERS, other=VOTERS)
    def use_anothers_ballot_id(self, voter, other):
        if other in self.promised and voter not in self.promised and not self.sealed:
            item = self.world.scene.item(voter, ballot_id=self.promised[other][0])
            assert code(self.world.scene.cast(item)[0]) == "ballot_id_taken"

    @rule(limit=st.integers(1, 4))
    def sequence(self, limit):
        self.world.sequence(limit)

    @rule(part=st.floats(0, 1))
    def count_up_to_what_some_event_said(self, part):
        self.world.catch_up(int(part * self.size()))

    @rule()
    def keep_up(self):
        self.world.keep_up()
        self.certified = self.certified or self.sealed

    @rule()
    @precondition(lambda self: not self.closed)
    def close(self):
        """A minute after the passes were issued."""
        self.world.set_state("closed")
        log.look_at_poll(self.world.scene.store, self.world.scene.known, "poll-1")
        self.closed = True

    @rule(clear=st.booleans())
    def seal(self, clear):
        sealed = log.seal_due(self.world.scene.store, lambda: clear, grace=0.0)
        waiting = len(self.promised) - self.size()
        assert bool(sealed) == (self.closed and clear and not waiting and not self.sealed)
        self.sealed = self.sealed or bool(sealed)

    @rule()
    @precondition(lambda self: self.sealed)
    def recount(self):
        assert self.world.recount()
        self.certified = True

    # --- what must always hold

    def size(self) -> int:
        return self.world.scene.store.log("poll-1").size

    @invariant()
    def every_promised_ballot_is_recorded_once_and_no_other(self):
        rows = self.world.scene.rows(ballot)
        assert sorted(row.ballot_id for row in rows) == sorted(
            ballot_id for ballot_id, _ in self.promised.values()
        )

    @invariant()
    def the_log_is_gapless_and_holds_each_ballot_once(self):
        leaves = [orjson.loads(leaf) for leaf in self.world.scene.store.leaves("poll-1", 0, 1000, 10**9)]
        assert len(leaves) == self.size()
        promised = dict(self.promised.values())
        assert len({leaf["ballot_id"] for leaf in leaves}) == len(leaves)
        assert all(leaf["answers"] == {"q1": [promised[leaf["ballot_id"]]]} for leaf in leaves)

    @invariant()
    def what_is_counted_is_a_count_of_the_log_so_far(self):
        applied = self.world.poll().applied
        leaves = [orjson.loads(leaf) for leaf in self.world.scene.store.leaves("poll-1", 0, 1000, 10**9)]
        counts = Counter(leaf["answers"]["q1"][0] for leaf in leaves[:applied])
        assert self.world.votes() == {choice: counts[choice] for choice in "abcd"}

    @invariant()
    def the_result_is_final_only_when_certified_and_equals_what_was_promised(self):
        result = self.world.results()
        assert result["state"] == ("final" if self.certified else "live")
        if self.certified:
            counts = Counter(choice for _, choice in self.promised.values())
            assert self.world.votes() == {choice: counts[choice] for choice in "abcd"}
            assert result["voters"] == len(self.promised)


TestElection = Election.TestCase
TestElection.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
