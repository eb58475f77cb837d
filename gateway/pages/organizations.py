"""Names of organisations on pages."""

from starlette.requests import Request

from gateway.context import gateway
from gateway.directory import Directory, directory_of


def directory(request: Request) -> Directory:
    """The directory of this request's gateway."""
    return directory_of(gateway(request).bus)


async def organizations(request: Request) -> dict[str, str]:
    """Names by id in the reader's language."""
    return await directory(request).names(request.state.language)
