import socket
import time

import pytest

from services.notify.channels import sens
from services.notify.domain import Message, Rejected, Retryable, Unknown
from tests.unit.notify import sens_server

PHONE = "+821012345678"


@pytest.fixture
def server():
    with sens_server.running() as running:
        yield running


def channel(url: str, clock=time.time, **changes: str) -> sens.SensChannel:
    environ = {
        "NOTIFY_SENS_URL": url,
        "NOTIFY_SENS_SERVICE_ID": sens_server.SERVICE_ID,
        "NOTIFY_SENS_ACCESS_KEY": sens_server.ACCESS_KEY,
        "NOTIFY_SENS_SECRET_KEY": sens_server.SECRET_KEY,
        "NOTIFY_SENS_FROM": "02-2133-0000",
        "NOTIFY_SENS_SECONDS": "0.5",
        **changes,
    }
    return sens.SensChannel(sens.ChannelSettings.load(environ), clock)


def message(
    text: str = "[엠보팅] 인증번호 123456", to: str = PHONE, subject: str | None = "[엠보팅] 인증번호"
) -> Message:
    return Message("code", to, text, subject)


def test_a_short_message_is_accepted_as_sms(server):
    sent = channel(server.url).send(message(), "key")
    assert sent.provider_id == "RSSA-1"
    assert server.received == [
        {
            "type": "SMS",
            "contentType": "COMM",
            "countryCode": "82",
            "from": "0221330000",
            "content": "[엠보팅] 인증번호 123456",
            "messages": [{"to": "01012345678"}],
        }
    ]


@pytest.mark.parametrize(
    ("text", "kind"), [("가" * 45, "SMS"), ("가" * 45 + "a", "LMS"), ("a" * 90, "SMS"), ("a" * 91, "LMS")]
)
def test_the_kind_follows_the_length_in_euc_kr(server, text, kind):
    channel(server.url).send(message(text), "key")
    assert server.received[0]["type"] == kind
    assert ("subject" in server.received[0]) == (kind == "LMS")


def test_what_euc_kr_lacks_is_replaced_and_what_is_too_long_is_cut(server):
    channel(server.url).send(message("투표 😀 ⅷ " + "가" * 1500, subject="제목" * 30), "key")
    body = server.received[0]
    assert body["content"].startswith("투표 ? ⅷ 가")
    assert len(body["content"].encode("euc_kr")) <= 2000
    assert len(body["subject"].encode("euc_kr")) == 40


def test_a_number_abroad_keeps_its_country(server):
    channel(server.url).send(message(to="+12025550123"), "key")
    assert server.received[0]["countryCode"] == "1"
    assert server.received[0]["messages"] == [{"to": "2025550123"}]


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (400, Rejected, "http_400"),
        (404, Rejected, "http_404"),
        (401, Retryable, "unauthorized"),
        (403, Retryable, "forbidden"),
        (429, Retryable, "too_many_requests"),
        (503, Retryable, "http_503"),
        (500, Unknown, "http_500"),
        (302, Rejected, "http_302"),
    ],
)
def test_answers_mean_what_can_be_concluded_from_them(server, status, error, reason):
    server.answer = status
    with pytest.raises(error) as refused:
        channel(server.url).send(message(), "key")
    assert refused.value.reason == reason


@pytest.mark.parametrize("fault", ["hang", "drip", "cut"])
def test_no_clear_answer_is_unknown_and_comes_in_time(server, fault):
    server.answer = fault
    with pytest.raises(Unknown):
        channel(server.url).send(message(), "key")


def test_nobody_there_was_surely_not_reached():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(Retryable):
            channel(f"http://127.0.0.1:{probe.getsockname()[1]}").send(message(), "key")


def test_a_wrong_secret_is_refused_by_the_signature_check(server):
    with pytest.raises(Retryable, match="unauthorized"):
        channel(server.url, NOTIFY_SENS_SECRET_KEY="another").send(message(), "key")


def test_an_old_timestamp_is_refused(server):
    with pytest.raises(Retryable, match="unauthorized"):
        channel(server.url, clock=lambda: time.time() - 600).send(message(), "key")


def test_a_wrong_caller_number_is_rejected(server):
    with pytest.raises(Rejected):
        channel(server.url, NOTIFY_SENS_FROM="0311112222").send(message(), "key")


def test_cost_by_length_and_country():
    prices = channel(
        "http://127.0.0.1:1", NOTIFY_SENS_SMS_WON="9", NOTIFY_SENS_LMS_WON="31", NOTIFY_SENS_ABROAD_WON="99"
    )
    assert prices.cost(message()) == 9
    assert prices.cost(message("가" * 46)) == 31
    assert prices.cost(message(to="+12025550123")) == 99


def test_a_signature_made_once_with_openssl():
    assert sens.signature("secret", "POST", "/sms/v2/services/x/messages", "1505290625682", "key") == (
        "kgIolsochV7w6h9RqsXxCfX5VcSNZHUG3JYfWpFU9Eg="
    )
