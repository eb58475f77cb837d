"""The one embargo gate."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.common.contract import instance
from services.polls.contract.schemas import RESULT_MODES, STATES
from services.tally import contract
from services.tally.domain import Facts, Poll, Visibility, visibility
from services.tally.sources import Sources
from services.tally.storage import TallyStore
from services.tally.usecases import exports, results
from services.tally.usecases.recounting import sign
from tests.unit.ballots.scene import QUESTIONS, signer, verifier

RESULT_KEY = signer("tally-result-1")

E, L, F = Visibility.EMBARGOED, Visibility.LIVE, Visibility.FINAL
CERTIFIED = (None, False, True)

# mode, state: what is seen before the recount, after one that differed, after one that agreed
TABLE = {
    ("live", "draft"): (E, E, E),
    ("live", "scheduled"): (E, E, E),
    ("live", "open"): (L, L, L),
    ("live", "closed"): (L, L, F),
    ("live", "published"): (L, L, F),
    ("live", "cancelled"): (E, E, E),
    ("after_close", "draft"): (E, E, E),
    ("after_close", "scheduled"): (E, E, E),
    ("after_close", "open"): (E, E, E),
    ("after_close", "closed"): (E, E, F),
    ("after_close", "published"): (E, E, F),
    ("after_close", "cancelled"): (E, E, E),
    ("after_publish", "draft"): (E, E, E),
    ("after_publish", "scheduled"): (E, E, E),
    ("after_publish", "open"): (E, E, E),
    ("after_publish", "closed"): (E, E, E),
    ("after_publish", "published"): (E, E, F),
    ("after_publish", "cancelled"): (E, E, E),
}


def test_the_table_knows_every_mode_and_state():
    assert set(TABLE) == {(mode, state) for mode in RESULT_MODES for state in STATES}


@pytest.mark.parametrize(("mode", "state"), TABLE)
def test_what_may_be_seen(mode, state):
    assert tuple(visibility(mode, state, certified) for certified in CERTIFIED) == TABLE[mode, state]


@given(st.text(), st.text(), st.sampled_from(CERTIFIED))
def test_what_nobody_has_thought_of_is_embargoed(mode, state, certified):
    if mode not in RESULT_MODES or state not in STATES:
        assert visibility(mode, state, certified) is E


class Counted(TallyStore):
    """A store that must not be asked when the gate is shut."""

    def __init__(self, numbers: dict[tuple[str, str], int] | None) -> None:
        self.numbers = numbers

    def counted(self, poll_id: str) -> tuple[int, dict[tuple[str, str], int]]:
        assert self.numbers is not None, "the counters were read although the gate is shut"
        return 987654321, self.numbers


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(RESULT_MODES),
    st.sampled_from(STATES),
    st.sampled_from(CERTIFIED),
    st.integers(0, 10**6),
    st.none() | st.integers(0, 10**6),
)
def test_an_embargoed_answer_holds_no_number_at_all(mode, state, certified, applied, roll):
    facts = Facts("poll-1", state, mode, {"questions": QUESTIONS}, "hash", roll)
    gate = visibility(mode, state, certified)
    signed = {"poll_id": "poll-1", "definition_hash": "hash", "state": "final", "results": mode}
    final = sign(RESULT_KEY, {**signed, "questions": [], "voters": applied})
    poll = Poll(facts, applied, applied, certified, final if certified else None)
    store = Counted({("q1", "a"): 5} if gate is L else None)
    answer = results.seen(store, verifier(RESULT_KEY), poll)
    assert answer["state"] == gate.value
    assert instance(contract.ResultsSchema).validate(answer) == {}
    if gate is E:
        assert answer == {"poll_id": "poll-1", "state": "embargoed", "results": mode, "questions": []}
        for name in contract.FORMATS:
            for part in (0, 1):
                asked = contract.EXPORT_RESULTS.load({"poll_id": "poll-1", "format": name, "part": part})
                with pytest.raises(contract.ResultsEmbargoed) as refused:
                    exports.export(StoreOf(poll), Sources(nobody, 1), verifier(RESULT_KEY), **asked)
                assert refused.value.params == {"results": mode}


def nobody(call: Any, **arguments: Any) -> dict[str, Any]:
    raise AssertionError("nobody need be asked")


class StoreOf(TallyStore):
    def __init__(self, poll: Poll) -> None:
        self._poll = poll

    def poll(self, poll_id: str) -> Poll:
        return self._poll
