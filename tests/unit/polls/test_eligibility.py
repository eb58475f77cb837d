"""The RULE tree and its rules, without a database."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.errors import InvalidInput, Unavailable
from services.polls import eligibility
from services.polls.contract.errors import EvidenceNeeded, NotEligible, TooManyTries, WrongPassword
from services.polls.rules import Readiness, password, rules
from tests.unit.polls.fakes import FakeRuleStore, context, voter
from tests.unit.polls.questions import JUNK

EVERYONE = {"rule": "everyone"}
ROLL = {"rule": "roll"}
PASSWORD = {"rule": "password", "password": "벚꽃 2026"}


def codes(problems):
    return [(problem.pointer, problem.code) for problem in problems]


def decide(tree, voters, store=None, ask=None):
    return eligibility.decide(ask or context(store or FakeRuleStore()), tree, voters)


def kinds_of(decisions):
    return [type(decision).__name__ if decision else "admitted" for decision in decisions]


def test_every_file_is_a_rule():
    assert {"everyone", "roll", "password"} <= set(rules())


@pytest.mark.parametrize(
    ("tree", "pointer", "code"),
    [
        (None, "", "not_a_rule"),
        ([], "", "not_a_rule"),
        ({}, "/rule", "required"),
        ({"rule": "star_sign"}, "/rule", "unknown_rule"),
        ({"rule": ["roll"]}, "/rule", "required"),
        ({"rule": "roll", "size": 3}, "/size", "unknown_field"),
        ({"any": []}, "/any", "length"),
        ({"any": EVERYONE}, "/any", "length"),
        ({"any": [EVERYONE], "all": [EVERYONE]}, "/any", "only_one_of_any_all_rule"),
        ({"all": [EVERYONE, {"any": [{"rule": "x"}]}]}, "/all/1/any/0/rule", "unknown_rule"),
        ({"rule": "password", "password": "123"}, "/password", "length"),
        ({"rule": "password", "password": 1234}, "/password", "invalid"),
        ({"rule": "password", "hash": "$argon2id$"}, "/hash", "unknown_field"),
        ({"any": [{"all": [{"any": [{"all": [EVERYONE]}]}]}]}, "/any/0/all/0/any/0/all", "too_deep"),
        ({"any": [{"any": [EVERYONE] * 11}] * 2}, "", "too_many_rules"),
    ],
)
def test_a_wrong_tree_is_named_where_it_is_wrong(tree, pointer, code):
    assert (pointer, code) in codes(eligibility.check_form(tree))


TREES = st.recursive(
    st.sampled_from([EVERYONE, ROLL, {"rule": "password"}]),
    lambda inner: st.builds(
        lambda branch, children: {branch: children},
        st.sampled_from(["any", "all"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


@given(JUNK | st.dictionaries(st.sampled_from(["any", "all", "rule"]), JUNK | st.lists(JUNK)))
def test_junk_never_raises(junk):
    assert isinstance(eligibility.check_form(junk), list)


@given(TREES, st.lists(st.tuples(st.booleans(), st.booleans()), max_size=8))
def test_a_tree_admits_as_logic_says(tree, people):
    if eligibility.check_form(tree):
        return
    private = eligibility.rebuilt(tree, lambda leaf: {**leaf, "hash": SECURED["hash"]})
    names = [f"v{n}" for n in range(len(people))]
    store = FakeRuleStore(name for name, (listed, _) in zip(names, people, strict=True) if listed)
    ask = context(store)
    ask.tools.memory.remember((SECURED["hash"], ask.tools.memory.fingerprint("right")), True)
    voters = [
        voter(n, **({"password": "right"} if knows else {}))
        for n, (_, knows) in zip(names, people, strict=True)
    ]
    decisions = decide(private, voters, ask=ask)
    assert [d is None for d in decisions] == [logic(tree, *person) for person in people]


SECURED = {"rule": "password", "hash": "hash of the right password"}


def logic(tree, listed, knows):
    if "any" in tree:
        return any(logic(child, listed, knows) for child in tree["any"])
    if "all" in tree:
        return all(logic(child, listed, knows) for child in tree["all"])
    return {"everyone": True, "roll": listed, "password": knows}[tree["rule"]]


def test_the_roll_is_asked_once_for_all():
    store = FakeRuleStore(on_roll=["a", "c"])
    decisions = decide(ROLL, [voter("a"), voter("b"), voter("c")], store)
    assert kinds_of(decisions) == ["admitted", "NotEligible", "admitted"]
    assert decisions[1].params == {"rule": "roll"}
    assert store.questions == 1
    assert kinds_of(decide(ROLL, [voter("a")], ask=context(store, roll=None))) == ["NotEligible"]


def test_of_several_refusals_the_most_helpful_is_told():
    tree = {"any": [eligibility.secure(PASSWORD), ROLL]}
    [needed] = decide(tree, [voter("b")])
    assert isinstance(needed, EvidenceNeeded)
    assert needed.params == {"field": "password"}
    assert decide({"any": [ROLL, {"all": [ROLL]}]}, [voter("b")])[0].params == {"rule": "roll"}


def test_who_is_not_on_the_roll_cannot_try_passwords():
    store = FakeRuleStore(on_roll=["a"])
    tree = {"all": [eligibility.secure(PASSWORD), ROLL]}
    decisions = decide(tree, [voter("b", password="falsch"), voter("a", password="falsch")], store)
    assert kinds_of(decisions) == ["NotEligible", "WrongPassword"]
    assert list(store.tries) == ["pseudonym of a"]


def test_who_is_on_the_roll_anyway_loses_no_try():
    store = FakeRuleStore(on_roll=["a"])
    tree = {"any": [eligibility.secure(PASSWORD), ROLL]}
    assert kinds_of(decide(tree, [voter("a", password="falsch")], store)) == ["admitted"]
    assert store.tries == {}


def test_neither_password_nor_hash_is_public():
    private = eligibility.secure({"all": [PASSWORD, ROLL]})
    assert private["all"][0]["hash"].startswith("$argon2id$")
    assert "벚꽃" not in str(private)
    assert eligibility.public(private) == {"all": [{"rule": "password"}, {"rule": "roll"}]}
    assert b"argon2" not in orjson.dumps(eligibility.public(private))
    assert eligibility.evidence(private) == ["password"]


def test_a_password_that_is_not_given_again_stays():
    before = eligibility.secure(PASSWORD)
    assert eligibility.secure({"any": [ROLL, {"rule": "password"}]}, before)["any"][1] == before
    assert eligibility.secure(PASSWORD, before) != before
    assert eligibility.secure({"rule": "password"}) == {"rule": "password"}


def test_what_must_be_there_before_opening():
    tree = {"any": [{"rule": "password"}, ROLL, EVERYONE]}
    assert codes(eligibility.check_ready(tree, Readiness())) == [
        ("/any/0/password", "required"),
        ("/any/1/rule", "roll_missing"),
    ]
    assert eligibility.check_ready(ROLL, Readiness(roll_size=1)) == []
    assert codes(eligibility.check_ready(ROLL, Readiness(roll_size=0))) == [("/rule", "roll_missing")]


def test_only_by_roll():
    assert eligibility.only_by(ROLL, "roll")
    assert eligibility.only_by({"all": [EVERYONE, ROLL]}, "roll")
    assert not eligibility.only_by({"any": [EVERYONE, ROLL]}, "roll")
    assert eligibility.only_by({"any": [ROLL, {"all": [ROLL]}]}, "roll")


class TestPassword:
    tree = eligibility.secure(PASSWORD)

    def test_right_and_wrong(self):
        store = FakeRuleStore()
        ask = context(store)
        decisions = decide(
            self.tree, [voter("a", password="벚꽃 2026 "), voter("b", password="벚꽃 2025")], ask=ask
        )
        assert kinds_of(decisions) == ["admitted", "WrongPassword"]
        assert decisions[1].params == {"tries_left": 2}
        assert store.tries["pseudonym of a"].count == 0

    def test_guesses_end_and_then_the_right_one_waits_too(self):
        store = FakeRuleStore()
        ask = context(store)
        guesses = [voter("a", password=text) for text in ("one!", "two!", "three!", "벚꽃 2026")]
        decisions = decide(self.tree, guesses, ask=ask)
        assert kinds_of(decisions) == ["WrongPassword", "WrongPassword", "WrongPassword", "TooManyTries"]
        assert [d.params.get("tries_left") for d in decisions[:3]] == [2, 1, 0]
        assert decisions[3].params == {"retry_after": 60}
        assert isinstance(decide(self.tree, [voter("a", password="벚꽃 2026")], ask=ask)[0], TooManyTries)
        store.now = store.now.replace(minute=1)
        assert decide(self.tree, [voter("a", password="벚꽃 2026")], ask=ask) == [None]

    def test_a_right_password_costs_argon2_once(self, monkeypatch):
        runs = []
        verify = password._Judge._verify

        def counted(judge: password._Judge, text: str) -> bool:
            runs.append(text)
            return verify(judge, text)

        monkeypatch.setattr(password._Judge, "_verify", counted)
        ask = context(FakeRuleStore())
        crowd = [voter(f"v{n}", password="벚꽃 2026") for n in range(200)]
        assert decide(self.tree, crowd, ask=ask) == [None] * 200
        assert decide(self.tree, crowd, ask=ask) == [None] * 200
        assert len(runs) == 1

    def test_many_unknown_passwords_at_once_are_put_off_and_cost_no_try(self):
        store = FakeRuleStore()
        crowd = [voter(f"v{n}", password=f"wrong {n}") for n in range(20)]
        decisions = decide(self.tree, crowd, store)
        assert kinds_of(decisions).count("WrongPassword") == password.LEARNT_AT_ONCE
        assert (
            sum(isinstance(decision, Unavailable) for decision in decisions) == 20 - password.LEARNT_AT_ONCE
        )
        assert len(store.tries) == password.LEARNT_AT_ONCE

    @pytest.mark.parametrize("given_password", [5, ["벚꽃 2026"], "x" * 500, "\ud800", {"$gt": ""}])
    def test_junk_is_invalid_input(self, given_password):
        [refused] = decide(self.tree, [voter("a", password=given_password)])
        assert isinstance(refused, InvalidInput)
        assert refused.errors[0]["pointer"] == "/evidence/password"

    @pytest.mark.parametrize("given_password", [None, ""])
    def test_none_is_needed(self, given_password):
        assert kinds_of(decide(self.tree, [voter("a", password=given_password)])) == ["EvidenceNeeded"]

    def test_one_bad_guess_does_not_sink_the_others(self):
        crowd = [voter("a", password=7), voter("b", password="벚꽃 2026"), voter("c")]
        assert kinds_of(decide(self.tree, crowd)) == ["InvalidInput", "admitted", "EvidenceNeeded"]


def test_errors_of_an_empty_crowd():
    assert decide({"any": [ROLL, EVERYONE]}, []) == []
    assert NotEligible.code == "not_eligible"
    assert WrongPassword.code == "wrong_password"
