"""Everything that stands in a draft survives the edit form, whether the form can show it or not."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.pages.console.drafts import breakdowns, conditions, counting, field_of, of_form
from gateway.pages.console.drafts.fields import Reader
from gateway.pages.static_files import STATIC
from services.polls import contract as polls
from services.polls.contract.breakdown import DIMENSIONS
from services.polls.contract.kinds import kinds
from services.polls.contract.schemas import PollPatchSchema
from services.tally.contract.rules import rules
from tests.fixtures.every_kind import QUESTIONS
from tests.unit.gateway import fakes
from tests.unit.pages.browser import posted
from tests.unit.pages.conftest import Tags, post

EDIT = "/console/polls/draft/edit"
texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
ids = st.sampled_from(["a", "b", "c", "none", "q1", "x-1"])
whole = st.integers(-(2**53) + 1, 2**53 - 1)
small = st.integers(0, 500)
groups = st.sampled_from(["종로구", "서울시 전체", '"따옴표", <쉼표>'])


def maybe(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


options = st.lists(
    maybe(
        {"id": ids, "label": texts},
        description=texts,
        cost=st.integers(0, 10**15),
        group=groups,
        category=groups,
        exclusive=st.just(True),
    ),
    max_size=4,
    unique_by=lambda option: option["id"],
)
limits = st.lists(
    maybe(
        {"by": st.sampled_from(["group", "category"])},
        values=st.lists(groups, min_size=1, max_size=3),
        each=st.just(True),
        min=small,
        max=small,
        distinct=st.integers(1, 500),
    ),
    min_size=1,
    max_size=3,
)
shown_when = maybe(
    {"question": ids},
    any_of=st.lists(ids, min_size=1, max_size=3),
    min=whole,
    max=whole,
    option=ids,
    answered=st.just(True),
)
thresholds = st.one_of(
    st.builds(lambda n: {"votes": n}, small),
    st.builds(lambda n: {"ballots": n}, small),
    maybe({"at_least": st.sampled_from(["1/3", "50%", "12.5 %"])}, of=st.sampled_from(["roll", "answered"])),
    st.just({"more_than": "half"}),
)
json_values = st.recursive(
    st.none() | st.booleans() | whole | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
parameters: dict[str, st.SearchStrategy[Any]] = {
    **{name: st.integers(0, 10**15) for name in ("winners", "budget", "increment")},
    **{name: st.sampled_from(words) for name, words in counting.CHOICES.items()},
    "threshold": thresholds,
    "quorum": thresholds,
    "points": st.lists(small, min_size=1, max_size=3),
    "caps": st.lists(maybe({"group": groups}, projects=small, budget=small), min_size=1, max_size=2),
    "exclusive": st.lists(st.lists(ids, min_size=2, max_size=3), min_size=1, max_size=2),
    "sources": st.lists(
        st.builds(dict, name=texts | st.just("ballots"), weight=st.sampled_from(["50%", "1/2", "x"])),
        min_size=1,
        max_size=3,
    ),
}
methods = st.one_of(
    st.sampled_from(sorted(rules())).flatmap(
        lambda name: maybe(
            {"rule": st.just(name)},
            **{p: parameters[p] | json_values for p in rules()[name].PARAMETERS},
            unheard=json_values,
        )
    ),
    st.dictionaries(texts, json_values, max_size=2),
)
questions = st.lists(
    maybe(
        {
            "id": ids,
            "kind": st.sampled_from(sorted(kinds())) | st.just("unheard"),
            "title": texts,
            "required": st.booleans(),
            "options": options,
        },
        description=texts,
        min=whole,
        max=whole,
        budget=st.integers(1, 10**15),
        most_each=st.integers(1, 100),
        decimals=st.integers(0, 6),
        earliest=st.just("2026-01-01"),
        latest=st.just("2026-12-31"),
        limits=limits,
        order=st.sampled_from(["fixed", "shuffled"]),
        show_if=shown_when,
        counting=methods,
    ),
    max_size=3,
    unique_by=lambda question: question["id"],
)
margins = st.sampled_from(sorted(DIMENSIONS)).flatmap(
    lambda name: st.fixed_dictionaries(
        {
            name: st.dictionaries(
                st.sampled_from(DIMENSIONS[name]) | texts, st.integers(0, 10**7), min_size=1, max_size=3
            )
        }
    )
)
splits = st.none() | maybe(
    {
        "by": st.lists(st.sampled_from(sorted(DIMENSIONS)), min_size=1, max_size=4),
        "least": st.integers(3, 1000),
    },
    margins=margins,
)
LONG = [{"id": f"p{n}", "label": f"사업 {n}", "group": "종로구", "cost": n} for n in range(300)]
EVERYTHING = {"by": ["age", "district"], "least": 10, "margins": {"age": {"10": 5, "70": 7}}}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(questions, splits)
@example(QUESTIONS, EVERYTHING)
@example([{**QUESTIONS[1], "options": LONG}, QUESTIONS[2]], None)
def test_an_unchanged_form_changes_nothing(operator, bus, asked, split):
    draft = fakes.poll(id="draft", state="draft", questions=asked, breakdown=split)
    PollPatchSchema().load({"questions": asked, "breakdown": split})
    bus.on(polls.GET_POLL, draft)
    bus.on(polls.UPDATE_POLL, draft)
    page = operator.get(EDIT)
    assert page.status_code == 200
    form = posted(page.text)
    answer = post(operator, EDIT, {**{name: form.getlist(name) for name in form}, "do": "save"})
    assert answer.status_code == 303, Tags(answer.text).text
    patch = bus.last(polls.UPDATE_POLL)["patch"]
    loaded = PollPatchSchema().load(json.loads(json.dumps(patch)))
    assert loaded["questions"] == PollPatchSchema().load({"questions": asked})["questions"]
    assert loaded["breakdown"] == split
    for path in (f"{EDIT}?check=1", "/console/polls/draft", "/console/polls/draft/preview"):
        assert operator.get(path).status_code == 200


@pytest.mark.parametrize("threshold", [{}, {"of": "roll"}, {"votes": None}, [], "votes", 0])
def test_a_threshold_that_says_nothing_is_kept(threshold):
    rule = {"rule": "greedy", "threshold": threshold}
    words = counting.show("knapsack", rule)
    assert counting.read(Reader(), "", words) == rule


def test_the_form_has_fields_for_all_that_is_usual(operator, bus):
    draft = fakes.poll(id="draft", state="draft", questions=QUESTIONS, breakdown=EVERYTHING)
    bus.on(polls.GET_POLL, draft)
    assert "그대로 둡니다" not in Tags(operator.get(EDIT).text).text


def pressed(operator, bus, question: dict[str, Any], *steps: str, **changed: Any) -> dict[str, Any]:
    """The last question of the form after these buttons, of a draft with all kinds of questions and this one."""
    asked = [*QUESTIONS, {"title": "?", "required": True, "options": [], "id": "new", **question}]
    bus.on(polls.GET_POLL, fakes.poll(id="draft", state="draft", questions=asked))
    form = posted(operator.get(EDIT).text)
    here = f"questions-{len(QUESTIONS)}"
    fields = {name: form.getlist(name) for name in form}
    fields |= {f"{here}-{name.replace('__', '-')}": value for name, value in changed.items()}
    for step in steps:
        button = {"do": f"{step.replace('N', str(len(QUESTIONS)))}"}
        form = posted(post(operator, EDIT, fields | button).text)
        fields = {name: form.getlist(name) for name in form}
    return of_form(form)["questions"][-1]


def composite(weight: str, name: str) -> dict[str, Any]:
    sources = [{"name": "ballots", "weight": "50%"}, {"name": name, "weight": weight}]
    return {"rule": "composite", "sources": sources}


def test_rows_of_limits_and_of_a_rule_come_and_go_by_buttons(operator, bus):
    asked = {"kind": "choice", "options": [{"id": "a", "label": "가", "group": "종로구"}]}
    added = pressed(
        operator, bus, asked, "add-limit-N", "add-cap-N", "add-exclusive-N", "add-source-N", "add-option-N"
    )
    assert (len(added["limits"]), len(added["options"])) == (1, 2)
    rule = added["counting"]
    assert (len(rule["caps"]), len(rule["exclusive"]), len(rule["sources"])) == (1, 1, 3)
    gone = pressed(
        operator,
        bus,
        asked
        | {"limits": [{"by": "group", "max": 1}], "counting": {"rule": "greedy", "caps": [{"group": "a"}]}},
        "remove-limit-N-0",
        "remove-cap-N-0",
        "remove-source-N-1",
        "remove-cap-N-7",
    )
    assert (gone["limits"], gone["counting"]["caps"]) == ([], [])
    assert [source["name"] for source in gone["counting"]["sources"]] == ["ballots"]


@pytest.mark.parametrize(
    ("about", "test"),
    [("live", "any_of"), ("hours", "range"), ("quality", "range"), ("why", "answered"), ("order", "any_of")],
)
def test_what_can_be_asked_of_another_question_depends_on_its_kind(operator, bus, about, test):
    asked = {"kind": "text", "show_if": {"question": "shop", "any_of": ["s1"]}}
    chosen = pressed(operator, bus, asked, "choose-condition-N", show_if__question=about)["show_if"]
    assert (chosen["question"], chosen["told"], chosen["test"]) == (about, about, test)
    assert chosen["any_of"] == []


def test_what_was_said_of_another_question_does_not_count(operator, bus):
    asked = {"kind": "text", "show_if": {"question": "shop", "any_of": ["s1"]}}
    words = pressed(operator, bus, asked, "nothing", show_if__question="live")["show_if"]
    assert words["any_of"] == []
    unset = conditions.blank() | {"question": "live", "told": "", "any_of": ["s1"]}
    assert conditions.read(Reader(), "", unset) == {"question": "live", "answered": True}


CONDITION = f"questions-{len(QUESTIONS)}-show_if"


def refused(operator, bus, condition: dict[str, Any], **changed: Any) -> Tags:
    """The form of a last question with this condition, checked, or saved with these changes."""
    asked = {"id": "new", "kind": "text", "title": "?", "required": True, "options": [], "show_if": condition}
    bus.on(polls.GET_POLL, fakes.poll(id="draft", state="draft", questions=[*QUESTIONS, asked]))
    if not changed:
        return Tags(operator.get(f"{EDIT}?check=1").text)
    form = posted(operator.get(EDIT).text)
    fields = {name: form.getlist(name) for name in form}
    fields |= {f"{CONDITION}-{name}": value for name, value in changed.items()}
    answer = post(operator, EDIT, {**fields, "do": "save"})
    assert answer.status_code == 422
    return Tags(answer.text)


@pytest.mark.parametrize(
    ("condition", "changed", "field", "said"),
    [
        ({"question": "shop", "any_of": ["s1"]}, {"any_of": []}, "-any_of", "하나 이상 표시해 주십시오"),
        ({"question": "hours", "min": 5}, {"min": " "}, "-min", "‘이상’과 ‘이하’ 가운데 하나는"),
        ({"question": "quality", "min": 5}, {}, "-option", "어느 보기의 점수를 볼지 골라 주십시오"),
        ({"question": "hours", "min": 5, "max": 3}, {}, "", "‘이상’이 ‘이하’보다 크거나"),
        ({"question": "shop", "any_of": ["gone"]}, {}, "-any_of", "없는 보기"),
        ({"question": "shop", "any_of": ["s1"], "answered": True}, {}, "", "가운데 하나만"),
        ({"question": "shop", "any_of": ["s1"], "option": "s1"}, {}, "-option", "이런 조건을 걸 수 없습니다"),
        ({"question": "hours", "min": 5, "option": "s1"}, {}, "-option", "이런 조건을 걸 수 없습니다"),
        ({"question": "new", "answered": True}, {}, "-question", "앞에 있는 질문"),
    ],
)
def test_what_is_wrong_with_a_condition_is_said_where_it_is(operator, bus, condition, changed, field, said):
    page = refused(operator, bus, condition, **changed)
    ids = [given["id"] for _, given in page.tags if "id" in given]
    links = [given["href"] for tag, given in page.tags if tag == "a" and "show_if" in (given["href"] or "")]
    assert links == [f"#{CONDITION}{field}"]
    assert ids.count(f"{CONDITION}{field}") == 1
    assert f"{CONDITION}{field}-wrong" in ids
    assert "특정 답을 한 사람에게만 묻기: " in page.text
    assert page.text.count(said) == 2


@pytest.mark.parametrize("junk", ["[" * 5_000, "{", "NaN"])
def test_what_is_kept_must_be_json(junk):
    reader = Reader()
    words = counting.show("text", {"rule": "borda"}) | {"kept": junk}
    assert counting.read(reader, "here", words) is None
    assert reader.wrong == [("here-kept", "invalid", {})]


def test_what_is_kept_can_be_removed(operator, bus):
    asked = {"kind": "choice", "counting": {"rule": "approval", "unheard": 1}}
    kept = pressed(operator, bus, asked, "nothing")["counting"]
    assert counting.read(Reader(), "", kept) == {"rule": "approval", "unheard": 1}
    dropped = pressed(operator, bus, asked, "nothing", counting__drop="yes")["counting"]
    assert counting.read(Reader(), "", dropped) == {"rule": "approval"}


def test_percent_signs_may_be_left_out():
    words = counting.show("choice", None) | {
        "rule": "composite",
        "sources": [
            {"name": "ballots", "weight": "60"},
            {"name": " 위원회 ", "weight": "2/5"},
            {"name": "", "weight": ""},
        ],
    }
    assert counting.read(Reader(), "", words)["sources"] == [
        {"name": "ballots", "weight": "60%"},
        {"name": "위원회", "weight": "2/5"},
    ]


@pytest.mark.parametrize(
    ("language", "share", "weight"),
    [("ko", "10이라고만 적으면 10%", "50이라고만 적으면 50%"), ("en", "10 means 10%", "50 means 50%")],
)
def test_beside_shares_it_says_that_percent_signs_may_be_left_out(operator, bus, language, share, weight):
    bus.on(polls.GET_POLL, fakes.poll(id="draft", state="draft", questions=[QUESTIONS[1]]))
    page = operator.get(EDIT, headers={"Accept-Language": language})
    linked = {str(given.get("id")): given.get("aria-describedby") for _, given in Tags(page.text).tags}
    spot = "questions-0-counting"
    for field, hint in (("threshold-value", share), ("quorum-value", share), ("sources", weight)):
        assert str(linked[f"{spot}-{field}"]).strip() == f"{spot}-{field}-hint"
        assert hint in page.text.split(f'id="{spot}-{field}-hint">')[1].split("</p>")[0]


@pytest.mark.parametrize(
    ("counting", "field", "said"),
    [
        ({"rule": "approval", "winners": 0}, "winners", "1에서 8까지의 정수로"),
        ({"rule": "approval", "threshold": {"at_least": "많이"}}, "threshold", "50%나 1/3처럼"),
        ({"rule": "approval", "quorum": {"more_than": "150%"}}, "quorum", "100%까지"),
        (composite("마흔", "위원회"), "sources-1-weight", "비중은 50%나 1/2처럼"),
        (composite("50%", ""), "sources-1-name", "평가의 이름을"),
        (composite("50%", "ballots"), "sources", "출처"),
    ],
)
def test_what_is_wrong_with_a_counting_rule_says_what_is_right(operator, bus, counting, field, said):
    ill = {**QUESTIONS[1], "counting": counting}
    bus.on(polls.GET_POLL, fakes.poll(id="draft", state="draft", questions=[ill]))
    page = operator.get(f"{EDIT}?check=1").text
    assert f'href="#questions-0-counting-{field}"' in page
    assert page.count(said) >= 2


def test_all_that_keeps_a_poll_from_opening_is_told_at_once(operator, bus):
    uncounted = {**QUESTIONS[1], "counting": {"rule": "approval", "winners": 0}}
    impossible = {**QUESTIONS[7], "earliest": "2027-01-01"}
    bus.on(polls.GET_POLL, fakes.poll(id="draft", state="draft", questions=[uncounted, impossible]))
    page = operator.get(f"{EDIT}?check=1").text
    for field in ("questions-0-counting-winners", "questions-1-latest"):
        assert f'href="#{field}"' in page
    assert page.count("마지막 날이 첫날보다 빠를 수 없습니다.") == 2
    assert "2군데" in Tags(operator.get(f"{EDIT}?saved=1").text).text


@pytest.mark.parametrize("language", ["ko", "en"])
def test_weights_that_are_no_whole_are_told(operator, bus, language):
    rule = {"rule": "composite", "sources": [{"name": "ballots", "weight": "50%"}]}
    ill = {**QUESTIONS[1], "counting": rule}
    bus.on(polls.GET_POLL, fakes.poll(id="draft", state="draft", questions=[ill]))
    page = operator.get(f"{EDIT}?check=1", headers={"Accept-Language": language})
    assert page.status_code == 200
    assert 'href="#questions-0-counting-sources"' in page.text
    assert page.text.count("100%") == 3  # twice what is wrong, once the hint


def test_the_overview_says_how_each_question_is_counted(operator, bus):
    unfit = {**QUESTIONS[1], "id": "unfit", "counting": {"rule": "greedy", "budget": "much"}}
    bus.on(
        polls.GET_POLL,
        fakes.poll(id="draft", state="draft", questions=[*QUESTIONS, unfit], breakdown=EVERYTHING),
    )
    said = Tags(operator.get("/console/polls/draft").text).text
    assert "즉석 결선 투표" in said
    assert "2개 선정" in said
    assert "나이, 자치구" in said


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (
            {"question": "live", "any_of": ["yes", "no"]},
            "질문 1에서 다음을 고르신 분만 답해 주십시오: 찬성, 반대",
        ),
        ({"question": "hours", "min": 1000}, "질문 7의 답이 1,000 이상인 분만"),
        ({"question": "quality", "option": "a", "max": 2}, "질문 6에서 ‘보기 a’ 점수가 2 이하인 분만"),
        ({"question": "why", "answered": True}, "질문 9에 답하신 분만"),
    ],
)
def test_the_overview_says_when_a_question_is_asked(operator, bus, condition, said):
    asked = {"id": "new", "kind": "text", "title": "?", "required": True, "options": [], "show_if": condition}
    bus.on(polls.GET_POLL, fakes.poll(id="draft", state="draft", questions=[*QUESTIONS, asked]))
    assert said in Tags(operator.get("/console/polls/draft").text).text


def test_every_parameter_of_every_rule_has_a_field():
    known = {name for rule in rules().values() for name in rule.PARAMETERS}
    assert known == set(counting.PARAMETERS)


def test_the_style_sheet_shows_the_fields_of_every_rule():
    sheet = (STATIC / "components.css").read_text()
    for name in rules():
        assert f".counting:has(option[value={name}]:checked) [data-rules~={name}]" in sheet


@pytest.mark.parametrize(
    ("pointer", "field"),
    [
        ("/patch/questions/0/max", "questions-0-max"),
        ("/questions/1/options/2/cost", "questions-1-options-2-cost"),
        ("/questions/1/counting/threshold/votes", "questions-1-counting-threshold"),
        ("/questions/1/counting/caps/0/budget", "questions-1-counting-caps-0-budget"),
        ("/questions/1/counting/exclusive/0/1", "questions-1-counting-exclusive-0"),
        ("/questions/1/counting/points", "questions-1-counting-points"),
        ("/questions/1/limits/0/values/3", "questions-1-limits-0-values"),
        ("/questions/1/show_if/any_of/0", "questions-1-show_if-any_of"),
        ("/questions/1/show_if", "questions-1-show_if"),
        ("/breakdown/margins/district/x", "breakdown-margins-district"),
        ("/breakdown/by/0", "breakdown-by"),
        ("/eligibility/all/0/password", "password"),
    ],
)
def test_a_complaint_finds_its_field(pointer, field):
    assert field_of(pointer) == field


NAMES = {name: {value: value for value in values} for name, values in DIMENSIONS.items()} | {
    "district": {"jongno": "종로구", "jung": "중구"},
    "age": {"10": "10 to 19", "20": "20 to 29"},
}


def read_margins(name: str, text: str) -> tuple[Any, list[Any]]:
    reader = Reader()
    words = {**breakdowns.blank(), "by": [name]}
    words["margins"] = {**words["margins"], name: text}
    found = breakdowns.read(reader, words, NAMES)
    return (found or {}).get("margins", {}).get(name), reader.wrong


@pytest.mark.parametrize(
    ("name", "text", "people"),
    [
        ("district", "종로구,148000\n중구\t120,000명\n\n", {"jongno": 148_000, "jung": 120_000}),
        ("district", "JONGNO; 5\n평양, 3", {"jongno": 5, "평양": 3}),
        ("age", "10 to 19,148\n20 to 29, 1,234", {"10": 148, "20": 1_234}),
    ],
)
def test_people_are_read_as_they_are_pasted(name, text, people):
    assert read_margins(name, text) == (people, [])


def test_a_line_that_is_none_is_named():
    assert read_margins("district", "종로구,5\n중구 많음")[1] == [
        ("breakdown-margins-district", "margin_line", {"line": 2})
    ]
