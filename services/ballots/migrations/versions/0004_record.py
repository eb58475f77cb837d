"""The public record: a Merkle tree over every log, checkpoints, cosignatures, the city's log, free texts.

Trees of logs that have entries are built from these.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from services.common.database import BigId, UtcDateTime
from services.common.tlog import merkle, tiles

revision = "0004"
down_revision = "0003"

PAGE = 50_000


def upgrade() -> None:
    _rename()
    _create_trees()
    _create_publishing()
    _create_texts()
    _build_trees(op.get_bind())
    with op.batch_alter_table("log") as table:
        table.alter_column("root", existing_type=sa.LargeBinary(32), nullable=False)


def _rename() -> None:
    op.rename_table("poll_log", "log")
    with op.batch_alter_table("log") as table:
        table.alter_column("poll_id", new_column_name="log_id", existing_type=sa.String(64))
        table.add_column(sa.Column("origin", sa.String(400), nullable=True))
        table.add_column(sa.Column("include_within", sa.Integer, nullable=False, server_default="60"))
        table.add_column(sa.Column("root", sa.LargeBinary(32), nullable=True))
        table.add_column(sa.Column("published", sa.Integer, nullable=True))
        table.add_column(sa.Column("refused", sa.String(300), nullable=True))
        table.add_column(sa.Column("final", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("erased", sa.Integer, nullable=True))
    with op.batch_alter_table("entry") as table:
        table.alter_column("poll_id", new_column_name="log_id", existing_type=sa.String(64))
        table.alter_column("ballot_id", new_column_name="entry_id", existing_type=sa.String(64))
    op.create_index("entry_leaf_hash", "entry", ["log_id", "leaf_hash"])
    with op.batch_alter_table("ballot") as table:
        table.alter_column("pseudonym", existing_type=sa.String(64), nullable=True)


def _create_trees() -> None:
    op.create_table(
        "tile",
        sa.Column("log_id", sa.String(64), primary_key=True),
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
    if (
        op.get_bind().dialect.name == "postgresql"
    ):  # hashes cannot be compressed: no use trying with each write
        op.execute("ALTER TABLE tile ALTER COLUMN hashes SET STORAGE EXTERNAL")
    op.create_table(
        "city_entry",
        sa.Column("seq", BigId, primary_key=True, autoincrement=True),
        sa.Column("entry_id", sa.String(64), nullable=False, unique=True),
        sa.Column("poll_id", sa.String(64), nullable=False, index=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("leaf", sa.Text, nullable=False),
        sa.Column("index", sa.Integer, nullable=True, index=True),
    )


def _create_publishing() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("log_id", sa.String(64), primary_key=True),
        sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("signed_at", UtcDateTime, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
    )
    op.create_table(
        "cosignature",
        sa.Column("log_id", sa.String(64), primary_key=True),
        sa.Column("size", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("witness", sa.String(200), primary_key=True),
        sa.Column("line", sa.Text, nullable=False),
    )
    op.create_table(
        "witness_state",
        sa.Column("witness", sa.String(200), primary_key=True),
        sa.Column("log_id", sa.String(64), primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
    )


def _create_texts() -> None:
    op.create_table(
        "written_text",
        sa.Column("ballot_id", sa.String(64), primary_key=True),
        sa.Column("poll_id", sa.String(64), primary_key=True),
        sa.Column("question", sa.String(64), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
    )


def _build_trees(conn: sa.Connection) -> None:
    logs = sa.table("log", sa.column("log_id"), sa.column("size"), sa.column("root"))
    tile = sa.table("tile", *map(sa.column, ("log_id", "level", "number", "hashes")))
    for log_id, size in conn.execute(sa.select(logs.c.log_id, logs.c.size)).all():
        kept: dict[tuple[int, int], bytes] = {}
        grown = 0
        for hashes in _pages(conn, log_id):
            kept |= tiles.grow(grown, kept, hashes)
            grown += len(hashes)
        if grown != size:
            raise RuntimeError("a log has another number of entries than it says")
        rows = [
            {"log_id": log_id, "level": level, "number": number, "hashes": hashes}
            for (level, number), hashes in kept.items()
        ]
        if rows:
            conn.execute(sa.insert(tile), rows)
        root = tiles.root(size, kept) if size else merkle.EMPTY_ROOT
        conn.execute(sa.update(logs).where(logs.c.log_id == log_id).values(root=root))


def _pages(conn: sa.Connection, log_id: str) -> Iterator[list[bytes]]:
    entry = sa.table("entry", *map(sa.column, ("log_id", "index", "leaf_hash")))
    start = 0
    while True:
        page = sa.select(entry.c.leaf_hash).where(
            entry.c.log_id == log_id, entry.c.index >= start, entry.c.index < start + PAGE
        )
        hashes = [bytes(each) for each in conn.execute(page.order_by(entry.c.index)).scalars()]
        if not hashes:
            return
        yield hashes
        start += len(hashes)
