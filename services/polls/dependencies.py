"""What polls' entry points are given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from eventlet import GreenPool, tpool

from services.common.bus.client import BusClient
from services.common.bus.dependency import DatabaseProvider, environ_of
from services.common.crypto import KeyFolder
from services.common.objects import ObjectStore
from services.identity import contract as identity
from services.polls import contract, eligibility, images
from services.polls.poll_keys import PollKeys
from services.polls.rules import RuleTools
from services.polls.rules.memory import Memory
from services.polls.settings import PollsSettings
from services.polls.storage import PollsStore
from services.polls.storage.issuing import IssuingStore
from services.polls.storage.rules import DatabaseRules
from services.polls.usecases.issuing import PassDesk
from services.polls.usecases.roll import RollTools

T = TypeVar("T")
DATABASE = "POLLS_DATABASE_URL"


@dataclass(frozen=True)
class Office:
    """Everything that polls works with."""

    settings: PollsSettings
    store: PollsStore
    keys: PollKeys
    objects: ObjectStore
    roll_tools: RollTools
    prepare_image: Callable[..., images.Picture]
    secure: Callable[..., dict[str, Any]]
    public_keys: list[dict[str, Any]]


def off_the_hub(function: Callable[..., T]) -> Callable[..., T]:
    """The same function in a thread of its own kind: what takes long must not hold up the other greenlets."""
    return partial(tpool.execute, function)


def in_threads(function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    """Every item in its own thread at the same time."""
    return list(GreenPool(max(1, len(items))).imap(off_the_hub(function), items))


class OfficeProvider(DatabaseProvider):
    """For the entry points of the control plane."""

    def __init__(self) -> None:
        super().__init__(DATABASE)

    def setup(self) -> None:
        """Reads the settings and keys; connects to nothing yet."""
        settings = PollsSettings.load(environ_of(self.container))
        super().setup()
        self.client = BusClient(self.container.config["AMQP_URI"], f"{contract.SERVICE} client")
        folder = KeyFolder(settings.keys, contract.SERVICE)
        keys = PollKeys(folder.ring("secret"))
        self.office = Office(
            settings=settings,
            store=PollsStore(self.database, self._tell),
            keys=keys,
            objects=settings.object_store(),
            roll_tools=RollTools(keys, self._tag_phones, settings.roll_rows),
            prepare_image=off_the_hub(images.prepare),
            secure=off_the_hub(eligibility.secure),
            public_keys=public_keys(folder),
        )

    def stop(self) -> None:
        """Hangs up."""
        self.client.close()

    kill = stop

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """The same for every worker."""
        return self.office

    def _tell(self, poll_id: str) -> None:
        self.client.publish(contract.POLL_CHANGED, {"poll_id": poll_id})

    def _tag_phones(self, phones: Sequence[str]) -> Sequence[str | None]:
        tags: Sequence[str | None] = self.client.call(identity.TAG_PHONES, phones=list(phones))["tags"]
        return tags


class PassDeskProvider(DatabaseProvider):
    """For issuing passes: one desk for the process, so that all batches share what it remembers."""

    def __init__(self) -> None:
        super().__init__(DATABASE)

    def setup(self) -> None:
        """Reads the settings and keys; connects to nothing yet."""
        settings = PollsSettings.load(environ_of(self.container))
        super().setup()
        database = self.database
        folder = KeyFolder(settings.keys, contract.SERVICE)
        tools = RuleTools(DatabaseRules(database), Memory(), settings.try_limits, in_threads)
        keys = PollKeys(folder.ring("secret"))
        self.desk = PassDesk(IssuingStore(database), keys, folder.signer("pass"), tools)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """The same for every worker."""
        return self.desk


def public_keys(folder: KeyFolder) -> list[dict[str, Any]]:
    """`PublicKeySchema` of every key that ever signed passes."""
    keys = folder.verifier("pass").to_wire()
    return [
        {
            "id": key_id,
            "use": "pass",
            "algorithm": "Ed25519",
            "public_key": text,
            "valid_from": None,
            "valid_until": None,
        }
        for key_id, text in sorted(keys.items())
    ]
