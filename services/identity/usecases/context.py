"""What the use cases work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.common.contract import Event
from services.common.database import Database
from services.common.ids import is_id
from services.identity.domain import Policy
from services.identity.keys import Keys
from services.identity.phones import PhoneRules
from services.identity.settings import IdentitySettings
from services.identity.storage import IdentityStore

Tell = Callable[[Event, dict[str, Any]], None]
"""Broadcasts a watched event at once; whoever does not hear it learns it by asking."""


@dataclass(frozen=True)
class Context:
    """Database, keys and rules of this process."""

    store: IdentityStore
    keys: Keys
    phones: PhoneRules
    policy: Policy

    @classmethod
    def assemble(cls, settings: IdentitySettings, database: Database) -> "Context":
        """Raises `KeyMissing`."""
        return cls(
            store=IdentityStore(database),
            keys=Keys.load(settings.keys),
            phones=PhoneRules(settings.phone_region, settings.phone_countries),
            policy=settings.policy(),
        )


def id_or_nothing(text: str) -> str:
    """The text if it can be an id, else one that nothing has: what no id can be is never sent to the database."""
    return text if is_id(text) else ""
