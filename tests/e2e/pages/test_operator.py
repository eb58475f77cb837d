"""An operator's way from a draft to a published result, and an administrator's pages."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from gateway.formats import SEOUL
from tests.e2e.pages.conftest import sign_in, vote_by_api
from tests.fixtures.people import Person, eventually, new_phone

pytestmark = pytest.mark.browser


def in_seoul(hours: float) -> str:
    """A time from now as a `datetime-local` field takes it."""
    return (datetime.now(UTC) + timedelta(hours=hours)).astimezone(SEOUL).strftime("%Y-%m-%dT%H:%M")


def create(page: Page, url: str, title: str) -> str:
    page.goto(f"{url}/console/polls/new")
    page.get_by_label("제목").fill(title)
    page.get_by_role("button", name="작성 시작").click()
    page.wait_for_url(re.compile(r"/console/polls/[^/]+/edit$"))
    return page.url.split("/")[-2]


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (640, 360), (40, 90, 160)).save(made, "PNG")
    return made.getvalue()


def write(page: Page) -> None:
    """Fills in the draft's form and saves it."""
    page.get_by_label("투표 취지").fill("노선도를 크게 붙일지 묻습니다.")
    page.get_by_role("button", name="보기 선택", exact=True).click()
    page.locator("#questions-0-title").fill("어느 쪽입니까?")
    page.locator("#questions-0-options-0-label").fill("찬성")
    page.locator("#questions-0-options-1-label").fill("반대")
    page.get_by_role("button", name="주관식", exact=True).click()
    page.locator("#questions-1-title").fill("바라는 점")
    page.get_by_role("button", name="이 질문 빼기 질문 2").click()
    page.get_by_label("마감(서울 시각)").fill(in_seoul(2))
    page.get_by_label("결과를 언제 공개합니까?").select_option("after_publish")
    page.get_by_role("button", name="저장").last.click()
    expect(page.get_by_text("저장했습니다.")).to_be_visible()
    assert page.locator("[id$=-label]").count() == 2, "blank options are left out"


def illustrate(page: Page) -> None:
    page.get_by_role("link", name="그림", exact=True).click()
    file = {"name": "a.png", "mimeType": "image/png", "buffer": picture()}
    page.locator("#image-poll").set_input_files(file)
    page.get_by_role("button", name=re.compile("^그림 올리기")).first.click()
    expect(page.get_by_text("그림을 저장했습니다.")).to_be_visible()
    page.get_by_role("navigation", name="이 투표").get_by_role("link", name="미리 보기").click()
    expect(page.get_by_role("group", name=re.compile("어느 쪽입니까"))).to_be_visible()


def take(page: Page, overview: str, step: str, button: str) -> None:
    """One step from the overview, confirmed."""
    page.goto(overview)
    page.get_by_role("link", name=button).click()
    page.get_by_role("button", name=button).click()
    page.wait_for_url(re.compile(f"done={step}"))


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_from_a_draft_to_a_published_result(town, new_page, javascript):
    url, page = town.seoul.url, new_page(javascript=javascript)
    sign_in(page, url, town.seoul.phone)
    title = f"버스 유턴장 노선도 {'가' if javascript else '나'}"
    poll = create(page, url, title)
    overview = f"{url}/console/polls/{poll}"
    write(page)
    illustrate(page)
    take(page, overview, "open", "지금 시작")
    page.goto(f"{url}/")
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("img", name=re.compile("투표 그림"))).to_be_visible()
    vote_by_api(town, poll, "o1", "o1", "o2")
    take(page, overview, "close", "지금 마감")
    page.goto(f"{url}/polls/{poll}/results")
    expect(page.get_by_text("아직 결과를 공개하지 않습니다")).to_be_visible()
    eventually(lambda: town.seoul.ask("GET", f"/polls/{poll}")["certified"])
    take(page, overview, "publish", "결과 발표")

    guest = new_page(javascript=javascript)
    guest.goto(f"{url}/polls/{poll}/results")
    expect(guest.get_by_text("최종 결과")).to_be_visible()
    expect(guest.locator("[data-option=o1]")).to_contain_text("2표 (66.67%)")
    guest.goto(f"{url}/polls/{poll}/changes")
    expect(guest.get_by_role("heading", name="결과 발표")).to_be_visible()


def test_why_a_poll_cannot_open(town, page):
    sign_in(page, town.seoul.url, town.seoul.phone)
    poll = create(page, town.seoul.url, "빈 투표")
    page.goto(f"{town.seoul.url}/console/polls/{poll}/open")
    page.get_by_role("button", name="지금 시작").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("질문이 하나 이상 있어야 합니다.")


def test_what_is_entered_wrongly_is_kept_and_explained(town, page):
    sign_in(page, town.seoul.url, town.seoul.phone)
    create(page, town.seoul.url, "고칠 투표")
    page.get_by_role("button", name="점수", exact=True).click()
    page.locator("#questions-0-max").fill("열")
    page.get_by_role("button", name="저장").last.click()
    expect(page.get_by_role("alert")).to_contain_text("정수로 입력해 주십시오.")
    page.get_by_role("link", name="정수로 입력해 주십시오.").click()
    expect(page.locator("#questions-0-max")).to_be_focused()
    expect(page.locator("#questions-0-max")).to_have_value("열")


def test_closing_time_and_notice_change_after_opening(town, open_poll, page):
    sign_in(page, town.seoul.url, town.seoul.phone)
    poll = open_poll()
    page.goto(f"{town.seoul.url}/console/polls/{poll}/edit")
    page.get_by_label("마감(서울 시각)").fill(in_seoul(48))
    page.get_by_label("공지").fill("마감을 늦췄습니다.")
    page.get_by_role("button", name="저장").click()
    expect(page.get_by_text("저장했습니다.")).to_be_visible()
    page.goto(f"{town.seoul.url}/polls/{poll}/changes")
    for change in ("마감 시각 변경", "공지 변경"):
        expect(page.get_by_role("heading", name=change)).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "plain"])
def test_a_roll_is_uploaded_and_reported_by_line(town, new_page, javascript):
    page = new_page(javascript=javascript)
    sign_in(page, town.seoul.url, town.seoul.phone)
    poll = create(page, town.seoul.url, "명부 투표")
    page.goto(f"{town.seoul.url}/console/polls/{poll}/roll")
    rows = "휴대전화,이름\n010-1234-5678,가\n전화 없음,나\n010-1234-5679,다\n01012345678,라"
    file = {"name": "명부.csv", "mimeType": "text/csv", "buffer": rows.encode("cp949")}
    page.get_by_label("CSV 또는 XLSX 파일").set_input_files(file)
    page.get_by_role("button", name="올리기").click()
    table = page.get_by_role("table", name="등록하지 못한 줄 목록")
    expect(table).to_contain_text("휴대전화 번호가 아님")
    expect(table).to_contain_text("2번째 줄과 같은 번호")
    wrong = {"name": "x.csv", "mimeType": "text/csv", "buffer": "이름,주소\n가,서울\n".encode()}
    page.get_by_label("CSV 또는 XLSX 파일").set_input_files(wrong)
    page.get_by_role("button", name="올리기").click()
    expect(page.get_by_text("전화번호 열이 없습니다").first).to_be_visible()


def test_a_scheduled_poll_is_copied_cancelled_and_a_draft_deleted(town, page):
    url = town.seoul.url
    sign_in(page, url, town.seoul.phone)
    poll = create(page, url, "예약 투표")
    page.get_by_role("button", name="찬반", exact=True).click()
    page.locator("#questions-0-title").fill("할까요?")
    page.get_by_role("button", name="저장").last.click()
    page.goto(f"{url}/console/polls/{poll}/schedule")
    page.get_by_label("시작(서울 시각)").fill(in_seoul(5))
    page.get_by_label("마감(서울 시각)").fill(in_seoul(1))
    page.get_by_role("button", name="시작 예약").click()
    expect(page.get_by_role("alert")).to_contain_text("마감은 시작보다 늦어야 합니다.")
    page.get_by_label("마감(서울 시각)").fill(in_seoul(9))
    page.get_by_role("button", name="시작 예약").click()
    expect(page.get_by_text("예약한 시각에 투표가 자동으로 시작됩니다.")).to_be_visible()
    page.get_by_role("link", name="복사").click()
    page.get_by_role("button", name="복사").click()
    page.wait_for_url(re.compile(r"/edit$"))
    copy = page.url.split("/")[-2]
    assert copy != poll
    page.goto(f"{url}/console/polls/{copy}/delete")
    page.get_by_role("button", name="삭제").click()
    expect(page.get_by_text("작성 중인 투표를 삭제했습니다.")).to_be_visible()
    page.goto(f"{url}/console/polls/{poll}/cancel")
    page.get_by_role("button", name="투표 취소").click()
    expect(page.get_by_text("투표를 취소했습니다.")).to_be_visible()


def test_another_organisations_draft_is_not_there(town, page, new_page):
    sign_in(page, town.seoul.url, town.seoul.phone)
    poll = create(page, town.seoul.url, "서울만 보는 투표")
    other = new_page()
    sign_in(other, town.seoul.url, town.gangnam.phone)
    for path in (f"/console/polls/{poll}", f"/console/polls/{poll}/edit", f"/polls/{poll}"):
        answer = other.goto(f"{town.seoul.url}{path}")
        assert answer is not None
        assert answer.status == 404
    other.goto(f"{town.seoul.url}/console")
    expect(other.get_by_text("서울만 보는 투표")).not_to_be_visible()


def test_an_administrator_makes_an_organisation_and_its_operator(town, page, new_page):
    url, phone = town.seoul.url, new_phone()
    sign_in(page, url, town.admin.phone)
    page.goto(f"{url}/admin")
    page.get_by_label("한국어 이름").fill("마포구")
    page.get_by_label("영어 이름").fill("Mapo-gu")
    page.get_by_label("식별자").fill("Mapo Gu")
    page.get_by_role("button", name="추가").click()
    expect(page.get_by_role("alert")).to_contain_text("정해진 형식에 맞지 않습니다.")
    page.get_by_label("식별자").fill("mapo")
    page.get_by_role("button", name="추가").click()
    page.get_by_role("link", name="마포구").click()
    page.get_by_label("휴대전화 번호").fill(phone)
    page.get_by_role("button", name="추가").click()
    expect(page.get_by_role("cell", name=f"끝자리 {phone[-4:]}")).to_be_visible()
    operator = new_page()
    sign_in(operator, url, phone)
    operator.get_by_role("link", name="투표 운영").click()
    expect(operator.get_by_role("heading", name="우리 기관의 투표")).to_be_visible()


def test_wishes_are_kept(town, open_poll, page):
    poll = open_poll()
    phone = sign_in(page, town.seoul.url)
    page.goto(f"{town.seoul.url}/polls/{poll}")
    page.get_by_role("link", name="결과가 나오면 알림을 받겠습니다").click()
    page.get_by_role("button", name="결과가 나오면 알림 받기").click()
    expect(page.get_by_text("결과가 발표되면 알려 드리겠습니다.")).to_be_visible()
    page.get_by_role("button", name="결과 안내 받지 않기").click()
    expect(page.get_by_role("button", name="결과가 나오면 알림 받기")).to_be_visible()
    page.goto(f"{town.seoul.url}/me")
    expect(page.get_by_text(phone[-4:])).to_be_visible()
    page.get_by_label("투표 초대와 결과 안내를 받습니다").uncheck()
    page.get_by_role("button", name="저장").click()
    expect(page.get_by_label("투표 초대와 결과 안내를 받습니다")).not_to_be_checked()


def test_the_outbox_shows_codes(town, page):
    person = Person(town.seoul.url)
    person.sign_in()
    page.goto(f"{town.seoul.url}/dev/outbox?to={person.phone.replace('+', '%2B')}")
    expect(page.locator(".bigcode").first).to_have_text(re.compile(r"^\d{6}$"))
