"""Outcomes in words: every code and parameter that the rules have, in both languages, from counts that really give them."""

import ast
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tally.contract import rules
from services.tally.contract.counting.ties import Context
from services.tally.contract.sentences import LANGUAGES, Speech, method, sentence
from services.tally.contract.sentences.figures import Told, decimal, particle
from services.tally.contract.sentences.speech import CATALOGUES, fields

SEED = bytes(range(32))
A, B, C, D = ({"id": n, "label": f"사업 {n}"} for n in "abcd")
BY_COST = [
    {**A, "cost": 60, "group": "종로구"},
    {**B, "cost": 50, "group": "종로구"},
    {**C, "cost": 30, "group": "중구"},
    {**D, "cost": 500, "group": "중구"},
]
CHEAP = [{**each, "cost": 10} for each in BY_COST]


def question(kind, counting, options=(A, B, C, D), **more):
    return {"id": "q", "kind": kind, "title": "?", "options": list(options), "counting": counting, **more}


def counted(asked, *ballots, **context):
    assert rules.check_question(asked) == []
    profile = rules.new_profile(asked)
    for answer, n in ballots:
        profile.add(answer, n)
    return asked, rules.count(asked, profile, Context(**{"seed": SEED, **context})).as_json()


GREEDY = {"rule": "greedy", "budget": 100}
SHARES = {"rule": "equal_shares", "budget": 100}
CAPPED = {
    **GREEDY,
    "caps": [{"group": "종로구", "projects": 1}, {"group": "중구", "projects": 9, "budget": 9}],
}
EACH = [(["a"], 9), (["b"], 7), (["c"], 5), (["d"], 3)]
COMMITTEE = {"a": "1.5", "b": 3, "c": "1/3", "d": 0}
WEIGHED = {
    "rule": "composite",
    "sources": [{"name": "ballots", "weight": "50%"}, {"name": "위원회", "weight": "1/2"}],
}
FEWER = {"rule": "plurality", "winners": 2, "ties": "draw", "threshold": {"at_least": "1/4", "of": "decided"}}


def elections():
    """Counts that together give every reason, with every parameter somewhere."""
    yield counted(question("choice", FEWER, max=1), (["a"], 5), (["b"], 5), (["c"], 5), (["d"], 1))
    yield counted(
        question("choice", {"rule": "approval", "quorum": {"more_than": "50%", "of": "roll"}}, max=4),
        (["a"], 1),
        roll_size=9,
    )
    yield counted(
        question("choice", {"rule": "approval", "quorum": {"ballots": 2}}, max=4), (["a", "b"], 2), (["b"], 1)
    )
    yield counted(
        question("yes_no", {"rule": "plurality", "threshold": {"votes": 2}}, ()),
        ("no", 2),
        ("yes", 3),
        ("abstain", 1),
    )
    yield counted(
        question("score", {"rule": "score", "by": "mean"}, min=0, max=5), ({"a": 5, "b": 4}, 2), ({"b": 3}, 1)
    )
    yield counted(question("cumulative", {"rule": "cumulative"}, min=1, max=5), ({"a": 5}, 1))
    yield counted(
        question("ranking", {"rule": "borda", "variant": "averaged"}), (["a", "b"], 2), (["c", "b"], 1)
    )
    yield counted(question("ranking", {"rule": "instant_runoff"}), *EACH, (["d", "b", "a"], 4))
    yield counted(question("ranking", {"rule": "instant_runoff", "quorum": {"ballots": 5}}, (A, B)), ([], 9))
    yield counted(
        question("ranking", {"rule": "schulze", "winners": 2, "strength": "margins"}),
        (["a", "b", "c", "d"], 3),
        (["b", "c", "a"], 2),
    )
    yield counted(question("ranking", {"rule": "schulze"}), (["a", "b"], 1), (["b", "a"], 1))
    yield counted(question("ranking", {"rule": "schulze"}))
    yield counted(question("choice", GREEDY | {"order": "votes_per_cost"}, BY_COST, max=4), *EACH)
    yield counted(question("choice", GREEDY | {"unaffordable": "stop"}, BY_COST, max=4), *EACH)
    yield counted(
        question("choice", GREEDY | {"exclusive": [["a", "b"]], "threshold": {"votes": 4}}, BY_COST, max=4),
        *EACH,
    )
    yield counted(question("choice", CAPPED, BY_COST, max=4), *EACH)
    yield counted(
        question("ranking", GREEDY | {"points": [2, 1], "threshold": {"score": 20}}, BY_COST), *EACH
    )
    yield counted(
        question("choice", GREEDY | {"budget": 10}, CHEAP, max=4), *[([each], 1) for each in "abcd"]
    )
    yield counted(question("choice", SHARES, BY_COST, max=4), (["a", "b", "c"], 2), (["a", "d"], 4))
    yield counted(
        question(
            "choice",
            SHARES | {"completion": "add1u", "increment": 2, "utility": "cardinality"},
            BY_COST,
            max=4,
        ),
        *EACH,
    )
    yield counted(question("choice", WEIGHED, max=4), *EACH, sources={"위원회": COMMITTEE})
    yield counted(
        question("choice", WEIGHED | {"budget": 100, "normalise": "rank"}, BY_COST, max=4),
        *EACH,
        sources={"위원회": COMMITTEE},
    )


COUNTS = list(elections())
REASONS = [(asked, option["reason"]) for asked, outcome in COUNTS for option in outcome["options"]]


def codes_in_code():
    """Every code that a rule's code gives to `Reason`; a code that cannot be read there fails."""
    for path in Path(rules.__file__).parents[1].rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reason":
                first = node.args[0]
                chosen = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                assert all(isinstance(each, ast.Constant) for each in chosen), f"{path}: line {node.lineno}"
                yield from (each.value for each in chosen)


def test_every_reason_that_a_rule_gives_has_a_sentence():
    codes = set(codes_in_code())
    assert codes == set(CATALOGUES["ko"].REASONS) == set(CATALOGUES["en"].REASONS)
    assert codes == {reason["code"] for _, reason in REASONS}, "the counts above give every reason"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_of_every_reason_fill_its_sentence(language):
    for asked, reason in REASONS:
        told = Speech.of(asked, language).reason(reason)
        assert re.fullmatch(r"[^{}]+\.", told), told
        labels = {option["id"]: option["label"] for option in asked["options"]}
        assert sentence(reason, language, labels)
        for name in ("by", "option", "winner", "stopped_at"):
            if name in reason["params"]:
                assert labels[reason["params"][name]] in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_of_a_reason_is_said_by_one_of_its_sentences(language):
    """Except those that follow from the others."""
    left_out = {
        "outscored": {"place"},
        "unaffordable": set(),
        "funded_by_supporters": {"place"},
        "funded": set(),
    }
    for _, reason in REASONS:
        patterns = CATALOGUES[language].REASONS[reason["code"]]
        said = set().union(*map(fields, patterns))
        assert reason["params"].keys() - said <= left_out.get(reason["code"], set()) | {"place"}, reason


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_and_parameter_is_said_in_words(language):
    said = set()
    for asked, _ in COUNTS:
        whole = rules.method(asked)
        words = method(Speech.of(asked, language), whole)
        assert all(words), words
        assert not re.search(r"[{}]|<", " ".join(words))
        said |= {(asked["counting"]["rule"], name) for name in whole} - {(asked["counting"]["rule"], "rule")}
    known = {(name, parameter) for name, rule in rules.rules().items() for parameter in rule.PARAMETERS}
    catalogue = CATALOGUES[language]
    assert {name for name, _ in known} == set(catalogue.RULES)
    assert {parameter for _, parameter in known} == set(catalogue.PARAMETERS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_of_a_parameter_is_said_in_words(language):
    """Whatever a parameter allows by name has a phrase: its own check says what it allows."""
    asked = question("ranking", {"rule": "plurality"})
    for rule in rules.rules().values():
        for name, parameter in rule.PARAMETERS.items():
            problems = parameter.check(asked, "?")
            allowed = problems[0].params.get("allowed", []) if problems else []
            phrases = CATALOGUES[language].PARAMETERS[name]
            assert "" in phrases or set(allowed) <= phrases.keys(), (rule.NAME, name)


def test_catalogues_have_the_same_words():
    for name, korean in vars(CATALOGUES["ko"]).items():
        english = getattr(CATALOGUES["en"], name)
        if name.isupper() and isinstance(korean, dict):
            assert korean.keys() == english.keys(), name
            for key, pattern in korean.items():
                if isinstance(pattern, str):
                    assert fields(pattern) == fields(english[key]), (name, key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_rounds_ties_and_summaries_are_said(language):
    seen = set()
    for asked, outcome in COUNTS:
        speech = Speech.of(asked, language)
        told = [*speech.rounds(outcome), *map(speech.tie, outcome["ties"]), speech.summary(outcome)]
        told += [each for each in (speech.other(outcome), speech.condorcet(outcome)) if each]
        assert not any(re.search(r"[{}]", each) for each in told)
        seen |= {tie["by"] for tie in outcome["ties"]} | {bool(outcome.get("other"))}
    assert seen >= {"listed", "draw", True, False}


def test_a_reason_in_korean_and_english():
    asked = question("choice", GREEDY, BY_COST, max=4)
    reason = {
        "code": "unaffordable",
        "params": {"cost": 120_000_000, "left": 5_000_000, "short": 115_000_000},
    }
    assert Speech.of(asked, "ko").reason(reason) == (
        "사업비가 1억 2,000만원인데 차례가 왔을 때 남은 예산은 500만원으로, 1억 1,500만원이 모자랐습니다."
    )
    assert Speech.of(asked, "en").reason(reason) == (
        "Costs ₩120,000,000, but ₩5,000,000 was left when its turn came: ₩115,000,000 short."
    )
    lost = {"code": "outscored", "params": {"place": 2, "score": 84, "needed": 119, "missed_by": 35}}
    assert Speech("ko", {}).reason(lost) == ("84표로 2위입니다. 선정 최저 119표에 35표가 모자랍니다.")


def test_a_method_in_korean():
    counting = GREEDY | {"budget": 10**9, "threshold": {"votes": 10}}
    asked = question("choice", counting, BY_COST, max=4)
    assert ", ".join(method(Speech.of(asked, "ko"), rules.method(asked))) == (
        "예산 안에서 차례로 선정, 예산 10억원, 득표순, 예산 초과 시 건너뛰고 다음 사업 검토, "
        "선정 기준: 최소 10표, 동점이면 목록 순서"
    )


@pytest.mark.parametrize(
    ("word", "forms", "right"),
    [
        ("공원", "은/는", "은"),
        ("도로", "은/는", "는"),
        ("지하철", "으로/로", "로"),
        ("한강공원(여의도)", "이/가", "이"),
        ("‘쉼터’", "을/를", "를"),
        ("A", "은/는", "는"),
        ("BTL", "이/가", "이"),
        ("10", "이/가", "이"),
        ("2", "이/가", "가"),
        ("1", "으로/로", "로"),
        ("park", "은/는", "은(는)"),
        ("사업 c", "을/를", "를"),
        ("사업 r", "은/는", "은"),
        ("(가)", "은/는", "는"),
        ("", "은/는", "은(는)"),
        ("!!!", "이/가", "이(가)"),
    ],
)
def test_a_particle_follows_the_last_sound(word, forms, right):
    assert particle(word, forms) == right


@given(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3))
def test_every_syllable_has_its_particle(syllable):
    import unicodedata

    closed = len(unicodedata.normalize("NFD", syllable)) == 3
    assert particle(syllable, "은/는") == ("은" if closed else "는")


@given(st.fractions(), st.integers(0, 4))
def test_a_decimal_is_as_near_as_its_digits_allow(value, most):
    told = decimal(value, most)
    shown = Fraction(told.replace(",", ""))
    digits = len(told.partition(".")[2])
    assert abs(shown - value) * 2 <= Fraction(1, 10 ** max(most, digits))
    assert value == 0 or shown != 0 or abs(value) < Fraction(1, 10**12)


def test_a_figure_takes_one_or_many_and_a_unit():
    one, many = (Told(str(n), Fraction(n), ("{} vote", "{} votes")) for n in (1, 2))
    assert (
        f"{one:unit} {many:unit} {one:project|projects} {many:project|projects}"
        == "1 vote 2 votes 1 project 2 projects"
    )
    assert f"{Told('3', Fraction(3), ('{}표', '{}표')):unit 으로/로}" == "3표로"


@pytest.mark.parametrize(
    ("amount", "korean", "english"),
    [
        (0, "0원", "₩0"),
        (9_999, "9,999원", "₩9,999"),
        (120_000_000, "1억 2,000만원", "₩120,000,000"),
        ("116751/3", "3만 8,917원", "₩38,917"),
        ("116752/3", "약 3만 8,917원", "about ₩38,917"),
        ("1/3", "약 0.3원", "about ₩0.3"),
    ],
)
def test_money(amount, korean, english):
    assert Speech("ko", {}).money(amount) == korean
    assert Speech("en", {}).money(amount) == english
