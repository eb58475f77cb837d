"""All endpoints of the API. What stands first is matched first: the surge's path comes before all others."""

from gateway.endpoints import Endpoint
from gateway.routes import (
    auth,
    ballots,
    dead_letters,
    log,
    meta,
    organizations,
    polls,
    profile,
    projects,
    results,
    roll,
    sources,
)


def endpoints(dev: bool) -> list[Endpoint]:
    """The table; what is only for developers is in it only for them."""
    parts = (
        ballots,
        polls,
        projects,
        results,
        sources,
        roll,
        auth,
        profile,
        organizations,
        dead_letters,
        log,
        meta,
    )
    return [each for part in parts for each in part.ENDPOINTS if dev or not each.dev_only]
