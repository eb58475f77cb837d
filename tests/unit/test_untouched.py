"""The test process is a plain one: no module in it waits by eventlet's hub."""

import http.server
import socket
import sys
import threading
import time
from types import ModuleType

import pytest

from tests.conftest import UNTOUCHED


@pytest.mark.parametrize("module", UNTOUCHED, ids=lambda module: module.__name__)
def test_the_standard_library_is_the_standard_librarys(module: ModuleType) -> None:
    assert sys.modules[module.__name__] is module
    for real in (socket, threading, time):
        found = getattr(module, real.__name__, real)
        assert found is real or not isinstance(found, ModuleType)


def test_a_package_has_the_very_modules_that_are_imported() -> None:
    assert http.server is sys.modules["http.server"]
    assert http.server.ThreadingHTTPServer.shutdown.__globals__["threading"] is threading
