"""Every command of both READMEs is run; one that no rule knows fails."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from avatar.animation.clip import write_motion
from avatar.animation.motion import Motion
from avatar.character import load
from avatar.cli import app
from avatar.math3d import IDENTITY_QUAT, quat_from_axis_angle
from avatar.pose import BONE_COUNT, HumanBone
from avatar.render.surface import APT_LINE
from avatar.resources import figure_path
from avatar.runtime.performer import Performer

ROOT = Path(__file__).resolve().parents[2]
READMES = ("README.md", "README.zh-CN.md")
SMALL = "--size 320x180 --quality draft"
QUIET = f"{SMALL} --voice espeak"
WINDOW_SECONDS = 8.0
"""How long a window is kept open."""


def text(readme: str) -> str:
    return (ROOT / readme).read_text("utf-8")


def blocks(readme: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text(readme), re.M | re.S)


def commands(readme: str) -> list[str]:
    lines = [line for block in blocks(readme, "sh") for line in block.splitlines()]
    return [line for line in lines if line.strip() and not line.startswith("#")]


def environment(**more: str) -> dict[str, str]:
    """This process's, with the programs of this very Python first and English messages."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "AVATAR_LANG": "en", "PYTHONUTF8": "1", **more}


def run(command: str, folder: Path, *, codes: tuple[int, ...] = (0,), **more: str) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode in codes, f"{command}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout


def outputs(command: str) -> list[str]:
    """The files a command line says it writes."""
    words = shlex.split(command)
    flags = ("-o", "--output", "--shot", "--webvtt")
    return [after for flag, after in itertools.pairwise(words) if flag in flags]


def dry_make(command: str, folder: Path) -> None:
    """The recipe parses and ends with the job; the whole of it is what CI runs."""
    recipe = run(f"{command} --dry-run --directory={shlex.quote(str(ROOT))}", folder)
    assert ("avatar demo" if "demo" in command else "pytest") in recipe


def as_written(command: str, folder: Path) -> None:
    run(command, folder)


def after_venv(command: str, folder: Path) -> None:
    run(f"python3 -m venv --without-pip .venv && {command} && command -v python", folder)


def install(command: str, folder: Path) -> None:
    """Names extras that exist; that the wheel builds and works is test_wheel.py's."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (named,) = re.findall(r"\.\[(.*?)\]", command)
    assert set(named.split(",")) <= set(project["optional-dependencies"])


def apt(command: str, folder: Path) -> None:
    assert command == f"sudo {APT_LINE}"
    if os.environ.get("AVATAR_REQUIRE_ALL") and shutil.which("dpkg"):
        run(f"dpkg -s {' '.join(command.split()[3:])}", folder)


def demo(command: str, folder: Path) -> None:
    printed = run(f"{command} {QUIET}", folder, DISPLAY="", WAYLAND_DISPLAY="")
    written = sorted(path.name for path in folder.iterdir() if path.stat().st_size > 1000)
    assert {Path(name).suffix for name in written} >= {".mp4", ".png"}
    assert all(name in printed for name in written)


def say(command: str, folder: Path) -> None:
    run(f"{command} {SMALL if '--voice' in command else QUIET}", folder)
    for name in outputs(command):
        assert (folder / name).stat().st_size > 1000


def shot(command: str, folder: Path) -> None:
    run(f"{command} --size 320x180", folder)
    for name in outputs(command):
        assert (folder / name).stat().st_size > 1000


def moved(command: str, folder: Path) -> None:
    """The walk is one written here: a step of each leg."""
    rest = Performer(load(figure_path("ming"))).rest
    times = np.arange(9) / 8
    rotation = np.tile(IDENTITY_QUAT, (len(times), BONE_COUNT, 1))
    for bone, sign in ((HumanBone.leftUpperLeg, 1), (HumanBone.rightUpperLeg, -1)):
        angle = sign * 0.4 * np.sin(2 * np.pi * times)
        rotation[:, bone] = quat_from_axis_angle([1, 0, 0], angle)
    opinion = np.ones((len(times), BONE_COUNT), np.float32)
    write_motion(Motion(times, rotation, opinion), folder / "walk.bvh", rest)
    run(f"{command} --size 160x240 --quality draft", folder)
    assert (folder / outputs(command)[0]).stat().st_size > 1000


def performed(command: str, folder: Path) -> None:
    """On a clip of a figure: the tracker takes her face for one, too."""
    shutil.copy(ROOT / "demos" / "gallery" / "hello.mp4", folder / "performer.mp4")
    run(f"{command} --size 320x180 --quality draft", folder)
    assert (folder / outputs(command)[0]).stat().st_size > 1000


def asked(command: str, folder: Path) -> None:
    """Each question is answered, in its own language."""
    told = run(command, folder)
    assert "sixty yuan" in told
    assert "五点" in told


def rehearsed(command: str, folder: Path) -> None:
    """It would take its time: what it has made when it is stopped is kept."""
    more = environment(AVATAR_CACHE=str(folder))
    process = subprocess.Popen(shlex.split(command), cwd=folder, env=more, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not list(folder.rglob("*.npz")) and time.monotonic() < deadline:
        time.sleep(0.1)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in errors, errors.decode()
    assert list(folder.rglob("*.npz")) and not list(folder.rglob("*.part"))


def people(command: str, folder: Path) -> None:
    """The same with two people instead of a dozen."""
    run(re.sub(r"--count \d+", "--count 2 --size 160x200", command), folder)
    assert (folder / outputs(command)[0]).stat().st_size > 1000


def window(command: str, folder: Path) -> None:
    """Opens, lives a while, and goes quietly when interrupted."""
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    process = subprocess.Popen(
        [*shlex.split(command), *shlex.split(SMALL)],
        cwd=folder,
        env=environment(**home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    time.sleep(WINDOW_SECONDS)
    alive = process.poll() is None
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert alive, (out + errors).decode()
    assert b"Traceback" not in errors, errors.decode()
    assert process.returncode in (0, 130, -signal.SIGINT)


def doctor(command: str, folder: Path) -> None:
    assert "Python" in run(command, folder, codes=(0, 3))


RULES: tuple[tuple[str, Callable[[str, Path], None]], ...] = (
    (r"make (demo|test)", dry_make),
    (r"python3 -m venv \.venv", as_written),
    (r"\. \.venv/bin/activate", after_venv),
    (r'python -m pip install "\.\[.*\]"', install),
    (r"sudo apt install .*", apt),
    (r"avatar demo", demo),
    (r"(echo .* \| )?avatar say .* -o .*", say),
    (r"avatar view .* --shot .*", shot),
    (r"avatar view .* --motion walk\.bvh -o .*", moved),
    (r"avatar (host|view)\b.*", window),
    (r"avatar capture --camera .* -o .*", performed),
    (r"avatar model (new|bake) .*", as_written),
    (r"avatar model gallery .*", people),
    (r"avatar ask .*", asked),
    (r"avatar knowledge rehearse .*", rehearsed),
    (r"avatar doctor", doctor),
    (r"avatar (plugins|fetch)", as_written),
)
NEEDS_DISPLAY = (window,)


def rule(command: str) -> Callable[[str, Path], None]:
    for pattern, how in RULES:
        if re.fullmatch(pattern, command):
            return how
    raise AssertionError(f"README has a command no test runs; add a rule for it: {command}")


@pytest.mark.skipif(sys.platform == "win32", reason="the sh blocks are for Linux and macOS")
@pytest.mark.gl
@pytest.mark.parametrize("command", dict.fromkeys(c for name in READMES for c in commands(name)))
def test_command(command, tmp_path, display):
    how = rule(command)
    if how in NEEDS_DISPLAY:
        display()
    how(command, tmp_path)


@pytest.fixture
def display(monkeypatch, need):
    """Call it to have a display: this machine's, or one of Xvfb's."""
    started: list[subprocess.Popen[bytes]] = []

    def open_display() -> None:
        if sys.platform != "linux" or os.environ.get("DISPLAY"):
            return
        program = need("Xvfb", "sudo apt install xvfb")
        reader, writer = os.pipe()
        command = [program, "-displayfd", str(writer), "-screen", "0", "1280x800x24"]
        started.append(subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL))
        os.close(writer)
        with os.fdopen(reader) as number:
            monkeypatch.setenv("DISPLAY", f":{number.readline().strip()}")

    yield open_display
    for process in started:
        process.terminate()
        process.wait()


def test_both_languages_give_the_same_commands():
    assert commands(READMES[0]) == commands(READMES[1])
    assert blocks(READMES[0], "powershell") == blocks(READMES[1], "powershell")


def test_windows_does_the_same_in_its_own_words():
    theirs = {
        "python3 -m venv .venv": "py -m venv .venv",
        ". .venv/bin/activate": r".venv\Scripts\Activate.ps1",
    }
    wanted = [b for b in blocks(READMES[0], "sh") if "activate" in b]
    (powershell,) = blocks(READMES[0], "powershell")
    assert powershell.splitlines() == [theirs.get(line, line) for line in wanted[0].splitlines()]


@pytest.mark.gl
@pytest.mark.parametrize("readme", READMES)
def test_python_blocks_run(readme, tmp_path):
    for code in blocks(readme, "python"):
        (tmp_path / "block.py").write_text(code, "utf-8")
        run("python block.py", tmp_path)


@pytest.mark.parametrize("readme", READMES)
def test_every_named_verb_and_option_exists(readme):
    verbs = re.findall(r"`avatar (\w+)", text(readme))
    assert set(verbs) <= set(app.commands)
    known = {flag for command in app.commands.values() for p in command.params for flag in p.opts}
    ours = [line for line in re.findall(r"`([^`\n]+)`", text(readme)) if line.startswith("--")]
    named = {flag for line in ours for flag in re.findall(r"--[a-z-]+", line)}
    assert named <= known | {"--help"}


@pytest.mark.parametrize("readme", READMES)
def test_every_verb_of_the_command_line_is_told(readme):
    assert {verb for verb in app.commands if f"`{verb}`" in text(readme)} == set(app.commands)


@pytest.mark.parametrize("readme", READMES)
def test_links_and_pictures_are_there(readme):
    targets = re.findall(r"\]\((?!https?:|#)([^)]+)\)", text(readme))
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("readme", READMES)
def test_nothing_is_left_to_fill_in(readme):
    assert re.findall(r"\{[A-Z]+\}|TODO|TBD", text(readme)) == []
