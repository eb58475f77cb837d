"""Fields and answers: what a ballot's fields say is read, written back and told in words, for every kind of question."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.i18n import Catalogues
from gateway.pages import questions
from gateway.pages.widgets import Words, widgets
from services.polls.contract import ballot_rules
from services.polls.contract.kinds import kinds
from tests.fixtures import every_kind
from tests.fixtures import questions as asked
from tests.unit.pages import samples

QUESTIONS = {question["id"]: {"required": True, **question} for question in asked.NEW_KINDS}
TEMPLATES = Path(questions.__file__).with_name("templates") / "widgets"
EVERY = [*QUESTIONS.values(), samples.SCORE]
CATALOGUES = Catalogues.load()


def words(language="ko"):
    return Words(CATALOGUES.translations(language).gettext, language)


def entered_of(question, answer):
    """The fields of an answer, as a browser sends them."""
    name = f"q.{question['id']}"
    match answer:
        case dict():
            return {f"{name}.{option}": [str(points)] for option, points in answer.items()}
        case list() if questions.widget(question) == "ranking":
            return {f"{name}.{option}": [str(place)] for place, option in enumerate(answer, 1)}
        case list():
            return {name: answer}
        case _:
            return {name: [str(answer)]}


def read(question, entered):
    return questions.read([question], entered)


def answers_to(question):
    """Any answer of the right form, valid or not."""
    options = [option["id"] for option in question["options"]] or [""]
    some = st.lists(st.sampled_from(options), min_size=1, unique=True)
    return {
        "options": some,
        "knapsack": some,
        "ranking": some,
        "points": st.dictionaries(st.sampled_from(options), st.integers(1, 10), min_size=1),
        "scale": st.fixed_dictionaries({option: st.integers(1, 5) for option in options}),
        "number": st.integers(-1000, 1000) | st.decimals(0, 24, places=1).map(str),
        "date": st.dates().map(lambda day: day.isoformat()),
        "yes_no": st.sampled_from(("yes", "no", "abstain")),
        "text": st.text(min_size=1).filter(str.strip),
    }[questions.widget(question)]


@pytest.mark.parametrize("question", EVERY, ids=lambda question: question["kind"])
@given(data=st.data())
def test_what_an_answer_is_entered_as_is_read_as_that_answer(question, data):
    question = {**question, "show_if": None}
    answer = data.draw(answers_to(question))
    found = read(question, entered_of(question, answer))
    valid = not kinds()[question["kind"]].check_answer(question, answer)
    assert found.answers == {question["id"]: answer} or str(found.answers[question["id"]]) == str(answer)
    assert bool(found.problems) != valid
    if valid:
        form = kinds()[question["kind"]].canonical(question, answer)
        assert ballot_rules.canonical_answers([question], found.answers) == {question["id"]: form}
        assert questions.told(question, form, words()).lines


@pytest.mark.parametrize("question", EVERY, ids=lambda question: question["kind"])
@given(data=st.data())
def test_nonsense_in_the_fields_is_read_and_never_fails(question, data):
    question = {**question, "show_if": None}
    names = st.sampled_from(questions.field_names(question))
    entered = data.draw(st.dictionaries(names, st.lists(st.text(max_size=30), max_size=3)))
    found = read(question, entered)
    if not found.problems:
        questions.told(question, found.answers.get(question["id"]), words())


def test_every_kind_has_a_widget_with_a_template():
    templates = {path.stem for path in TEMPLATES.glob("*.html")} - {"parts"}
    assert {kind.WIDGET for kind in kinds().values()} == set(widgets()) == templates


def test_whole_ballots_are_read_as_they_were_entered():
    for n in range(60):
        ballot = every_kind.ballot(n)
        entered = {}
        for question in every_kind.QUESTIONS:
            if question["id"] in ballot:
                entered |= entered_of(question, ballot[question["id"]])
        found = questions.read(every_kind.QUESTIONS, entered)
        assert (found.problems, found.dropped) == ([], [])
        forms = [
            ballot_rules.canonical_answers(every_kind.QUESTIONS, each) for each in (found.answers, ballot)
        ]
        assert forms[0] == forms[1]


@pytest.mark.parametrize(
    ("name", "typed", "answer"),
    [
        ("hours", "１．５", "1.5"),
        ("hours", " 7 ", 7),
        ("hours", "1,234", 1234),
        ("hours", "−3", -3),
        ("hours", "1,5", "1,5"),
        ("hours", "한 시간", "한 시간"),
        ("day", "2026-12-05", "2026-12-05"),
        ("day", "2026. 12. 5.", "2026-12-05"),
        ("day", "2026년 12월 5일", "2026-12-05"),
        ("day", "12월", "12월"),
    ],
)
def test_numbers_and_dates_are_read_as_people_type_them(name, typed, answer):
    assert read(QUESTIONS[name], {f"q.{name}": [typed]}).answers == {name: answer}


def test_places_may_leave_gaps_and_no_place_is_given_twice():
    names = QUESTIONS["names"]
    gaps = read(names, {"q.names.n3": ["1"], "q.names.n1": ["3"]})
    assert (gaps.answers, gaps.problems) == ({"names": ["n3", "n1"]}, [])
    twice = read(names, {"q.names.n3": ["1"], "q.names.n1": ["1"], "q.names.n2": ["second"]})
    assert [(p.pointer, p.code) for p in twice.problems] == [
        ("/names/n1", "place_taken"),
        ("/names/n2", "place_unknown"),
        ("/names/n3", "place_taken"),
    ]
    assert questions.field_of([names], "/names/n1") == "q-names-n1"


@given(st.text(min_size=16, max_size=22))
def test_the_order_of_options_belongs_to_the_ballot(ballot_id):
    def order(question):
        return [option["id"] for option in questions.shown(question, ballot_id)["options"]]

    names, projects = QUESTIONS["names"], QUESTIONS["projects"]
    assert order(names) == order(names)
    assert sorted(order(names)) == sorted(option["id"] for option in names["options"])
    assert order(names)[-1] == order(projects)[-1] == "none"
    groups = [group for group, _ in questions.shown(projects, ballot_id)["grouped"]]
    assert sorted(groups[:-1]) == sorted((asked.CITY, asked.GANGNAM, asked.SEOCHO))


def test_an_answer_to_a_question_that_is_not_asked_is_left_out():
    both = [QUESTIONS["again"], QUESTIONS["why"]]
    entered = {"q.again": ["yes"], "q.why": ["바빠서"]}
    found = questions.read(both, entered)
    assert (found.answers, found.asked, found.dropped, found.problems) == (
        {"again": "yes"},
        ["again"],
        ["why"],
        [],
    )
    no = questions.read(both, {"q.again": ["no"]})
    assert [(p.pointer, p.code) for p in no.problems] == [("/why", "answer_missing")]


@pytest.mark.parametrize(
    ("name", "answer", "lines", "total"),
    [
        ("budget", ["b1", "b4"], ["어린이 교통공원: 3억 2,000만원", "자전거 수리소: 987만 6,543원"], "합계 3억 2,987만 6,543원 (한도 5억원)"),
        ("budget", ["none"], ["없음"], ""),
        ("points", {"p1": 4, "p3": 6}, ["복지: 6점", "교통: 4점"], "10점 가운데 10점 배분"),
        ("names", ["n4", "n1"], ["1순위 따릉이 미니", "2순위 새싹따릉이"], ""),
        ("names", ["none"], ["없음"], ""),
        ("hours", "1.5", ["1.5"], ""),
        ("day", "2026-12-05", ["2026년 12월 5일 (토)"], ""),
    ],
)  # fmt: skip
def test_answers_in_words(name, answer, lines, total):
    told = questions.told(QUESTIONS[name], answer, words())
    assert ([line.replace("\u00a0", " ") for line in told.lines], told.total) == (lines, total)


def test_answers_in_english_words():
    told = questions.told(QUESTIONS["names"], ["n4"], words("en"))
    assert told.lines == ["No. 1 따릉이 미니"]
    assert questions.told(QUESTIONS["hours"], -12345, words("en")).lines == ["-12,345"]
    assert "₩329,876,543" in questions.told(QUESTIONS["budget"], ["b1", "b4"], words("en")).total


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_an_unfinished_draft_can_be_looked_at(kind, operator, monkeypatch):
    bare = {"id": "a", "kind": kind, "title": "?", "required": True, "options": []}
    bare |= {"earliest": "2026-13-01", "latest": "2026-12-31"}
    some = {**bare, "id": "b", "options": [{"id": "o1", "label": "하나"}], "limits": [{"by": "group"}]}
    poll = {**samples.POLLS["draft"], "questions": [bare, {**some, "show_if": {"question": "a"}}]}
    monkeypatch.setitem(samples.POLLS, "draft", poll)
    assert operator.get("/console/polls/draft/preview").status_code == 200
