"""The public record of a whole stack: what a voter sees in Chromium, what an operator waits for, and what anyone can check
with the auditor.
"""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from deploy.local.processes import Process
from services.common.ids import new_id
from tests.fixtures.people import GENEROUS, Person, eventually, found_city

pytestmark = pytest.mark.browser
DONE = "[data-result]:not([hidden])"


@pytest.fixture(scope="module")
def stack(start_stack):
    return start_stack(environ={**GENEROUS, "BALLOTS_WITNESS_SECONDS": "1"}, witnesses=3)


@pytest.fixture(scope="module")
def city(stack):
    return found_city(stack)


def witness(stack, number: int) -> Process:
    found: Process = stack.supervisor.process(f"witness-{number}")
    return found


def cast(city, poll: str, option: str = "a") -> tuple[Person, str]:
    person, ballot_id = Person(city.seoul.url).sign_in(), new_id()
    assert person.cast(poll, {"q1": [option]}, ballot_id).status_code == 201
    return person, ballot_id


def cosigned(person: Person, poll: str, ballot_id: str, count: int) -> str:
    """The checkpoint under which the ballot is once so many witnesses have confirmed it."""

    def there():
        found = person.ask("GET", f"/polls/{poll}/ballots/{ballot_id}").get("checkpoint", "")
        return found if found.count("\u2014 witness-") == count else None

    note: str = eventually(there)
    return note


def whole_record(city, poll: str) -> bytes:
    """The bundle; nothing until the city log shows the result."""
    answer = city.seoul.http.get(f"/api/v1/polls/{poll}/record")
    assert answer.status_code in (200, 503), answer.text
    return answer.content if answer.status_code == 200 else b""


def audit(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", *arguments, "--language", "en"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def verdict(page: Page) -> str:
    page.wait_for_selector(DONE)
    return page.locator("[data-heading]").inner_text()


def test_cast_receive_check_and_recount(city, page, tmp_path):
    """The whole way of a voter and of an observer, and then an operator who edits the record."""
    url = city.seoul.url
    poll = city.seoul.open_poll("seoul", results="after_close", witnesses=3)
    for option in "aab":
        cast(city, poll, option)
    person, ballot_id = cast(city, poll)
    cosigned(person, poll, ballot_id, 3)
    page.goto(f"{url}/polls/{poll}/ballots/{ballot_id}")
    expect(page.locator(".way li.done")).to_have_count(3)
    expect(page.locator(".way")).to_contain_text("3곳 중 3곳")
    page.get_by_role("main").get_by_role("link", name="내 투표 검증").click()
    assert verdict(page) == "확인되었습니다. 귀하의 표가 공개 기록에 그대로 들어 있습니다"
    page.get_by_role("button", name="내가 투표한 내용 보기").click()
    expect(page.get_by_role("alert").filter(has_text="결과가 공개되기 전")).to_be_visible()
    city.seoul.ask("POST", f"/polls/{poll}/close")
    city.seoul.final_results(poll)
    page.get_by_role("button", name="내가 투표한 내용 보기").click()
    expect(page.locator("[data-answers] dd")).to_have_text("찬성")
    page.goto(f"{url}/polls/{poll}/results")
    expect(page.get_by_text("3곳 중 3곳이 이 기록의 끝을 확인했습니다")).to_be_visible()
    bundle = tmp_path / "record.tar.gz"
    bundle.write_bytes(eventually(lambda: whole_record(city, poll)))
    for source in (f"{url}/polls/{poll}", str(bundle)):
        done = audit("recount", source, "--witnesses", "3")
        assert done.returncode == 0, done.stdout + done.stderr
    receipt = tmp_path / "receipt.json"
    receipt.write_text(page.request.get(f"{url}/polls/{poll}/ballots/{ballot_id}?download=1").text())
    done = audit("receipt", str(receipt), url)
    assert done.returncode == 0, done.stdout + done.stderr


def test_witnesses_that_are_down_hold_certification_up_visibly(stack, city, new_page):
    """Two of three go on; with fewer the result waits, the operator's page says for what, and it goes on by itself."""
    two = city.seoul.open_poll("seoul", witnesses=2, results="after_close")
    three = city.seoul.open_poll("seoul", witnesses=3, results="after_close")
    witness(stack, 3).kill()
    for poll in (two, three):
        cast(city, poll)
        city.seoul.ask("POST", f"/polls/{poll}/close")
    assert city.seoul.final_results(two)["voters"] == 1
    sealed = eventually(lambda: waits(city, three))
    assert sealed
    page = operators_page(city, new_page, three)
    expect(page.get_by_role("heading", name="참관인의 확인을 기다리고 있습니다")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(
        "3곳이 공개 기록의 끝을 확인해야 하며, 지금까지 2곳이 확인했습니다"
    )
    assert city.seoul.ask("GET", f"/polls/{three}")["certified"] is None
    witness(stack, 3).start()
    assert city.seoul.final_results(three)["voters"] == 1


def waits(city, poll: str) -> bool:
    page = city.seoul.http.get(f"/console/polls/{poll}", headers={"Accept": "text/html"})
    return "참관인의 확인을 기다리고 있습니다" in page.text


def operators_page(city, new_page, poll: str) -> Page:
    """The operator's page of a poll in Chromium, by the operator's own token."""
    page: Page = new_page()
    page.set_extra_http_headers({"Authorization": city.seoul.http.headers["Authorization"]})
    page.goto(f"{city.seoul.url}/console/polls/{poll}")
    return page


def test_a_poll_cannot_ask_for_more_witnesses_than_there_are(city):
    draft = {"title": "시험", "organization": "seoul", "witnesses": 4, "closes_at": "2099-01-01T00:00:00Z"}
    questions = [{"id": "q1", "kind": "yes_no", "title": "?"}]
    poll = city.seoul.ask("POST", "/polls", 201, json={**draft, "questions": questions})["id"]
    refused = city.seoul.http.post(f"/api/v1/polls/{poll}/open")
    assert refused.status_code == 422
    assert [each["code"] for each in refused.json()["errors"]] == ["too_few_witnesses"]


def test_entries_are_withheld_as_long_as_results_are(city):
    poll = city.seoul.open_poll("seoul", results="after_publish")
    person, ballot_id = cast(city, poll)
    cosigned(person, poll, ballot_id, 3)
    for path in (f"/log/{poll}/tile/entries/000.p/1", f"/api/v1/polls/{poll}/record"):
        answer = person.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "results_embargoed")
    assert person.http.get(f"/log/{poll}/tile/0/000.p/1").status_code == 200


def test_the_page_of_an_unrecorded_state_names_the_promise(city, page):
    """Right after casting the page says until when the ballot will be in the public record."""
    poll = city.seoul.open_poll("seoul")
    _, ballot_id = cast(city, poll)
    page.goto(f"{city.seoul.url}/polls/{poll}/ballots/{ballot_id}")
    expect(page.locator(".way")).to_contain_text(re.compile("까지 들어갑니다|서명된 기록에 들어 있습니다"))
