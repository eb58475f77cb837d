"""Session cookies: the access token and the refresh token, both out of reach of scripts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response


@dataclass(frozen=True)
class CookieNames:
    """`__Host-` names bind a cookie to exactly this host (RFC 6265bis); browsers take them over https only."""

    secure: bool

    @property
    def access(self) -> str:
        return "__Host-mvoting" if self.secure else "mvoting"

    @property
    def refresh(self) -> str:
        return "__Host-mvoting-refresh" if self.secure else "mvoting-refresh"

    def give(self, response: Response, session: dict[str, Any]) -> None:
        """Cookies of identity's `SessionSchema`. The access cookie outlives its token so that an expired one is seen
        as such; both end with the refresh token.
        """
        until = datetime.fromisoformat(session["refresh_expires_at"]).astimezone(UTC)
        for name, value in ((self.access, session["access_token"]), (self.refresh, session["refresh_token"])):
            response.set_cookie(
                name, value, expires=until, path="/", secure=self.secure, httponly=True, samesite="lax"
            )

    def take(self, response: Response) -> None:
        for name in (self.access, self.refresh):
            response.delete_cookie(name, path="/", secure=self.secure, httponly=True, samesite="lax")


def cookie_headers(response: Response) -> list[tuple[bytes, bytes]]:
    """The `Set-Cookie` headers of a response, for adding to another."""
    return [header for header in response.raw_headers if header[0] == b"set-cookie"]
