"""Who may see a poll and who may run it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from services.polls.domain.poll import DRAFT, Poll


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, as the gateway took it from a verified token. Without `person_id`: a guest."""

    person_id: str | None = None
    roles: tuple[str, ...] = ()
    orgs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, wire: Mapping[str, Any] | None) -> Self:
        return cls(wire["person_id"], tuple(wire["roles"]), dict(wire["orgs"])) if wire else cls()

    @property
    def admin(self) -> bool:
        return "admin" in self.roles

    @property
    def operated(self) -> list[str]:
        """Organisations whose polls this actor runs, besides an administrator's right to run all."""
        return sorted(org for org, role in self.orgs.items() if role == "operator")


def may_operate(actor: Actor, organization: str) -> bool:
    return actor.admin or actor.orgs.get(organization) == "operator"


def may_see(actor: Actor, poll: Poll) -> bool:
    """Drafts are for the organisation itself; every other poll, upcoming ones too, is public."""
    return poll.state != DRAFT or may_operate(actor, poll.organization)
