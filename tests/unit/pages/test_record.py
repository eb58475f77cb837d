"""What pages say of the public record: a ballot's way into it, who agrees with a result, what certification waits for."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.pages import check, proof
from services.ballots import contract as ballots
from services.common.errors import Unavailable
from services.common.ids import format_utc
from services.tally import contract as tally
from tests.fixtures.synthetic_log import Keys, SyntheticLog, Witness, ballot
from tests.unit.gateway import fakes
from tests.unit.pages import samples
from tests.unit.pages.conftest import Tags

BALLOT = "AAAAAAAAAAAAAAAAAAAAAA"
RECEIPT = f"/polls/open/ballots/{BALLOT}"


@pytest.fixture
def log() -> SyntheticLog:
    return SyntheticLog([ballot(n) for n in range(5)])


@pytest.fixture(autouse=True)
def witnesses(bus, log):
    bus.on(ballots.GET_WITNESSES, log.answers()[ballots.GET_WITNESSES.routing_key]())


def recorded(bus, minutes: int = 0, **known) -> None:
    """The ballot was recorded so many minutes ago."""
    at = format_utc((datetime.now(UTC) - timedelta(minutes=minutes)).replace(second=0, microsecond=0))
    receipt = {**fakes.receipt("open", BALLOT), "recorded_at": at}
    bus.on(ballots.GET_STATUS, {"status": "recorded", "receipt": receipt, **known})


def test_a_ballot_that_is_only_recorded_yet(guest, bus):
    recorded(bus)
    page = guest.get(RECEIPT).text
    assert page.count('class="done"') == 1
    assert "까지 들어갑니다" in page


def test_a_broken_promise_is_not_hidden(guest, bus):
    recorded(bus, minutes=10)
    assert "까지 들어간다고 약속했으나 아직 없습니다" in guest.get(RECEIPT).text


def test_a_ballot_in_the_record_that_nobody_has_confirmed(guest, bus, log):
    log.cosigning = []
    recorded(bus, index=3, inclusion_proof=[], checkpoint=log.note())
    page = guest.get(RECEIPT).text
    assert page.count('class="done"') == 2
    assert "표 5건이 담긴" in page
    assert "보통 몇 초면 확인됩니다" in page


def test_only_true_cosignatures_of_known_witnesses_count(guest, bus, log):
    log.cosigning = [log.keys.witnesses[0], Witness("witness-2.example"), Witness("stranger.example")]
    recorded(bus, index=3, inclusion_proof=[], checkpoint=log.note())
    page = guest.get(RECEIPT).text
    assert page.count('class="done"') == 3
    assert "2곳 중 1곳: witness-1.example" in page
    assert "stranger" not in page


def test_a_receipt_is_shown_while_nobody_knows_the_witnesses(guest, bus, log):
    recorded(bus, index=3, inclusion_proof=[], checkpoint=log.note())
    bus.on(ballots.GET_WITNESSES, Unavailable())
    assert guest.get(RECEIPT).status_code == 200


def test_a_checkpoint_that_cannot_be_read_proves_nothing(guest, bus):
    recorded(bus, index=3, inclusion_proof=[], checkpoint="nonsense")
    assert guest.get(RECEIPT).text.count('class="done"') == 1


def test_the_qr_code_leads_to_the_check_with_the_receipt_in_the_fragment(guest, bus):
    recorded(bus)
    page = Tags(guest.get(RECEIPT).text)
    links = [a["href"] for tag, a in page.tags if tag == "a" and str(a.get("href")).startswith("/check#")]
    before, _, fragment = str(links[0]).partition("#")
    assert (before, len(fragment.split("."))) == ("/check", 8)
    assert [a for tag, a in page.tags if tag == "svg" and a.get("class") == "qr"]
    assert any(a.get("role") == "img" and "QR" in str(a.get("aria-label")) for _, a in page.tags)


def test_the_check_page_is_the_same_for_everybody_and_asks_nobody(guest, bus):
    assert guest.get("/check").text == guest.get("/check").text
    assert bus.asked == []


def test_every_word_of_the_check_has_its_sentence():
    scripts = "".join(path.read_text() for path in sorted((check_folder()).glob("*.js")))
    for words in (check.FOUND, check.VERDICTS):
        assert not [word for word in words if f'"{word}"' not in scripts], "said nowhere"
    assert not [step for step in check.STEPS if f'"{step}"' not in scripts]


def check_folder():
    from gateway.pages.static_files import STATIC

    return STATIC / "check"


# --- results --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def final(bus, log):
    """A final result that was counted from the end of this log."""
    text, _, lines = log.note().partition("\n\n")
    by_log = f"{text}\n\n{lines.splitlines()[0]}\n"
    bus.on(tally.GET_RESULTS, lambda poll_id: {**samples.results(poll_id), "checkpoint": by_log})
    bus.on(ballots.GET_CHECKPOINT, lambda log_id: {"checkpoint": log.note(), "size": 5, "sealed": True})


def test_a_result_says_who_signed_and_which_witnesses_agree(guest, final):
    page = guest.get("/polls/published/results").text
    assert "엠보팅, 열쇠 tally-result-1" in page
    assert "2곳 중 2곳이 이 기록의 끝을 확인했습니다" in page
    assert "/api/v1/polls/published/record" in page
    assert "python -m auditor recount http://127.0.0.1:8080/polls/published" in page


def test_witnesses_of_another_end_do_not_agree(guest, final, log):
    log.leaves.append(ballot(5))
    log.sequence()
    page = guest.get("/polls/published/results").text
    assert "2곳 가운데 아직 이 기록의 끝을 확인한 곳이 없습니다" in page
    assert "표 5건" in page


def test_a_result_is_shown_while_ballots_is_away(guest, final, bus):
    bus.on(ballots.GET_CHECKPOINT, Unavailable())
    assert guest.get("/polls/published/results").status_code == 200


# --- the operator's side ----------------------------------------------------------------------------------------------------


def test_an_operator_learns_which_witnesses_are_missing(operator, bus):
    seen = {"needed": 3, "agreed": ["witness-1.example", "witness-2.example"]}
    bus.on(ballots.GET_SEALING, samples.sealing(sealed=True, witnesses=seen))
    page = operator.get("/console/polls/closed").text
    assert "참관인의 확인을 기다리고 있습니다" in page
    assert "3곳이 공개 기록의 끝을 확인해야 하며, 지금까지 2곳이 확인했습니다" in page
    assert "witness-2.example" in page


def test_an_operator_learns_that_the_record_cannot_go_on(operator, bus):
    bus.on(ballots.GET_SEALING, samples.sealing(refused="forked"))
    assert "공개 기록을 이어 갈 수 없습니다" in operator.get("/console/polls/closed").text


def test_a_signed_state_is_read_strictly():
    log = SyntheticLog([ballot(0)], Keys(witnesses=()))
    signed = proof.read_signed(log.note(), ())
    assert signed is not None
    assert (signed.origin, signed.size, signed.agreed) == (log.origin, 1, ())
    assert proof.read_signed("", ()) is None
