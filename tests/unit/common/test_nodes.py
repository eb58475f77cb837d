"""An AMQP address that names several nodes."""

import pytest

from services.common.bus import link
from services.common.bus.link import Link, LinkLost
from services.common.bus.nodes import nodes
from services.common.settings import ProcessSettings, SettingError

ONE, TWO, THREE = (f"amqp://u:p@{name}:5672/" for name in ("one", "two", "three"))


def test_each_node_stands_once_in_an_order_of_its_own():
    uri = f"{ONE};{TWO}; {THREE}"
    orders = {tuple(nodes(uri)) for _ in range(200)}
    assert {frozenset(order) for order in orders} == {frozenset((ONE, TWO, THREE))}
    assert {order[0] for order in orders} == {ONE, TWO, THREE}
    assert nodes(ONE) == [ONE]


def test_the_setting_takes_one_address_or_several():
    for text in (ONE, f"{ONE};{TWO}", f"{ONE}; amqps://u:p@two/"):
        assert ProcessSettings.load({"AMQP_URI": text}).amqp_uri == text
    for text in ("http://one", f"{ONE};", f"{ONE};two"):
        with pytest.raises(SettingError) as caught:
            ProcessSettings.load({"AMQP_URI": text})
        assert "u:p" not in str(caught.value)


def test_a_link_goes_to_the_node_that_answers(monkeypatch):
    tried = []

    def connect(self, node, _name, _heartbeat):
        tried.append(node)
        if node != TWO:
            raise LinkLost
        self.alive = True

    monkeypatch.setattr(link.Link, "_connect", connect)
    for _ in range(20):
        tried.clear()
        assert Link(f"{ONE};{TWO};{THREE}", "test").alive
        assert tried[-1] == TWO
        assert len(set(tried)) == len(tried)
    with pytest.raises(LinkLost):
        Link(f"{ONE};{THREE}", "test")
