"""The harness itself: each measurement with a handful of ballots, and the limit inserts exactly what intake does."""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg2
import pytest

from benchmarks import measurements
from benchmarks.bare import process as bare
from benchmarks.bare.rows import insert, row_of
from benchmarks.client import ANSWERS
from benchmarks.load.generator import closed_loop
from benchmarks.settings import BenchSettings
from benchmarks.site import Site
from deploy.local.postgres import plain
from tests.fixtures.people import GENEROUS

TINY = {
    "BENCH_SECONDS": "1",
    "BENCH_WARM_UP": "0",
    "BENCH_CONNECTIONS": "10",
    "BENCH_WORKERS": "1",
    "BENCH_VARIED_WORKERS": "1",
    "BENCH_LOADS": "2",
    "BENCH_BACKLOG": "300",
    "BENCH_SOAK": "300",
    "BENCH_TURNS": "1",
}


@pytest.fixture(scope="module")
def site(start_stack) -> Iterator[Site]:
    made = Site(start_stack(database="postgresql", environ=GENEROUS), BenchSettings.load(TINY))
    yield made
    made.operator.http.close()


def rows(url: str, table: str, columns: str, poll: str) -> list[tuple]:
    connection = psycopg2.connect(plain(url))
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM {table} WHERE poll_id = %s ORDER BY ballot_id", [poll])
            return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor]
    finally:
        connection.close()


def test_the_bare_handler_inserts_what_intake_inserts(site):
    casting = site.electorate(5)
    ids = [line.split("\t")[1].strip() for line in casting.voters.read_text().splitlines()]
    assert closed_loop(casting, connections=2, seconds=10).count(201) == len(ids)
    url = bare.make_tables(site.admin_url, site.stack.home)
    same = "ballot_id, poll_id, channel, leaf, leaf_hash, length(pseudonym)"
    ours = rows(site.stack.database_url("ballots"), "ballot", same, casting.poll)
    connection = psycopg2.connect(plain(url))
    connection.autocommit = True
    made = [
        row_of(casting.poll, f'{{"ballot_id":"{ballot}","answers":{ANSWERS}}}'.encode(), datetime.now(UTC))
        for ballot in ids
    ]
    with connection.cursor() as cursor:
        insert(cursor, made)
    connection.close()
    assert rows(url, "ballot", same, casting.poll) == ours
    assert len(rows(url, "waiting", "ballot_id, recorded_at", casting.poll)) == len(ids)
    assert all(row.recorded_at.second == row.recorded_at.microsecond == 0 for row in made)


@pytest.mark.parametrize("name", measurements.names())
def test_each_measurement_measures(site, name, monkeypatch):
    module = importlib.import_module(f"benchmarks.measurements.{name}")
    monkeypatch.setattr(module, "CONNECTIONS", 10, raising=False)
    report = measurements.measure_of(name)(site)
    text = report.markdown()
    assert all(len(row) == len(table.columns) for table in report.tables for row in table.rows)
    assert all(table.rows for table in report.tables[:1])
    assert all(target.promise in text for target in report.targets)
