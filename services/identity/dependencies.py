"""What identity's entry points are given."""

from typing import Any

from services.common.bus.dependency import DatabaseProvider, environ_of
from services.identity.settings import IdentitySettings
from services.identity.usecases.context import Context

DATABASE = "IDENTITY_DATABASE_URL"


class ContextProvider(DatabaseProvider):
    """Database, keys and rules, made once a process. A process without its keys or settings does not start."""

    def __init__(self) -> None:
        super().__init__(DATABASE)

    def setup(self) -> None:
        """Reads settings and keys; connects to nothing yet."""
        super().setup()
        self.context = Context.assemble(IdentitySettings.load(environ_of(self.container)), self.database)

    def get_dependency(self, _worker_ctx: Any) -> Context:  # type: ignore[override]
        """The same for every worker."""
        return self.context
