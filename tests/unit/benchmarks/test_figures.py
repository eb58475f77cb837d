"""What the benchmark counts and concludes, without anything running."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import measurements, usage
from benchmarks.load.phones import Phones
from benchmarks.load.requests import casts, reads
from benchmarks.load.tally import Outcomes, percentile
from benchmarks.measurements.soak import first_and_last, tenths
from benchmarks.report import Report, Table, Target, missed
from benchmarks.settings import BenchSettings
from services.common.settings import SettingError


@given(st.lists(st.floats(0, 100), min_size=1), st.sampled_from([0.5, 0.99]))
def test_a_percentile_is_not_exceeded_by_its_share(values, share):
    found = percentile(sorted(values), share)
    assert sum(value <= found for value in values) >= share * len(values)
    assert found in values


def test_outcomes_are_counted_apart_and_latencies_only_after_the_warm_up():
    outcomes = Outcomes()
    outcomes.answered(201, 0.2, 0.5, counts=False)
    outcomes.answered(201, 2.5, 0.1, counts=True)
    outcomes.answered(503, 2.6, 0.001, counts=True)
    found = outcomes.as_dict()
    assert found["answers"] == {"201": 2, "503": 1}
    assert found["recorded_by_second"] == [1, 0, 1]
    assert found["latencies"]["201"] == {"count": 1, "p50_ms": 100.0, "p99_ms": 100.0, "max_ms": 100.0}
    assert found["latencies"]["503"]["count"] == 1


def test_the_first_and_the_last_tenth():
    assert tenths([100] * 100 + [3]) == (100, 100)
    assert tenths([200] * 5 + [100] * 80 + [50] * 20 + [1]) == (200, 50)
    samples = [{"gateway": float(megabytes)} for megabytes in range(100)]
    assert first_and_last(samples) == {"gateway": (4.5, 94.5)}


def test_a_missed_target_is_named():
    kept, broken = Target("fast", "1 ms", reached=True), Target("flat", "2 times", reached=False)
    report = Report([Table(["a"], [["1"]])], ["A note."], [kept, broken])
    assert missed([report]) == ["flat"]
    assert report.markdown() == (
        "| a |\n| --- |\n| 1 |\n\nA note.\n\n- reached: fast (1 ms)\n- **missed**: flat (2 times)"
    )


def test_every_measurement_is_found_and_says_what_it_is():
    names = measurements.names()
    assert names == ["workers", "limit", "stock", "overload", "backlog", "soak", "breakdown"]
    assert all(
        measurements.about(name).endswith((".", ",")) and measurements.measure_of(name) for name in names
    )


def test_settings_are_read_and_refused():
    assert BenchSettings.load({"BENCH_LOADS": "0.5,2"}).loads == (0.5, 2.0)
    for wrong in ({"BENCH_LOADS": "0"}, {"BENCH_LOADS": "x"}, {"BENCH_CONNECTIONS": "0"}):
        with pytest.raises(SettingError):
            BenchSettings.load(wrong)


def test_requests_are_what_a_client_sends(tmp_path):
    (tmp_path / "voters").write_text("token-1\tballot-1\ntoken-2\tballot-2\n")
    first, second = casts(tmp_path / "voters", "/cast", '{"q":["a"]}')
    head, body = first.split(b"\r\n\r\n")
    assert body == b'{"ballot_id":"ballot-1","answers":{"q":["a"]}}'
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"Bearer token-2" in second
    source = reads(["/a", "/b"])
    assert [next(source).split()[1] for _ in range(3)] == [b"/a", b"/b", b"/a"]


def test_what_processes_spent_is_a_difference():
    assert usage.spent({"a": 1.0, "gone": 5.0}, {"a": 3.0, "b": 9.0}) == {"a": 2.0}


ANSWERS = {
    b"/good": b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok",
    b"/busy": b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 3\r\ncontent-length: 0\r\n\r\n",
    b"/rude": b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
}


async def head_or_end(reader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


async def answering(reader, writer):
    """A server that answers by the path, in two pieces, and closes on any other."""
    while head := await head_or_end(reader):
        answer = ANSWERS.get(head.split()[1])
        if answer is None:
            break
        writer.write(answer[:20])
        await asyncio.sleep(0)
        writer.write(answer[20:])
    writer.close()


async def served(scene):
    server = await asyncio.start_server(answering, "127.0.0.1", 0)
    async with server:
        return await scene(server.sockets[0].getsockname()[1])


def test_phones_note_every_answer_and_everybody_who_got_none():
    paths = ["/good", "/busy", "/rude", "/close"] * 25

    async def scene(port):
        phones = Phones(port, iter(request for request, _ in zip(reads(paths), paths)), warm_up=0.0)  # noqa: B905
        await phones.arrive(rate=2_000, seconds=10)
        return phones

    phones = asyncio.run(served(scene))
    assert phones.sent == 100
    assert phones.outcomes.all == {201: 25, 503: 50}
    assert phones.outcomes.lost == {"closed": 25}
    assert phones.outcomes.without_retry_after == 25


def test_a_closed_loop_sends_everything_once_over_its_connections():
    async def scene(port):
        phones = Phones(port, iter(request for request, _ in zip(reads(["/good"]), range(200))), warm_up=0.0)  # noqa: B905
        await phones.loop(connections=10)
        return phones

    phones = asyncio.run(served(scene))
    assert (phones.sent, phones.most_busy, phones.outcomes.all) == (200, 10, {201: 200})
