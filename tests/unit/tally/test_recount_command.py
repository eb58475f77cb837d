"""`python -m services.tally recount POLL`: what each answer becomes."""

import pytest

from services.common.errors import InternalError, Unavailable
from services.tally import __main__ as command
from services.tally.contract import RECOUNT, NotSealed


@pytest.mark.parametrize(
    ("answer", "status", "out", "err"),
    [
        ({"agreed": True}, 0, "the recount agrees\n", ""),
        ({"agreed": False}, 1, "the recount differs\n", ""),
        (NotSealed(), 2, "", "not_sealed\n"),
        (Unavailable(), 3, "", "no answer: "),
        (InternalError(), 3, "", "tally failed"),
    ],
)
def test_the_command_asks_for_a_recount(monkeypatch, capsys, answer, status, out, err):
    class Bus:
        def __init__(self, uri, name):
            assert uri == "amqp://broker"

        def call(self, call, **asked):
            assert (call, asked) == (RECOUNT, {"poll_id": "poll-1"})
            if isinstance(answer, Exception):
                raise answer
            return answer

        def close(self):
            self.closed = True

    monkeypatch.setattr(command, "BusClient", Bus)
    assert command.main(["recount", "poll-1"], {"AMQP_URI": "amqp://broker"}) == status
    told = capsys.readouterr()
    assert told.out == out
    assert told.err.startswith(err)


def test_an_address_that_is_none_is_no_difference(capsys):
    assert command.main(["recount", "poll-1"], {"AMQP_URI": "foo"}) == 3
    assert "AMQP_URI" in capsys.readouterr().err
