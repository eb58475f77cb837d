"""A failpoint counts only its own place, and no process with one starts where people vote."""

import pytest

from services.common import failpoints
from services.common.process import refuse_failpoint
from services.common.settings import ProcessSettings, SettingError


@pytest.fixture
def exits(monkeypatch):
    found = []
    monkeypatch.setattr(failpoints.os, "_exit", found.append)
    return found


def test_without_the_variable_nothing_happens(exits):
    ProcessSettings.load({}).failpoint.reach(failpoints.BATCH_COMMITTED)
    assert not exits


def test_ends_the_process_when_its_place_was_reached_so_often(exits):
    failpoint = ProcessSettings.load({"MVOTING_FAILPOINT": "batch.committed:3"}).failpoint
    failpoint.reach(failpoints.BATCH_ANSWERED)
    failpoint.reach(failpoints.BATCH_COMMITTED)
    failpoint.reach(failpoints.BATCH_COMMITTED)
    assert not exits
    failpoint.reach(failpoints.BATCH_COMMITTED)
    assert exits == [failpoints.EXIT_CODE]


@pytest.mark.parametrize("text", ["batch.unknown", "batch.committed:x", "batch.committed:0"])
def test_a_place_that_does_not_exist_is_refused(text):
    with pytest.raises(SettingError):
        ProcessSettings.load({"MVOTING_FAILPOINT": text})


@pytest.mark.parametrize("environ", [{}, {"MVOTING_ENV": "production"}, {"MVOTING_ENV": "staging"}])
def test_refused_unless_in_development(environ):
    with pytest.raises(SettingError, match="refused"):
        refuse_failpoint(ProcessSettings.load({"MVOTING_FAILPOINT": "batch.answered", **environ}))
    refuse_failpoint(ProcessSettings.load(environ))


def test_taken_in_development():
    refuse_failpoint(ProcessSettings.load({"MVOTING_FAILPOINT": "batch.answered", "MVOTING_ENV": "dev"}))
