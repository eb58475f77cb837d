"""A citizen's way from the list of polls to the receipt, in Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

from services.common.ids import new_id
from tests.e2e.pages.conftest import ALL_KINDS, enter_phone_and_code, sign_in, vote_by_api, voters
from tests.fixtures.browser import DESKTOP, PHONE
from tests.fixtures.people import eventually

pytestmark = pytest.mark.browser
RECEIPT = re.compile(r"/polls/[^/]+/ballots/[A-Za-z0-9_-]{16,}$")


def focus_on(page: Page, wanted: str, key: str = "Tab") -> None:
    """Presses a key until what has the focus matches the selector."""
    for _ in range(60):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
        page.keyboard.press(key)
    pytest.fail(f"the keyboard does not reach {wanted} on {page.url}")


def kept(page: Page) -> list[str]:
    names: list[str] = page.evaluate("Object.keys(localStorage)")
    return names


def test_voting_by_keyboard_alone(town, open_poll, page):
    sign_in(page, town.seoul.url)
    poll = open_poll(questions=ALL_KINDS)
    page.goto(f"{town.seoul.url}/polls/{poll}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="본문 바로가기")).to_be_focused()
    page.keyboard.press("Enter")
    focus_on(page, "[name='q.q1']")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name='q.q1'][value=o2]")).to_be_checked()
    focus_on(page, "[name='q.q2'][value=o1]")
    page.keyboard.press("Space")
    focus_on(page, "[name='q.q2'][value=o4]")
    page.keyboard.press("Space")
    expect(page.locator("#q-q2 [data-counter]")).to_have_text("2/2 선택")
    focus_on(page, "[name='q.q3']")
    page.keyboard.press("Space")
    focus_on(page, "[name='q.q4.s1']")
    page.keyboard.press("ArrowLeft")
    focus_on(page, "textarea")
    page.keyboard.type("글자를 크게")
    focus_on(page, "form[data-ballot] button[type=submit]:not([hidden])")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="이대로 투표하시겠습니까?")).to_be_visible()
    for choice in ("여가시간", "근로시간", "주관적 평가", "찬성", "전체: 5", "글자를 크게"):
        expect(page.locator(".mychoices")).to_contain_text(choice)
    focus_on(page, "form[data-cast] button.primary")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="투표가 기록되었습니다")).to_be_visible()


def test_a_guest_fills_in_signs_in_and_votes(town, open_poll, page):
    poll = open_poll()
    page.goto(f"{town.seoul.url}/polls/{poll}")
    page.get_by_label("반대").check()
    page.get_by_role("button", name="선택 내용 확인하기").click()
    expect(page.get_by_text("고르신 내용은 그대로 있습니다")).to_be_visible()
    enter_phone_and_code(page, town.seoul.url, "010-7777-0001")
    expect(page.locator(".mychoices")).to_contain_text("반대")
    page.get_by_role("button", name="투표하기").click()
    expect(page).to_have_url(RECEIPT)
    eventually(lambda: voters(town, poll) == 1)


def test_voting_without_javascript(town, open_poll, new_page):
    page = new_page(javascript=False)
    poll = open_poll(questions=ALL_KINDS)
    page.goto(f"{town.seoul.url}/polls/{poll}")
    page.get_by_role("button", name="선택 내용 확인하기").click()
    expect(page.get_by_role("alert")).to_contain_text("이 질문에 응답해 주십시오.")
    page.locator("[name='q.q1'][value=o4]").check()
    page.get_by_label("반대").check()
    page.locator("[name='q.q4.s1'][value='3']").check()
    page.get_by_role("button", name="선택 내용 확인하기").click()
    enter_phone_and_code(page, town.seoul.url, "010-7777-0002")
    page.get_by_role("button", name="다시 고르기").click()
    expect(page.locator("[name='q.q1'][value=o4]")).to_be_checked()
    page.locator("[name='q.q1'][value=o1]").check()
    page.get_by_role("button", name="선택 내용 확인하기").click()
    page.get_by_role("button", name="투표하기").click()
    expect(page).to_have_url(RECEIPT)
    expect(page.get_by_role("heading", name="투표 확인증", exact=True)).to_be_visible()
    page.goto(f"{town.seoul.url}/polls/{poll}/results")
    expect(page.locator("[data-question=q1]")).to_contain_text("근로시간")


def test_an_unfinished_ballot_survives_a_reload(town, open_poll, page):
    poll = open_poll(questions=ALL_KINDS)
    page.goto(f"{town.seoul.url}/polls/{poll}")
    page.locator("[name='q.q1'][value=o3]").check()
    page.locator("[name='q.q2'][value=o1]").check()
    page.get_by_role("textbox", name="바라는 점").fill("글자를 크게")
    ballot_id = page.locator("[name=ballot_id]").input_value()
    page.reload()
    expect(page.get_by_text("작성 중인 투표용지를 불러왔습니다")).to_be_visible()
    expect(page.locator("[name='q.q1'][value=o3]")).to_be_checked()
    expect(page.get_by_role("textbox", name="바라는 점")).to_have_value("글자를 크게")
    assert page.locator("[name=ballot_id]").input_value() == ballot_id
    page.get_by_role("button", name="선택 내용 확인하기").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("기권").check()
    page.reload()
    expect(page.get_by_label("기권")).to_be_checked()
    page.goto(f"{town.seoul.url}/polls/{poll}")
    page.get_by_role("button", name="처음부터 다시 고르기").click()
    expect(page.locator("[name='q.q1'][value=o3]")).not_to_be_checked()
    assert page.locator("[name=ballot_id]").input_value() != ballot_id


def test_a_cast_ballot_is_forgotten_and_its_receipt_is_kept(town, open_poll, page):
    sign_in(page, town.seoul.url)
    poll = open_poll(title="확증 투표")
    page.goto(f"{town.seoul.url}/polls/{poll}")
    page.get_by_label("찬성").check()
    assert f"mvoting.ballot.{poll}" in kept(page)
    page.get_by_role("button", name="선택 내용 확인하기").click()
    page.get_by_role("button", name="투표하기").click()
    expect(page).to_have_url(RECEIPT)
    expect(page.get_by_text("이 브라우저에도 보관했습니다")).to_be_visible()
    assert f"mvoting.ballot.{poll}" not in kept(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="파일로 저장").click()
    assert download.value.suggested_filename.startswith("mvoting-receipt-")
    page.goto(f"{town.seoul.url}/me")
    page.get_by_role("link", name="확증 투표").click()
    expect(page).to_have_url(RECEIPT)


def test_a_second_try_says_when_the_first_was_recorded(town, open_poll, page):
    sign_in(page, town.seoul.url)
    poll = open_poll()
    for option, heading in (("찬성", "투표가 기록되었습니다"), ("반대", "이미 투표하셨습니다")):
        page.goto(f"{town.seoul.url}/polls/{poll}")
        page.get_by_label(option).check()
        page.get_by_role("button", name="선택 내용 확인하기").click()
        page.get_by_role("button", name="투표하기").click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        page.wait_for_load_state()  # its script has forgotten the ballot: the next try is another one
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"기록 시각: \d{4}년 \d+월 \d+일"))
    eventually(lambda: voters(town, poll) == 1)


def test_a_password_is_asked_and_never_kept(town, open_poll, page):
    sign_in(page, town.seoul.url)
    poll = open_poll(eligibility={"rule": "password", "password": "함께서울"})
    page.goto(f"{town.seoul.url}/polls/{poll}")
    page.get_by_label("찬성").check()
    page.get_by_role("button", name="선택 내용 확인하기").click()
    page.get_by_role("button", name="투표하기").click()
    expect(page.get_by_role("alert")).to_contain_text("투표 비밀번호를 입력해 주십시오.")
    page.get_by_label("투표 비밀번호").fill("틀린비밀번호")
    page.get_by_role("button", name="투표하기").click()
    expect(page.get_by_role("alert")).to_contain_text("비밀번호가 틀렸습니다")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("투표 비밀번호").fill("함께서울")
    page.get_by_role("button", name="투표하기").click()
    expect(page).to_have_url(RECEIPT)
    assert "비밀번호" not in str(page.evaluate("JSON.stringify(localStorage)"))


def test_a_busy_service_is_asked_again_with_the_same_ballot(town, open_poll, page):
    sign_in(page, town.seoul.url)
    poll = open_poll()
    page.goto(f"{town.seoul.url}/polls/{poll}")
    page.get_by_label("찬성").check()
    page.get_by_role("button", name="선택 내용 확인하기").click()
    ballot_id = page.locator("[name=ballot_id]").input_value()
    busy = page.content().replace("data-cast=", 'data-retry="1" data-cast=')
    busy = busy.replace("<dl class=", "<p data-retrying hidden>다시 보냅니다</p><dl class=", 1)
    page.route(
        f"**/polls/{poll}/ballots",
        lambda route: route.fulfill(status=503, content_type="text/html; charset=utf-8", body=busy),
        times=2,
    )
    page.get_by_role("button", name="투표하기").click()
    page.wait_for_url(re.compile(f"/ballots/{ballot_id}$"))
    expect(page.get_by_role("heading", name="투표가 기록되었습니다")).to_be_visible()


def test_the_waiting_page_turns_into_the_receipt(town, open_poll, waiting_page, page):
    poll, ballot_id = open_poll(), new_id()
    page.goto(town.seoul.url + waiting_page(poll, ballot_id))
    expect(page.get_by_role("heading", name="투표를 기록하고 있습니다")).to_be_visible()
    vote_by_api(town, poll, "a", ballot_id=ballot_id)
    expect(page.get_by_role("heading", name="투표가 기록되었습니다")).to_be_visible()


def test_signing_out_forgets_unfinished_ballots(town, open_poll, page):
    sign_in(page, town.seoul.url)
    poll = open_poll()
    page.goto(f"{town.seoul.url}/polls/{poll}")
    page.get_by_label("찬성").check()
    page.get_by_role("button", name="로그아웃").click()
    page.wait_for_url(f"{town.seoul.url}/")
    expect(page.get_by_role("link", name="로그인")).to_be_visible()
    assert f"mvoting.ballot.{poll}" not in kept(page)


def test_the_language_can_be_switched_anywhere(town, open_poll, page):
    poll = open_poll()
    page.goto(f"{town.seoul.url}/polls/{poll}")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("button", name="Check my ballot")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    page.goto(f"{town.seoul.url}/nothing")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    page.get_by_role("link", name="한국어").click()
    expect(page.get_by_role("heading", name="페이지를 찾을 수 없습니다")).to_be_visible()


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["390", "1280"])
def test_results_change_while_one_watches(town, open_poll, new_page, viewport):
    poll = open_poll()
    page = new_page(viewport=viewport)
    page.goto(f"{town.seoul.url}/polls/{poll}/results")

    def figure(option: str) -> str:
        return page.locator(f"[data-option={option}] [data-figure]").inner_text()

    assert figure("a") == "0표 (0.00%)"
    page.evaluate("document.body.dataset.same = 'yes'")
    vote_by_api(town, poll, "a", "a", "b")
    expect(page.locator("[data-voters]")).to_have_text("3명")
    assert (figure("a"), figure("b")) == ("2표 (66.67%)", "1표 (33.33%)")
    assert page.locator("[data-option=a] rect").get_attribute("width") == "66.67"
    assert page.locator("[data-option=a] svg").get_attribute("aria-label") == "찬성: 2표 (66.67%)"
    page.get_by_text("표로 보기").click()
    expect(page.locator("[data-row=a] [data-count]")).to_have_text("2")
    assert page.evaluate("document.body.dataset.same") == "yes", "the page was loaded again"


def test_pressing_twice_casts_once(town, open_poll, page):
    sign_in(page, town.seoul.url)
    poll = open_poll()
    page.goto(f"{town.seoul.url}/polls/{poll}")
    page.get_by_label("찬성").check()
    page.get_by_role("button", name="선택 내용 확인하기").click()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="투표하기").dblclick(no_wait_after=True)
    expect(page).to_have_url(RECEIPT)
    assert len(sent) == 1
