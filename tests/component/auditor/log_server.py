"""A server with logs of one's own, at the paths of docs/record.md."""

import http.server
import threading

from auditor.formats import tiles
from tests.unit.auditor.logs import TestLog

HOST = "127.0.0.1"


class LogServer:
    """Serves logs at the tlog-tiles paths."""

    def __init__(self) -> None:
        self.logs: dict[str, TestLog] = {}
        self.sizes: dict[str, int] = {}
        self.shown: dict[str, set[int]] = {}
        self.tiles_of: dict[str, TestLog] = {}
        self.pages: dict[str, bytes] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append(self.path)
                body = outer.answer(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        self.address = f"http://{HOST}:{self._server.server_port}"

    def answer(self, path):
        if path in self.pages:
            return self.pages[path]
        if not path.startswith("/log/"):
            return None
        _, _, name, rest = path.split("/", 3)
        log = self.logs.get(name)
        if log is None:
            return None
        size = self.sizes.get(name, log.size)
        self.shown.setdefault(name, set()).add(size)
        if rest == "checkpoint":
            return log.note(size).encode()
        all_tiles = {tile for size in self.shown[name] for tile in (*tiles.tiles(size), *tiles.bundles(size))}
        found = [tile for tile in all_tiles if tile.path() == rest]
        return self.tiles_of.get(name, log).tile(found[0]) if found else None

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
