"""A real window on a virtual display: what it shows, and what it tells of keys and mouse."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.gl

SCRIPT = """
import json, subprocess, sys, time
from PIL import ImageGrab
from avatar.render import Background, Camera, Renderer, WindowSurface

pet = sys.argv[1] == "pet"
window = WindowSurface((320, 180), transparent=pet, borderless=pet, on_top=pet)
renderer = Renderer(window.ctx, window.size, background=Background.parse("#ff8000"))
for _ in range(3):
    window.poll()
    renderer.draw([], Camera((0.0, 1.0, 3.0), (0.0, 1.0, 0.0)), 0.0)
    window.present(renderer.target)
    time.sleep(0.1)
x, y = window._window.get_location()
point = f"mousemove {x + 40} {y + 30}"
run = lambda *a: subprocess.run(["xdotool", *" ".join(a).split()], check=True)
run(point, "mousedown 1 mousemove_relative 20 10 mouseup 1 click 4 key F5 type a1")
events, until = [], time.monotonic() + 10
while time.monotonic() < until and not any(getattr(e, "text", "") == "1" for e in events):
    time.sleep(0.05)
    events += window.poll()
shot = ImageGrab.grab(xdisplay="").getpixel((x + 160, y + 90))
window.move_by(5, 5)
window.close()
print(json.dumps({"events": [str(e) for e in events], "pixel": list(shot[:3])}))
"""


@pytest.mark.parametrize("kind", ["plain", "pet"])
def test_a_window_shows_pictures_and_tells_events(need, kind):
    xvfb = need("xvfb-run", "apt-get install xvfb")
    need("xdotool", "apt-get install xdotool")
    command = [xvfb, "-a", "-s", "-screen 0 640x480x24", sys.executable, "-c", SCRIPT, kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    events = " ".join(told["events"])
    assert "MousePressed" in events and "MouseDragged" in events and "MouseScrolled" in events
    assert "KeyPressed(name='f5'" in events
    assert "TextTyped(text='a')" in events
    assert told["pixel"][0] > 250 and abs(told["pixel"][1] - 128) < 4 and told["pixel"][2] < 5


def test_without_a_display_it_says_what_to_do():
    script = "from avatar.render import WindowSurface; WindowSurface()"
    env = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=env, check=False
    )
    if sys.platform.startswith("linux"):
        assert "NoGL: no display" in done.stderr
