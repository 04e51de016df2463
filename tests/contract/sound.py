"""Sound devices of a test's own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest


def run_device(
    folder: Path, config: str, code: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a process whose ALSA knows only ``config``."""
    (folder / "asound.conf").write_text(config)
    environment = os.environ | {"ALSA_CONFIG_PATH": str(folder / "asound.conf")} | more
    if not more:
        environment.pop("PULSE_SERVER", None)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60
    )


linux_sound = pytest.mark.skipif(sys.platform != "linux", reason="uses ALSA's own devices")


def start_server(folder: Path) -> subprocess.Popen[bytes]:
    """A PulseAudio whose socket is ``folder/socket``; it is up when this returns."""
    socket = folder / "socket"
    socket.unlink(missing_ok=True)
    options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
    modules = ["module-null-sink rate=48000", f"module-native-protocol-unix socket={socket}"]
    home = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    server = subprocess.Popen(
        ["pulseaudio", *options, *(part for module in modules for part in ("-L", module))],
        env=os.environ | home,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 20
    while not socket.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return server
