"""What eligibility rules look up and count."""

from collections.abc import Sequence

import sqlalchemy as sa

from services.common.database import Database, for_update, insert_ignore, now
from services.polls.domain.poll import OPEN
from services.polls.domain.tries import Counted, Tries, TryLimits, guess
from services.polls.storage import roll
from services.polls.storage.tables import password_tries as tries
from services.polls.storage.tables import poll


class DatabaseRules:
    """`services.polls.rules.RuleStore` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def on_roll(self, roll_number: int, hashes: Sequence[bytes]) -> set[bytes]:
        with self._database.read() as conn:
            return roll.on_roll(conn, roll_number, hashes)

    def count_guesses(
        self, poll_id: str, guesses: Sequence[tuple[str, bool | None]], limits: TryLimits
    ) -> list[Counted]:
        """The voters' rows are locked in one order everywhere, so two batches wait for each other and never lock up."""
        voters = sorted({voter for voter, _ in guesses})
        with self._database.write() as tx:
            before = _locked_rows(tx.conn, poll_id, voters)
            moment, after, counted = now(tx.conn), dict(before), []
            for voter, right in guesses:
                counted.append(guess(after[voter], right, moment, limits))
                after[voter] = counted[-1].tries
            _write(
                tx.conn, poll_id, {voter: after[voter] for voter in voters if after[voter] != before[voter]}
            )
            tx.commit()
        return counted

    def forget_guesses(self, poll_id: str, pseudonyms: Sequence[str]) -> None:
        with self._database.write() as tx:
            voters = sorted(set(pseudonyms))
            _locked_rows(tx.conn, poll_id, voters)
            _write(tx.conn, poll_id, dict.fromkeys(voters, Tries()))
            tx.commit()


def _locked_rows(conn: sa.Connection, poll_id: str, voters: Sequence[str]) -> dict[str, Tries]:
    """Every voter has a row from the first guess on, and rows are never removed while the poll takes guesses: so there
    is always something to lock.
    """
    insert_ignore(
        conn, tries, [{"poll_id": poll_id, "pseudonym": v, "count": 0, "until": None} for v in voters]
    )
    statement = (
        sa.select(tries.c.pseudonym, tries.c.count, tries.c.until)
        .where(tries.c.poll_id == poll_id, tries.c.pseudonym.in_(voters))
        .order_by(tries.c.pseudonym)
    )
    rows = conn.execute(for_update(conn, statement)).mappings()
    return {row["pseudonym"]: Tries(row["count"], row["until"]) for row in rows}


def _write(conn: sa.Connection, poll_id: str, changed: dict[str, Tries]) -> None:
    if not changed:
        return
    statement = (
        sa.update(tries)
        .where(tries.c.poll_id == poll_id, tries.c.pseudonym == sa.bindparam("voter"))
        .values(count=sa.bindparam("new_count"), until=sa.bindparam("new_until"))
    )
    rows = [{"voter": voter, "new_count": t.count, "new_until": t.until} for voter, t in changed.items()]
    conn.execute(statement, rows)


def prune_tries(conn: sa.Connection, most: int) -> int:
    """Forgets who guessed at polls that take no guesses any more; returns how many were forgotten."""
    still_open = sa.select(poll.c.id).where(poll.c.id == tries.c.poll_id, poll.c.state == OPEN)
    chosen = sa.select(tries.c.poll_id).where(~still_open.exists()).limit(1)
    poll_id = conn.execute(chosen).scalar_one_or_none()
    if poll_id is None:
        return 0
    doomed = sa.select(tries.c.pseudonym).where(tries.c.poll_id == poll_id).limit(most)
    condition = (tries.c.poll_id == poll_id, tries.c.pseudonym.in_(doomed))
    return int(conn.execute(sa.delete(tries).where(*condition)).rowcount)
