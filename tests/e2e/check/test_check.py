"""Check my vote in Chromium: what a voter is told when all is well, and under each attack on the record."""

import json
import re
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Page, expect

from gateway.pages.proof import check_address
from services.common.crypto import Signer
from services.common.encodings import b64u, canonical_json
from services.common.tlog.merkle import leaf_hash
from tests.e2e.check.conftest import finished, found, some_ballots, verdict
from tests.fixtures.browser import DESKTOP, PHONE
from tests.fixtures.synthetic_log import Keys, SyntheticLog, Witness, ballot, many_ballots

pytestmark = pytest.mark.browser
ALL_GOOD = ["signature_good", "checkpoint_good", "witnesses_agree", "consistency_first", "inclusion_good"]
MANY = 20_000


def requested(page: Page) -> list[str]:
    """Addresses asked for from now on."""
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    return seen


def test_a_ballot_in_the_record_is_confirmed_in_words(log, check):
    page = check(log.receipt(7))
    assert verdict(page) == "확인되었습니다. 귀하의 표가 공개 기록에 그대로 들어 있습니다"
    assert found(page) == ALL_GOOD
    expect(page.locator("[data-steps]")).to_contain_text("300건 중 8번째 자리에 고쳐지지 않고")
    expect(page.locator("[data-steps]")).to_contain_text("참관인 2곳 중 2곳이")
    expect(page.locator("[data-steps]")).to_contain_text("witness-2.example: 2026년")
    expect(page.locator("[data-heading]")).to_be_focused()
    page.get_by_role("button", name="다시 검증하기").click()
    expect(page.locator("[data-found=consistency_good]")).to_contain_text("덧붙여지기만 했습니다")
    expect(page.locator("[data-found=inclusion_good]")).to_be_visible()


def test_no_server_is_told_whose_receipt_it_is(log, site, page):
    receipt = log.receipt(7)
    seen = requested(page)
    page.goto(check_address(receipt, site.url))
    finished(page)
    assert page.url == f"{site.url}/check", "the receipt is taken out of the address"
    sent = [url.partition("#")[0] for url in seen]
    assert not [url for url in sent if receipt["ballot_id"] in url or receipt["leaf_hash"] in url]
    assert len([url for url in sent if "/tile/0/" in url]) == 2, "all fingerprints of a small log"


def test_growth_between_two_visits_is_proved(log, site, check):
    check(log.receipt(7))
    log.leaves += [ballot(n) for n in range(300, 700)]
    log.sequence()
    site.show(log)
    page = check(log.receipt(7))
    assert found(page)[3] == "consistency_good"
    expect(page.locator("[data-found=consistency_good]")).to_contain_text("당시 표 300건")


def test_a_forged_receipt(log, check):
    receipt = log.receipt(7)
    page = check({**receipt, "recorded_at": "2026-03-02T00:00:00Z"})
    assert "실패" in verdict(page)
    expect(page.locator("[data-found=signature_bad]")).to_contain_text("위조되었거나 고쳐진 확인증")
    page = check({**receipt, "key_id": "ballots-receipt-9"})
    expect(page.locator("[data-found=key_unknown]")).to_contain_text("엠보팅에 없는 열쇠")


def test_an_entry_edited_with_the_tree_rebuilt_and_signed_by_the_real_key(log, site, check):
    receipt = log.receipt(7)
    log.leaves[7] = ballot(7, "b")
    log.sequence()
    site.show(log)
    page = check(receipt)
    assert "실패" in verdict(page)
    expect(page.locator("[data-found=promise_broken]")).to_contain_text("약속이 깨졌습니다")
    page.get_by_text("증거", exact=True).click()
    expect(page.locator("[data-notes] pre")).to_have_text(log.note())
    with page.expect_download() as download:
        page.get_by_role("link", name="증거를 파일로 저장").click()
    kept = json.loads(download.value.path().read_text())
    assert kept == {"receipt": receipt, "checkpoints": [log.note()]}


@pytest.mark.parametrize("attack", ["edited", "removed", "inserted", "reordered"])
def test_a_fork_between_two_visits(log, site, check, attack):
    """Somebody else's entry: the voter's own ballot is still there, but the record is not what it was."""
    check(log.receipt(7))
    first = log.note()
    match attack:
        case "edited":
            log.leaves[200] = ballot(200, "b")
        case "removed":
            del log.leaves[200]
        case "inserted":
            log.leaves.insert(200, ballot(999))
        case _:
            log.leaves[200], log.leaves[201] = log.leaves[201], log.leaves[200]
    log.leaves += [ballot(n) for n in range(300, 310)]
    log.sequence()
    site.show(log)
    page = check(SyntheticLog(some_ballots(), log.keys).receipt(7))
    assert "실패" in verdict(page)
    expect(page.locator("[data-found=consistency_forked]")).to_contain_text("이어지지 않습니다")
    assert page.locator("[data-notes] pre").all_text_contents() == [first, log.note()]
    page.get_by_role("button", name="다시 검증하기").click()
    expect(page.locator("[data-found=consistency_forked]")).to_be_visible(), "it is not forgotten"


def test_two_histories_shown_to_two_readers_differ_from_what_witnesses_saw(log, site, check):
    """The fork that this reader is shown is cosigned by nobody."""
    log.leaves[200] = ballot(200, "b")
    log.sequence()
    log.cosigning = []
    site.show(log)
    page = check(log.receipt(7))
    expect(page.locator("[data-found=witnesses_silent]")).to_contain_text(
        "아직 이 상태를 확인한 곳이 없습니다"
    )


def test_an_old_state_is_not_called_a_fork(log, site, check):
    check(log.receipt(7))
    log.shown = 280
    site.show(log)
    page = check(log.receipt(7))
    assert found(page)[3] == "consistency_older"
    assert "모든 것을 확인하지는 못했습니다" in verdict(page)


def flipped(tile: bytes) -> bytes:
    return tile[:320] + bytes([tile[320] ^ 1]) + tile[321:]


@pytest.mark.parametrize(
    ("place", "change", "word"),
    [
        ((0, 0), flipped, "tiles_wrong"),
        ((0, 1), flipped, "tiles_wrong"),
        ((0, 0), lambda tile: tile[:-32], "tiles_missing"),
        ((0, 0), lambda tile: tile[:33], "tiles_missing"),
        ((0, 0), lambda tile: tile[32:] + tile[:32], "tiles_wrong"),
    ],
    ids=["own", "other", "cut", "cut within a hash", "swapped"],
)
def test_a_tile_truncated_or_swapped(log, site, check, place, change, word):
    log.tampered[place] = change
    site.show(log)
    page = check(log.receipt(7))
    assert found(page)[-1] == word
    assert "실패" in verdict(page)


def test_a_ballot_that_is_not_there_yet(log, site, check):
    missing = log.receipt(7, leaf_hash=b64u(leaf_hash(b"not sequenced")))
    now = {**missing, "recorded_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:00Z")}
    body = {name: value for name, value in now.items() if name != "signature"}
    page = check({**body, "signature": b64u(log.keys.receipt.sign(canonical_json(body)))})
    assert verdict(page) == "귀하의 표가 아직 공개 기록에 없습니다"
    expect(page.locator("[data-found=promise_open]")).to_contain_text("그 뒤에 다시 검증해 주십시오")
    log.cosigning = []
    site.show(log)
    page = check(missing)
    expect(page.locator("[data-found=promise_late]")).to_contain_text("이 기기의 시계 기준")


def test_a_state_signed_by_somebody_else(log, site, check):
    signer = Signer("ballots-log-1", Ed25519PrivateKey.generate())
    answers = dict(log.answers())
    other = SyntheticLog(log.leaves, Keys(log.keys.receipt, signer, log.keys.witnesses))
    site.show(log)
    site.bus.answers["ballots.get_checkpoint"] = other.answers()["ballots.get_checkpoint"]
    page = check(log.receipt(7))
    assert found(page) == ["signature_good", "checkpoint_forged"]
    assert "실패" in verdict(page)
    site.bus.answers.update(answers)


def test_another_key_under_a_known_name_is_a_warning(log, site, check):
    check(log.receipt(7))
    other = SyntheticLog(log.leaves, Keys(witnesses=log.keys.witnesses))
    site.show(other)
    page = check(other.receipt(7))
    expect(page.locator("[data-found=key_changed]").first).to_contain_text("전에 본 것과 다릅니다")
    assert "모든 것을 확인하지는 못했습니다" in verdict(page)


def test_witnesses_who_agree_are_told_from_those_who_do_not(site, check):
    keys = Keys(witnesses=[Witness("one.example"), Witness("two.example"), Witness("three.example")])
    log = SyntheticLog(some_ballots(), keys)
    impostor = Witness("three.example")
    log.cosigning = [keys.witnesses[0], keys.witnesses[1], impostor]
    site.show(log)
    page = check(log.receipt(7))
    step = page.locator("[data-found=witnesses_agree]")
    expect(step).to_contain_text("참관인 3곳 중 2곳이")
    expect(step).to_contain_text("three.example: 이 상태를 확인하지 않음")


def test_a_record_without_witnesses_says_so(site, check):
    log = SyntheticLog(some_ballots(), Keys(witnesses=[]))
    site.show(log)
    page = check(log.receipt(7))
    expect(page.locator("[data-found=witnesses_none_asked]")).to_contain_text("외부 참관인이 없습니다")


def test_a_browser_without_ed25519_says_what_it_could_not_check(log, site, page):
    page.add_init_script(
        "SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'));"
    )
    page.goto(check_address(log.receipt(7), site.url))
    finished(page)
    assert found(page) == [
        "no_ed25519",
        "signature_unchecked",
        "checkpoint_unchecked",
        "witnesses_unchecked",
        "consistency_first",
        "inclusion_good",
    ]
    assert "모든 것을 확인하지는 못했습니다" in verdict(page)
    expect(page.locator("[data-found=no_ed25519]")).to_contain_text("서명은 확인하지 않았습니다")


def test_in_a_large_log_the_own_tile_hides_among_others(site, page):
    log = SyntheticLog(many_ballots(MANY))
    site.show(log)
    seen = requested(page)

    def tiles_of_a_visit() -> set[str]:
        seen.clear()
        page.goto("about:blank")
        page.goto(check_address(log.receipt(12_345), site.url))
        finished(page)
        assert found(page)[-1] == "inclusion_good"
        return {url.rpartition("/tile/")[2] for url in seen if "/tile/0/" in url}

    first = tiles_of_a_visit()
    looked_up = [url.rpartition("/")[2] for url in seen if "/lookup/" in url]
    assert looked_up == [leaf_hash(log.leaves[12_345]).hex()[:1]]
    assert "0/048" in first, "12,345 is in tile 48"
    assert 64 <= len(first) <= 66, "64 and what the check of growth needs"
    second = tiles_of_a_visit()
    assert len(first & second) >= 64, "the same decoys again, or two visits would give the ballot away"
    assert not [url for url in seen if "/lookup/" in url], "its place is remembered"


def test_decoys_differ_from_voter_to_voter(site, new_page):
    log = SyntheticLog(many_ballots(MANY))
    site.show(log)
    chosen = []
    for _ in range(2):
        page = new_page()
        seen = requested(page)
        page.goto(check_address(log.receipt(12_345), site.url))
        finished(page)
        chosen.append({url for url in seen if "/tile/0/" in url})
    assert chosen[0] != chosen[1]


def test_the_entry_is_shown_only_on_request_and_after_the_embargo(log, site, page):
    log.visible = False
    site.show(log)
    seen = requested(page)
    page.goto(check_address(log.receipt(7), site.url))
    finished(page)
    assert not [url for url in seen if "/entries/" in url]
    expect(page.locator("[data-entry]")).to_contain_text("아무에게도 보이지 마십시오")
    page.get_by_role("button", name="내가 투표한 내용 보기").click()
    expect(page.get_by_role("alert").filter(has_text="결과가 공개되기 전")).to_be_visible()
    log.visible = True
    site.show(log)
    page.get_by_role("button", name="내가 투표한 내용 보기").click()
    expect(page.locator("[data-entry-id]")).to_have_text("ballot-0000000000000007")
    assert page.locator("[data-answers] dd").all_text_contents() == ["a"]
    assert len([url for url in seen if "/entries/" in url and "entries/000" in url]) == 2
    assert [url for url in seen if "entries/001" in url], "others come along"


def test_an_entry_that_is_not_the_receipts(log, site, page):
    page.goto(check_address(log.receipt(7), site.url))
    finished(page)
    log.leaves[7] = ballot(7, "b")
    page.get_by_role("button", name="내가 투표한 내용 보기").click()
    expect(page.get_by_role("alert").filter(has_text="받은 표의 지문이 확인증과 다릅니다")).to_be_visible()


def test_receipts_come_from_a_file_a_text_or_the_browser(log, site, page, tmp_path):
    receipt = log.receipt(7)
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(receipt, indent=2))
    page.goto(f"{site.url}/check")
    page.get_by_label("확인증 파일").set_input_files(file)
    finished(page)
    assert found(page) == ALL_GOOD
    for pasted in (json.dumps(receipt), check_address(receipt, "https://vote.example")):
        page.goto(f"{site.url}/check")
        page.get_by_text("QR 코드나 글로 검증하기").click()
        page.get_by_label("확인증의 글, 또는 QR 코드에 담긴 주소").fill(pasted)
        page.get_by_role("button", name="이 확인증 검증하기").click()
        finished(page)
        assert found(page)[-1] == "inclusion_good"
    kept = [{"poll_id": receipt["poll_id"], "title": "보관한 투표", "ballot_id": receipt["ballot_id"]}]
    kept[0] |= {"recorded_at": receipt["recorded_at"], "receipt": receipt}
    page.evaluate("kept => localStorage.setItem('mvoting.receipts', JSON.stringify(kept))", kept)
    page.goto(f"{site.url}/check")
    page.get_by_role("button", name="보관한 투표").click()
    finished(page)
    expect(page.locator("[data-about]")).to_contain_text("보관한 투표")


def test_what_is_no_receipt_is_refused_in_words(log, site, page, tmp_path):
    file = tmp_path / "x.json"
    file.write_text("{}")
    page.goto(f"{site.url}/check")
    page.get_by_label("확인증 파일").set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text("확인증을 찾지 못했습니다")
    page.goto(f"{site.url}/check#1.not.a.receipt")
    expect(page.get_by_label("확인증 파일")).to_be_visible()


def test_a_record_out_of_reach_is_no_verdict(log, site, page):
    site.bus.answers.pop("ballots.get_keys")
    page.goto(check_address(log.receipt(7), site.url))
    finished(page)
    assert "연결할 수 없어" in verdict(page)


def test_without_javascript_the_page_names_the_checking_program(site, new_page):
    page = new_page(javascript=False)
    page.goto(f"{site.url}/check")
    assert f"python -m auditor receipt receipt.json {site.url}" in page.locator("noscript").inner_text()


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["390", "1280"])
@pytest.mark.parametrize("locale", ["ko-KR", "en-GB"])
def test_it_can_be_used_by_everybody(log, site, new_page, assert_accessible, viewport, locale):
    page = new_page(viewport=viewport, locale=locale)
    page.goto(f"{site.url}/check")
    page.wait_for_selector("[data-give]:not([hidden])")
    assert_accessible(page)
    log.leaves[9] = ballot(9, "b")
    for receipt in (log.receipt(7), log.receipt(9)):
        page.goto("about:blank")
        page.goto(check_address(receipt, site.url))
        finished(page)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert_accessible(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport["width"]
    assert page.get_by_role("heading", level=1).count() == 1


def test_by_keyboard_alone(log, site, page):
    page.goto(f"{site.url}/check")
    receipt = log.receipt(7)
    for wanted, keys in (
        ("summary", "Enter"),
        ("#pasted", json.dumps(receipt)),
        ("[data-form] button", "Enter"),
    ):
        for _ in range(40):
            if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
                break
            page.keyboard.press("Tab")
        page.keyboard.press(keys) if keys == "Enter" else page.keyboard.insert_text(keys)
    expect(page.locator("[data-heading]")).to_be_focused()
    assert re.search("확인되었습니다", verdict(page))
