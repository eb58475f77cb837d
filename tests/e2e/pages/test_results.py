"""A result that explains itself, counted by the whole stack: a run-off, a budget and a distribution, by who voted."""

import io
from dataclasses import dataclass

import pypdf
import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import DESKTOP, PHONE
from tests.fixtures.people import Person, eventually

pytestmark = pytest.mark.browser
PLACES = ("한강 수영장 연장 운영", "골목길 조명 바꾸기", "동네 책방 지원")
QUESTIONS = [
    {
        "id": "q1",
        "kind": "ranking",
        "title": "가장 먼저 할 일은?",
        "options": [{"id": name, "label": label} for name, label in zip("abc", PLACES, strict=True)],
        "counting": {"rule": "instant_runoff"},
    },
    {
        "id": "q2",
        "kind": "knapsack",
        "title": "1억원으로 할 일은?",
        "budget": 100_000_000,
        "options": [
            {"id": "x", "label": "어린이 보호구역 울타리", "cost": 60_000_000},
            {"id": "y", "label": "경로당 냉난방기", "cost": 50_000_000},
            {"id": "z", "label": "도서관 야간 개관", "cost": 30_000_000},
        ],
        "counting": {"rule": "greedy"},
    },
    {"id": "q3", "kind": "number", "title": "적당한 요금", "min": 0, "max": 10},
]
BALLOTS = [("ab", "xz"), ("ab", "xz"), ("bc", "x"), ("ba", "xz"), ("cb", "y"), ("bca", "z"), ("a", "y")]


@dataclass(frozen=True)
class Poll:
    url: str
    said: str
    """What the page said while votes came in, and whether it had not been loaded again since the first."""


@pytest.fixture(scope="module")
def poll(town, browser) -> Poll:
    """A poll that one has watched from the first ballot on, closed and published."""
    breakdown = {"by": ["district"], "least": 3}
    name = town.seoul.open_poll(
        "seoul", title="우리 동네 할 일", results="live", questions=QUESTIONS, breakdown=breakdown
    )
    url = f"{town.seoul.url}/polls/{name}"
    page = browser.new_page(locale="ko-KR", viewport=PHONE)
    page.goto(f"{url}/results")
    page.evaluate("document.body.dataset.same = 'yes'")
    for n, ballot in enumerate(BALLOTS):
        cast(town, name, ("jongno", "gangnam")[n % 2], *ballot)
    expect(page.locator("[data-question=q2] .reasons.lost")).to_contain_text("4,000만원이 모자랐습니다.")
    said = page.locator("[data-question=q2] .verdict strong").inner_text()
    same = page.evaluate("document.body.dataset.same")
    page.close()
    town.seoul.ask("POST", f"/polls/{name}/close")
    eventually(lambda: town.seoul.ask("GET", f"/polls/{name}")["certified"])
    return Poll(url, f"{said} {same}")


def cast(town, name: str, district: str, ranking: str, projects: str) -> None:
    voter = Person(town.seoul.url).sign_in().tell(district=district)
    done = voter.cast(name, {"q1": list(ranking), "q2": list(projects), "q3": len(ranking)})
    assert done.status_code == 201, done.text


def test_an_explanation_follows_the_count_while_one_watches(poll):
    assert poll.said == "선정: 어린이 보호구역 울타리, 도서관 야간 개관 yes"


def test_every_option_that_is_not_chosen_is_told_why(poll, new_page):
    page = new_page(viewport=DESKTOP)
    page.goto(f"{poll.url}/results")
    runoff, budget = page.locator("[data-question=q1]"), page.locator("[data-question=q2]")
    expect(runoff.locator(".reasons.lost")).to_contain_text("1라운드에서 1표로 가장 적어 탈락했습니다.")
    expect(budget.locator(".reasons.lost")).to_contain_text(
        "사업비가 5,000만원인데 차례가 왔을 때 남은 예산은 1,000만원으로, 4,000만원이 모자랐습니다."
    )
    expect(page.locator("[data-question=q3]")).to_contain_text("평균")
    page.get_by_text("누가 어떻게 답했나").first.click()
    expect(runoff.locator(".split")).to_contain_text("투표한 사람이 너무 적어")
    expect(page.get_by_role("table", name="자치구에 따른 투표자")).to_contain_text("종로구457.14%")
    page.goto(poll.url)
    expect(page.locator(".outcome")).to_contain_text("골목길 조명 바꾸기")


@pytest.mark.parametrize(("viewport", "locale"), [(PHONE, "ko-KR"), (DESKTOP, "en-US")], ids=["390", "1280"])
def test_figures_fit_the_screen_and_everybody_can_read_them(
    poll, new_page, assert_accessible, viewport, locale
):
    page = new_page(viewport=viewport, locale=locale)
    page.goto(f"{poll.url}/results")
    for table in page.locator("details > summary").all():
        table.click()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    shown = page.get_by_role("img").and_(page.locator(".drawing"))
    assert shown.count() == page.locator("figure.drawn").count() == 4
    assert all(each["width"] > 300 for each in (figure.bounding_box() for figure in shown.all()))


def test_paper_has_the_figures_and_their_tables(poll, new_page):
    page = new_page(viewport=PHONE)
    page.goto(f"{poll.url}/results")
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    text = " ".join("".join(sheet.extract_text() for sheet in printed.pages).split())
    for said in ("1라운드", "예산 1억원", "1. 한강 수영장 연장 운영", "예산 비율", "선정되지 않은 것과 까닭"):
        assert said.replace(" ", "") in text.replace(" ", ""), said


MANY = {
    "id": "q1",
    "kind": "ranking",
    "title": "순위가 많은 질문",
    "options": [{"id": f"o{n}", "label": f"{n}번째 사업"} for n in range(1, 61)],
    "max": 60,
}


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_a_table_that_is_wider_than_paper_is_printed_whole(town, new_page, javascript):
    poll = town.seoul.open_poll("seoul", title="순위", results="live", questions=[MANY])
    page = new_page(viewport=DESKTOP, javascript=javascript)
    page.goto(f"{town.seoul.url}/polls/{poll}/results")
    printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
    texts = [each for sheet in printed.pages for each in placed(sheet)]
    right = float(printed.pages[0].mediabox.right)
    assert max(x for x, _ in texts) < right, "outside of the paper"
    joined = "".join(text for _, text in texts).replace(" ", "")
    for n in range(1, 61):
        assert f"{n}순위" in joined
    page.get_by_text("표로 보기").click()
    expect(page.get_by_role("table")).to_have_count(1)
    expect(page.get_by_role("columnheader", name="60순위")).to_be_visible()


def placed(sheet):
    """The texts of a printed page and how far to the right each begins, in points."""
    found = []

    def note(text, matrix, text_matrix, *_):
        if text.strip():
            a, _, c, _, e, _ = matrix
            found.append((a * text_matrix[4] + c * text_matrix[5] + e, text))

    sheet.extract_text(visitor_text=note)
    return found
