"""A sound server without hardware."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.sound import start_server


@pytest.fixture
def sound_server(tmp_path: Path, need: Callable[[str, str], str]) -> Iterator[Path]:
    """A PulseAudio of our own, whose only output runs in real time and is heard by nobody."""
    need("pulseaudio", "apt-get install pulseaudio libasound2-plugins")
    server = start_server(tmp_path)
    (tmp_path / "server.pid").write_text(str(server.pid))
    yield tmp_path / "socket"
    server.kill()
    server.wait()
