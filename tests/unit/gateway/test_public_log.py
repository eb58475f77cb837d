"""The public logs' addresses: what is answered byte for byte, what browsers may keep, and what is asked of the services."""

import asyncio
import base64
import gzip
import hashlib
import io
import json
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import NotFound
from gateway.kept import Fresh, Lasting
from gateway.public_log import TileName, read_tile_name, spell_index
from services.ballots import contract as ballots
from services.common.errors import Unavailable
from services.common.tlog.merkle import leaf_hash
from services.tally import contract as tally
from tests.fixtures.synthetic_log import POLL, SyntheticLog, many_ballots

FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture
def log() -> SyntheticLog:
    return SyntheticLog(many_ballots(300))


@pytest.fixture
def reader(guest, bus, log):
    """Whoever fetches, at a gateway whose services have this log."""
    bus.answers.update(log.answers())
    return guest


def tile(reader, path: str):
    return reader.get(f"/log/{POLL}/tile/{path}")


def test_a_checkpoint_is_told_byte_for_byte_and_for_seconds_only(reader, log, bus):
    answer = reader.get(f"/log/{POLL}/checkpoint")
    assert answer.content == log.note().encode()
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=2"
    assert answer.headers["access-control-allow-origin"] == "*"
    reader.get(f"/log/{POLL}/checkpoint")
    assert bus.times(ballots.GET_CHECKPOINT) == 1


def test_tiles_are_told_byte_for_byte_and_may_be_kept_for_ever(reader, log):
    hashes = [leaf_hash(leaf) for leaf in log.leaves]
    for path, expected in (
        ("0/000", b"".join(hashes[:256])),
        ("0/001.p/44", b"".join(hashes[256:])),
        ("1/000.p/1", log.tree.rows[1]),
    ):
        answer = tile(reader, path)
        assert answer.content == expected
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["cache-control"] == FOR_EVER


def test_a_kept_full_tile_answers_for_every_part_of_it(reader, bus, log):
    full = tile(reader, "0/000").content
    assert tile(reader, "0/000.p/5").content == full[: 5 * 32]
    assert tile(reader, "0/000").content == full
    assert bus.times(ballots.GET_TILE) == 1


def test_who_has_it_already_hears_so(reader):
    tag = tile(reader, "0/000").headers["etag"]
    again = reader.get(f"/log/{POLL}/tile/0/000", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == FOR_EVER


@pytest.mark.parametrize(
    "path",
    [
        "0/0", "0/00", "0/0000", "0/x000/001", "0/x001/2", "0/001/x002", "00/000", "64/000", "-1/000", "0/000.p/0",
        "0/000.p/256", "0/000.p/01", "0/000.p/", "0/000/", "0/٠٠٠", "0/000.p/1.p/1", "entry/000", "entries/0", "0/000%0A",
    ],
)  # fmt: skip
def test_only_the_one_spelling_of_a_tile_is_known(reader, bus, path):
    answer = tile(reader, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert bus.times(ballots.GET_TILE) == bus.times(ballots.GET_ENTRY_BUNDLE) == 0


@given(st.integers(0, 63), st.integers(0, 10**15 - 1), st.integers(1, 256))
def test_every_tile_has_one_name(level, index, width):
    suffix = "" if width == 256 else f".p/{width}"
    assert read_tile_name(f"{level}/{spell_index(index)}{suffix}") == TileName(level, index, width)


def test_the_formats_own_examples_of_names():
    assert spell_index(1_234_067) == "x001/x234/067"
    assert spell_index(0) == "000"
    with pytest.raises(NotFound):
        read_tile_name("0/x000/x001/234")


def test_missing_tiles_are_not_remembered(reader, bus, log):
    assert tile(reader, "0/001").json()["code"] == "tile_not_found"
    log.leaves = many_ballots(512)
    log.sequence()
    assert len(tile(reader, "0/001").content) == 256 * 32


def test_entries_are_told_only_once_the_results_may_be_seen(reader, bus, log):
    log.visible = False
    for path in ("entries/000", "entries/001.p/44"):
        answer = tile(reader, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "results_embargoed")
        assert "no-store" in answer.headers["cache-control"]
    assert bus.times(ballots.GET_ENTRY_BUNDLE) == 0
    log.visible = True
    bus.tell(tally.RESULTS_UPDATED, poll_id=POLL)
    content = tile(reader, "entries/001.p/44").content
    assert content == b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in log.leaves[256:])
    log.visible = False
    bus.tell(tally.RESULTS_UPDATED, poll_id=POLL)
    assert tile(reader, "entries/001.p/44").status_code == 403, "what is kept passes the gate too"


def test_entries_of_the_city_have_no_embargo(reader, bus, log):
    log.visible = False
    assert reader.get("/log/city/tile/entries/000").status_code == 200
    assert bus.times(tally.GET_VISIBILITY) == 0


def test_entries_travel_compressed_where_that_is_understood(reader):
    plain = reader.get(f"/log/{POLL}/tile/entries/000", headers={"Accept-Encoding": "identity"})
    zipped = reader.get(f"/log/{POLL}/tile/entries/000", headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.content == zipped.content
    assert plain.headers["etag"] != zipped.headers["etag"]


def test_a_lookup_finds_every_leaf_of_the_prefix(reader, log):
    prefix = leaf_hash(log.leaves[7]).hex()[:1]
    found = reader.get(f"/log/{POLL}/lookup/{prefix}").json()
    expected = [i for i, leaf in enumerate(log.leaves) if leaf_hash(leaf).hex().startswith(prefix)]
    assert [index for index, _ in found["entries"]] == expected
    assert found["size"] == 300


@pytest.mark.parametrize("prefix", ["", "A", "g", "00000", "%20", "0x"])
def test_what_is_no_prefix_is_not_looked_up(reader, bus, prefix):
    assert reader.get(f"/log/{POLL}/lookup/{prefix}").status_code == 404
    assert bus.times(ballots.LOOKUP_LEAVES) == 0


def test_keys_are_told_with_the_witnesses(reader, log):
    told = reader.get("/api/v1/keys").json()
    assert told["witnesses"] == [witness.vkey for witness in log.keys.witnesses]
    assert {"receipt", "log"} <= {key["use"] for key in told["keys"]}


# --- the whole record ---------------------------------------------------------------------------------------------------

RESULT = '{"v":1}'
SEALED = {"index": 0, "leaf": '{"kind":"poll_sealed"}', "proof": []}
RELEASED = {"index": 1, "leaf": '{"kind":"result"}', "proof": ["AAAA"]}
CITY = {"checkpoint": "city.example/log/city\n1\nAAAA\n\n", "entries": [SEALED, RELEASED]}


@pytest.fixture
def recorded(reader, bus, log):
    """A poll whose final result is released."""
    bus.on(tally.GET_FINAL_RESULT, {"document": RESULT})
    bus.on(ballots.GET_CHECKPOINT, {"checkpoint": log.note(), "size": 300, "sealed": True})
    bus.on(ballots.GET_CITY_RECORD, CITY)
    return reader


def members(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r|gz") as archive:
        return {each.name: archive.extractfile(each).read() for each in archive}


def test_a_record_holds_the_very_bytes_of_the_addresses(recorded, log):
    answer = recorded.get(f"/api/v1/polls/{POLL}/record")
    assert answer.headers["content-type"] == "application/gzip"
    found = members(answer.content)
    bundle = f"log/{POLL}/tile/entries"
    assert list(found) == [
        "record.json",
        "result.json",
        f"log/{POLL}/checkpoint",
        "city.json",
        f"{bundle}/000",
        f"{bundle}/001.p/44",
    ]
    assert found["result.json"] == RESULT.encode()
    for name in (f"log/{POLL}/checkpoint", f"{bundle}/000", f"{bundle}/001.p/44"):
        assert found[name] == recorded.get(f"/{name}").content
    told = recorded.get("/api/v1/keys").json()
    assert json.loads(found["record.json"]) == {
        "v": 1,
        "poll_id": POLL,
        "origin": log.origin,
        "city_origin": "city.example/log/city",
        **told,
    }
    assert json.loads(found["city.json"]) == CITY


def test_a_record_comes_out_the_same_each_time(recorded):
    first, second = (recorded.get(f"/api/v1/polls/{POLL}/record") for _ in range(2))
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    again = recorded.get(f"/api/v1/polls/{POLL}/record", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


def test_a_record_waits_for_the_release(recorded, bus):
    bus.on(tally.GET_FINAL_RESULT, tally.ResultsEmbargoed(results="after_publish"))
    answer = recorded.get(f"/api/v1/polls/{POLL}/record")
    assert (answer.status_code, answer.json()["code"]) == (403, "results_embargoed")
    assert bus.times(ballots.GET_ENTRY_BUNDLE) == 0


def test_a_record_waits_until_the_city_log_shows_the_result(recorded, bus):
    bus.on(ballots.GET_CITY_RECORD, {**CITY, "entries": [SEALED]})
    answer = recorded.get(f"/api/v1/polls/{POLL}/record")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_a_bundle_that_is_away_for_a_moment_is_asked_for_again(recorded, bus, log, monkeypatch):
    monkeypatch.setattr("gateway.record.PAUSE", 0)
    given, tries = log.answers()[ballots.GET_ENTRY_BUNDLE.routing_key], []

    def sometimes(**asked):
        tries.append(asked["index"])
        if len(tries) % 3:
            raise Unavailable
        return given(**asked)

    bus.on(ballots.GET_ENTRY_BUNDLE, sometimes)
    found = members(recorded.get(f"/api/v1/polls/{POLL}/record").content)
    assert len(found) == 6
    assert len(tries) > 2


def test_too_many_records_at_once_are_refused(recorded, application):
    application.state.downloads = asyncio.Semaphore(0)
    answer = recorded.get(f"/api/v1/polls/{POLL}/record")
    assert (answer.status_code, answer.json()["code"]) == (503, "too_many_downloads")
    assert int(answer.headers["retry-after"]) > 0


def test_a_large_record_is_never_whole_in_memory(recorded, bus, runner, application):
    """At most a few bundles are asked for before the first ones are on their way."""
    size = 40 * 256
    under_way = []
    bundle = base64.b64encode(b"\x00\x02{}" * 256).decode()
    bus.on(
        ballots.GET_CHECKPOINT,
        {"checkpoint": f"o/log/{POLL}\n{size}\nAAAA\n\n", "size": size, "sealed": True},
    )
    bus.on(ballots.GET_ENTRY_BUNDLE, lambda **asked: under_way.append(asked["index"]) or {"bundle": bundle})
    records = application.state.records

    async def read() -> list[int]:
        opening = await records.open(POLL)
        ahead = []
        async for part in records.archive(opening):
            assert part
            ahead.append(len(under_way))
        return ahead

    runner.run(read())
    assert under_way == list(range(40))

    async def read_a_little() -> int:
        under_way.clear()
        archive = records.archive(await records.open(POLL))
        await anext(archive)
        await asyncio.sleep(0)
        await archive.aclose()
        return len(under_way)

    assert runner.run(read_a_little()) <= 10


# --- what is kept -------------------------------------------------------------------------------------------------------


def test_what_lasts_is_kept_within_its_limit():
    async def use() -> tuple[int, list[int]]:
        kept, asked = Lasting(100), []

        async def ask(n: int) -> bytes:
            asked.append(n)
            return bytes(40)

        for n in (1, 2, 1, 3, 1, 2):
            await kept.get(n, lambda n=n: ask(n))
        return kept.size, asked

    size, asked = asyncio.run(use())
    assert size <= 100
    assert asked == [1, 2, 3, 2], "1 was used lately and stayed"


def test_all_who_ask_at_once_share_one_call():
    async def use() -> tuple[list[bytes], int, int]:
        lasting, fresh, calls = Lasting(1000), Fresh(60, 10), []

        async def ask() -> bytes:
            calls.append(1)
            await asyncio.sleep(0)
            return b"x"

        found = await asyncio.gather(*(lasting.get("a", ask) for _ in range(5)))
        first = len(calls)
        found += await asyncio.gather(*(fresh.get("a", ask) for _ in range(5)))
        return found, first, len(calls)

    assert asyncio.run(use()) == ([b"x"] * 10, 1, 2)


def test_failures_are_not_kept():
    async def use() -> list[str]:
        seen = []
        for kept in (Lasting(10), Fresh(60, 10)):
            for answer in (Unavailable(), b"x"):

                async def ask(answer=answer) -> bytes:
                    if isinstance(answer, Exception):
                        raise answer
                    return answer

                try:
                    seen.append((await kept.get("a", ask)).decode())
                except Unavailable:
                    seen.append("away")
                await asyncio.sleep(0)
        return seen

    assert asyncio.run(use()) == ["away", "x", "away", "x"]


def test_gzip_of_a_bundle_has_no_time_in_it(reader, application, runner):
    log = application.state.log
    name = TileName(-1, 0, 256)
    zipped = runner.run(log.bundle(POLL, name, zipped=True))
    assert zipped[4:8] == bytes(4)
    assert (
        hashlib.sha256(gzip.decompress(zipped)).digest()
        == hashlib.sha256(runner.run(log.bundle(POLL, name))).digest()
    )
