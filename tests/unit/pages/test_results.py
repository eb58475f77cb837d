"""The result page: every rule and kind explains itself, in both languages, with figures that have their tables."""

import re

import pytest

from gateway.figures import svg
from gateway.i18n import Catalogues
from gateway.pages.results.breakdowns import broken_down
from gateway.pages.results.counts import chart, selected
from gateway.pages.results.explanations import speech_of
from gateway.pages.results.pictures import bin_label, figures
from services.common.errors import Unavailable
from services.identity.contract.profiles import DISTRICTS
from services.polls import contract as polls
from services.polls.contract.kinds import kinds
from services.tally import contract as tally
from tests.unit.pages import outcomes
from tests.unit.pages.conftest import Tags
from tests.unit.pages.test_pages import check

DRAWN = {
    "runoff": "rounds",
    "schulze": "pairs",
    "budget": "budget",
    "shares": "budget",
    "composite": "sources",
    "number": "bins",
    "date": "bins",
    "motion": "weighted",
}
LABELS = {name: {o["id"]: o["label"] for o in asked["options"]} for name, asked in outcomes.ASKED.items()}


@pytest.fixture
def reader(guest, bus):
    """`reader(poll, language)`: the result page's tags and text."""
    bus.on(polls.GET_POLL, lambda poll_id, actor: outcomes.poll(poll_id))
    bus.on(tally.GET_RESULTS, outcomes.results)

    def read(name, language="ko", path=""):
        return guest.with_headers(**{"Accept-Language": language}).get(f"/polls/{name}/results{path}")

    return read


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", outcomes.ASKED)
def test_every_outcome_is_explained(reader, name, language):
    answer = reader(name, language)
    page = check(answer)
    text = re.sub(r"\s+", " ", page.text)
    asked, (result,) = outcomes.ASKED[name], outcomes.results(name)["questions"]
    speech = speech_of(asked, result, language)
    for option in result.get("outcome", {}).get("options", ()):
        assert speech.reason(option["reason"]) in text
    if "outcome" in result:
        assert speech.summary(result["outcome"]) in text
    drawings = [a for tag, a in page.tags if tag == "svg" and "drawing" in (a.get("class") or "")]
    assert all(a["role"] == "img" for a in drawings)
    assert sorted(a["class"] for a in drawings) == sorted(
        ["drawing narrow", "drawing wide"] * (len(drawings) // 2)
    )
    assert name not in DRAWN or any(f"-{DRAWN[name]}-" in a["aria-labelledby"] for a in drawings)


def test_chosen_options_are_marked_and_no_other(reader):
    page = Tags(reader("budget").text)
    marked = {
        a["data-option"]
        for tag, a in page.tags
        if tag == "li" and "chosen" in (a.get("class") or "").split() and "data-option" in a
    }
    assert marked == selected(outcomes.results("budget")["questions"][0])
    assert marked


def test_the_counted_part_alone_is_what_stands_on_the_page(reader):
    part = reader("runoff", path="/part")
    assert part.status_code == 200
    assert part.text in reader("runoff").text
    assert "<html" not in part.text


def test_the_part_is_made_once_for_each_count_and_language(reader, monkeypatch):
    from gateway.pages.results import handlers

    made = []
    once = handlers.rendered
    monkeypatch.setattr(handlers, "rendered", lambda *args: made.append(args[-1]) or once(*args))
    for language in ("ko", "en", "ko"):
        reader("points", language)
        reader("points", language, "/part")
    assert made == ["ko", "en"]


def test_suppressed_figures_are_dots_and_weighted_ones_stand_beside_the_raw(reader):
    text = re.sub(r"\s+", " ", Tags(reader("motion").text).text)
    assert "마포구……" in text
    assert "61.20% ±3.61" in text
    assert "(실제 투표 62.89%)" in text
    assert "유효 표본 크기는 701.4" in text
    assert "결과는 실제 투표로만 정해집니다" in text
    assert "투표한 사람이 너무 적어" in text


def test_a_long_table_of_voters_is_folded(reader, monkeypatch):
    folded = '<details class="table" data-kept="v-1"><summary>'
    assert folded not in reader("motion").text
    rows = [{"value": name, "voters": 36, "share": "4.00"} for name in DISTRICTS]
    monkeypatch.setitem(outcomes.BREAKDOWN["voters"][0], "rows", rows)
    assert folded in reader("motion", "en").text


def test_english_headings_are_sentences_and_days_are_written_as_elsewhere(reader):
    text = re.sub(r"\s+", " ", Tags(reader("motion", "en").text).text)
    for said in (
        "Voters by district",
        "Answers by gender",
        "Weighted by district so",
        "For (as cast: 62.89%)",
    ):
        assert said in text, said
    assert "The Method of Equal Shares" in Tags(reader("budget", "en").text).text
    assert "1 Dec 2026" in Tags(reader("date", "en").text).text


@pytest.mark.parametrize(
    ("language", "year", "label"),
    [
        ("ko", True, "2026. 12. 31.~2027. 1. 2."),
        ("ko", False, "12. 31.~1. 2."),
        ("en", True, "31 Dec 2026~2 Jan 2027"),
        ("en", False, "31 Dec~2 Jan"),
    ],
)
def test_days_are_written_with_the_year_or_without(language, year, label):
    week = {"from": "2026-12-31", "to": "2027-01-02"}
    assert bin_label(week, language, dated=True, year=year) == label
    assert bin_label({"from": "0.5", "to": "0.5"}, language, dated=False) == "0.5"


def test_what_is_too_wide_for_paper_says_where_it_is_cut(reader, monkeypatch):
    assert "data-sheets" not in reader("motion").text
    row = {"voters": [123] * 12}
    rows = [{"value": name, **row} for name in (None, *DISTRICTS)]
    monkeypatch.setitem(outcomes.BREAKDOWN["turnout"], "rows", rows)
    (table,) = [each for tag, each in Tags(reader("motion", "en").text).tags if "data-sheets" in each]
    *_, last = str(table["data-sheets"]).split()
    assert int(last) == 1 + 1 + len(DISTRICTS)


def test_many_places_and_many_scores_are_cut_for_paper_too():
    ten = outcomes.options(f"{n}번째 사업" for n in range(1, 21))
    many = [
        outcomes.question("ranking", "순위", options=ten, max=20),
        outcomes.question("score", "점수", options=ten[:2], min=0, max=40),
    ]
    for asked in many:
        answers = {"answered": 0, **kinds()[asked["kind"]].summarise(asked, {}, 0)}
        found = chart(asked, {"id": "q1", "kind": asked["kind"], **answers}, str)
        assert found["sheets"][-1] == 1 + (20 if asked["kind"] == "ranking" else 1 + 41)


@pytest.mark.parametrize("code", ["suppressed", "too_few_ballots", "no_margin", "not_converged"])
def test_why_there_are_no_weighted_figures_is_said(code):
    result = outcomes.results("motion")
    (own,) = result["breakdown"]["questions"]
    withheld = {**own, "weighted": {"by": ["district"], "withheld": code}}
    result = result | {"breakdown": result["breakdown"] | {"questions": [withheld]}}
    found = broken_down(outcomes.poll("motion"), result, "ko", Catalogues.load().translations("ko").gettext)
    assert found["questions"]["q1"]["weighted"]["withheld"].startswith("가중값은 보여 드리지 않습니다.")


def test_weighted_figures_that_are_all_suppressed_are_no_empty_picture(reader, monkeypatch):
    (own,) = outcomes.BREAKDOWN["questions"]
    hidden = [{"id": each["id"], "withheld": True} for each in own["weighted"]["options"]]
    monkeypatch.setitem(own["weighted"], "options", hidden)
    html = reader("motion").text
    assert "가중값은 보여 드리지 않습니다." in html
    assert "f-q1-weighted" not in html


@pytest.mark.parametrize("name", ["budget", "shares"])
def test_another_rule_is_compared_where_it_chooses_otherwise(name):
    """By a result in which the other rule would have chosen something else."""
    asked, (result,) = outcomes.ASKED[name], outcomes.results(name)["questions"]
    outcome = result["outcome"]
    outcome["other"] |= {"selected": [outcome["options"][-2]["id"]], "spent": 310_000_000}
    speech = speech_of(asked, result, "ko")
    (drawn,) = figures(asked, result, speech, str)
    assert speech.other(outcome).startswith("같은 표를")
    assert LABELS[name][outcome["options"][-2]["id"]] in speech.other(outcome)
    assert "For comparison" in svg(drawn, "wide")


def test_rules_that_choose_nothing_are_not_set_beside_each_other(reader, bus):
    empty = outcomes.results("shares") | {"questions": [outcomes.counted(outcomes.SHARES, 0)]}
    bus.on(tally.GET_RESULTS, empty)
    html = reader("shares").text
    assert "선정되는 사업이 같습니다" in html
    assert "두 방식 나란히 보기" not in html


def test_the_polls_page_says_what_was_chosen_once_the_result_is_final(reader, guest, bus):
    (result,) = outcomes.results("budget")["questions"]
    said = speech_of(outcomes.BUDGET, result, "ko").summary(result["outcome"])
    reader("budget")
    assert said in guest.get("/polls/budget").text
    bus.on(
        polls.GET_POLL, lambda poll_id, actor: outcomes.poll("shares") | {"id": poll_id, "certified": None}
    )
    assert said not in guest.get("/polls/shares").text


def test_the_polls_page_stands_without_tally(reader, guest, bus):
    def gone(**_):
        raise Unavailable

    reader("budget")
    bus.on(tally.GET_RESULTS, gone)
    assert guest.get("/polls/shares").status_code == 200
