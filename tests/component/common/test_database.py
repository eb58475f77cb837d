"""The same behaviour on SQLite and on PostgreSQL."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.common import outbox
from services.common.contract import Event
from services.common.database import (
    BigId,
    Database,
    DatabaseAway,
    JsonText,
    UtcDateTime,
    for_update,
    insert_ignore,
    now,
)
from services.common.migrations_env import upgrade
from services.common.schemas import Int, Schema

METADATA = sa.MetaData()
outbox.outbox_table(METADATA)
outbox.inbox_table(METADATA)
THING = sa.Table(
    "thing",
    METADATA,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", sa.String, nullable=False, unique=True),
    sa.Column("at", UtcDateTime),
    sa.Column("facts", JsonText),
)


class MadeSchema(Schema):
    number = Int()


MADE = Event("things", "made", MadeSchema)


@pytest.fixture
def database(database_url):
    database = Database(database_url, lock_timeout=0.5)
    METADATA.create_all(database.engine)
    yield database
    database.close()


def names(database):
    with database.read() as conn:
        return sorted(conn.execute(sa.select(THING.c.name)).scalars())


def add(tx, *names):
    return insert_ignore(tx.conn, THING, [{"name": name} for name in names], returning=[THING.c.name])


def fail_half_way(database):
    with database.write() as tx:
        add(tx, "lost")
        raise RuntimeError


def test_only_what_is_committed_stays(database):
    with database.write() as tx:
        add(tx, "kept")
        tx.commit()
    with database.write() as tx:
        add(tx, "left")
    with pytest.raises(RuntimeError):
        fail_half_way(database)
    assert names(database) == ["kept"]


def test_what_exists_is_ignored_and_what_is_new_is_told(database):
    with database.write() as tx:
        assert {row.name for row in add(tx, "a", "b")} == {"a", "b"}
        assert {row.name for row in add(tx, "b", "c")} == {"c"}
        assert add(tx) == []
        many = [f"n{number}" for number in range(5000)]
        assert {row.name for row in add(tx, *many)} == set(many)
        insert_ignore(tx.conn, THING, [{"name": "a"}, {"name": "d"}])
        tx.commit()
    assert len(names(database)) == 5004


def test_broken_constraints_are_the_callers(database):
    with database.write() as tx:
        add(tx, "a")
        with pytest.raises(sa.exc.IntegrityError) as broken:
            tx.conn.execute(sa.insert(THING), {"name": "a", "facts": "secret-value"})
    assert "secret-value" not in str(broken.value)


def test_times_and_json_come_back(database):
    seoul = datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=9)))
    facts = {"가": [1, None, True]}
    empty = {"name": "b", "at": None, "facts": None}
    with database.write() as tx:
        tx.conn.execute(sa.insert(THING), [{"name": "a", "at": seoul, "facts": facts}, empty])
        tx.commit()
    with database.read() as conn:
        rows = conn.execute(sa.select(THING.c.at, THING.c.facts).order_by(THING.c.name)).all()
        before = conn.execute(sa.select(THING.c.name).where(THING.c.at <= seoul)).scalars().all()
        assert abs(now(conn) - datetime.now(UTC)) < timedelta(seconds=5)
    assert [tuple(row) for row in rows] == [(seoul, facts), (None, None)]
    assert rows[0].at.tzinfo is UTC
    assert before == ["a"]


def test_a_time_without_its_zone_is_refused(database):
    with database.write() as tx, pytest.raises(sa.exc.StatementError):
        tx.conn.execute(sa.insert(THING), {"name": "a", "at": datetime(2026, 1, 1)})  # noqa: DTZ001 - the point


def test_writers_take_turns(database):
    def count_up():
        for _ in range(20):
            with database.write() as tx:
                row = tx.conn.execute(for_update(tx.conn, sa.select(THING.c.facts))).scalar_one()
                tx.conn.execute(sa.update(THING).values(facts=row + 1))
                tx.commit()

    with database.write() as tx:
        tx.conn.execute(sa.insert(THING), {"name": "counter", "facts": 0})
        tx.commit()
    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with database.read() as conn:
        assert conn.execute(sa.select(THING.c.facts)).scalar_one() == 80


def test_waiting_for_a_lock_ends(database, database_url):
    other = Database(database_url, lock_timeout=0.3)
    with database.write() as tx:
        add(tx, "a")
        with pytest.raises(DatabaseAway), other.write() as blocked:
            add(blocked, "a")
    other.close()


def test_a_statement_that_is_wrong_is_not_a_database_away(database):
    with pytest.raises(sa.exc.DBAPIError), database.read() as conn:
        conn.execute(sa.text("SELECT * FROM not_there"))


def test_callbacks_come_after_the_commit_and_only_then(database):
    called = []
    database.on_emit.append(lambda: called.append(names(database)))
    with database.write() as tx:
        add(tx, "a")
        outbox.emit(tx, MADE, {"number": 1})
        outbox.emit(tx, MADE, {"number": 2})
        tx.commit()
        assert called == []
    with database.write() as tx:
        outbox.emit(tx, MADE, {"number": 3})
    assert called == [["a"]]


def test_events_wait_in_order_and_can_be_put_off(database):
    with database.write() as tx:
        for number in range(3):
            outbox.emit(tx, MADE, {"number": number})
        tx.commit()
    with database.write() as tx:
        first, second, third = outbox.waiting(tx, 10)
        assert [event.payload["number"] for event in (first, second, third)] == [0, 1, 2]
        outbox.forget(tx, [first.seq])
        outbox.postpone(tx, [second.seq], timedelta(minutes=1))
        tx.commit()
    with database.write() as tx:
        assert [event.event_id for event in outbox.waiting(tx, 10)] == [third.event_id]
    with database.read() as conn:
        assert outbox.backlog(conn) == 2


def test_an_event_is_new_once(database):
    with database.write() as tx:
        assert outbox.first_time(tx, "e-1")
        tx.commit()
    with database.write() as tx:
        assert not outbox.first_time(tx, "e-1")
        assert outbox.first_time(tx, "e-1", handler="other")
        outbox.prune_inbox(tx, datetime.now(UTC) + timedelta(minutes=1))
        assert outbox.first_time(tx, "e-1")


def test_a_database_out_of_reach_is_away(tmp_path):
    for url in (f"sqlite:///{tmp_path}/no/folder.sqlite", "postgresql+psycopg2://x:y@127.0.0.1:1/z"):
        database = Database(url)
        with pytest.raises(DatabaseAway):
            database.check()
        database.close()


ENVIRONMENT = "from services.common.migrations_env import run\n\nrun()\n"
REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("migrated", sa.Column("id", sa.Integer, primary_key=True))
"""


def test_migrations_run_once_however_many_start_them(database_url, tmp_path):
    scripts = tmp_path / "scripts"
    (scripts / "versions").mkdir(parents=True)
    (scripts / "env.py").write_text(ENVIRONMENT)
    (scripts / "versions" / "0001_first.py").write_text(REVISION)
    errors = []

    def migrate():
        database = Database(database_url, lock_timeout=20)
        try:
            upgrade(database, "things", Path(scripts))
        except Exception as error:  # noqa: BLE001 - told to the test
            errors.append(error)
        database.close()

    migrate()
    threads = [threading.Thread(target=migrate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    database = Database(database_url)
    with database.read() as conn:
        assert {"migrated", "things_version"} <= set(sa.inspect(conn).get_table_names())
        assert conn.execute(sa.text("SELECT version_num FROM things_version")).scalars().all() == ["0001"]
    database.close()
    assert errors == []
