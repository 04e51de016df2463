"""Runs a script in headless Chromium with three-vrm at hand and brings back what it posts.

The npm packages are pinned and kept out of the repository, in ``$AVATAR_PEERS`` or ``.cache/node``.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

HERE = Path(__file__).resolve().parent
PACKAGES = ("three@0.187.0", "@pixiv/three-vrm@3.5.5")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--ignore-gpu-blocklist",
)
DRIVERS = {
    "gl": ("--use-gl=angle", "--use-angle=gl-egl"),
    "swiftshader": ("--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
}
"""Flags that choose who rasterises: the system's own OpenGL, or Chromium's."""


def modules() -> Path:
    """The folder ``node_modules`` with the pinned packages; installed on first use."""
    root = Path(os.environ.get("AVATAR_PEERS") or HERE.parents[2] / ".cache" / "node")
    if not all(_has(root, package) for package in PACKAGES):
        root.mkdir(parents=True, exist_ok=True)
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("npm: install it, e.g. apt-get install npm")
        command = [npm, "install", "--no-audit", "--no-fund", "--no-save", *PACKAGES]
        subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)
    return root / "node_modules"


def _has(root: Path, package: str) -> bool:
    name, _, version = package.rpartition("@")
    found = root / "node_modules" / name / "package.json"
    return found.is_file() and json.loads(found.read_text("utf-8"))["version"] == version


class _Handler(SimpleHTTPRequestHandler):
    """Serves the page, the npm modules and the figures; keeps the posted result."""

    def __init__(self, *args: Any, folders: dict[str, Path], results: queue.Queue[Any]) -> None:
        self.folders, self.results = folders, results
        super().__init__(*args)

    def translate_path(self, path: str) -> str:
        first, _, rest = path.partition("?")[0].lstrip("/").partition("/")
        folder = self.folders.get(first)
        return str(folder / rest if folder else HERE / first)

    def do_POST(self) -> None:
        self.results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def open_page(
    script: Path, figure: Path, driver: str = "gl", timeout: float = 300, **query: Any
) -> dict[str, Any]:
    """What ``script`` posts about ``figure``; ``query`` are its parameters, ``figure`` among them.

    The page knows ``three`` and ``@pixiv/three-vrm``. Raises RuntimeError with the page's own
    error, TimeoutError when it says nothing, FileNotFoundError without Chromium or npm.
    """
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise FileNotFoundError("chromium: install it, e.g. apt-get install chromium")
    results: queue.Queue[Any] = queue.Queue()
    folders = {"modules": modules(), "figures": figure.parent, "scripts": script.parent}
    handler = partial(_Handler, folders=folders, results=results)
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        query |= {"figure": f"/figures/{figure.name}", "script": f"/scripts/{script.name}"}
        url = f"http://127.0.0.1:{server.server_port}/index.html?{urlencode(query)}"
        command = [chromium, *FLAGS, *DRIVERS[driver], f"--user-data-dir={profile}", url]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            found = results.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"{script.name} said nothing for {timeout:.0f} s") from None
        finally:
            browser.terminate()
            browser.wait(30)
            server.shutdown()
    if "error" in found:
        raise RuntimeError(found["error"])
    return found
