"""A sound server without hardware."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def sound_server(tmp_path: Path, need: Callable[[str, str], str]) -> Iterator[Path]:
    """A PulseAudio of our own, whose only output runs in real time and is heard by nobody."""
    program = need("pulseaudio", "apt-get install pulseaudio libasound2-plugins")
    socket = tmp_path / "socket"
    options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
    modules = ["module-null-sink rate=48000", f"module-native-protocol-unix socket={socket}"]
    home = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    server = subprocess.Popen(
        [program, *options, *(part for module in modules for part in ("-L", module))],
        env=os.environ | home,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while not socket.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    (tmp_path / "server.pid").write_text(str(server.pid))
    yield socket
    server.kill()
    server.wait()
