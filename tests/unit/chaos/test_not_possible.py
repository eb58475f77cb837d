"""A machine that does not allow a scenario says so, and that is no failure."""

import os
from types import SimpleNamespace

import pytest

from tests.chaos import __main__ as chaos
from tests.chaos import namespaces
from tests.chaos.namespaces import Impossible, Network


def test_without_root_there_is_no_network(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Impossible, match="root"):
        Network(3)


def test_what_was_made_of_a_network_in_part_is_removed(monkeypatch):
    removed = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(namespaces.shutil, "which", lambda _name: "/sbin/ip")

    def ip(*arguments):
        if "bridge" in arguments:
            raise OSError("Operation not permitted")

    monkeypatch.setattr(namespaces, "ip", ip)
    monkeypatch.setattr(
        namespaces.subprocess, "run", lambda command, **_: removed.append(command[-1]) or SimpleNamespace()
    )
    with pytest.raises(Impossible, match="Operation not permitted"):
        Network(3)
    assert len(set(removed)) == 4


def test_the_scenario_says_so(monkeypatch, capsys):
    def impossible(_ground):
        raise Impossible("Operation not permitted")

    monkeypatch.setattr(chaos.scenario, "load", lambda _name: SimpleNamespace(SHOWS="x", prepare=impossible))
    assert chaos.tried("cluster_cut", 1, None)
    assert "not possible here: Operation not permitted" in capsys.readouterr().out
