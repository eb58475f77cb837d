"""The pages that people use: server-rendered, readable without JavaScript, Korean first.

`routes` is what the application mounts; `error_page` is what it shows when something went wrong; `outbox` has the page
of the development outbox.
"""

from gateway.pages import outbox
from gateway.pages.errors import error_page
from gateway.pages.routes import routes

__all__ = ["error_page", "outbox", "routes"]
