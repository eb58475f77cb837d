"""Who is refused at the door hears what the ordinary way says, sooner; whatever is no plain cast goes the ordinary way."""

import asyncio
import json
import socket

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.admission import RETRY_AFTER
from gateway.door import Door, head_of_cast
from gateway.server import Server, configuration, door_of
from services.ballots import contract as ballots
from services.polls import contract as polls
from tests.unit.gateway import fakes
from tests.unit.gateway.test_casting import BALLOT, URL

BODY = json.dumps(BALLOT).encode()


def request(*lines: str, body: bytes = BODY, line: str = f"POST {URL} HTTP/1.1") -> bytes:
    head = [line, "Host: 127.0.0.1", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


CAST = request()


def answer_of(raw: bytes) -> tuple[int, dict[str, str], dict]:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert int(headers["content-length"]) == len(body)
    return int(first.split()[1]), headers, json.loads(body)


@pytest.fixture
def door(application) -> Door:
    return door_of(application.state)


@pytest.fixture
def full(application):
    application.state.caster.admission.under_way = 10_000


def refusal(door: Door, raw: bytes = CAST) -> bytes | None:
    head = head_of_cast(raw)
    assert head is not None
    return door.refusal(raw, head)


def test_who_is_idle_lets_everybody_in(door):
    assert refusal(door) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept-Language": "en-GB,en;q=0.9"},
        {"Accept-Language": "en", "Cookie": "a=b; lang=ko"},
        {"Cookie": "lang=en"},
        {"X-Request-Id": "My.Own-Request_Id-that-is-longer-than-ours"},
        {"X-Request-Id": "no good"},
    ],
)
def test_the_door_says_what_the_ordinary_way_says(door, full, citizen, headers):
    ordinary = citizen.with_headers(**headers).post(URL, json=BALLOT)
    status, found, body = answer_of(refusal(door, request(*(f"{k}: {v}" for k, v in headers.items()))))
    said = ordinary.json()
    own = {"retry_after", "request_id"}
    assert status == ordinary.status_code == 503
    assert {k: v for k, v in body.items() if k not in own} == {k: v for k, v in said.items() if k not in own}
    assert found.keys() == ordinary.headers.keys()
    varies = {"retry-after", "x-request-id", "content-length"}
    assert {k: v for k, v in found.items() if k not in varies} == {
        k: v for k, v in ordinary.headers.items() if k not in varies
    }
    assert int(found["retry-after"]) == body["retry_after"] in range(RETRY_AFTER[0], RETRY_AFTER[1] + 1)
    assert found["x-request-id"] == body["request_id"]
    if headers.get("X-Request-Id", "").startswith("My"):
        assert body["request_id"] == headers["X-Request-Id"]


def test_refusals_at_the_door_are_counted_as_those_of_the_ordinary_way_are(door, full, guest):
    before = guest.get("/metrics").text
    refusal(door)
    after = guest.get("/metrics").text
    for name in (
        'admission_refusals_total{reason="busy"}',
        'ballots_cast_total{outcome="try_again"}',
        'http_request_seconds_count{method="POST",route="/api/v1/polls/{poll_id}/ballots",status="503"}',
    ):
        assert value(after, name) == value(before, name) + 1


def value(metrics: str, name: str) -> float:
    lines = [line for line in metrics.splitlines() if line.startswith(name)]
    return float(lines[0].split()[-1]) if lines else 0.0


def test_without_a_broker_nobody_is_let_in(door, bus):
    bus.ready = False
    assert refusal(door) is not None


def test_those_who_are_let_in_and_only_read_yet_take_room(door, application):
    admission = application.state.caster.admission
    for _ in range(int(admission.limit)):
        assert refusal(door) is None
        door.enter()
    assert refusal(door) is not None
    for _ in range(int(admission.limit * 0.2) + 1):
        door.leave()
    assert refusal(door) is None


@pytest.mark.parametrize(
    "raw",
    [
        request(line=f"GET {URL} HTTP/1.1"),
        request(line="POST /api/v1/polls HTTP/1.1"),
        request(line=f"POST {URL}/x HTTP/1.1"),
        request(line=f"POST {URL}?a=b HTTP/1.1"),
        request(line=f"POST {URL} HTTP/1.0"),
        request(line="POST /api/v1/polls/poll%2F1/ballots HTTP/1.1"),
        request("Connection: close"),
        request("Expect: 100-continue"),
        request("Transfer-Encoding: chunked"),
        request("Content-Length: 1"),
        request(body=b"").replace(b"Content-Length: 0", b"Content-Length: x"),
        CAST + b"POST",
        CAST + CAST,
    ],
)
def test_anything_unusual_goes_the_ordinary_way(raw):
    assert head_of_cast(raw) is None


@given(st.integers(0, len(CAST) - 1))
def test_a_request_that_has_not_come_whole_goes_the_ordinary_way(length):
    assert head_of_cast(CAST[:length]) is None


@given(st.binary(max_size=300), st.binary(max_size=60))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whatever_bytes_come_the_door_only_knows_or_does_not_know_them(noise, body):
    head_of_cast(noise)
    head_of_cast(CAST[:50] + noise)
    assert head_of_cast(request(body=body)) is not None


async def serving(application, scene):
    """The scene with the port of a real server in this loop."""
    application.state.settings._values.update(port=free_port())
    server = Server(configuration(application, application.state.settings))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        return await scene(application.state.settings.port, server)
    finally:
        server.should_exit = True
        await task


async def until(condition) -> None:
    while not condition():  # noqa: ASYNC110 - nobody tells when
        await asyncio.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def exchange(reader, writer, raw: bytes) -> tuple[int, dict[str, str], dict]:
    writer.write(raw)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line.split()[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length"))
    return answer_of(head + await reader.readexactly(length))


def test_a_connection_goes_on_after_a_refusal(application, bus, tokens, runner):
    admission = application.state.caster.admission
    bus.on(polls.ISSUE_PASSES, {"ballot_pass": "pass"})
    bus.on(ballots.CAST, lambda **item: fakes.receipt(item["poll_id"], item["ballot_id"]))
    raw = request(f"Authorization: Bearer {tokens.token()}", "Content-Type: application/json")

    async def scene(port, _server):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        found = []
        for under_way in (10_000, 10_000, 0, 10_000):
            admission.under_way = under_way
            found.append((await exchange(reader, writer, raw))[0])
            assert admission.inside == 0
        admission.under_way = 0
        writer.write(raw[:200])
        await asyncio.sleep(0.05)
        admission.under_way = 10_000
        status, _, body = await exchange(reader, writer, raw[200:])  # the ordinary way, and it refuses too
        found.append((status, body["code"]))
        writer.close()
        return found

    assert runner.run(serving(application, scene)) == [503, 503, 201, 503, (503, "try_again")]


def test_whoever_is_let_in_takes_room_until_answered_or_gone(application, bus, tokens, runner):
    admission = application.state.caster.admission
    raw = request(f"Authorization: Bearer {tokens.token()}", "Content-Type: application/json")
    held = asyncio.Event()

    async def never(*_arguments, **_item):
        await held.wait()

    async def scene(port, _server):
        bus.submit = never
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(raw)
        await until(lambda: admission.inside)
        writer.close()
        await until(lambda: not admission.inside)
        held.set()

    runner.run(asyncio.wait_for(serving(application, scene), 10))


def test_all_who_wait_to_be_accepted_are_accepted_together(application):
    async def scene(port, server):
        waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
        turns = 0
        while len(server.server_state.connections) < len(waiting):
            await asyncio.sleep(0)
            turns += 1
        for each in waiting:
            each.close()
        return turns

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # asyncio's own accepts many at a time
        assert runner.run(asyncio.wait_for(serving(application, scene), 10)) < 50
