"""What is done with messages after the method has committed, and in which order."""

from types import SimpleNamespace

from services.common.bus.batches import ServeBatch, _Part
from services.common.contract import Batch, outcome_ok


class Delivery:
    """Writes down what is done with it."""

    link, tag = None, 1

    def __init__(self, name, redelivered, done):
        self.name, self.redelivered, self.done = name, redelivered, done

    def reply(self, _body):
        self.done.append(f"answer {self.name}")

    def ack(self):
        self.done.append(f"acknowledge {self.name}")


def test_what_comes_again_is_acknowledged_before_its_answer():
    """An answer may end the connection (RabbitMQ 3, when the asker's node is gone); it must not come again for ever."""
    done = []
    serve = ServeBatch(Batch("things", "kept", (), reliable=True))
    serve.name = "kept"
    serve._failpoint = SimpleNamespace(reach=lambda _place: done.append("committed"))
    serve._call = lambda items: [outcome_ok(item) for item in items]
    parts = [
        _Part(Delivery(name, redelivered, done), [{}], [None])
        for name, redelivered in (("a", False), ("b", True))
    ]
    serve._settle(parts)
    assert [one for one in done if one != "committed"] == [
        "acknowledge b",
        "answer a",
        "answer b",
        "acknowledge a",
    ]
    assert done[0] == "committed"
