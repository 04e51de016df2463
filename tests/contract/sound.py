"""Sound devices of a test's own."""

from __future__ import annotations

import os
import subprocess
import sys
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
