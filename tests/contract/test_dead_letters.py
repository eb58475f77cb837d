"""Every queue whose messages can die has an owner that answers for it, and the command knows them all."""

import importlib

import pytest

from services.common.bus.topology import event_queue
from services.dead_letters import CONTRACTS, QUEUES
from tests.contract.test_contracts import CLASSES, SERVICES


def classes(service):
    module = importlib.import_module(f"services.{service}.service")
    return [getattr(module, name) for name in CLASSES[service]]


def queues_of(service_class):
    """Names of the queues that its entry points take messages from, but for calls."""
    for method in vars(service_class).values():
        for entrypoint in getattr(method, "nameko_entrypoints", ()):
            if hasattr(entrypoint, "event"):
                yield event_queue(service_class.name, entrypoint.event).name
            elif hasattr(entrypoint, "batch"):
                yield entrypoint.batch.queue


@pytest.mark.parametrize("service", SERVICES)
def test_the_command_knows_every_queue(service):
    found = sorted(name for each in classes(service) for name in queues_of(each))
    assert found == sorted(QUEUES.get(service, ()))


@pytest.mark.parametrize("service", sorted(QUEUES))
def test_one_class_of_the_service_answers_for_all_its_queues(service):
    [keeper] = [each for each in classes(service) if hasattr(each, "dead_letters")]
    assert sorted([*keeper.dead_letters.others, *queues_of(keeper)]) == sorted(QUEUES[service])
    assert keeper.name == service


@pytest.mark.parametrize("service", sorted(QUEUES))
def test_the_owner_is_asked_by_the_calls_of_its_contract(service):
    for name in ("LIST_DEAD_LETTERS", "REPLAY_DEAD_LETTERS", "DISCARD_DEAD_LETTERS"):
        call = getattr(CONTRACTS[service], name)
        assert (call.service, call.method) == (service, name.lower())
