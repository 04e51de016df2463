"""Opens a page in headless Chromium and brings back what the page posts."""

from __future__ import annotations

import json
import queue
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

HERE = Path(__file__).resolve().parent
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class _Handler(SimpleHTTPRequestHandler):
    """Serves the page, the npm modules and the figures; keeps the posted result."""

    def __init__(
        self, *args: Any, page: Path, folders: dict[str, Path], results: queue.Queue[Any]
    ) -> None:
        self.page, self.folders, self.results = page, folders, results
        super().__init__(*args)

    def translate_path(self, path: str) -> str:
        first, _, rest = path.partition("?")[0].lstrip("/").partition("/")
        folder = self.folders.get(first)
        return str(folder / rest if folder else self.page / first)

    def do_POST(self) -> None:
        self.results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def open_figure(
    chromium: str,
    modules: Path,
    figure: Path,
    timeout: float = 300,
    page: Path = HERE,
    flags: Sequence[str] = FLAGS,
    **query: Any,
) -> dict[str, Any]:
    """What ``index.html`` of the folder ``page`` posts about a figure; ``query`` are its
    parameters."""
    results: queue.Queue[Any] = queue.Queue()
    folders = {"modules": modules, "figures": figure.parent}
    handler = partial(_Handler, page=page, folders=folders, results=results)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = urlencode({"figure": f"/figures/{figure.name}", **query})
        url = f"http://127.0.0.1:{server.server_port}/index.html?{address}"
        with tempfile.TemporaryDirectory() as profile:
            browser = subprocess.Popen(
                [chromium, *flags, f"--user-data-dir={profile}", "--remote-debugging-port=0", url],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            try:
                return results.get(timeout=timeout)
            finally:
                browser.terminate()
                browser.wait(30)
                server.shutdown()
