"""The memory of discarded letters, on both databases."""

import pytest
import sqlalchemy as sa

from services.common.bus.letters import DeadLetter
from services.common.database import Database
from services.common.ids import new_id
from services.common.operations.book import DiscardBook, discarded_letter_table, enter


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    metadata = sa.MetaData()
    discarded_letter_table(metadata)
    metadata.create_all(database.engine)
    yield database
    database.close()


def letter(letter_id):
    return DeadLetter(letter_id, "things.queue", "failed", "", None, 0, 10, 2, None, {"thing": 2})


def keep(book, *letters, commit=True):
    with book.write() as tx:
        moment, new = enter(tx, "things.queue", letters, "damaged", "admin-1")
        if commit:
            tx.commit()
    return moment, [one.id for one in new]


def test_a_letter_is_in_the_book_once_until_it_is_gone(database):
    book, first, second = DiscardBook(database), letter(new_id()), letter(new_id())
    keep(book, first, commit=False)
    assert book.unfinished("things.queue") == set()
    moment, new = keep(book, first, first)
    assert new == [first.id]
    assert keep(book, first, second)[1] == [second.id]
    assert book.unfinished("things.queue") == {first.id, second.id}
    assert book.unfinished("other") == set()
    book.finish("things.queue", [first.id])
    assert book.unfinished("things.queue") == {second.id}
    assert book.unfinished_queues() == ["things.queue"]
    told = {one.letter_id: one for one in book.latest()}
    assert (told[first.id].reason, told[first.id].about) == ("damaged", {"thing": 2})
    assert told[first.id].discarded_at == moment


def test_a_letter_that_comes_again_after_it_was_gone_is_entered_again(database):
    book, one = DiscardBook(database), letter(new_id())
    keep(book, one)
    book.finish("things.queue", [one.id])
    assert keep(book, one)[1] == [one.id]
    assert len(book.latest()) == 2
