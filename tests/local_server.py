"""A small HTTP server of the tests' own, on 127.0.0.1, on a thread of its own."""

from __future__ import annotations

import http.server
import threading


class Answerer(http.server.BaseHTTPRequestHandler):
    """Answers what is posted, in ``answer``; notes nothing on the terminal."""

    def answer(self, posted: bytes) -> None:
        raise NotImplementedError

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *_):
        pass


class LocalServer:
    """Serves with ``handler`` until it is closed; ``url`` is where."""

    def __init__(self, handler: type[Answerer]) -> None:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
