"""Any order of issuing, casting, retrying, crashing, delivering twice, sequencing, closing, sealing and counting keeps every promise.

The real use cases of polls' passes, ballots and tally beside a model of what voters were told.
"""

import tempfile
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.ballots.domain import PollFacts, arrange
from services.ballots.storage import LostWriter, ballot
from services.ballots.usecases import cohorts, log
from services.polls.contract import ballot_rules
from tests.component.promises.bus import Bus, Fate, Sent
from tests.component.promises.city import DISTRICTS, POISON, City, make_templates
from tests.unit.ballots.scene import ballot_id_of, code

VOTERS = st.sampled_from([f"v{n}" for n in range(4)])
ONE = st.tuples(
    VOTERS,
    st.integers(1, 2),
    st.sampled_from("abcd"),
    st.sampled_from(["good"] * 6 + ["forged", "invalid", POISON]),
)


class Election(RuleBasedStateMachine):
    templates: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.city = City(Path(self.folder.name), self.templates)
        self.bus = Bus(self.heard, self.judge)
        self.passes: dict[str, list[str]] = {}
        self.voter_of: dict[str, str] = {}
        self.choices: dict[str, str] = {}
        self.submitted: dict[str, str] = {}
        self.promised: set[str] = set()
        self.arrived: set[str] = set()
        self.done: list[dict[str, Any]] = []
        self.given_up: set[str] = set()
        self.receipts: dict[str, dict[str, Any]] = {}
        self.closed = self.sealed = self.certified = False

    def teardown(self) -> None:
        try:
            self.come_to_an_end()
        finally:
            self.city.end()
            self.folder.cleanup()

    # --- voters

    @initialize(
        casts=st.lists(ONE, min_size=3, max_size=8),
        sent=st.lists(st.sampled_from(Sent), min_size=8, max_size=8),
    )
    def some_have_voted(self, casts, sent):
        for number in (0, 1, 2, 0, 1, 2):
            self.ask_for_a_pass(f"v{number}")
        for place, (one, how) in enumerate(zip(casts, sent, strict=False)):
            self.cast([one], newest=place % 2 == 0, sent=how)

    @rule(voter=VOTERS)
    def ask_for_a_pass(self, voter):
        outcome = self.city.issue(voter)
        assert code(outcome) == ("poll_not_open" if self.closed else "ok")
        if "ok" in outcome:
            self.passes.setdefault(voter, []).append(outcome["ok"]["ballot_pass"])

    @rule(casts=st.lists(ONE, min_size=1, max_size=5), newest=st.booleans(), sent=st.sampled_from(Sent))
    @precondition(lambda self: self.passes)
    def cast(self, casts, newest, sent):
        """Also again with the same ballot, another ballot of the same voter, and an old pass.

        A gateway takes nothing with a pass that is older than the grace, so what comes after the sealing is promised nothing.
        """
        if self.sealed:
            sent = Sent.UNCONFIRMED
        items = [
            self.item(voter, number, choice, kind, newest)
            for voter, number, choice, kind in casts
            if voter in self.passes
        ]
        if not items:
            return
        self.bus.send(items, sent)
        if sent is not Sent.LOST:
            self.arrived |= {item["ballot_id"] for item in items}
        if sent is Sent.PENDING:
            self.promise(items)

    def item(self, voter: str, number: int, choice: str, kind: str, newest: bool) -> dict[str, Any]:
        ballot_id = f"{ballot_id_of(voter, number)}-{kind}"
        chosen = {"good": choice, "forged": choice, "invalid": "no such option", POISON: POISON}[kind]
        self.voter_of[ballot_id] = voter
        ballot_pass = self.passes[voter][-1 if newest else 0]
        return {
            "poll_id": self.city.poll,
            "ballot_id": ballot_id,
            "answers": {"q1": [self.choices.setdefault(ballot_id, chosen)]},
            "ballot_pass": ballot_pass[:-8] + "AAAAAAAA" if kind == "forged" else ballot_pass,
        }

    @rule()
    def answers_are_late(self):
        self.promise(self.bus.give_up_waiting())

    def promise(self, items) -> None:
        """202: of a good ballot that is a promise; of others it says that they are in the queue."""
        self.promised |= {item["ballot_id"] for item in items if item["ballot_id"].endswith("good")}

    def heard(self, item: dict[str, Any], outcome: dict[str, Any]) -> None:
        """The answer to somebody who waited."""
        if "ok" in outcome:
            self.promised.add(item["ballot_id"])
            assert self.receipts.setdefault(item["ballot_id"], outcome["ok"]) == outcome["ok"]

    def judge(self, item: dict[str, Any], outcome: dict[str, Any]) -> None:
        """Whether the worker's answer is right, also where nobody waits for it."""
        ballot_id, told = item["ballot_id"], code(outcome)
        kind = ballot_id.rpartition("-")[2]
        if kind == POISON:
            assert told in ("internal", "invalid_input")
        elif kind != "good":
            assert told == {"forged": "invalid_pass", "invalid": "invalid_input"}[kind]
        elif told == "ok":
            assert outcome["ok"]["ballot_id"] == ballot_id
            assert ballot_id in self.recorded()
        elif told == "already_voted":
            mine = [one for one in self.recorded() if self.voter_of[one] == self.voter_of[ballot_id]]
            assert len(mine) == 1
            assert mine != [ballot_id]
        else:
            assert told == "poll_not_open"
            assert self.sealed

    # --- workers

    @rule(data=st.data(), fate=st.sampled_from(Fate))
    @precondition(lambda self: self.bus.queue)
    def deliver(self, data, fate):
        """Any messages in any order; those whose worker ended come again."""
        places = data.draw(
            st.lists(st.integers(0, len(self.bus.queue) - 1), unique=True, min_size=1, max_size=3), "places"
        )
        self.done += self.bus.deliver(places, self.city.work, fate)
        self.bury()

    def bury(self) -> None:
        for item in self.city.buried:
            if item not in self.bus.dead:
                self.bus.dead.append(item)
        self.city.buried.clear()

    @rule(replay=st.booleans())
    @precondition(lambda self: self.bus.dead)
    def decide_about_dead_letters(self, replay):
        """Cured and handled again, or given up with a reason."""
        letters, self.bus.dead = self.bus.dead, []
        if replay:
            self.city.cured = True
            self.bus.send(letters, Sent.UNCONFIRMED)
        else:
            self.given_up |= {item["ballot_id"] for item in letters}

    # --- sequencers

    @rule(limit=st.integers(1, 4), crash=st.booleans())
    def sequence(self, limit, crash):
        if crash:
            with self.city.dying():
                log.sequence_poll(
                    self.city.store, self.city.world.rng, self.city.scene.known, self.city.poll, limit
                )
        else:
            self.city.world.sequence(limit)

    @rule(limit=st.integers(1, 3))
    def two_sequencers(self, limit):
        """One has looked at the log and is held up while the other one works; it finds out before it writes."""
        with self.city.store.write() as tx:
            held_up = tx.take_log(self.city.poll)
        if held_up is None or self.sealed:
            return
        moved = log.sequence_poll(
            self.city.store, self.city.world.rng, self.city.scene.known, self.city.poll, limit
        )
        with self.city.store.write() as tx:
            waiting = tx.waiting(self.city.poll, limit)
            minutes = {one.recorded_at for one in waiting}
            if not waiting:
                return
            entries = arrange(held_up.size, waiting, self.city.world.rng)
            with pytest.raises(LostWriter) if moved else nullcontext():
                tx.count_cohorts(self.city.poll, cohorts.count(waiting, self.facts()))
                tx.append(held_up, entries, minutes)
                tx.commit()

    def facts(self) -> PollFacts:
        return self.city.scene.known.facts(self.city.poll)

    # --- the end of the poll, and the count

    @rule()
    @precondition(lambda self: not self.closed)
    def close(self):
        self.city.close()
        self.closed = True

    @rule()
    def seal(self):
        """What the barrier tells is true here: nothing is on its way."""
        clear = not self.bus.queue and not self.bus.dead
        sealed = log.seal_due(self.city.store, lambda: clear, grace=0.0)
        waiting = len(self.recorded()) - self.state().size
        assert bool(sealed) == (self.closed and clear and not waiting and not self.sealed)
        self.sealed = self.sealed or bool(sealed)

    @rule(part=st.floats(0, 1))
    def count_up_to_what_some_event_said(self, part):
        self.city.world.catch_up(int(part * self.state().size))

    @rule()
    def keep_up(self):
        self.city.world.keep_up()
        self.certified = self.certified or self.sealed

    @rule()
    @precondition(lambda self: self.sealed)
    def recount(self):
        assert self.city.world.recount()
        self.certified = True

    def come_to_an_end(self) -> None:
        """All that may still come comes; then every promise is in the log."""
        if not self.closed:
            self.close()
        self.seal()
        while self.bus.queue:
            self.done += self.bus.deliver([len(self.bus.queue) - 1], self.city.work, Fate.DONE)
            self.bury()
            self.seal()
        self.bus.dead.clear()
        self.seal()
        self.city.world.sequence()
        self.seal()
        assert self.sealed
        for voter in self.passes:
            self.bus.send([self.item(voter, 3, "a", "good", newest=False)], Sent.UNCONFIRMED)
            self.arrived.add(f"{ballot_id_of(voter, 3)}-good")
            self.bus.deliver([0], self.city.work, Fate.DONE)
        self.recount()
        for check in (
            self.every_promise_is_kept,
            self.one_ballot_a_voter,
            self.the_log_is_what_was_cast,
            self.the_cohorts_together_are_the_log,
            self.the_result_is_what_is_in_the_log,
        ):
            check()
        in_log = {leaf["ballot_id"] for leaf in self.leaves()}
        voted = {self.voter_of[one] for one in in_log}
        assert all(one in in_log or self.voter_of[one] in voted for one in self.promised)

    # --- what must always hold

    def state(self) -> Any:
        return self.city.store.log(self.city.poll)

    def recorded(self) -> dict[str, str]:
        return {row.ballot_id: row.pseudonym for row in self.city.scene.rows(ballot)}

    def leaves(self) -> list[dict[str, Any]]:
        return [orjson.loads(leaf) for leaf in self.city.store.leaves(self.city.poll, 0, 1000, 10**9)]

    @invariant()
    def every_promise_is_kept(self):
        """Promised: recorded, or still on its way, or another ballot of the voter was first. A receipt: recorded."""
        recorded = self.recorded()
        voted = {self.voter_of[one] for one in recorded}
        for one in self.promised:
            assert one in recorded or self.bus.holds(one) or self.voter_of[one] in voted
        assert self.receipts.keys() <= recorded.keys()
        assert recorded.keys() <= self.arrived

    @invariant()
    def one_ballot_a_voter(self):
        recorded = self.recorded()
        assert len(set(recorded.values())) == len(recorded)
        assert len({self.voter_of[one] for one in recorded}) == len(recorded)

    @invariant()
    def what_is_acknowledged_is_decided(self):
        """A good ballot: one of its voter's is recorded. A bad one: in the dead letters, given up, or refused for good."""
        voted = {self.voter_of[one] for one in self.recorded()}
        for item in self.done:
            one = item["ballot_id"]
            if one.endswith("good"):
                assert self.voter_of[one] in voted or self.sealed
            else:
                kept = self.bus.holds(one) or one in self.given_up
                assert kept or self.city.scene.refusals.find(self.city.poll, one)

    @invariant()
    def the_log_is_what_was_cast(self):
        leaves = self.leaves()
        assert len(leaves) == self.state().size
        assert len({leaf["ballot_id"] for leaf in leaves}) == len(leaves)
        recorded = self.recorded()
        assert len(leaves) == len(recorded) or not self.sealed
        for leaf in leaves:
            assert leaf["ballot_id"] in recorded
            assert leaf["answers"] == {"q1": [self.choices[leaf["ballot_id"]]]}

    @invariant()
    def the_cohorts_together_are_the_log(self):
        """Every counter, and the voters of each district: those of the ballots that have a place."""
        counted: Counter[tuple[str, str]] = Counter()
        voters: Counter[str] = Counter()
        for one in self.city.cohort_counters():
            if one.question:
                counted[one.question, one.name] += one.n
            elif not one.name:
                voters[one.cohort] += one.n
        leaves = self.leaves()
        expected: Counter[tuple[str, str]] = Counter()
        for leaf in leaves:
            for question, name, n in ballot_rules.count_ballot(self.facts().questions, leaf["answers"]):
                expected[question, name] += n
        assert counted == expected
        districts = Counter(DISTRICTS[self.voter_of[leaf["ballot_id"]]] for leaf in leaves)
        assert sorted(voters.values()) == sorted(districts.values())
        if self.closed:
            cells = {
                one["cohort"]: one["cell"]["district"]
                for one in self.city.polls.cells(self.city.poll)["cells"]
            }
            assert {cells[tag]: n for tag, n in voters.items()} == districts

    @invariant()
    def the_result_is_what_is_in_the_log(self):
        """Counted so far: a prefix of the log. Final: all of it, recounted."""
        applied = self.city.world.poll().applied
        result = self.city.world.results()
        assert result["state"] == ("final" if self.certified else "live")
        leaves = self.leaves()
        counted = leaves if self.certified else leaves[:applied]
        counts = Counter(leaf["answers"]["q1"][0] for leaf in counted)
        assert self.city.world.votes() == {choice: counts[choice] for choice in "abcd"}
        if self.certified:
            assert result["voters"] == len(leaves) == len(self.recorded())


@pytest.fixture(scope="module", autouse=True)
def templates(tmp_path_factory):
    Election.templates = make_templates(tmp_path_factory.mktemp("templates"))


TestElection = pytest.mark.usefixtures("templates")(Election.TestCase)
TestElection.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
