import pytest

from tests.component.auditor.log_server import LogServer


@pytest.fixture
def served_logs():
    made = LogServer()
    yield made
    made.stop()
