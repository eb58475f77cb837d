"""Each contract and the service behind it agree, and calls go only in the allowed directions."""

import ast
import importlib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from services.common.contract import Batch, Call, Event, instance
from services.common.errors import DomainError

ROOT = Path(__file__).parents[2]
SERVICES = ("identity", "polls", "ballots", "tally", "notify")
CLASSES = {
    "identity": ("IdentityService",),
    "polls": ("PollsService", "PassIssuer"),
    "ballots": ("BallotsService", "Sequencer", "LogPublisher", "BallotIntake"),
    "tally": ("TallyService",),
    "notify": ("NotifyService",),
}
# docs/architecture.md: calls form a DAG; backwards go only events.
MAY_CALL = {
    "identity": set(),
    "polls": {"identity"},
    "ballots": {"polls"},
    "tally": {"ballots", "polls"},
    "notify": {"identity", "polls"},
    "gateway": set(SERVICES),
}


def contract_of(service: str) -> ModuleType:
    return importlib.import_module(f"services.{service}.contract")


def declared(service: str, kind: type) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(contract_of(service)).items()
        if isinstance(value, kind) and getattr(value, "service", None) == service
    }


def entrypoints(service: str) -> list[tuple[str, Any]]:
    """(method name, entry point) of every class of the service; methods as `Class.method`."""
    module = importlib.import_module(f"services.{service}.service")
    return [
        (f"{name}.{method}", entrypoint)
        for name in CLASSES[service]
        for method, function in inspect.getmembers(getattr(module, name), inspect.isfunction)
        for entrypoint in getattr(function, "nameko_entrypoints", ())
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_every_call_is_served_once_under_its_name(service):
    served = [(name, e.call) for name, e in entrypoints(service) if hasattr(e, "call")]
    assert sorted(call.method for _, call in served) == sorted(
        call.method for call in declared(service, Call).values()
    )
    assert all(name.split(".")[1] == call.method for name, call in served)


@pytest.mark.parametrize("service", SERVICES)
def test_a_method_takes_what_its_call_declares(service):
    module = importlib.import_module(f"services.{service}.service")
    for name, entrypoint in entrypoints(service):
        if not hasattr(entrypoint, "call"):
            continue
        class_name, method = name.split(".")
        parameters = inspect.signature(getattr(getattr(module, class_name), method)).parameters
        taken = {p.name for p in parameters.values() if p.kind is not p.VAR_KEYWORD} - {"self"}
        schema = entrypoint.call.request
        offered = set(instance(schema).fields) if schema else set()
        takes_the_rest = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        assert taken <= offered if takes_the_rest else taken == offered, name


@pytest.mark.parametrize("service", SERVICES)
def test_every_batch_is_served_once(service):
    served = [e.batch.name for _, e in entrypoints(service) if hasattr(e, "batch")]
    assert sorted(served) == sorted(batch.name for batch in declared(service, Batch).values())


def test_every_event_that_is_not_a_broadcast_has_a_handler():
    handled = {e.event for service in SERVICES for _, e in entrypoints(service) if hasattr(e, "event")}
    told = {e for service in SERVICES for e in declared(service, Event).values() if not e.watched}
    assert told == handled


@pytest.mark.parametrize("service", SERVICES)
def test_an_error_code_means_one_thing_and_says_when_it_happens(service):
    errors = [
        value
        for value in vars(contract_of(service)).values()
        if isinstance(value, type)
        and issubclass(value, DomainError)
        and value.__module__.startswith(f"services.{service}.")
    ]
    codes = [error.code for error in errors]
    assert len(codes) == len(set(codes))
    assert all(error.__doc__ for error in errors)


@pytest.mark.parametrize("service", SERVICES)
def test_every_wait_has_a_deadline(service):
    waits = [*declared(service, Call).values(), *declared(service, Batch).values()]
    assert all(0 < wait.deadline <= 60 for wait in waits)


@pytest.mark.parametrize("caller", MAY_CALL)
def test_calls_form_the_documented_dag(caller):
    folder = ROOT / ("gateway" if caller == "gateway" else f"services/{caller}")
    assert {called for path in folder.rglob("*.py") for called in calls_in(path)} - {caller} <= MAY_CALL[
        caller
    ]


def calls_in(path: Path) -> set[str]:
    """Services whose declared calls this file names."""
    tree = ast.parse(path.read_text())
    names = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    names |= {alias.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for alias in n.names}
    imported = {
        (n.module or "") + ("." + alias.name if n.module == f"services.{service}" else "")
        for n in ast.walk(tree)
        if isinstance(n, ast.ImportFrom)
        for alias in n.names
        for service in SERVICES
    }
    return {
        service
        for service in SERVICES
        if any(module.startswith(f"services.{service}.contract") for module in imported)
        and names
        & {name for kind in (Call, Batch) for name in declared(service, kind)} - shared_names(service)
    }


def shared_names(service: str) -> set[str]:
    """Names such as GET_KEYS that another contract has too: they do not tell whose call is meant."""
    return {
        name
        for other in SERVICES
        if other != service
        for kind in (Call, Batch)
        for name in declared(other, kind)
    }
