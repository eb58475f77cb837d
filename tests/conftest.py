"""Fixtures that every level of tests may ask for; tests/README.md says what each gives."""

# Before eventlet: a module that is imported for the first time while eventlet is, gets eventlet's sockets, clocks and locks for
# ever, and then waits for ever in a process that has no hub.
import asyncio
import concurrent.futures
import email.utils
import http.client
import http.server
import importlib.metadata
import importlib.resources
import multiprocessing.pool
import socketserver
import ssl
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from typing import NoReturn

# isort: split
import eventlet
import eventlet.wsgi
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.stacks",
    "tests.fixtures.browser",
    "tests.fixtures.parallel",
]

# How long an example takes says something about the machine and what else runs on it, nothing about the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def refuse_to_patch(**_modules: bool) -> NoReturn:
    """A test process with eventlet patched in waits for ever in pytest-xdist, and in much else."""
    raise AssertionError(
        "this module patches eventlet in when it is imported: run it as a process of its own"
    )


def put_submodules_back() -> None:
    """`http.server` is eventlet's copy once eventlet is imported, though `sys.modules` has the right one (seen as an
    `HTTPServer.shutdown` without end).
    """
    for name, module in list(sys.modules.items()):
        parent, _, child = name.rpartition(".")
        if parent in ("email", "http", "urllib", "xmlrpc"):
            setattr(sys.modules[parent], child, module)


eventlet.monkey_patch = refuse_to_patch
put_submodules_back()
UNTOUCHED = (
    asyncio,
    concurrent.futures,
    email.utils,
    http.client,
    http.server,
    importlib.metadata,
    importlib.resources,
    multiprocessing.pool,
    socketserver,
    ssl,
    tarfile,
    tempfile,
    urllib.request,
    zipfile,
)
