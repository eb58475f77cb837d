"""Ballots with every kind of question, in Chromium: by keyboard, without JavaScript, in both languages."""

import random
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from gateway import formats
from gateway.pages import questions
from tests.e2e.pages.conftest import enter_phone_and_code, sign_in, voters
from tests.e2e.pages.test_accessibility import check_width
from tests.fixtures.browser import DESKTOP, PHONE
from tests.fixtures.people import eventually
from tests.fixtures.questions import NEW_KINDS

pytestmark = pytest.mark.browser
RECEIPT = re.compile(r"/polls/[^/]+/ballots/[A-Za-z0-9_-]{16,}$")


@pytest.fixture
def poll(open_poll):
    return open_poll(questions=NEW_KINDS)


def tick(page: Page, *options: str) -> None:
    """With the space bar."""
    for option in options:
        page.locator(f"input[value={option}]").focus()
        page.keyboard.press("Space")


def button(page: Page, option: str, which: str) -> Locator:
    return page.locator(f"[data-option={option}] [{which}]")


def ranked(page: Page) -> list[str]:
    options: list[str] = page.locator(".ranked [data-option]").evaluate_all(
        "items => items.map(item => item.dataset.option)"
    )
    return options


def orders(page: Page, *questions: str) -> list[list[str]]:
    """The options of each question in the order of the page."""
    script = "items => items.map(item => item.dataset.option)"
    return [page.locator(f"#q-{question} [data-option]").evaluate_all(script) for question in questions]


class Voter:
    """Fills in the ballot with keys alone, question by question, and looks at what the page makes of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said = page.locator("[role=status].sr-only")

    def press(self, place: Locator, key: str = "Enter", times: int = 1) -> None:
        place.focus()
        for _ in range(times):
            self.page.keyboard.press(key)

    def projects(self) -> None:
        """Too many of one group; "none of these" comes and goes."""
        none = self.page.locator("#q-projects [value=none]")
        tick(self.page, "c1")
        self.press(none, "Space")
        expect(self.page.locator("[value=c1]")).not_to_be_checked()
        tick(self.page, "c1", "c2", "c3")
        expect(none).not_to_be_checked()
        expect(self.page.locator("#q-projects [data-limit]").first).to_have_text("3/2")
        expect(self.said).to_contain_text("서울시 전체 3/2")

    def budget(self) -> None:
        tick(self.page, "b1", "b2")
        expect(self.page.locator("#q-budget [data-left]")).to_have_text("6,000만원 남음")
        expect(button(self.page, "b3", "data-nofit")).to_be_visible()
        expect(button(self.page, "b4", "data-nofit")).to_be_hidden()

    def points(self) -> None:
        """The button stops at the most that one item can get."""
        self.press(button(self.page, "p1", "data-step='1'"), times=7)
        expect(self.page.locator("[name='q.points.p1']")).to_have_value("6")
        self.page.locator("[name='q.points.p2']").focus()
        self.page.keyboard.type("4")
        expect(self.page.locator("#q-points [data-left]")).to_have_text("모두 나누어 주었습니다")

    def names(self) -> None:
        self.press(button(self.page, "n2", "data-move=in"))
        self.press(button(self.page, "n4", "data-move=in"))
        expect(self.page.locator("#q-names .unranked [data-move=in]:focus")).to_be_visible()
        self.press(button(self.page, "n4", "data-move=up"))
        assert ranked(self.page) == ["n4", "n2"]
        expect(button(self.page, "n4", "data-move=up")).to_be_focused()
        expect(self.said).to_contain_text("따릉이 미니: 2개 가운데 1순위")

    def again(self) -> None:
        """A question comes, is answered, and goes again."""
        why = self.page.get_by_role("textbox", name="참여하지 않으려는 까닭")
        expect(why).to_be_hidden()
        self.press(self.page.get_by_label("반대"), "Space")
        expect(self.page.get_by_label("반대")).to_be_focused()
        expect(why).to_be_visible()
        expect(self.said).to_contain_text("질문 8")
        why.fill("바빠서")
        self.press(self.page.get_by_label("찬성"), "Space")
        expect(why).to_be_hidden()

    def send(self) -> None:
        self.press(self.page.get_by_role("button", name="선택 내용 확인하기"))


def test_by_keyboard_with_a_reload_and_mistakes_in_between(town, poll, page):
    sign_in(page, town.seoul.url)
    page.goto(f"{town.seoul.url}/polls/{poll}")
    voter = Voter(page)
    for fill_in in (voter.projects, voter.budget, voter.points, voter.names):
        fill_in()
    page.get_by_label("하루에 몇 시간 탑니까?").fill("25")
    before = orders(page, "projects", "names")
    page.reload()
    expect(page.get_by_text("작성 중인 투표용지를 불러왔습니다")).to_be_visible()
    assert (orders(page, "projects", "names"), ranked(page)) == (before, ["n4", "n2"])
    expect(page.locator("[name='q.points.p2']")).to_have_value("4")
    voter.again()
    voter.send()
    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("질문 1: 서울시 전체")
    expect(alert).to_contain_text("질문 5: 숫자는 0 이상 24 이하여야 합니다.")
    assert (orders(page, "projects", "names"), ranked(page)) == (before, ["n4", "n2"])
    tick(page, "c3")
    page.get_by_label("하루에 몇 시간 탑니까?").fill("1.5")
    page.get_by_label("행사는 언제가 좋습니까?").fill("2026-12-05")
    voter.send()
    choices = page.locator(".mychoices")
    for line in (
        "합계 4억 4,000만원 (한도 5억원)",
        "교통: 6점",
        "1순위 따릉이 미니",
        "2순위 꼬마따릉이",
        "12월 5일 (토)",
    ):
        expect(choices).to_contain_text(line)
    expect(choices).not_to_contain_text("참여하지 않으려는")
    voter.press(page.get_by_role("button", name="투표하기"))
    expect(page).to_have_url(RECEIPT)
    eventually(lambda: voters(town, poll) == 1)
    counted = {each["id"]: each for each in town.seoul.ask("GET", f"/polls/{poll}/results")["questions"]}
    assert next(option for option in counted["names"]["options"] if option["id"] == "n4")["count"] == 1
    assert counted["why"]["answered"] == 0


def test_without_javascript_the_server_says_what_is_wrong_and_keeps_everything(town, poll, new_page):
    page = new_page(javascript=False)
    page.goto(f"{town.seoul.url}/polls/{poll}")
    expect(page.get_by_text("질문 7에서 다음을 고르신 분만 답해 주십시오: 반대")).to_be_visible()
    page.locator("[value=c1]").check()
    page.locator("#q-projects [value=none]").check()
    page.locator("[value=b1]").check()
    page.locator("[value=b2]").check()
    page.locator("[value=b3]").check()
    page.locator("[name='q.points.p1']").fill("6")
    page.locator("[name='q.points.p3']").fill("x")
    page.locator("[name='q.names.n1']").select_option("1")
    page.locator("[name='q.names.n2']").select_option("1")
    page.locator("[name='q.hours']").fill("2,5")
    page.get_by_label("찬성").check()
    page.locator("[name='q.why']").fill("바빠서")
    before = orders(page, "projects", "names")
    page.get_by_role("button", name="선택 내용 확인하기").click()
    alert = page.get_by_role("alert")
    for complaint in (
        "질문 1: ‘없음’",
        "질문 2: 한도 5억원을 2,550만원 넘었습니다.",
        "질문 3: 점수는 0점에서 6점까지",
        "질문 4: 1순위를 두 번 이상",
        "질문 5: 숫자로 적어 주십시오.",
    ):
        expect(alert).to_contain_text(complaint)
    expect(page.locator("#q-names-n1")).to_have_value("1")
    assert orders(page, "projects", "names") == before
    alert.get_by_role("link", name="질문 4").first.click()
    page.locator("#q-projects [value=none]").uncheck()
    page.locator("[value=b1]").uncheck()
    page.locator("[name='q.points.p3']").fill("4")
    page.locator("[name='q.names.n2']").select_option("3")
    page.locator("[name='q.hours']").fill("2.5")
    page.get_by_role("button", name="선택 내용 확인하기").click()
    enter_phone_and_code(page, town.seoul.url, "010-7777-0031")
    expect(page.get_by_text("질문 8에 적으신 응답은 뺐습니다.")).to_be_visible()
    expect(page.locator(".mychoices")).to_contain_text("2순위 꼬마따릉이")
    page.get_by_role("button", name="다시 고르기").click()
    assert orders(page, "projects", "names") == before
    expect(page.locator("[name='q.why']")).to_have_value("바빠서")
    page.get_by_role("button", name="선택 내용 확인하기").click()
    page.get_by_role("button", name="투표하기").click()
    expect(page).to_have_url(RECEIPT)


@pytest.mark.parametrize(
    ("viewport", "locale", "send"),
    [(PHONE, "ko-KR", "선택 내용 확인하기"), (DESKTOP, "en-US", "Check my ballot")],
    ids=["390-ko", "1280-en"],
)
def test_every_question_is_accessible(town, poll, new_page, assert_accessible, viewport, locale, send):
    page = new_page(viewport=viewport, locale=locale)
    page.goto(f"{town.seoul.url}/polls/{poll}")
    button(page, "n2", "data-move=in").click()
    tick(page, "b1", "b2")
    page.locator("[name='q.points.p1']").fill("7")
    page.locator("[name='q.again'][value=no]").check()
    assert_accessible(page)
    check_width(page)
    page.get_by_role("button", name=send).click()
    page.get_by_role("alert").wait_for()
    assert_accessible(page)
    check_width(page)


def question(name: str, kind: str, options: str = "", **more: Any) -> dict[str, Any]:
    listed = [{"id": each, "label": each} for each in options.split()]
    return {"id": name, "kind": kind, "title": name, "required": False, "options": listed, **more}


def depending(name: str, on: str, **condition: Any) -> dict[str, Any]:
    return question(name, "yes_no", show_if={"question": on, **condition})


BRANCHING = [
    question("n", "number", min=-5, max=2000, decimals=1),
    question("s", "score", "s1 s2", max=20),
    question("c", "cumulative", "c1 c2"),
    question("r", "ranking", "r1 r2 r3"),
    question("t", "text"),
    depending("d1", "n", min=3, max=1000),
    depending("d2", "s", option="s2", min=4),
    depending("d3", "c", any_of=["c1"]),
    depending("d4", "r", any_of=["r2", "r3"]),
    depending("d5", "t", answered=True),
    depending("d6", "d1", any_of=["no", "abstain"]),
    depending("d7", "d6", answered=True),
]
TYPED = {
    "q.n": ("", "3", "2.9", "-4", "１０００", "1,000.0", "x"),
    "q.s.s2": ("", "3", "4"),
    "q.c.c1": ("", "0", "2"),
    "q.r.r2": ("", "1"),
    "q.t": ("", " ", "글"),
    "q.d1": ("", "yes", "no"),
    "q.d6": ("", "yes"),
}
ASKED_AFTER = """entered => {
    const form = document.querySelector("[data-ballot]");
    for (const [name, value] of Object.entries(entered)) {
        const fields = [...form.querySelectorAll(`[name="${name}"]`)];
        for (const field of fields) {
            if (field.type === "radio") field.checked = field.value === value;
            else field.value = value;
        }
    }
    form.dispatchEvent(new Event("input"));
    return [...form.querySelectorAll("[data-question]")].filter(each => !each.hidden).map(each => JSON.parse(each.dataset.question).id);
}"""


def test_the_scripts_ask_what_the_rules_ask_and_write_money_as_pages_do(town, open_poll, page):
    page.goto(f"{town.seoul.url}/polls/{open_poll(questions=BRANCHING)}")
    chosen = random.Random(7)
    for _ in range(60):
        entered = {name: chosen.choice(values) for name, values in TYPED.items()}
        expected = questions.read(BRANCHING, {name: [value] for name, value in entered.items()}).asked
        assert page.evaluate(ASKED_AFTER, entered) == expected, entered
    amounts = [0, 9_999, 10_000, 120_000_000, 123_456_789, 10**12, 10**15, 10**12 + 1]
    written = page.evaluate(
        "async amounts => amounts.map((await import('/static/ballot/words.js')).money)", amounts
    )
    assert written == [formats.won_text(amount, "ko") for amount in amounts]
