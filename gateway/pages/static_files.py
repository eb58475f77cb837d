"""Style sheets, scripts and pictures of the pages themselves."""

import os
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
YEAR = 365 * 24 * 3600


class KeptForEver(StaticFiles):
    """Files whose address carries a fingerprint of their content (`?v=`) never change; others are asked for again."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        kept = f"public, max-age={YEAR}, immutable" if b"v=" in scope["query_string"] else "no-cache"
        response.headers["Cache-Control"] = kept
        return response
