"""Every real budget vote through the use cases of a live poll: the definition is fit to be opened, each ballot passes the shared rules and
stands in the log in its recorded form, the log is counted along and recounted, the result is signed. Votes, scores and winners are
those that were published.

Only casting is left out, with its signatures for each voter; `test_outcomes.py` has an election that is cast.
"""

from typing import Any

import pytest

from services.ballots import contract as ballots
from services.ballots.leaves import ballot_leaf
from services.common.database import Database
from services.common.encodings import b64u, canonical_json, sha256
from services.common.tlog.checkpoint import Checkpoint
from services.common.tlog.frontier import Frontier
from services.common.tlog.merkle import leaf_hash
from services.migrate import migrate
from services.polls import contract as polls
from services.polls.contract import ballot_rules
from services.polls.contract.question_schemas import QuestionSchema
from services.tally.contract.rules import check_counting
from services.tally.readers import opened
from services.tally.sources import Sources
from services.tally.storage import TallyStore
from services.tally.usecases import counting, recounting, results
from tests.unit.ballots.scene import signer, verifier
from tests.unit.tally.rules.elections import data_file
from tests.unit.tally.rules.test_elections import PABULIB

POLL = "poll-1"


class Record:
    """What polls and ballots know of the election of a file. Projects get ids as definitions take them: `p` and a number."""

    def __init__(self, name: str) -> None:
        with opened(data_file(f"pabulib/{name}.pb")) as election:
            ids = {option["id"]: f"p{n}" for n, option in enumerate(election.question["options"])}
            answers = [renamed(answer, ids) for answer, n in election.ballots for _ in range(n)]
        self.published = {ids[option]: told for option, told in election.published.items()}
        options = [{**option, "id": ids[option["id"]]} for option in election.question["options"]]
        most = max(sum(each.values()) if isinstance(each, dict) else len(each) for each in answers)
        question = {**election.question, "options": options, "max": most, "counting": dict(election.counting)}
        self.question = QuestionSchema().load(question)
        assert ballot_rules.check_questions([self.question]) == []
        assert check_counting([self.question]) == []
        self.leaves = [self.leaf(n, answer) for n, answer in enumerate(answers)]
        self.log_signer = signer("ballots-log-1")
        self.checkpoint = self.sign()
        self.state = "open"

    def leaf(self, n: int, answer: Any) -> str:
        """As intake writes it, once the ballot has passed the rules."""
        given = {"q1": answer}
        assert ballot_rules.check_ballot([self.question], given) == []
        recorded = ballot_rules.canonical_answers([self.question], given)
        return ballot_leaf(POLL, f"ballot-{n:015d}", recorded).decode()

    def ask(self, call: Any, **asked: Any) -> dict[str, Any]:
        """The bus."""
        if call is polls.GET_DEFINITION:
            return self.definition()
        if call is ballots.GET_ENTRIES:
            return {"entries": self.leaves[asked["start"] : asked["start"] + asked["limit"]]}
        if call is ballots.GET_KEYS:
            return {"keys": [{"use": "log", "public_key": b64u(self.log_signer.public_key)}]}
        assert call is ballots.GET_LOG_STATE
        return {"size": len(self.leaves), "sealed": True, "checkpoint": self.checkpoint, "witnessed": True}

    def definition(self) -> dict[str, Any]:
        body = {"id": POLL, "title": "?", "questions": [self.question]}
        facts = {"poll_id": POLL, "state": self.state, "results": "after_close", "roll_size": None}
        return {**facts, "definition": body, "definition_hash": sha256(canonical_json(body)).hex()}

    def sign(self) -> str:
        tree = Frontier()
        for leaf in self.leaves:
            tree.add(leaf_hash(leaf.encode()))
        told = Checkpoint(f"vote.example/log/{POLL}", tree.size, tree.root)
        return str(told.sign(self.log_signer.public_key, self.log_signer.sign))


def renamed(answer: Any, ids: dict[str, str]) -> Any:
    if isinstance(answer, dict):
        return {ids[option]: points for option, points in answer.items()}
    return [ids[option] for option in answer]


@pytest.mark.parametrize("name", PABULIB)
def test_a_real_budget_vote(name: str, tmp_path: Any):
    record = Record(name)
    url = f"sqlite:///{tmp_path / 'tally.sqlite'}"
    migrate("tally", url)
    database = Database(url)
    store, sources, key, hints = (
        TallyStore(database),
        Sources(record.ask, 10_000),
        signer("tally-result-1"),
        [],
    )
    counting.catch_up(store, sources, hints.append, POLL)
    record.state = "closed"
    assert recounting.recount(store, sources, key, hints.append, POLL), store.differences(POLL)
    told = results.results(store, sources, verifier(key), POLL)
    database.close()

    (question,) = told["questions"]
    outcome = {option["id"]: option for option in question["outcome"]["options"]}
    assert (told["state"], told["voters"]) == ("final", len(record.leaves))
    for option, published in record.published.items():
        assert outcome[option]["votes"] == published.votes
        assert published.score is None or outcome[option]["score"] == published.score
        assert published.selected not in ("0", "1") or outcome[option]["selected"] == (
            published.selected == "1"
        )
    if record.question["kind"] == "choice":
        assert {option["id"]: option["count"] for option in question["options"]} == {
            option: published.votes for option, published in record.published.items()
        }
